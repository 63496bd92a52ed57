"""A session's journal: one SQLite file, append-only, hash-chained.

Process death: every commit is in the operating system's cache before `append` returns, so a
killed process loses nothing. Power cut: `sync`, called each second from a thread, flushes commits
to the disk. Neither `append` nor `add_facts` waits for the disk.
"""

import contextlib
import os
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Self

from monitor.entries import GENESIS, Entry, chain
from monitor.errors import JournalError, RecordingError
from monitor.facts import Fact, payload
from monitor.storage.fact_rows import Lane
from monitor.storage.hash_chain import Damage, find_damage
from monitor.storage.journal_file import (
    checkpoint,
    connect_to_read,
    file_errors,
    is_blank,
    journal_errors,
    opened_to_write,
    require_journal,
)
from monitor.storage.journal_queries import JournalQueries
from monitor.storage.schema import URGENT_KINDS

_LAST_FACT = "SELECT ifnull(max(id), 0) FROM facts"
_CHECKPOINT_BYTES = 16 << 20  # size of the WAL; four sensors reach it in half an hour


class Journal(JournalQueries):
    """A journal file, open for reading, or for writing by one process at a time.

    Attributes:
        closed: `close` is done.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection, lock: IO[bytes] | None) -> None:
        self.path = path
        self._use(connection, lock)

    def _use(self, connection: sqlite3.Connection, lock: IO[bytes] | None) -> None:
        self.closed = False
        self._db = connection
        self._lock = lock
        last = connection.execute("SELECT seq, received_ns, hash FROM entries ORDER BY seq DESC")
        self.last_seq: int
        self.last_received_ns: int
        self._hash: bytes
        self.last_seq, self.last_received_ns, self._hash = last.fetchone() or (0, 0, GENESIS)
        self.last_fact: int = connection.execute(_LAST_FACT).fetchone()[0]
        self._last_urgent = self.last_fact  # or less: known exactly after the next urgent fact

    @classmethod
    def write(cls, path: Path) -> Self:
        """Open a journal for writing; create it if it does not exist or is empty.

        Raises:
            JournalError: the file is not a journal, damaged or in use by another process, or the
                folder is not writable.
        """
        with file_errors(path):
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Not `touch`: the time of the last change must not change before the file is locked.
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
        if not is_blank(path):
            require_journal(path)
        with opened_to_write(path) as (connection, lock):
            return cls(path, connection, lock)

    def reopen(self) -> None:
        """Open a closed journal for writing again, with what was appended to it meanwhile.

        Does not wait for the disk: call `sync` soon, in a thread.

        Raises:
            JournalError: the file was removed or replaced, or is in use by another process.
        """
        require_journal(self.path)
        query = "SELECT hash FROM entries WHERE seq = ?"
        with opened_to_write(self.path, again=True) as (connection, lock):
            found = connection.execute(query, (self.last_seq,)).fetchone()
            if found != (self._hash,):
                raise JournalError(
                    f"{self.path} is not the journal that was closed: it was replaced or "
                    "rewritten; restore it from a copy"
                )
            self._use(connection, lock)

    @classmethod
    def read(cls, path: Path, *, follow: bool = False) -> Self:
        """Open a journal for reading, also while it is being recorded.

        Args:
            path: of the file.
            follow: also read what is added later; otherwise read a snapshot of this moment.

        Raises:
            JournalError: the file is not a journal, or damaged.
        """
        require_journal(path)
        with journal_errors(path):
            connection = connect_to_read(path)
            if not follow:
                connection.execute("BEGIN")
            return cls(path, connection, None)

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[Self]:
        """Read a journal opened with `follow` as of one moment, that of its `last_fact`."""
        with journal_errors(self.path):
            self._db.execute("BEGIN")
            try:
                self.last_fact = self._db.execute(_LAST_FACT).fetchone()[0]
                yield self
            finally:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")

    @property
    def end_ns(self) -> int:
        """Return the time of the last entry, or of a later fact made by a timer; 0 if empty."""
        end_ns = self.last_received_ns
        query = "SELECT entry, at_ns FROM facts ORDER BY id DESC"
        for entry, at_ns in self._db.execute(query):
            if entry < self.last_seq:
                break
            end_ns = max(end_ns, at_ns)
        return end_ns

    def append(self, entry: Entry) -> None:
        """Commit one entry; when this returns it survives the death of the process.

        Raises:
            RecordingError: the disk is full or broken; nothing was written.
            ValueError: the entry does not follow the last one.
        """
        self.append_all((entry,))

    def append_all(self, entries: Iterable[Entry]) -> None:
        """Commit several entries in one transaction; see `append`."""
        seq, received_ns, digest = self.last_seq, self.last_received_ns, self._hash
        rows = []
        for entry in entries:
            if entry.seq != seq + 1 or entry.received_ns <= received_ns:
                raise ValueError(f"entry {entry.seq} does not follow entry {seq}")
            seq, received_ns, digest = entry.seq, entry.received_ns, chain(digest, entry)
            times = received_ns, entry.measured_ns
            rows.append((seq, *times, entry.kind, entry.source, entry.payload, digest))
        with self._writing():
            self._db.executemany("INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
        self.last_seq, self._hash, self.last_received_ns = seq, digest, received_ns

    def add_facts(self, facts: Iterable[tuple[int, Fact]]) -> None:
        """Commit derived facts, each with the seq of the entry applied last before it.

        Raises:
            RecordingError: the disk is full or broken; nothing was written.
        """
        rows = [
            (number, seq, fact.at_ns, fact.kind, fact.subject, payload(fact))
            for number, (seq, fact) in enumerate(facts, self.last_fact + 1)
        ]
        if not rows:
            return
        with self._writing():
            self._db.executemany("INSERT INTO facts VALUES (?, ?, ?, ?, ?, ?)", rows)
        self.last_fact = rows[-1][0]
        self._last_urgent = next(
            (row[0] for row in reversed(rows) if row[3] in URGENT_KINDS), self._last_urgent
        )

    def newest(self, lane: Lane) -> int:
        """Return the id of the newest fact of a lane, or of a later fact of another one."""
        return self._last_urgent if lane is Lane.URGENT else self.last_fact

    def cursor(self, destination: str) -> int:
        """Return the id of the last fact that a destination has accepted; 0 for none."""
        query = "SELECT fact FROM cursors WHERE destination = ?"
        row = self._db.execute(query, (destination,)).fetchone()
        return int(row[0]) if row else 0

    def advance(self, destination: str, fact: int) -> None:
        """Record that a destination has accepted everything up to a fact.

        Raises:
            RecordingError: the disk is full or broken; the facts will be delivered again.
        """
        with self._writing():
            self._db.execute("REPLACE INTO cursors VALUES (?, ?)", (destination, fact))

    def set_aside(self, destination: str, fact: int, reason: str) -> None:
        """Record that a destination has rejected a fact.

        Raises:
            RecordingError: the disk is full or broken.
        """
        with self._writing():
            row = (destination, fact, reason)
            self._db.execute("REPLACE INTO dead_letters VALUES (?, ?, ?)", row)

    def cursors(self) -> dict[str, int]:
        """Return the position of each cursor by name."""
        with journal_errors(self.path):
            return dict(self._db.execute("SELECT destination, fact FROM cursors"))

    def remove_dead_letters(self, destination: str, facts: Iterable[int]) -> None:
        """Remove rejected facts that a destination has accepted after all.

        Raises:
            RecordingError: the disk is full or broken.
        """
        with self._writing():
            query = "DELETE FROM dead_letters WHERE destination = ? AND fact = ?"
            self._db.executemany(query, [(destination, fact) for fact in facts])

    def dead_letters(self) -> dict[str, dict[int, str]]:
        """Return the reasons of rejected facts by the name of the destination's cursor and id."""
        found: dict[str, dict[int, str]] = {}
        with journal_errors(self.path):
            query = "SELECT destination, fact, reason FROM dead_letters ORDER BY fact"
            for destination, fact, reason in self._db.execute(query):
                found.setdefault(destination, {})[fact] = reason
        return found

    def damage(self) -> Damage | None:
        """Return the first entry that is missing or was changed, or None if all are intact."""
        return find_damage(self._db)

    def sync(self) -> None:
        """Flush commits to the disk. Blocks: call it from a thread, once a second.

        Raises:
            RecordingError: the disk is full or broken.
        """
        wal = self.path.with_name(self.path.name + "-wal")
        try:
            with wal.open("rb") as file:
                os.fsync(file.fileno())
                large = os.fstat(file.fileno()).st_size > _CHECKPOINT_BYTES
                if large and checkpoint(self.path):
                    os.fsync(file.fileno())
        except FileNotFoundError:
            return
        except (OSError, sqlite3.Error) as error:
            raise RecordingError(
                f"cannot flush {self.path} to the disk: {error}; free disk space or repair the disk"
            ) from error

    def close(self) -> None:
        """Close the journal; merge the WAL into its file if it is open for writing."""
        if self._lock is not None:
            with contextlib.suppress(sqlite3.Error):  # the WAL remains, and remains readable
                self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._db.close()
        if self._lock is not None:
            Path(self._lock.name).unlink(missing_ok=True)  # before the lock is released
            self._lock.close()
        self.closed = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            self._db.execute("BEGIN IMMEDIATE")
            yield
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise RecordingError(
                f"cannot write {self.path}: {error}; free disk space or repair the disk"
            ) from error
