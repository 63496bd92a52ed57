"""A session's journal: one SQLite file, append-only, hash-chained.

Process death: every commit is in the operating system's cache before `append` returns, so a
killed process loses nothing. Power cut: `sync`, called each second from a thread, brings what was
committed to the disk. Neither `append` nor `add_facts` waits for the disk.
"""

import contextlib
import enum
import fcntl
import os
import sqlite3
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, NamedTuple, Self

from monitor.entries import GENESIS, Entry, chain
from monitor.errors import JournalError, RecordingError
from monitor.facts import Fact, payload
from monitor.storage.schema import APPLICATION_ID, MIGRATIONS, URGENT, VERSION

_CHECKPOINT_BYTES = 16 << 20  # of the WAL: written in 2 to 12 minutes, by the number of sensors
_ENTRY_COLUMNS = "seq, received_ns, kind, source, payload, measured_ns"


class Lane(enum.Enum):
    """Which facts are meant, as SQL: alarms must not wait behind a day of readings.

    An index holds the urgent ones, so neither lane is read by scanning the other.
    """

    ALL = "TRUE"
    URGENT = URGENT  # alarms, calls, markers, links, policy, baselines: few
    BULK = f"NOT ({URGENT})"  # readings, statistics, limits, and what is not thought of yet


class FactRow(NamedTuple):
    """A fact as journaled; `payload` is its JSON. A tuple, for there are millions of them."""

    id: int
    entry: int
    at_ns: int
    kind: str
    subject: str
    payload: str


_fact_row = partial(tuple.__new__, FactRow)  # what `FactRow._make` does, without its checks


@dataclass(frozen=True, slots=True)
class Damage:
    """What `Journal.damage` found: the first entry that does not hold, and why."""

    seq: int
    reason: str


