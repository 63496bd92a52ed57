"""Batches of encoded facts, read from a journal in threads while it is being recorded."""

import asyncio
import threading
import time
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from monitor.delivery.encoding import Encode, EncodedFacts
from monitor.errors import JournalError, OutputError
from monitor.storage.fact_rows import Lane
from monitor.storage.journal import Journal

BATCH = 5_000
_SLICE = 200  # facts read and encoded without looking at the clock: about 0.5 ms
_WORK_S = 0.002  # without a pause
_PAUSE_S = 0.0001


@dataclass(frozen=True, slots=True)
class Batch:
    """Facts of a lane up to the fact `through`; after a `full` batch there may be more."""

    encoded: EncodedFacts
    through: int
    oldest_ns: int | None
    full: bool
    waiting: int


class BatchReader:
    """Reader of one lane of a journal on a separate connection.

    The journal stays open until `close`: to open it takes longer than to read what is new.

    Args:
        path: of the journal.
        lane: facts to read.
        encode: returns the encoded fact, or None to skip it. Called in a thread.
    """

    def __init__(self, path: Path, lane: Lane, encode: Encode) -> None:
        self._path = path
        self._lane = lane
        self._encode = encode
        self._journal: Journal | None = None
        self._busy = threading.Lock()  # a cancelled read continues in its thread

    async def read(self, after: int) -> Batch:
        """Return the next batch after a fact.

        Raises:
            OutputError: the journal cannot be read.
        """
        return await asyncio.to_thread(self._read, after)

    async def close(self) -> None:
        """Close the journal, after a read that was cancelled; the next `read` opens it again."""
        await asyncio.to_thread(self._close)

    def _read(self, after: int) -> Batch:
        """Read and encode a batch, with pauses for the event loop."""
        encoded = EncodedFacts()
        count, last, oldest_ns = 0, after, None
        urgent = self._lane is Lane.URGENT
        try:
            with self._busy, self._opened().snapshot() as journal:
                facts = journal.facts(after, BATCH, self._lane)
                began_s = time.perf_counter()
                while rows := list(islice(facts, _SLICE)):
                    if oldest_ns is None:
                        oldest_ns = rows[0].at_ns
                    count, last = count + len(rows), rows[-1].id
                    encoded.add(self._encode, rows)
                    if time.perf_counter() - began_s >= _WORK_S:
                        time.sleep(_PAUSE_S)
                        began_s = time.perf_counter()
                waiting = journal.waiting(after, self._lane) if urgent else 0
                full = count == BATCH
                through = last if full else journal.last_fact
        except JournalError as error:
            raise OutputError(f"cannot read the facts to deliver: {error}") from error
        return Batch(encoded, through, oldest_ns, full, waiting)

    def _opened(self) -> Journal:
        if self._journal is None:
            self._journal = Journal.read(self._path, follow=True)
        return self._journal

    def _close(self) -> None:
        with self._busy:
            if self._journal is not None:
                self._journal.close()
                self._journal = None
