"""The SQLite file of a journal: lock, connections, migrations and checkpoints."""

import contextlib
import fcntl
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from monitor.errors import JournalError
from monitor.storage.schema import APPLICATION_ID, MIGRATIONS, VERSION


def lock_journal(path: Path) -> IO[bytes]:
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


def connect(uri: str) -> sqlite3.Connection:
    """Connect to a database; transactions begin and end where the code says so."""
    return sqlite3.connect(
        uri, uri=True, isolation_level=None, check_same_thread=False, timeout=1.0
    )


def connect_to_read(path: Path) -> sqlite3.Connection:
    """Connect to a journal for reading, without leaving a file beside it."""
    uri = f"{path.absolute().as_uri()}?mode=ro"
    # Without a WAL beside it nobody records; 'immutable' then leaves no file of ours beside it.
    if not path.with_name(path.name + "-wal").exists():
        uri += "&immutable=1"
    return connect(uri)


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the tables of a journal to the present schema."""
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


def is_blank(path: Path) -> bool:
    """Tell whether nothing was ever written: so it is, too, after a crash while it was made."""
    if path.stat().st_size == 0:
        return True
    with journal_errors(path), contextlib.closing(connect_to_read(path)) as connection:
        ((tables,),) = connection.execute("SELECT count(*) FROM sqlite_schema")
        ((application_id,),) = connection.execute("PRAGMA application_id")
    return bool(tables == 0 and application_id == 0)


def require_journal(path: Path) -> None:
    """Refuse anything that is no journal of a version we know, with one sentence."""
    if not path.is_file():
        raise JournalError(f"{path} is not there; give the path of a journal file")
    if is_blank(path):
        raise JournalError(f"{path} is not a journal: it is empty")
    with journal_errors(path), contextlib.closing(connect_to_read(path)) as connection:
        (application_id,) = connection.execute("PRAGMA application_id").fetchone()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
    if application_id != APPLICATION_ID:
        raise JournalError(f"{path} is not a journal: another program's SQLite file")
    if version > VERSION:
        raise JournalError(
            f"{path} was recorded by a newer physiomon (schema {version}); this one knows {VERSION}"
        )


@contextlib.contextmanager
def journal_errors(path: Path) -> Iterator[None]:
    """Raise SQLite errors as a JournalError that names the file."""
    try:
        yield
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_NOTADB:
            raise JournalError(f"{path} is not a journal: it is no SQLite file") from None
        raise JournalError(
            f"{path} is damaged or incomplete ({error}); restore it from a copy"
        ) from error


def checkpoint(path: Path) -> bool:
    """Move the WAL into the journal and begin a new one; return False to try again later.

    `Journal.append` never waits for a sync. SQLite syncs the first write into a new WAL, because
    frames of the old one may lie behind it (sqlite.org/src/info/ff5be73dee): here that write
    goes into an empty file, and the caller syncs it while the database is not locked. After
    a power cut before that sync the WAL is the old one, already copied, or a part of the new.
    """
    with contextlib.closing(sqlite3.connect(path, isolation_level=None, timeout=0)) as connection:
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
