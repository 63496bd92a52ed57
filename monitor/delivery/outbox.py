"""Delivery of a journal's facts to one destination, in order, until all are accepted.

The journal is the queue: memory holds two batches, whatever the backlog. The cursor moves only when
the destination has accepted a batch. A batch whose acknowledgement was lost is sent again, so
points must be idempotent.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from dashboards.console.formatting import count as number_of
from monitor.delivery.batch_reader import Batch, BatchReader
from monitor.delivery.bisection import BatchSender, Refused
from monitor.delivery.encoding import Encode, EncodedFacts
from monitor.delivery.errors import MisconfiguredError, RejectedError, UnavailableError
from monitor.errors import OutputError
from monitor.storage.fact_rows import Lane

_EVERY_S = 1.0
_FIRST_WAIT_S = 0.5
_LONGEST_WAIT_S = 30.0
_LONGEST_ASKED_S = 300.0  # upper bound for Retry-After
_SET_ASIDE_BATCH = 20
_DIVIDE_AFTER = 3  # failures of a batch


def cursor_name(destination: str, lane: Lane) -> str:
    """Return the name of a destination's cursor in a lane."""
    return f"{destination}.urgent" if lane is Lane.URGENT else destination


class CursorStore(Protocol):
    """Store of the cursor: the session's journal, written by its only writer."""

    def newest(self, lane: Lane) -> int:
        """Return the id of the newest fact of a lane, or of a later fact of another one."""
        ...

    def cursor(self, destination: str) -> int:
        """Return the id of the last fact that a destination has accepted."""
        ...

    def advance(self, destination: str, fact: int) -> None:
        """Record that a destination has accepted everything up to a fact."""
        ...

    def set_aside(self, destination: str, fact: int, reason: str) -> None:
        """Record that a destination has rejected a fact."""
        ...


@dataclass(frozen=True, slots=True)
class Backlog:
    """Facts that are not delivered yet: an upper bound of their number, and the oldest time."""

    facts: int
    oldest_ns: int | None


