"""A destination's two lanes: alarms and what belongs to them overtake everything else.

Within a lane the order is that of the journal, also after an outage: what is new in the bulk lane
comes behind what is old, for a database that fills from the oldest on has no gap that looks like
silence. What must be seen at once is in the urgent lane.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path

from monitor.delivery.outbox import Backlog, Ledger, Outbox
from monitor.storage.fact_rows import FactRow, Lane

_URGENT_EVERY_S = 0.25


class Lanes:
    """Two outboxes that are run as one; the arguments are those of `Outbox`."""

    def __init__(
        self,
        destination: str,
        path: Path,
        ledger: Ledger,
        encode: Callable[[FactRow], bytes | None],
        deliver: Callable[[bytes], Awaitable[None]],
        tell: Callable[[str | None], None],
        rng: random.Random,
    ) -> None:
        self._tell = tell
        self._reasons: dict[Lane, str] = {}
        self._lanes = {
            lane: Outbox(
                destination,
                path,
                ledger,
                encode,
                deliver,
                self._teller(lane),
                rng,
                lane=lane,
                every_s=every_s,
            )
            for lane, every_s in ((Lane.URGENT, _URGENT_EVERY_S), (Lane.BULK, 1.0))
        }

    async def run(self) -> None:
        """Deliver until cancelled."""
        await self._both(Outbox.run)

    async def drain(self) -> None:
        """Deliver until nothing is left."""
        await self._both(Outbox.drain)

    async def _both(self, work: Callable[[Outbox], Coroutine[None, None, None]]) -> None:
        try:
            async with asyncio.TaskGroup() as tasks:
                for lane, outbox in self._lanes.items():
                    tasks.create_task(work(outbox), name=f"outbox/{lane.name.lower()}")
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from None  # the part fails as one

    @property
    def set_aside(self) -> int:
        """Return how many facts this run has set aside."""
        return sum(outbox.set_aside for outbox in self._lanes.values())

    def backlog(self) -> Backlog:
        """Return what has not been delivered; the bulk counts what is urgent and behind it too."""
        lanes = [outbox.backlog() for outbox in self._lanes.values()]
        oldest = [lane.oldest_ns for lane in lanes if lane.oldest_ns is not None]
        return Backlog(max(lane.facts for lane in lanes), min(oldest, default=None))

    def _teller(self, lane: Lane) -> Callable[[str | None], None]:
        """Return what tells of one lane: both fail with one server, and that is told once."""

        def tell(reason: str | None) -> None:
            before = list(self._reasons.values())
            self._reasons.pop(lane, None)
            if reason is not None:
                self._reasons[lane] = reason
            if reason is None and self._reasons:
                reason = next(iter(self._reasons.values()))
            if reason is None or reason not in before:
                self._tell(reason)

        return tell
