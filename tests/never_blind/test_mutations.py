"""The law's test can fail: each mistake in the engine shows in some random session."""

import pytest

from tests.never_blind.__main__ import attempt
from tests.never_blind.generator import random_session
from tests.never_blind.mutations import MUTATIONS

# Seeds of sessions that showed mutations when this was written come first; then all of these.
FIRST = (11, 6, 3, 8, 5, 31, 2, 1, 0)
MOST = 150


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_mistake_in_the_engine_shows(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    MUTATIONS[name](monkeypatch)
    assert any(attempt(random_session(seed))[1] is not None for seed in (*FIRST, *range(MOST)))
