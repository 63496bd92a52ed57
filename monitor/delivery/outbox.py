"""Delivers a journal's facts to one destination, in order, for as long as it takes.

The journal is the queue: memory holds two batches, whatever the backlog. The cursor moves only when
the destination has taken a batch; one that was taken without our learning of it is sent again, so
points must be idempotent.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from monitor.delivery.errors import (
    MisconfiguredError,
    RejectedError,
    TooLargeError,
    UnavailableError,
)
from monitor.errors import JournalError, OutputError
from monitor.storage.fact_rows import FactRow, Lane
from monitor.storage.journal import Journal

BATCH = 5_000
_EVERY_S = 1.0
_FIRST_WAIT_S = 0.5
_LONGEST_WAIT_S = 30.0
_LONGEST_ASKED_S = 300.0  # a server that asks for more is tried all the same
_SLICE = 400  # facts that are read and encoded at a stretch: some two milliseconds
_LET_IN_S = 0.0001
_ASIDE_AT_ONCE = 20
_DOUBTED = 100  # so many facts refused one by one, and none taken: it is not the facts

Line = tuple[int, bytes]  # id of the fact, and how the destination takes it
Refused = tuple[int, str]  # id of the fact, and why the destination will never take it


def cursor_name(destination: str, lane: Lane) -> str:
    """Return the name of a destination's cursor in a lane."""
    return f"{destination}.urgent" if lane is Lane.URGENT else destination


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
    """What has not been delivered: at most how many facts, and the time of the oldest."""

    facts: int
    oldest_ns: int | None


@dataclass(frozen=True, slots=True)
class _Batch:
    """Facts of a lane, as lines, up to the fact `through`; `full`: more may be behind them."""

    lines: list[Line]
    through: int
    oldest_ns: int | None
    full: bool
    waiting: int


