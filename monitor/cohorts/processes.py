"""Run a task on many journals in several processes of this computer.

Workers are forked from a small server process ("forkserver") where the system has it: a process
that shows progress has threads, and forking it directly could block for ever. Workers open journals
by path and return small tables, so nothing large is copied between processes.
"""

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import connection
from pathlib import Path

from monitor.cohorts.result import Outcome, Task
from monitor.cohorts.work import outcome_of

_END_S = 5.0
_DIED = "the process that analysed it ended unexpectedly, perhaps for lack of memory"


def all_cores() -> int:
    """Return the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def outcomes_in_processes(task: Task, paths: Sequence[Path], workers: int) -> Iterator[Outcome]:
    """Yield the outcome of each journal as soon as it is known.

    If a worker dies, the journals that were being analysed are analysed again, one by one, so that
    only the one that it died of is missing.
    """
    waiting = deque(paths)
    while waiting:
        suspects: list[Path] = []
        with _pool(min(workers, len(waiting))) as pool:
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
    with _pool(1) as pool:
        try:
            return pool.submit(outcome_of, task, path).result()
        except BrokenProcessPool:
            return Outcome(path, None, f"{path}: {_DIED}")


@contextmanager
def _pool(workers: int) -> Iterator[ProcessPoolExecutor]:
    """Start workers; end them on leaving, in the middle of their work if there is an exception."""
    known = multiprocessing.active_children()
    methods = multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("forkserver" if "forkserver" in methods else "spawn")
    pool = ProcessPoolExecutor(workers, context, initializer=_start_worker)
    try:
        yield pool
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        mine = [child for child in multiprocessing.active_children() if child not in known]
        for child in mine:
            child.terminate()
        for child in mine:
            child.join(_END_S)  # what they were writing can then be removed
        raise
    pool.shutdown()


def _start_worker() -> None:
    """Leave Ctrl+C to the process that started this one, and end with it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)  # also in the middle of its work
