"""The never-blind test can fail: some random session detects each fault in the engine."""

import pytest

from tests.never_blind.__main__ import attempt
from tests.never_blind.generator import random_session
from tests.never_blind.mutations import MUTATIONS

# The seed of a session that detects each fault is tried first, then the first 150 seeds.
SHOWN_BY = {
    "silence raises no alarm": 2,
    "a gap erases what was seen": 30,
    "silence counts as evidence": 70,
    "doubtful values are believed": 11,
    "a measurement that cannot be read is dropped": 9,
    "stored records are judged as present": 4,
    "a rate may contradict its own intervals": 11,
    "settling hides fever": 11,
    "a frozen value is as good as any": 1,
    "a missing baseline is not reported": 5,
    "rules of a later policy have no baseline": 16,
    "alarms keep the rules of the policy before": 10,
    "an override can switch safeguards off": 6,
    "another sensor continues the values of the first": 31,
    "an unknown limit counts as judged": 31,
    "the clock starts behind the journal": 6,
    "what waited during a standstill is judged as present": 24,
}
MOST = 150


@pytest.mark.parametrize("name", MUTATIONS)
def test_fault_in_the_engine_is_detected(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    MUTATIONS[name](monkeypatch)
    assert any(
        attempt(random_session(seed))[1] is not None
        for seed in (SHOWN_BY.get(name, 0), *range(MOST))
    )
