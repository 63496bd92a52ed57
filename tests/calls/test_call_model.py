"""Random sessions compared with a simple model of who must be called, by when and how often."""

import pytest

from monitor.core.engine import Engine
from monitor.facts import payload
from tests.calls.call_model import Random, Verdict
from tests.durations import examples

pytestmark = pytest.mark.no_cover
CASES = examples(40)


@pytest.mark.parametrize("block", range(6))
def test_calls_match_the_model(block: int) -> None:
    for seed in range(block, CASES, 6):
        played = Random(seed)
        played.play(25)
        assert Verdict(played).mistakes == [], seed


@pytest.mark.parametrize("seed", range(examples(8)))
def test_replay_of_a_random_session_derives_the_same_facts(seed: int) -> None:
    played = Random(seed)
    played.play(25)
    engine = Engine()
    facts = [fact for entry in played.entries for fact in engine.apply(entry)]
    facts += [(engine.seq, fact) for fact in engine.advance(played.engine.now_ns)]
    assert [(seq, fact.at_ns, payload(fact)) for seq, fact in facts] == [
        (seq, fact.at_ns, payload(fact)) for seq, fact in played.facts
    ]
