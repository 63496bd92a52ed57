"""Recorder of a session: timestamps and journals every entry before the engine gets it."""

from collections import deque
from collections.abc import Callable

from dashboards.console.formatting import count
from monitor.clock import SessionClock
from monitor.entries import Entry, EntryKind, body_bytes
from monitor.errors import RecordingError
from monitor.facts import Fact
from monitor.standstill_detector import StandstillDetector
from monitor.storage.journal import Journal

# Entries kept in memory while the disk is full: half a day of one participant.
_PENDING_MOST = 100_000
_FACTS_AT_ONCE = 200  # blocks the event loop for about 1 ms


class Recorder:
    """Writer of a session's entries, immediately, and of its facts, soon after.

    While the journal cannot be written, entries are kept in memory in order, the engine continues,
    and the fault 'recorder-failure' becomes an entry too. When that memory is full as well, further
    entries are dropped and counted, for both the engine and the journal, so that they never
    disagree.

    Attributes:
        inbox: entries that the engine has not applied yet.
        dropped: entries lost because disk and memory were full.
        failure: why the journal cannot be written, or None.
        facts: derived facts that are not written yet.
    """

    def __init__(
        self,
        journal: Journal,
        clock: SessionClock,
        wake: Callable[[], None],
        pending_most: int = _PENDING_MOST,
        standstill: StandstillDetector | None = None,
    ) -> None:
        """Create a recorder.

        Args:
            journal: open for writing.
            clock: gives the entries their times.
            wake: called when an entry is added to the inbox.
            pending_most: most entries kept in memory while the journal cannot be written.
            standstill: detector of the process; a standstill is recorded before any later entry.
        """
        self.inbox: deque[Entry] = deque()
        self.dropped = 0
        self.failure: str | None = None
        self._journal = journal
        self._clock = clock
        self._wake = wake
        self._pending: deque[Entry] = deque()
        self._pending_most = pending_most
        self._standstill = standstill
        self.facts: list[tuple[int, Fact]] = []
        self.follow_journal()

    def follow_journal(self) -> None:
        """Continue after the last entry of the journal; nothing must be pending."""
        self._seq = self._journal.last_seq
        self._received_ns = self._journal.last_received_ns

    def record(
        self, kind: EntryKind, source: str, payload: bytes, measured_ns: int | None = None
    ) -> None:
        """Record one entry; when this returns, it survives the death of the process."""
        # Read the clock once: the process may be stopped between two reads.
        self._add(self.notice_standstill(), kind, source, payload, measured_ns)

    def notice_standstill(self) -> int:
        """Record a standstill of the process since its last sign of life, if there was one.

        Returns:
            The session's time. Do not advance the engine beyond it before the next call: deadlines
            within a standstill must follow its entry.
        """
        now_ns = self._clock.now_ns()
        since_ns = None if self._standstill is None else self._standstill.since_ns(now_ns)
        if since_ns is not None:
            body = {"since_ns": max(since_ns, self._received_ns)}
            self._add(now_ns, EntryKind.STANDSTILL, "physiomon", body_bytes(body))
        return now_ns

    def _add(
        self,
        now_ns: int,
        kind: EntryKind,
        source: str,
        payload: bytes,
        measured_ns: int | None = None,
    ) -> None:
        if len(self._pending) >= self._pending_most:
            self._write_entries()
            if self._pending:
                self.dropped += 1
                return
        self._received_ns = max(now_ns, self._received_ns + 1)
        self._seq += 1
        entry = Entry(
            seq=self._seq,
            received_ns=self._received_ns,
            kind=kind,
            source=source,
            payload=payload,
            measured_ns=measured_ns,
        )
        self._pending.append(entry)
        self.inbox.append(entry)
        self._wake()
        if len(self._pending) == 1:  # others are written by the next `write`
            self._write_entries()

    def keep(self, facts: list[tuple[int, Fact]]) -> None:
        """Queue derived facts for the next `write`."""
        self.facts += facts

    def write(self) -> None:
        """Write everything pending, as far as possible."""
        if not self._write_entries():
            return
        try:
            while self.facts:
                self._journal.add_facts(self.facts[:_FACTS_AT_ONCE])
                del self.facts[:_FACTS_AT_ONCE]
        except RecordingError as error:
            self._fail(error)

    def sentences(self) -> list[str]:
        """Return a notice for each present fault of the recording."""
        found = [] if self.failure is None else [self.failure]
        if self.dropped:
            found.append(f"{count(self.dropped, 'packet')} lost: disk and memory are full")
        return found

    def _write_entries(self) -> bool:
        try:
            while self._pending:
                self._journal.append(self._pending[0])
                self._pending.popleft()
        except RecordingError as error:
            self._fail(error)
            return False
        if self.failure is not None:
            self.failure = None
            self._report(on=False)
        return True

    def _fail(self, error: RecordingError) -> None:
        if self.failure is None:
            self.failure = str(error)
            self._report(on=True)

    def _report(self, *, on: bool) -> None:
        body = {"on": on, "reason": self.failure or "the journal can be written again"}
        self.record(EntryKind.FAULT, "recorder-failure", body_bytes(body))
