"""Every watched signal is judged, or an alarm says that it is not: random sessions and a model."""

import pytest

from tests.never_blind.__main__ import attempt, explain
from tests.never_blind.generator import random_session
from tests.never_blind.mutations import MUTATIONS

BLOCK = 25
MOST = 150  # sessions in which each mutation must show; most do within ten


# `make soak` tries 1,000 sessions; this many on every run.
@pytest.mark.parametrize("block", range(4))
def test_random_sessions_agree_with_the_model_and_hold_the_law(block: int) -> None:
    for seed in range(block * BLOCK, (block + 1) * BLOCK):
        session = random_session(seed)
        _, wrong = attempt(session)
        assert wrong is None, explain(session, tries=300)


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_mistake_in_the_engine_shows(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    MUTATIONS[name](monkeypatch)
    assert any(attempt(random_session(seed))[1] is not None for seed in range(MOST))
