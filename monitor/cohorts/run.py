"""Run a task on the journals of a cohort; the result depends neither on the place nor the order."""

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Protocol

from monitor.cohorts.result import Cohort, Outcome, Progress, SessionResult, Task
from monitor.cohorts.work import outcome_of

_INTERRUPTED = "not analysed: interrupted before it was its turn"


class Store(Protocol):
    """Results that outlast the process."""

    def load(self, path: Path) -> SessionResult | None:
        """Return the result that was saved for this journal as it is now, or None."""
        ...

    def save(self, path: Path, result: SessionResult) -> None:
        """Keep the result of a journal."""
        ...


def run_cohort(
    task: Task,
    paths: Sequence[Path],
    *,
    jobs: int | None = None,
    elsewhere: Callable[[Task, Sequence[Path]], Iterator[Outcome]] | None = None,
    store: Store | None = None,
    progress: Progress,
    count: Callable[[Path], object] = lambda _: None,
) -> Cohort:
    """Return the results of all journals.

    Args:
        task: to run on each.
        paths: of the journals.
        jobs: number of processes; None: one for each core. One journal needs no other process.
        elsewhere: runs the task on a cluster instead.
        store: has the results of an earlier run; new ones are added at once.
        progress: shows the progress within a journal, if all are analysed in this process.
        count: called after each journal.
    """
    places = [path.resolve() for path in paths]
    found: dict[Path, Outcome] = {}
    for path in places if store else ():
        if store and (known := store.load(path)) is not None:
            found[path] = Outcome(path, known)
            count(path)
    interrupted = False
    left = [path for path in places if path not in found]
    try:
        with closing(_outcomes(task, left, jobs, elsewhere, progress)) as outcomes:
            for outcome in outcomes:
                found[outcome.path] = outcome  # first: an interruption may come while it is saved
                if store and outcome.result is not None:
                    store.save(outcome.path, outcome.result)
                count(outcome.path)
    except KeyboardInterrupt:
        interrupted = True
    results: dict[Path, SessionResult] = {}
    missing: dict[Path, str] = {}
    for path, place in zip(paths, places, strict=True):
        outcome = found.get(place, Outcome(place, None, f"{path}: {_INTERRUPTED}"))
        if outcome.result is not None:
            results[path] = outcome.result
        else:
            missing[path] = outcome.reason
    return Cohort(results, missing, interrupted)


def _outcomes(
    task: Task,
    paths: Sequence[Path],
    jobs: int | None,
    elsewhere: Callable[[Task, Sequence[Path]], Iterator[Outcome]] | None,
    progress: Progress,
) -> Generator[Outcome, None, None]:
    if elsewhere is not None and paths:
        yield from elsewhere(task, paths)
        return
    if len(paths) > 1:
        from monitor.cohorts.processes import outcomes_in_processes  # noqa: PLC0415 - slow to load
        from monitor.worker_processes import all_cores  # noqa: PLC0415 - as above

        if (workers := min(jobs or all_cores(), len(paths))) > 1:
            yield from outcomes_in_processes(task, paths, workers)
            return
    for path in paths:
        yield outcome_of(task, path, progress)
