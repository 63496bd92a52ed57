"""Worker processes for heavy work on journals.

Workers are forked from a small server process ("forkserver") where the system has it: a process
that shows progress has threads, and forking it directly could block for ever.
"""

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import connection

_END_S = 5.0


def all_cores() -> int:
    """Return the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def worker_processes(workers: int) -> Iterator[ProcessPoolExecutor]:
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
