"""Exclusive use of an adapter, for one connection or one scan at a time."""

import asyncio
import heapq
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass(eq=False, slots=True)
class ConnectionQueue:
    """A queue in order of arrival; requests after a failed attempt come last.

    BlueZ returns 'InProgress' if two connection attempts, or a scan and an attempt, overlap.
    """

    _busy: bool = False
    _arrived: int = 0
    _waiting: list[tuple[bool, int, asyncio.Future[None]]] = field(default_factory=list)

    @asynccontextmanager
    async def slot(self, *, failed: bool = False) -> AsyncIterator[None]:
        """Use the adapter exclusively while the context is open.

        Args:
            failed: the last attempt failed, so that all others take precedence.
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
        granted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        entry = (failed, self._arrived, granted)
        heapq.heappush(self._waiting, entry)
        try:
            await granted
        except asyncio.CancelledError:
            if not granted.cancelled():
                self._next()  # granted and cancelled at the same moment
            elif entry in self._waiting:
                self._waiting.remove(entry)
                heapq.heapify(self._waiting)
            raise

    def _next(self) -> None:
        """Grant the adapter to the next request without releasing it in between."""
        while self._waiting:
            request = heapq.heappop(self._waiting)[2]
            if not request.cancelled():
                request.set_result(None)
                return
        self._busy = False