class Outbox:
    """One destination's way through one lane of one journal.

    Args:
        destination: names the cursor, with ``.urgent`` behind it in that lane.
        path: of the journal, which is read on a connection of its own, in a thread.
        ledger: keeps the cursor.
        encode: a fact as the destination takes it, or None for nothing. Called in a thread.
        deliver: sends a batch; raises one of the errors above.
        tell: called with a sentence when deliveries begin to fail, with None when they succeed.
        rng: spreads the waits.
        lane: which facts; see `monitor.delivery.priority_lanes` for a destination with two.
        every_s: how often it looks for more when a batch was not full.
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
        *,
        lane: Lane = Lane.ALL,
        every_s: float = _EVERY_S,
    ) -> None:
        self.set_aside = 0
        self._destination = destination
        self._cursor = cursor_name(destination, lane)
        self._path = path
        self._ledger = ledger
        self._encode = encode
        self._deliver = deliver
        self._tell = tell
        self._rng = rng
        self._lane = lane
        self._every_s = every_s
        self._reported_error: type[OutputError] | None = None
        self._tell_aside_from = 1
        self._wait_s = _FIRST_WAIT_S
        self._seen = 0  # nothing of this lane lies between the cursor and this fact
        self._ahead: _Batch | None = None
        self._oldest_ns: int | None = None
        self._waiting = 0

    async def run(self) -> None:
        """Deliver until cancelled: a full batch at once, else what has come meanwhile."""
        while True:
            if not await self.drain_once():
                await asyncio.sleep(self._every_s)

    async def drain(self) -> None:
        """Deliver until nothing is left."""
        while self._position < self._ledger.last_fact:
            await self.drain_once()

    async def drain_once(self) -> bool:
        """Deliver one batch, or wait if it cannot be delivered; tell whether to go on at once."""
        after = self._position
        if after >= self._ledger.last_fact:
            self._oldest_ns = None
            return False
        batch, self._ahead = self._ahead, None
        if batch is None:
            batch = await asyncio.to_thread(self._read, after)
        self._oldest_ns, self._waiting = batch.oldest_ns, batch.waiting
        if batch.oldest_ns is None:
            self._seen = batch.through
            return False
        async with asyncio.TaskGroup() as tasks:
            # The next batch is read while this one is under way; memory holds no more than two.
            ahead = tasks.create_task(self._read_ahead(batch)) if batch.full else None
            refused = await self._attempt(batch.lines)
        if isinstance(refused, UnavailableError):
            # The batch is read again: memory holds nothing meanwhile, and more may have come.
            await self._back_off(refused)
            return True
        for number, (fact, reason) in enumerate(refused):
            if number % _ASIDE_AT_ONCE == 0:
                await asyncio.sleep(0)  # each is a commit
            self._ledger.set_aside(self._cursor, fact, reason)
        self._ledger.advance(self._cursor, batch.through)
        self._ahead = None if ahead is None else ahead.result()
        self._oldest_ns = None if self._ahead is None else self._ahead.oldest_ns
        self._waiting = 0 if self._ahead is None else self._ahead.waiting
        self._delivered(refused)
        return batch.full

    def backlog(self) -> Backlog:
        """Return what has not been delivered; facts of the other lane may be counted in bulk."""
        waiting = max(0, self._ledger.last_fact - self._position)
        if self._lane is Lane.URGENT:
            waiting = min(waiting, self._waiting)
        return Backlog(waiting, self._oldest_ns if waiting else None)

    @property
    def _position(self) -> int:
        return max(self._ledger.cursor(self._cursor), self._seen)

    async def _read_ahead(self, batch: _Batch) -> _Batch | None:
        try:
            return await asyncio.to_thread(self._read, batch.through)
        except OutputError:
            return None  # read again when its turn has come, and told then

    def _read(self, after: int) -> _Batch:
        """Return the next batch, encoded. Runs in a thread, and lets the loop in meanwhile."""
        lines: list[Line] = []
        count, last, oldest_ns = 0, after, None
        try:
            with Journal.read(self._path) as journal:
                for row in journal.facts(after, BATCH, self._lane):
                    if count % _SLICE == 0 and count:
                        time.sleep(_LET_IN_S)
                    if oldest_ns is None:
                        oldest_ns = row.at_ns
                    count, last = count + 1, row.id
                    line = self._encode(row)
                    if line is not None:
                        lines.append((row.id, line))
                urgent = self._lane is Lane.URGENT
                waiting = journal.waiting(after, self._lane) if urgent else 0
                full = count == BATCH
                through = last if full else journal.last_fact
        except JournalError as error:
            raise OutputError(f"cannot read what is to be delivered: {error}") from error
        return _Batch(lines, through, oldest_ns, full, waiting)

    async def _attempt(self, lines: Sequence[Line]) -> list[Refused] | UnavailableError:
        """Return what `_send` does, its error too: in a task group that would be another's."""
        try:
            return await self._send(lines)
        except UnavailableError as error:
            return error

    async def _send(self, lines: Sequence[Line]) -> list[Refused]:
        """Deliver a batch in as many pieces as it takes; return what is refused, and why.

        A refused batch is halved down to the facts that are to blame. The good ones of it may be
        stored already: no matter, points are idempotent. Where nothing at all is taken, it is
        not the facts that are wrong.
        """
        refused: list[Refused] = []
        taken = False
        pieces = [lines] if lines else []
        while pieces:
            piece = pieces.pop()
            try:
                await self._deliver(b"\n".join(line for _, line in piece))
                taken = True
            except (RejectedError, TooLargeError) as error:
                if isinstance(error, RejectedError):
                    taken = taken or error.partial  # it stores data: the facts are at fault
                    if error.outdated == len(piece):
                        refused += [(fact, str(error)) for fact, _ in piece]
                        continue
                half = len(piece) // 2
                if half:
                    pieces += [piece[half:], piece[:half]]
                    continue
                refused.append((piece[0][0], str(error)))
                if len(refused) >= _DOUBTED and not taken:
                    break
        if refused and not taken:
            raise MisconfiguredError(f"it refuses every fact ({refused[0][1]})")
        return refused

    async def _back_off(self, error: UnavailableError) -> None:
        if self._reported_error is not type(error):
            self._reported_error = type(error)
            self._tell(f"{self._destination} does not take data: {error}; nothing is lost")
        pause_s = self._wait_s * self._rng.uniform(0.5, 1.0)
        if error.retry_after_s is not None:
            pause_s = max(pause_s, min(error.retry_after_s, _LONGEST_ASKED_S))
        self._wait_s = min(2 * self._wait_s, _LONGEST_WAIT_S)
        await asyncio.sleep(pause_s)

    def _delivered(self, refused: Sequence[Refused]) -> None:
        self._wait_s = _FIRST_WAIT_S
        self.set_aside += len(refused)
        if refused and self.set_aside >= self._tell_aside_from:
            # Told at the 1st, the 10th, the 100th ...: what is told becomes a fact itself, and
            # may be the next that is refused.
            self._tell_aside_from = 10 * self.set_aside
            self._reported_error = RejectedError
            fact, reason = refused[0]
            self._tell(
                f"{self._destination} will not take {self.set_aside} fact(s), such as {fact} "
                f"({reason}); they were set aside, see table dead_letters of the journal"
            )
        elif self._reported_error is not None:
            self._reported_error = None
            self._tell(None)
