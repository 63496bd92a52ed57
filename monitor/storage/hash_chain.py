"""Check of a journal's hash chain: whether an entry was changed or removed."""

import sqlite3
import struct
from dataclasses import dataclass

from monitor.entries import GENESIS, chain_fields

ENTRY_COLUMNS = "seq, received_ns, kind, source, payload, measured_ns"


@dataclass(frozen=True, slots=True)
class Damage:
    """First damaged entry of a journal, and the reason."""

    seq: int
    reason: str


class _Texts(dict[bytes, str]):
    """Texts by their bytes: kinds and sources are few, and decoded once.

    A changed byte must appear as a wrong hash, not as a decoding error.
    """

    def __missing__(self, encoded: bytes) -> str:
        text = self[encoded] = encoded.decode(errors="replace")
        return text


def find_damage(database: sqlite3.Connection) -> Damage | None:
    """Return the first entry that is missing or was changed, or None if all are intact."""
    previous, expected, received_ns = GENESIS, 1, 0
    query = f"SELECT {ENTRY_COLUMNS}, hash FROM entries ORDER BY seq"  # noqa: S608
    database.text_factory = _Texts().__getitem__
    try:
        for seq, at_ns, kind, source, payload, measured_ns, digest in database.execute(query):
            if seq != expected:
                return Damage(expected, f"entry {expected} is missing")
            try:
                found = chain_fields(previous, seq, at_ns, measured_ns, kind, source, payload)
            except (AttributeError, TypeError, struct.error):  # changed fields may have any type
                found = b""
            if found != digest:
                return Damage(expected, f"entry {expected} was changed after it was recorded")
            if at_ns <= received_ns:
                return Damage(expected, f"entry {expected} is earlier than the one before it")
            previous, expected, received_ns = digest, expected + 1, at_ns
        (last,) = database.execute("SELECT ifnull(max(entry), 0) FROM facts").fetchone()
    except sqlite3.Error as error:
        return Damage(expected, f"entry {expected} cannot be read ({error})")
    finally:
        database.text_factory = str
    if last >= expected:
        return Damage(expected, f"entry {expected} and later ones were removed from the end")
    return None
