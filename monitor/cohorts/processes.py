"""Run a task on many journals in several processes of this computer.

Workers open journals by path and return small tables, so nothing large is copied between processes.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

from monitor.cohorts.result import Outcome, Task
from monitor.cohorts.work import outcome_of
from monitor.worker_processes import worker_processes

_DIED = "the process that analysed it ended unexpectedly, perhaps for lack of memory"


def outcomes_in_processes(task: Task, paths: Sequence[Path], workers: int) -> Iterator[Outcome]:
    """Yield the outcome of each journal as soon as it is known.

    If a worker dies, the journals that were being analysed are analysed again, one by one, so that
    only the one that it died of is missing.
    """
    waiting = deque(paths)
    while waiting:
        suspects: list[Path] = []
        with worker_processes(min(workers, len(waiting))) as pool:
            running: dict[Future[Outcome], Path] = {}
            while (waiting or running) and not suspects:
                while waiting and len(running) < workers:
                    path = waiting.popleft()
                    try:
                        running[pool.submit(outcome_of, task, path)] = path
                    except BrokenProcessPool:
                        suspects.append(path)
                        break
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    path = running.pop(future)
                    try:
                        yield future.result()
                    except BrokenProcessPool:
                        suspects.append(path)
            if suspects:
                suspects += running.values()
        for path in suspects:
            yield _alone(task, path)


def _alone(task: Task, path: Path) -> Outcome:
    with worker_processes(1) as pool:
        try:
            return pool.submit(outcome_of, task, path).result()
        except BrokenProcessPool:
            return Outcome(path, None, f"{path}: {_DIED}")
