"""Whose turn it is on one adapter: it makes one connection, or one scan, at a time."""

import asyncio
import heapq
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass(eq=False, slots=True)
class ConnectionQueue:
    """One turn at a time, in order of arrival; those who failed last time come after all others.

    BlueZ answers 'InProgress' where two connects, or a scan and a connect, overlap.
    """

    _busy: bool = False
    _arrived: int = 0
    _waiting: list[tuple[bool, int, asyncio.Future[None]]] = field(default_factory=list)

    @asynccontextmanager
    async def slot(self, *, failed: bool = False) -> AsyncIterator[None]:
        """Have the adapter to oneself while the context is open.

        Args:
            failed: the last attempt failed, so that another one is to cost nobody else time.
        """
        if self._busy:
            await self._wait(failed)
        self._busy = True
        try:
            yield
        finally:
            self._next()

    async def _wait(self, failed: bool) -> None:  # noqa: FBT001
        self._arrived += 1
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        entry = (failed, self._arrived, mine)
        heapq.heappush(self._waiting, entry)
        try:
            await mine
        except asyncio.CancelledError:
            if not mine.cancelled():
                self._next()  # the turn came in the moment in which nobody wanted it any more
            elif entry in self._waiting:
                self._waiting.remove(entry)
                heapq.heapify(self._waiting)
            raise

    def _next(self) -> None:
        """Hand the turn on; it stays taken in between, so that nobody slips in."""
        while self._waiting:
            waits = heapq.heappop(self._waiting)[2]
            if not waits.cancelled():
                waits.set_result(None)
                return
        self._busy = False
