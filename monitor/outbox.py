"""Delivers a journal's facts to one destination, in order, for as long as it takes.

The journal is the queue: memory holds one batch, whatever the backlog. The cursor moves only when
the destination has taken a batch; one that was taken without our learning of it is sent again, so
points must be idempotent.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from monitor.errors import JournalError, OutputError
from monitor.journal import FactRow, Journal

BATCH = 5_000
_EVERY_S = 1.0
_FIRST_WAIT_S = 0.5
_LONGEST_WAIT_S = 30.0

Line = tuple[FactRow, bytes]


class RejectedError(OutputError):
    """The destination understood the batch and will never take it as it is: a poison point."""


class TooLargeError(OutputError):
    """The batch is larger than the destination takes at once."""


class UnavailableError(OutputError):
    """The destination cannot take anything now; everything is kept.

    Attributes:
        retry_after_s: how long it asked us to wait, or None.
    """

    def __init__(self, reason: str, retry_after_s: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after_s = retry_after_s


class Ledger(Protocol):
    """Where the cursor is kept: the session's journal, written by its only writer."""

    @property
    def last_fact(self) -> int:
        """Return the id of the newest fact."""
        ...

    def cursor(self, destination: str) -> int:
        """Return the id of the last fact that a destination has taken."""
        ...

    def advance(self, destination: str, fact: int) -> None:
        """Note that a destination has taken everything up to a fact."""
        ...

    def set_aside(self, destination: str, fact: int, reason: str) -> None:
        """Note that a destination will never take a fact."""
        ...


@dataclass(frozen=True, slots=True)
class Backlog:
    """What has not been delivered: how many facts, and the time of the oldest."""

    facts: int
    oldest_ns: int | None


class Outbox:
    """One destination's way through one journal.

    Args:
        destination: names the cursor.
        path: of the journal, which is read on a connection of its own, in a thread.
        ledger: keeps the cursor.
        encode: a fact as the destination takes it, or None for nothing.
        deliver: sends a batch; raises one of the errors above.
        tell: called with a sentence when deliveries begin to fail, with None when they succeed.
        rng: spreads the waits.
    """

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
        self.set_aside = 0
        self._destination = destination
        self._path = path
        self._ledger = ledger
        self._encode = encode
        self._deliver = deliver
        self._tell = tell
        self._rng = rng
        self._failing = False
        self._oldest_ns: int | None = None

    async def run(self) -> None:
        """Deliver until cancelled."""
        while True:
            if not await self.drain_once():
                await asyncio.sleep(_EVERY_S)

    async def drain(self) -> None:
        """Deliver until nothing is left."""
        while await self.drain_once():
            pass

    async def drain_once(self) -> bool:
        """Deliver one batch; tell whether there was anything to deliver."""
        after = self._ledger.cursor(self._destination)
        if after >= self._ledger.last_fact:
            self._oldest_ns = None
            return False
        rows, lines = await asyncio.to_thread(self._read, after)
        if not rows:
            return False
        self._oldest_ns = rows[0].at_ns
        await self._deliver_all(lines)
        self._ledger.advance(self._destination, rows[-1].id)
        return True

    def backlog(self) -> Backlog:
        """Return what has not been delivered."""
        waiting = self._ledger.last_fact - self._ledger.cursor(self._destination)
        return Backlog(waiting, self._oldest_ns if waiting else None)

    def _read(self, after: int) -> tuple[list[FactRow], list[Line]]:
        """Return the next batch, also encoded. Runs in a thread: JSON takes its time."""
        try:
            with Journal.read(self._path, follow=True) as journal:
                rows = list(journal.facts(after, BATCH))
        except JournalError as error:
            raise OutputError(f"cannot read what is to be delivered: {error}") from error
        lines = [(row, self._encode(row)) for row in rows]
        return rows, [(row, line) for row, line in lines if line is not None]

    async def _deliver_all(self, lines: Sequence[Line]) -> None:
        """Deliver a batch in as many pieces as it takes; what is poison is set aside."""
        if not lines:
            return
        wait_s = _FIRST_WAIT_S
        while True:
            try:
                await self._deliver(b"\n".join(line for _, line in lines))
            except (RejectedError, TooLargeError) as error:
                if len(lines) == 1:
                    self._put_aside(lines[0][0], str(error))
                else:
                    # The good points of a rejected batch may be stored already: no matter, they
                    # are idempotent.
                    half = len(lines) // 2
                    await self._deliver_all(lines[:half])
                    await self._deliver_all(lines[half:])
                return
            except UnavailableError as error:
                self._fail(str(error))
                pause_s = error.retry_after_s or wait_s * self._rng.uniform(0.5, 1.0)
                await asyncio.sleep(min(pause_s, _LONGEST_WAIT_S))
                wait_s = min(2 * wait_s, _LONGEST_WAIT_S)
            else:
                self._succeed()
                return

    def _put_aside(self, row: FactRow, reason: str) -> None:
        self.set_aside += 1
        self._ledger.set_aside(self._destination, row.id, reason)
        self._tell(
            f"{self._destination} will not take fact {row.id} ({reason}); it was set aside, see "
            "table dead_letters of the journal"
        )
        self._failing = True

    def _fail(self, reason: str) -> None:
        if not self._failing:
            self._failing = True
            self._tell(f"{self._destination} does not take data: {reason}; nothing is lost")

    def _succeed(self) -> None:
        if self._failing:
            self._failing = False
            self._tell(None)
