"""Writer of a complete session into a new journal."""

import os
from collections.abc import Iterable
from contextlib import suppress
from itertools import islice
from pathlib import Path

from monitor.core.engine import Engine
from monitor.entries import Entry
from monitor.errors import JournalError
from monitor.storage.journal import Journal

_BATCH = 2000  # entries of one transaction


def write_journal(path: Path, entries: Iterable[Entry]) -> int:
    """Write a new journal with entries and the facts that the engine derives from them.

    An interrupted import leaves no file.

    Returns:
        The number of entries.

    Raises:
        JournalError: the file exists or cannot be written.
        RecordingError: the disk is full or broken.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        raise JournalError(
            f"{path} exists already, and an import never overwrites a journal; move it away or "
            "choose another --journal-dir"
        ) from None
    except OSError as error:
        raise JournalError(
            f"cannot write {path}: {error.strerror}; choose another folder"
        ) from None
    complete = False
    try:
        with Journal.write(path) as journal:
            engine = Engine()
            following = iter(entries)
            while batch := list(islice(following, _BATCH)):
                journal.append_all(batch)
                journal.add_facts([each for entry in batch for each in engine.apply(entry)])
            complete = True
            return journal.last_seq
    finally:
        if not complete:
            for suffix in ("", "-wal", "-shm", ".lock"):
                with suppress(OSError):
                    path.with_name(path.name + suffix).unlink()