class Journal:
    """One journal file, open for reading, or for reading and writing by one process at a time."""

    def __init__(self, path: Path, connection: sqlite3.Connection, lock: IO[bytes] | None) -> None:
        self.path = path
        self._db = connection
        self._lock = lock
        last = connection.execute("SELECT seq, received_ns, hash FROM entries ORDER BY seq DESC")
        self.last_seq: int
        self.last_received_ns: int
        self._hash: bytes
        self.last_seq, self.last_received_ns, self._hash = last.fetchone() or (0, 0, GENESIS)
        self.last_fact: int = connection.execute("SELECT ifnull(max(id), 0) FROM facts").fetchone()[
            0
        ]

    @classmethod
    def write(cls, path: Path) -> Self:
        """Open a journal to record into it; make it if it is not there or still empty.

        Raises:
            JournalError: no journal, damaged, in use by another process, or the folder cannot be
                written.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
        except OSError as error:
            raise JournalError(
                f"cannot write {path}: {error.strerror}; choose another folder"
            ) from None
        if not _is_blank(path):
            _require_journal(path)
        lock = _lock(path)
        try:
            with _readable(path):
                connection = _connect(path.absolute().as_uri())
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA synchronous = NORMAL")
                connection.execute("PRAGMA wal_autocheckpoint = 0")
                _migrate(connection)
                return cls(path, connection, lock)
        except JournalError:
            lock.close()
            raise

    @classmethod
    def read(cls, path: Path, *, follow: bool = False) -> Self:
        """Open a journal for reading, also while it is being recorded.

        Args:
            path: of the file.
            follow: see what is added later; else everything is as it was at this moment.

        Raises:
            JournalError: no journal, or damaged.
        """
        _require_journal(path)
        with _readable(path):
            connection = _connect_to_read(path)
            if not follow:
                connection.execute("BEGIN")
            return cls(path, connection, None)

    @property
    def end_ns(self) -> int:
        """Return the time of the last entry, or of a later fact that a timer made; 0 if empty."""
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
        if entry.seq != self.last_seq + 1 or entry.received_ns <= self.last_received_ns:
            raise ValueError(f"entry {entry.seq} does not follow entry {self.last_seq}")
        digest = chain(self._hash, entry)
        row = (
            entry.seq,
            entry.received_ns,
            entry.measured_ns,
            entry.kind,
            entry.source,
            entry.payload,
            digest,
        )
        with self._writing():
            self._db.execute("INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        self.last_seq, self._hash, self.last_received_ns = entry.seq, digest, entry.received_ns

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

    def cursor(self, destination: str) -> int:
        """Return the id of the last fact that a destination has taken, 0 for none."""
        query = "SELECT fact FROM cursors WHERE destination = ?"
        row = self._db.execute(query, (destination,)).fetchone()
        return int(row[0]) if row else 0

    def advance(self, destination: str, fact: int) -> None:
        """Note that a destination has taken everything up to a fact.

        Raises:
            RecordingError: the disk is full or broken; the facts will be delivered again.
        """
        with self._writing():
            self._db.execute("REPLACE INTO cursors VALUES (?, ?)", (destination, fact))

    def set_aside(self, destination: str, fact: int, reason: str) -> None:
        """Note that a destination will never take a fact.

        Raises:
            RecordingError: the disk is full or broken.
        """
        with self._writing():
            row = (destination, fact, reason)
            self._db.execute("REPLACE INTO dead_letters VALUES (?, ?, ?)", row)

    def cursors(self) -> dict[str, int]:
        """Return how far each destination has come, by the name of its cursor."""
        with _readable(self.path):
            return dict(self._db.execute("SELECT destination, fact FROM cursors"))

    def dead_letters(self) -> dict[str, list[str]]:
        """Return why facts were set aside, by the name of the destination's cursor."""
        found: dict[str, list[str]] = {}
        with _readable(self.path):
            query = "SELECT destination, reason FROM dead_letters ORDER BY fact"
            for destination, reason in self._db.execute(query):
                found.setdefault(destination, []).append(reason)
        return found

    def entries(self, after: int = 0) -> Iterator[Entry]:
        """Yield the entries behind a seq, in order."""
        with _readable(self.path):
            query = f"SELECT {_ENTRY_COLUMNS} FROM entries WHERE seq > ? ORDER BY seq"  # noqa: S608
            for seq, received_ns, kind, source, data, measured_ns in self._db.execute(
                query, (after,)
            ):
                yield Entry(
                    seq=seq,
                    received_ns=received_ns,
                    kind=kind,
                    source=source,
                    payload=data,
                    measured_ns=measured_ns,
                )

    def facts(self, after: int = 0, limit: int = -1, lane: Lane = Lane.ALL) -> Iterator[FactRow]:
        """Yield the facts of a lane behind an id, in order, at most `limit` of them."""
        with _readable(self.path):
            query = f"SELECT * FROM facts WHERE id > ? AND {lane.value} ORDER BY id LIMIT ?"  # noqa: S608
            yield from map(_fact_row, self._db.execute(query, (after, limit)))

    def facts_of_kind(self, kind: str) -> Iterator[FactRow]:
        """Yield all facts of a kind, in order."""
        with _readable(self.path):
            query = "SELECT * FROM facts WHERE kind = ? ORDER BY id"
            yield from map(_fact_row, self._db.execute(query, (kind,)))

    def readings(
        self, channel: str, since_ns: int, until_ns: int, after: int, limit: int
    ) -> Iterator[FactRow]:
        """Yield at most `limit` readings of a channel and a time, behind an id, in order."""
        with _readable(self.path):
            query = (
                "SELECT * FROM facts WHERE id > ? AND kind = 'reading' AND subject = ? "
                "AND at_ns BETWEEN ? AND ? ORDER BY id LIMIT ?"
            )
            asked = (after, channel, since_ns, until_ns, limit)
            yield from map(_fact_row, self._db.execute(query, asked))

    def waiting(self, after: int, lane: Lane) -> int:
        """Return how many facts of a lane lie behind an id; scans them, the urgent by index."""
        with _readable(self.path):
            query = f"SELECT count(*) FROM facts WHERE id > ? AND {lane.value}"  # noqa: S608
            return int(self._db.execute(query, (after,)).fetchone()[0])

    def damage(self) -> Damage | None:
        """Return the first entry that is missing or was changed, or None if all hold."""
        previous, expected, received_ns = GENESIS, 1, 0
        query = f"SELECT {_ENTRY_COLUMNS}, hash FROM entries ORDER BY seq"  # noqa: S608
        # A changed byte must show as a wrong hash, not as text that cannot be decoded.
        self._db.text_factory = partial(str, encoding="utf-8", errors="replace")
        try:
            for *fields, digest in self._db.execute(query):
                entry = Entry(**dict(zip(_ENTRY_COLUMNS.split(", "), fields, strict=True)))
                if entry.seq != expected:
                    return Damage(expected, f"entry {expected} is missing")
                if not _holds(previous, entry, digest):
                    return Damage(expected, f"entry {expected} was changed after it was recorded")
                if entry.received_ns <= received_ns:
                    return Damage(expected, f"entry {expected} is earlier than the one before it")
                previous, expected, received_ns = digest, expected + 1, entry.received_ns
            (last,) = self._db.execute("SELECT ifnull(max(entry), 0) FROM facts").fetchone()
        except sqlite3.Error as error:
            return Damage(expected, f"entry {expected} cannot be read ({error})")
        finally:
            self._db.text_factory = str
        if last >= expected:
            return Damage(expected, f"entry {expected} and later ones were removed from the end")
        return None

    def sync(self) -> None:
        """Bring what was committed to the disk. Blocks: call it from a thread, once a second.

        Raises:
            RecordingError: the disk is full or broken.
        """
        wal = self.path.with_name(self.path.name + "-wal")
        try:
            with wal.open("rb") as file:
                os.fsync(file.fileno())
                large = os.fstat(file.fileno()).st_size > _CHECKPOINT_BYTES
                if large and self._checkpoint():
                    os.fsync(file.fileno())
        except FileNotFoundError:
            return
        except (OSError, sqlite3.Error) as error:
            raise RecordingError(f"cannot bring {self.path} to the disk: {error}") from error

    def _checkpoint(self) -> bool:
        """Move the WAL into the journal and begin a new one; return False to try again later.

        `append` never waits for a sync. SQLite syncs the first write into a new WAL, because
        frames of the old one may lie behind it (sqlite.org/src/info/ff5be73dee): here that write
        goes into an empty file, and the caller syncs it while the database is not locked. After
        a power cut before that sync the WAL is the old one, already copied, or a part of the new.
        """
        with contextlib.closing(
            sqlite3.connect(self.path, isolation_level=None, timeout=0)
        ) as connection:
            _, frames, copied = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            if copied != frames:
                return False  # read or written meanwhile
            busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if busy:
                return False
            connection.execute("PRAGMA busy_timeout = 1000")  # for an `append` of this moment
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute(f"PRAGMA user_version = {VERSION}")
        return True

    def close(self) -> None:
        """Close; a journal open for writing becomes a single file again."""
        if self._lock is not None:
            with contextlib.suppress(sqlite3.Error):  # the WAL stays then, and stays readable
                self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._db.close()
        if self._lock is not None:
            Path(self._lock.name).unlink(missing_ok=True)  # while it is still held
            self._lock.close()

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


