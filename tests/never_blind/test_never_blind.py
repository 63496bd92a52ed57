"""Every watched signal is judged, or an alarm says that it is not: random sessions and a model."""

import pytest

from tests.durations import LAW_SESSIONS
from tests.never_blind.__main__ import attempt, explain
from tests.never_blind.generator import random_session

BLOCK = 5
# Their sessions have shown mistakes of the engine in moments that the others rarely have.
SHOWED_MISTAKES = (149, 246, 5154, 100525, 100568, 100614, 200313)


@pytest.mark.parametrize("block", range(LAW_SESSIONS // BLOCK))
def test_random_sessions_agree_with_the_model_and_hold_the_law(block: int) -> None:
    for seed in range(block * BLOCK, (block + 1) * BLOCK):
        session = random_session(seed)
        _, wrong = attempt(session)
        assert wrong is None, explain(session, tries=300)


@pytest.mark.parametrize("seed", SHOWED_MISTAKES)
def test_sessions_that_showed_mistakes_hold(seed: int) -> None:
    _, wrong = attempt(random_session(seed))
    assert wrong is None, str(wrong)
