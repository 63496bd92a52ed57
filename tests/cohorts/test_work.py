"""One journal of a cohort, in this process."""

import gc
from pathlib import Path

import pytest

from monitor.cohorts.result import SessionResult
from monitor.cohorts.work import outcome_of
from tests.cohorts.cohort_tasks import Sizes


def test_cycles_are_not_searched_during_a_task(tmp_path: Path) -> None:
    found: list[bool] = []

    class Asks(Sizes):
        __slots__ = ()

        def __call__(self, *_: object) -> SessionResult:
            found.append(gc.isenabled())
            return SessionResult(facts={}, rows=[])

    outcome_of(Asks(), tmp_path)
    assert (found, gc.isenabled()) == ([False], True)


@pytest.mark.parametrize("content", ["good", "bad", "bug"])
def test_cycles_are_searched_again_after_a_task(tmp_path: Path, content: str) -> None:
    journal = tmp_path / "a.journal"
    journal.write_text(content)
    outcome_of(Sizes(), journal)
    assert gc.isenabled()
