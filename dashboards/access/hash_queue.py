"""Hash passwords in threads of low priority, a few at a time.

A hash keeps all processors busy for a tenth of a second. The event loop, in which alarms are
judged, gets a processor first; the threads of others, such as that of the journal, stay free.
"""

import asyncio
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

_CONCURRENT = 2  # 64 MiB each
_MAX_WAITING = 20
_NICE = 10  # of 0 to 19; 0 is that of the event loop

P = ParamSpec("P")
R = TypeVar("R")


class HashQueue:
    """A queue of checks.

    Args:
        name: of its threads.
    """

    def __init__(self, name: str) -> None:
        self._threads = ThreadPoolExecutor(_CONCURRENT, name, initializer=_give_way)
        self._waiting = 0

    @property
    def full(self) -> bool:
        """Return whether one more check would have to wait for too many others."""
        return self._waiting >= _MAX_WAITING

    async def run(self, check: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Return the result of a check, in its turn."""
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, lambda: check(*args, **kwargs))
        finally:
            self._waiting -= 1


def _give_way() -> None:
    if sys.platform == "linux":  # priorities of threads; those that argon2 starts inherit it
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
