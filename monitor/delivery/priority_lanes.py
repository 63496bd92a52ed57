"""Delivery to a destination in two lanes: alarms and related facts overtake everything else.

Within a lane facts keep the order of the journal, also after an outage: a database that fills from
the oldest fact on has no gap that looks like silence. Facts that must be visible immediately are in
the urgent lane.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from pathlib import Path

from monitor.delivery.encoding import Encode
from monitor.delivery.line_protocol import probe_line
from monitor.delivery.outbox import Backlog, CursorStore, Outbox
from monitor.storage.fact_rows import Lane

_URGENT_EVERY_S = 0.25


class Lanes:
    """The urgent and the bulk outbox of a destination; the arguments are those of `Outbox`."""

    def __init__(
        self,
        destination: str,
        path: Path,
        cursors: CursorStore,
        encode: Encode,
        deliver: Callable[[bytes], Awaitable[None]],
        report: Callable[[str | None], None],
        rng: random.Random,
    ) -> None:
        self._report = report
        self._reasons: dict[Lane, str] = {}
        self._lanes = {
            lane: Outbox(
                destination,
                path,
                cursors,
                encode,
                deliver,
                self._reporter(lane),
                rng,
                lane=lane,
                every_s=every_s,
                probe=probe_line,
            )
            for lane, every_s in ((Lane.URGENT, _URGENT_EVERY_S), (Lane.BULK, 1.0))
        }

    async def run(self) -> None:
        """Deliver until cancelled."""
        await self._both(Outbox.run)

    async def drain(self, attempts: int | None = None) -> None:
        """Deliver until nothing is left; see `Outbox.drain`."""
        await self._both(partial(Outbox.drain, attempts=attempts))

    async def _both(self, work: Callable[[Outbox], Coroutine[None, None, None]]) -> None:
        try:
            async with asyncio.TaskGroup() as tasks:
                for lane, outbox in self._lanes.items():
                    tasks.create_task(work(outbox), name=f"outbox/{lane.name.lower()}")
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from None  # both fail together

    @property
    def set_aside(self) -> int:
        """Return the number of facts that were rejected and set aside in this run."""
        return sum(outbox.set_aside for outbox in self._lanes.values())

    def backlog(self) -> Backlog:
        """Return the backlog; the bulk lane's may include urgent facts."""
        lanes = [outbox.backlog() for outbox in self._lanes.values()]
        oldest = [lane.oldest_ns for lane in lanes if lane.oldest_ns is not None]
        return Backlog(max(lane.facts for lane in lanes), min(oldest, default=None))

    def _reporter(self, lane: Lane) -> Callable[[str | None], None]:
        """Return the report function of a lane: a reason that both lanes have is reported once."""

        def report(reason: str | None) -> None:
            before = list(self._reasons.values())
            self._reasons.pop(lane, None)
            if reason is not None:
                self._reasons[lane] = reason
            if reason is None and self._reasons:
                reason = next(iter(self._reasons.values()))
            if reason is None or reason not in before:
                self._report(reason)

        return report
