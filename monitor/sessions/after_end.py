"""Verdicts on alarms after the end of a session: its closed journal is opened again for them."""

import asyncio
from collections.abc import Callable, Mapping

from monitor.clock import SessionClock
from monitor.entries import Entry, EntryKind, body_bytes
from monitor.errors import ActError
from monitor.sessions.engine_feed import EngineFeed
from monitor.storage.journal import Journal
from monitor.storage.recorder import Recorder


class AfterEnd:
    """Recording of verdicts in one session that a person has ended.

    Args:
        journal: of the session.
        clock: gives the entries their times.
        recorder: writes the facts that follow.
        feed: applies the entries.

    Attributes:
        recorded: set when a verdict was recorded; cleared by the task that delivers it.
    """

    def __init__(
        self, journal: Journal, clock: SessionClock, recorder: Recorder, feed: EngineFeed
    ) -> None:
        self.recorded = asyncio.Event()
        self._journal = journal
        self._clock = clock
        self._recorder = recorder
        self._feed = feed

    def record(
        self,
        kind: EntryKind,
        source: str,
        body: Mapping[str, object],
        reopen: Callable[[], None],
    ) -> None:
        """Commit a verdict with the present time, and apply it.

        Args:
            kind: of the entry; all others are refused.
            source: of the entry.
            body: of the entry.
            reopen: opens the journal if it is closed.

        Raises:
            ActError: another kind, or what was recorded before is not in the journal yet.
            RecordingError: the disk is full or broken; nothing was written.
        """
        if kind is not EntryKind.ALARM_REVIEW:
            raise ActError(
                "this session has ended; nothing more can be recorded in it, except verdicts on "
                "its alarms"
            )
        if (failure := self._recorder.failure) is not None:
            raise ActError(f"the verdict cannot be recorded: {failure}")
        reopen()
        self._journal.append(next_entry(self._journal, self._clock.now_ns(), kind, source, body))
        self._follow_journal()
        self.recorded.set()

    def reopen(self) -> None:
        """Open the closed journal again, and apply what was appended to it meanwhile.

        Raises:
            ActError: it is being closed.
            JournalError: it was removed or replaced, or another process writes to it.
        """
        if not self._journal.closed:
            raise ActError("the journal of this session is being closed; try again in a moment")
        self._journal.reopen()
        self._follow_journal()

    def _follow_journal(self) -> None:
        self._feed.follow_journal()
        self._recorder.follow_journal()
        self._recorder.write()


def next_entry(
    journal: Journal, now_ns: int, kind: EntryKind, source: str, body: Mapping[str, object]
) -> Entry:
    """Return the entry that follows the last one of a journal, at `now_ns` or right after it."""
    return Entry(
        seq=journal.last_seq + 1,
        received_ns=max(now_ns, journal.last_received_ns + 1),
        kind=kind,
        source=source,
        payload=body_bytes(body),
    )
