"""Tasks on many files in several processes."""

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from monitor.cohorts.journals import find_journals
from monitor.cohorts.processes import outcomes_in_processes
from monitor.cohorts.result import Cohort, Outcome, Task, without_progress
from monitor.cohorts.run import run_cohort
from monitor.errors import JournalError
from tests.cohorts.cohort_tasks import Sizes


def files(folder: Path, *texts: str) -> list[Path]:
    paths = [folder / f"s{number:02}.journal" for number in range(len(texts))]
    for path, text in zip(paths, texts, strict=True):
        path.write_text(text)
    return paths


def run(paths: list[Path], jobs: int) -> Cohort:
    return run_cohort(Sizes(), paths, jobs=jobs, progress=without_progress)


@pytest.mark.parametrize("jobs", [1, 2, 3])
def test_result_does_not_depend_on_the_number_of_processes(tmp_path: Path, jobs: int) -> None:
    paths = files(tmp_path, *("a" * (9 - n) for n in range(7)), "bad", "bug", "b")
    found = run(paths, jobs)
    sizes = [result.rows[0]["bytes"] for result in found.results.values()]
    assert list(found.results) == [*paths[:7], paths[9]]
    assert sizes == [9, 8, 7, 6, 5, 4, 3, 1]
    assert list(found.missing) == paths[7:9]
    assert found.missing[paths[7]].endswith("s07.journal is bad")
    assert "ZeroDivisionError" in found.missing[paths[8]]
    assert not found.interrupted


@pytest.mark.parametrize("place", [0, 3, 7])
def test_only_the_journal_that_killed_a_worker_is_missing(tmp_path: Path, place: int) -> None:
    texts = [str(n) for n in range(8)]
    texts[place] = "deadly"
    paths = files(tmp_path, *texts)
    found = run(paths, 2)
    assert list(found.results) == [path for path in paths if path != paths[place]]
    assert "ended unexpectedly" in found.missing[paths[place]]


def test_interruption_stops_the_workers_and_names_missing_journals(tmp_path: Path) -> None:
    paths = files(tmp_path, *map(str, range(6)))

    def interrupted(task: Task, waiting: list[Path]) -> Iterator[Outcome]:
        outcomes = outcomes_in_processes(task, waiting, 2)
        yield next(outcomes)
        outcomes.throw(KeyboardInterrupt)  # type: ignore[attr-defined]

    found = run_cohort(Sizes(), paths, elsewhere=interrupted, progress=without_progress)  # type: ignore[arg-type]
    assert found.interrupted
    assert len(found.results) == 1
    assert len(found.missing) == 5
    assert all("interrupted" in reason for reason in found.missing.values())
    for child in multiprocessing.active_children():
        child.join()
        assert child.exitcode is not None


def test_folder_means_each_of_its_journals_once(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    inside = files(tmp_path / "in", "a", "b")
    outside = files(tmp_path, "c")
    (tmp_path / "in" / "notes.txt").touch()
    assert find_journals([inside[1], tmp_path]) == [inside[1], inside[0], *outside]
    (tmp_path / "none").mkdir()
    with pytest.raises(JournalError, match="folder without journals"):
        find_journals([tmp_path / "none"])


@contextmanager
def counted(calls: list[object]) -> Iterator[None]:
    yield
    assert len(calls) == 3


def test_each_journal_is_counted_once(tmp_path: Path) -> None:
    calls: list[object] = []
    with counted(calls):
        paths = files(tmp_path, "a", "bad", "deadly")
        run_cohort(Sizes(), paths, jobs=2, progress=without_progress, count=calls.append)