class Outbox:
    """Delivery of one lane of a journal to one destination.

    Args:
        destination: name of the cursor; the urgent lane's has the suffix ``.urgent``.
        path: of the journal, which is read in a thread on a separate connection.
        cursors: stores the cursor.
        encode: returns the encoded fact, or None to skip it. Called in a thread. A fact for which
            it raises an exception is set aside alone.
        deliver: sends a batch; raises an error of `monitor.delivery.errors`.
        report: called with a sentence when deliveries begin to fail, with None when they succeed.
        rng: randomizes the waits.
        lane: facts to deliver; see `monitor.delivery.priority_lanes` for two lanes.
        every_s: polling interval after a batch that was not full.
        probe: returns a new line that any working destination accepts; see `BatchSender`.
    """

    def __init__(
        self,
        destination: str,
        path: Path,
        cursors: CursorStore,
        encode: Encode,
        deliver: Callable[[bytes], Awaitable[None]],
        report: Callable[[str | None], None],
        rng: random.Random,
        *,
        lane: Lane = Lane.ALL,
        every_s: float = _EVERY_S,
        probe: Callable[[], bytes] | None = None,
    ) -> None:
        self.set_aside = 0
        self._destination = destination
        self._cursor = cursor_name(destination, lane)
        self._reader = BatchReader(path, lane, encode)
        self._cursors = cursors
        self._sender = BatchSender(deliver, probe)
        self._report = report
        self._rng = rng
        self._lane = lane
        self._every_s = every_s
        self._reported_error: type[OutputError] | None = None
        self._next_report = 1
        self._wait_s = _FIRST_WAIT_S
        self._failures = 0  # in a row
        self._attempts: int | None = None
        self._seen = 0  # nothing of this lane lies between the cursor and this fact
        self._ahead: Batch | None = None
        self._oldest_ns: int | None = None
        self._waiting = 0

    async def run(self) -> None:
        """Deliver until cancelled: full batches without a pause, else at each interval."""
        try:
            while True:
                if not await self.drain_once():
                    await asyncio.sleep(self._every_s)
        finally:
            await self._reader.close()

    async def drain(self, attempts: int | None = None) -> None:
        """Deliver until nothing is left.

        Args:
            attempts: failures in a row after which to give up; None to retry until cancelled.

        Raises:
            UnavailableError: the attempts have failed, or cannot succeed as configured.
        """
        self._attempts = attempts
        try:
            while self._position < self._cursors.newest(self._lane):
                await self.drain_once()
        finally:
            await self._reader.close()

    async def drain_once(self) -> bool:
        """Deliver one batch, or wait if that fails; return whether to call again immediately."""
        after = self._position
        if after >= self._cursors.newest(self._lane):
            self._oldest_ns = None
            return False
        batch, self._ahead = self._ahead, None
        if batch is None:
            batch = await self._reader.read(after)
        self._oldest_ns, self._waiting = batch.oldest_ns, batch.waiting
        if batch.oldest_ns is None:
            self._seen = batch.through
            return False
        async with asyncio.TaskGroup() as tasks:
            # Read the next batch while this one is sent; memory holds no more than two.
            ahead = tasks.create_task(self._read_ahead(batch)) if batch.full else None
            refused = await self._attempt(batch.encoded)
        if isinstance(refused, UnavailableError):
            # The batch is read again afterwards: it is not kept in memory, and may have grown.
            await self._back_off(refused)
            return True
        for number, (fact, reason) in enumerate(refused):
            if number % _SET_ASIDE_BATCH == 0:
                await asyncio.sleep(0)  # each is a commit
            self._cursors.set_aside(self._cursor, fact, reason)
        self._cursors.advance(self._cursor, batch.through)
        self._ahead = None if ahead is None else ahead.result()
        self._oldest_ns = None if self._ahead is None else self._ahead.oldest_ns
        self._waiting = 0 if self._ahead is None else self._ahead.waiting
        self._delivered(refused)
        return batch.full

    def backlog(self) -> Backlog:
        """Return the backlog; in the bulk lane it may include facts of the other lane."""
        waiting = max(0, self._cursors.newest(self._lane) - self._position)
        if self._lane is Lane.URGENT:
            waiting = min(waiting, self._waiting)
        return Backlog(waiting, self._oldest_ns if waiting else None)

    @property
    def _position(self) -> int:
        return max(self._cursors.cursor(self._cursor), self._seen)

    async def _read_ahead(self, batch: Batch) -> Batch | None:
        try:
            return await self._reader.read(batch.through)
        except OutputError:
            return None  # it is read again at its turn, and the error reported then

    async def _attempt(self, batch: EncodedFacts) -> list[Refused] | UnavailableError:
        """Send a batch; return an UnavailableError, which would cancel the task group if raised."""
        if not batch.lines:
            return batch.unencodable
        try:
            # A batch that fails again and again may be at fault itself, whatever the server says.
            divide = self._failures >= _DIVIDE_AFTER
            refused = await self._sender.send(batch.lines, divide_failures=divide)
        except UnavailableError as error:
            return error
        return sorted([*refused, *batch.unencodable])

    async def _back_off(self, error: UnavailableError) -> None:
        if self._reported_error is not type(error):
            self._reported_error = type(error)
            self._report(f"{self._destination} does not accept data: {error}; nothing is lost")
        self._failures += 1
        if self._attempts is not None and (
            isinstance(error, MisconfiguredError) or self._failures >= self._attempts
        ):
            raise error
        pause_s = self._wait_s * self._rng.uniform(0.5, 1.0)
        if error.retry_after_s is not None:
            pause_s = max(pause_s, min(error.retry_after_s, _LONGEST_ASKED_S))
        self._wait_s = min(2 * self._wait_s, _LONGEST_WAIT_S)
        await asyncio.sleep(pause_s)

    def _delivered(self, refused: Sequence[Refused]) -> None:
        self._wait_s, self._failures = _FIRST_WAIT_S, 0
        self.set_aside += len(refused)
        if refused and self.set_aside >= self._next_report:
            # Report the 1st, the 10th, the 100th ...: a report becomes a fact itself, which may
            # be refused next.
            self._next_report = 10 * self.set_aside
            self._reported_error = RejectedError
            fact, reason = refused[0]
            self._report(
                f"{self._destination} rejected {number_of(self.set_aside, 'fact')}, such as {fact} "
                f"({reason}); see table dead_letters of the journal"
            )
        elif self._reported_error is not None:
            self._reported_error = None
            self._report(None)