def _holds(previous: bytes, entry: Entry, digest: bytes) -> bool:
    """Tell whether an entry has its hash; its fields may be of any type after a change."""
    try:
        return chain(previous, entry) == digest
    except (AttributeError, TypeError, struct.error):
        return False


def _lock(path: Path) -> IO[bytes]:
    """Take the right to record into a journal; the kernel takes it back when the process ends.

    It is a file of its own: closing any descriptor of the journal itself would drop the locks
    that SQLite holds on it. Source: sqlite.org/howtocorrupt.html, section 2.2.
    """
    lock_path = path.with_name(path.name + ".lock")
    while True:
        lock = lock_path.open("wb")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            raise JournalError(
                f"{path} is being recorded by another process; stop that one first"
            ) from None
        with contextlib.suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(lock.fileno()), lock_path.stat()):
                return lock
        lock.close()  # the process before us removed the file between our two steps


def _connect(uri: str) -> sqlite3.Connection:
    # isolation_level None: transactions begin and end where the code says so.
    return sqlite3.connect(
        uri, uri=True, isolation_level=None, check_same_thread=False, timeout=1.0
    )


def _connect_to_read(path: Path) -> sqlite3.Connection:
    uri = f"{path.absolute().as_uri()}?mode=ro"
    # Without a WAL beside it nobody records; 'immutable' then leaves no file of ours beside it.
    if not path.with_name(path.name + "-wal").exists():
        uri += "&immutable=1"
    return _connect(uri)


def _migrate(connection: sqlite3.Connection) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version == VERSION:
        return
    connection.execute("BEGIN IMMEDIATE")
    for number, statements in enumerate(MIGRATIONS[version:], version + 1):
        for statement in statements:
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {number}")
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute("COMMIT")


def _is_blank(path: Path) -> bool:
    """Tell whether nothing was ever written: so it is, too, after a crash while it was made."""
    if path.stat().st_size == 0:
        return True
    with _readable(path), contextlib.closing(_connect_to_read(path)) as connection:
        ((tables,),) = connection.execute("SELECT count(*) FROM sqlite_schema")
        ((application_id,),) = connection.execute("PRAGMA application_id")
    return bool(tables == 0 and application_id == 0)


def _require_journal(path: Path) -> None:
    """Refuse anything that is no journal of a version we know, with one sentence."""
    if not path.is_file():
        raise JournalError(f"{path} is not there; give the path of a journal file")
    if _is_blank(path):
        raise JournalError(f"{path} is not a journal: it is empty")
    with _readable(path), contextlib.closing(_connect_to_read(path)) as connection:
        (application_id,) = connection.execute("PRAGMA application_id").fetchone()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
    if application_id != APPLICATION_ID:
        raise JournalError(f"{path} is not a journal: another program's SQLite file")
    if version > VERSION:
        raise JournalError(
            f"{path} was recorded by a newer physiomon (schema {version}); this one knows {VERSION}"
        )


@contextlib.contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Raise SQLite errors as a JournalError that names the file."""
    try:
        yield
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_NOTADB:
            raise JournalError(f"{path} is not a journal: it is no SQLite file") from None
        raise JournalError(
            f"{path} is damaged or incomplete ({error}); restore it from a copy"
        ) from error
