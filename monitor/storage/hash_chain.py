"""Check of a journal's hash chain: whether an entry was changed or removed."""

import sqlite3
import struct
from dataclasses import dataclass
from functools import partial

from monitor.entries import GENESIS, Entry, chain

ENTRY_COLUMNS = "seq, received_ns, kind, source, payload, measured_ns"


@dataclass(frozen=True, slots=True)
class Damage:
    """First damaged entry of a journal, and the reason."""

    seq: int
    reason: str


def find_damage(database: sqlite3.Connection) -> Damage | None:
    """Return the first entry that is missing or was changed, or None if all are intact."""
    previous, expected, received_ns = GENESIS, 1, 0
    query = f"SELECT {ENTRY_COLUMNS}, hash FROM entries ORDER BY seq"  # noqa: S608
    # A changed byte must appear as a wrong hash, not as a decoding error.
    database.text_factory = partial(str, encoding="utf-8", errors="replace")
    try:
        for *fields, digest in database.execute(query):
            entry = Entry(**dict(zip(ENTRY_COLUMNS.split(", "), fields, strict=True)))
            if entry.seq != expected:
                return Damage(expected, f"entry {expected} is missing")
            if not _is_intact(previous, entry, digest):
                return Damage(expected, f"entry {expected} was changed after it was recorded")
            if entry.received_ns <= received_ns:
                return Damage(expected, f"entry {expected} is earlier than the one before it")
            previous, expected, received_ns = digest, expected + 1, entry.received_ns
        (last,) = database.execute("SELECT ifnull(max(entry), 0) FROM facts").fetchone()
    except sqlite3.Error as error:
        return Damage(expected, f"entry {expected} cannot be read ({error})")
    finally:
        database.text_factory = str
    if last >= expected:
        return Damage(expected, f"entry {expected} and later ones were removed from the end")
    return None


def _is_intact(previous: bytes, entry: Entry, digest: bytes) -> bool:
    """Return whether an entry matches its hash; changed fields may have any type."""
    try:
        return chain(previous, entry) == digest
    except (AttributeError, TypeError, struct.error):
        return False
