"""The one door into a session: everything is stamped, journaled, and only then handed on."""

from collections import deque
from collections.abc import Callable

from monitor.clock import SessionClock
from monitor.entries import Entry, EntryKind, body_bytes
from monitor.errors import RecordingError
from monitor.facts import Fact
from monitor.standstill import StandstillDetector
from monitor.storage.journal import Journal

# While the disk is full the session goes on in memory: half a day of one participant.
_PENDING_MOST = 100_000
_FACTS_AT_ONCE = 200  # about a millisecond of the loop's time


class Recorder:
    """Writes entries before anything is done with them, and facts soon after.

    When the journal cannot be written, entries wait in memory in their order, the engine goes on,
    and 'recorder-failure' is an entry of its own. When that memory is full too, further entries
    are dropped and counted, for the engine as for the journal: they never disagree.

    Attributes:
        inbox: entries that the engine has not taken yet.
        dropped: entries lost because disk and memory were full.
        failure: why the journal cannot be written, or None.
    """

    def __init__(
        self,
        journal: Journal,
        clock: SessionClock,
        wake: Callable[[], None],
        pending_most: int = _PENDING_MOST,
        standstill: StandstillDetector | None = None,
    ) -> None:
        """Make the door into a journal.

        Args:
            journal: open for writing.
            clock: stamps the entries.
            wake: called when there is something in the inbox.
            pending_most: entries that memory takes while the journal cannot be written.
            standstill: of the process; what is recorded after one comes behind an entry about it.
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
        self._seq = journal.last_seq
        self._received_ns = journal.last_received_ns
        self._facts: list[tuple[int, Fact]] = []

    def record(
        self, kind: EntryKind, source: str, payload: bytes, measured_ns: int | None = None
    ) -> None:
        """Take one entry; when this returns, it survives the death of the process."""
        # One look at the clock: the process may be stopped between any two.
        self._take(self.notice_standstill(), kind, source, payload, measured_ns)

    def notice_standstill(self) -> int:
        """Record that the process stood still, if it did since its last sign of life.

        Returns:
            The session's time. The engine must not be brought beyond it before this is called
            again: what is due in a standstill comes behind the entry about it.
        """
        now_ns = self._clock.now_ns()
        since_ns = None if self._standstill is None else self._standstill.since_ns(now_ns)
        if since_ns is not None:
            body = {"since_ns": max(since_ns, self._received_ns)}
            self._take(now_ns, EntryKind.STANDSTILL, "physiomon", body_bytes(body))
        return now_ns

    def _take(
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
        if len(self._pending) == 1:  # behind others it waits for the next `write`
            self._write_entries()

    def keep(self, facts: list[tuple[int, Fact]]) -> None:
        """Take derived facts; the next `write` brings them to the journal."""
        self._facts += facts

    def write(self) -> None:
        """Bring everything that waits to the journal, as far as it can be written."""
        if not self._write_entries():
            return
        try:
            while self._facts:
                self._journal.add_facts(self._facts[:_FACTS_AT_ONCE])
                del self._facts[:_FACTS_AT_ONCE]
        except RecordingError as error:
            self._fail(error)

    def sentences(self) -> list[str]:
        """Return a sentence for each thing that is wrong with the recording now."""
        found = [] if self.failure is None else [self.failure]
        if self.dropped:
            found.append(f"{self.dropped} packets lost: disk and memory are full")
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
            self._tell(on=False)
        return True

    def _fail(self, error: RecordingError) -> None:
        if self.failure is None:
            self.failure = str(error)
            self._tell(on=True)

    def _tell(self, *, on: bool) -> None:
        body = {"on": on, "reason": self.failure or "the journal can be written again"}
        self.record(EntryKind.FAULT, "recorder-failure", body_bytes(body))
