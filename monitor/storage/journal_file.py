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

_PAGE_BYTES = 512  # a commit writes whole pages: with SQLite's 4096 it writes 3.3 times as much

_NOT_DAMAGED = {
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
}


def lock_journal(path: Path) -> IO[bytes]:
    """Lock a journal for writing; the kernel releases the lock when the process ends.

    The lock is a separate file: closing any descriptor of the journal itself would drop the locks
    that SQLite holds on it. Source: sqlite.org/howtocorrupt.html, section 2.2.
    """
    lock_path = path.with_name(path.name + ".lock")
    while True:
        lock = open(lock_path, "wb", opener=_private)  # noqa: SIM115 - kept open
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
        lock.close()  # the previous process removed the file between opening and locking


def _private(path: str, flags: int) -> int:
    """Open a file of one account, as the journal is: another one could hold the lock."""
    return os.open(path, flags, 0o600)


def connect(uri: str) -> sqlite3.Connection:
    """Connect to a database; transactions are explicit."""
    return sqlite3.connect(
        uri, uri=True, isolation_level=None, check_same_thread=False, timeout=1.0
    )


def connect_to_read(path: Path) -> sqlite3.Connection:
    """Connect to a journal for reading, without creating files next to it."""
    uri = f"{path.absolute().as_uri()}?mode=ro"
    # Without a WAL nobody is recording; 'immutable' then avoids creating one.
    if not path.with_name(path.name + "-wal").exists():
        uri += "&immutable=1"
    return connect(uri)


@contextlib.contextmanager
def opened_to_write(
    path: Path, *, again: bool = False
) -> Iterator[tuple[sqlite3.Connection, IO[bytes]]]:
    """Lock a journal and connect to it; undo both if the block raises a JournalError.

    Args:
        path: of the journal.
        again: do not wait for the disk; the caller syncs the WAL.
    """
    with file_errors(path):
        lock = lock_journal(path)
    connection = None
    try:
        with journal_errors(path):
            connection = connect(path.absolute().as_uri())
            connection.execute(f"PRAGMA page_size = {_PAGE_BYTES}")  # of a new file
            connection.execute("PRAGMA journal_mode = WAL")
            if again:
                _begin_wal(connection)
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("PRAGMA wal_autocheckpoint = 0")
            migrate(connection)
            yield connection, lock
    except JournalError:
        if connection is not None:
            connection.close()
        lock.close()
        raise


def migrate(connection: sqlite3.Connection) -> None:
    """Migrate the tables of a journal to the current schema."""
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
    """Return whether nothing was ever written, as after a crash during creation."""
    with file_errors(path):
        if path.stat().st_size == 0:
            return True
    with journal_errors(path), contextlib.closing(connect_to_read(path)) as connection:
        ((tables,),) = connection.execute("SELECT count(*) FROM sqlite_schema")
        ((application_id,),) = connection.execute("PRAGMA application_id")
    return bool(tables == 0 and application_id == 0)


def require_journal(path: Path) -> None:
    """Raise a JournalError unless a file is a journal of a supported version."""
    with file_errors(path):
        if not path.is_file():
            problem = "is a folder" if path.is_dir() else "is not a file"
            if not path.exists():
                problem = "does not exist"
            raise JournalError(f"{path} {problem}; give the path of a journal file")
    if is_blank(path):
        raise JournalError(f"{path} is not a journal: it is empty")
    with journal_errors(path), contextlib.closing(connect_to_read(path)) as connection:
        (application_id,) = connection.execute("PRAGMA application_id").fetchone()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
    if application_id != APPLICATION_ID:
        raise JournalError(f"{path} is not a journal: it is another program's SQLite file")
    if version > VERSION:
        raise JournalError(
            f"{path} was recorded by a newer physiomon (schema {version}, here {VERSION}); update "
            "physiomon"
        )


def copy_journal(path: Path, target: Path) -> None:
    """Copy a journal as of this moment, without holding up its recording.

    Raises:
        JournalError: the file is not a journal, or the copy exists or cannot be written.
    """
    require_journal(path)
    try:
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        raise JournalError(f"{target} exists already; choose another name") from None
    except OSError as error:
        raise JournalError(
            f"cannot write {target}: {error.strerror}; choose another folder"
        ) from None
    try:
        with (
            journal_errors(path),
            contextlib.closing(connect_to_read(path)) as source,
            contextlib.closing(connect(target.absolute().as_uri())) as copy,
        ):
            source.backup(copy)  # in one step: readers of a WAL do not block its writer
    except JournalError:
        target.unlink()
        raise


@contextlib.contextmanager
def file_errors(path: Path) -> Iterator[None]:
    """Raise errors of the file system as a JournalError that names the file."""
    try:
        yield
    except OSError as error:
        raise JournalError(
            f"cannot open {error.filename or path}: {error.strerror}; make its folder accessible "
            "to this account, or choose another one"
        ) from None


@contextlib.contextmanager
def journal_errors(path: Path) -> Iterator[None]:
    """Raise SQLite errors as a JournalError that names the file."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # without details
        if code == sqlite3.SQLITE_NOTADB:
            raise JournalError(f"{path} is not a journal: it is not an SQLite file") from None
        if code in _NOT_DAMAGED:
            raise JournalError(
                f"cannot open {path} ({error}); check the permissions and the space of its folder"
            ) from error
        raise JournalError(
            f"{path} is damaged or incomplete ({error}); restore it from a copy"
        ) from error


def checkpoint(path: Path) -> bool:
    """Merge the WAL into the journal and start a new one; return False to retry later.

    `Journal.append` never waits for a sync. SQLite syncs the first write to a new WAL, because it
    may be followed by frames of the old one (sqlite.org/src/info/ff5be73dee): here that write goes
    to an empty file, and the caller syncs it while the database is not locked. After a power cut
    before that sync the WAL is either the old one, already copied, or a part of the new one.
    """
    with contextlib.closing(sqlite3.connect(path, isolation_level=None, timeout=0)) as connection:
        _, frames, copied = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        if copied != frames:
            return False  # read or written meanwhile
        busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            return False
        connection.execute("PRAGMA busy_timeout = 1000")  # in case of a concurrent `append`
        _begin_wal(connection)
    return True


def _begin_wal(connection: sqlite3.Connection) -> None:
    """Write to a new WAL without the sync that it needs: the caller syncs it, see `checkpoint`."""
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute(f"PRAGMA user_version = {VERSION}")
