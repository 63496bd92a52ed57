"""Queries of the entries and facts of a journal."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from monitor.entries import AFTER_END, Entry, EntryKind
from monitor.storage.fact_rows import BULK_KINDS, FactColumns, FactRow, Lane, fact_row
from monitor.storage.hash_chain import ENTRY_COLUMNS
from monitor.storage.journal_file import journal_errors


class JournalQueries:
    """Entries and facts of an open journal, in order.

    Attributes:
        path: of its file.
        last_seq: of its last entry; 0 for none.
    """

    path: Path
    last_seq: int
    _db: sqlite3.Connection

    def hash_of(self, seq: int) -> str:
        """Return the recorded hash of an entry in hexadecimal digits; empty if there is none."""
        found = self._db.execute("SELECT hash FROM entries WHERE seq = ?", (seq,)).fetchone()
        return "" if found is None else found[0].hex()

    def entries(self, after: int = 0) -> Iterator[Entry]:
        """Yield the entries after a seq, in order."""
        yield from self._entries("seq > ?", after)

    def entries_of_kind(self, kind: str) -> Iterator[Entry]:
        """Yield all entries of a kind, in order."""
        yield from self._entries("kind = ?", kind)

    def rare_entries(self) -> Iterator[Entry]:
        """Yield the entries of all kinds but packets, in order."""
        yield from self._entries("kind != ?", EntryKind.PACKET)

    def _entries(self, condition: str, *values: int | str) -> Iterator[Entry]:
        with journal_errors(self.path):
            query = f"SELECT {ENTRY_COLUMNS} FROM entries WHERE {condition} ORDER BY seq"  # noqa: S608
            for seq, received_ns, kind, source, data, measured_ns in self._db.execute(
                query, values
            ):
                yield Entry(
                    seq=seq,
                    received_ns=received_ns,
                    kind=kind,
                    source=source,
                    payload=data,
                    measured_ns=measured_ns,
                )

    def received_ns(self, seq: int) -> int:
        """Return the time of an entry; 0 if there is none."""
        with journal_errors(self.path):
            query = "SELECT received_ns FROM entries WHERE seq = ?"
            row = self._db.execute(query, (seq,)).fetchone()
        return 0 if row is None else int(row[0])

    def end(self) -> Entry | None:
        """Return the last END entry, or None if anything was recorded after it.

        Signed heads and verdicts on alarms may follow the end of a session.
        """
        kinds = ", ".join("?" * len(AFTER_END))
        newest = f"SELECT seq FROM entries WHERE kind NOT IN ({kinds}) ORDER BY seq DESC LIMIT 1"  # noqa: S608
        last = next(self._entries(f"seq = ({newest})", *AFTER_END), None)
        return last if last is not None and last.kind == EntryKind.END else None

    def derived_through(self) -> int:
        """Return the seq of the last entry from which facts were recorded; 0 for none."""
        with journal_errors(self.path):
            row = self._db.execute("SELECT entry FROM facts ORDER BY id DESC LIMIT 1").fetchone()
        return 0 if row is None else int(row[0])

    def last_seq_until(self, received_ns: int) -> int:
        """Return the seq of the last entry that was received until a time; 0 for none.

        Times increase with seq, so a search by halves reads about twenty rows.
        """
        low, high = 0, self.last_seq
        with journal_errors(self.path):
            while low < high:
                middle = (low + high + 1) // 2
                query = "SELECT received_ns FROM entries WHERE seq = ?"
                if self._db.execute(query, (middle,)).fetchone()[0] <= received_ns:
                    low = middle
                else:
                    high = middle - 1
        return low

    def facts(self, after: int = 0, limit: int = -1, lane: Lane = Lane.ALL) -> Iterator[FactRow]:
        """Yield the facts of a lane after an id, in order, at most `limit` of them."""
        with journal_errors(self.path):
            query = f"SELECT * FROM facts WHERE id > ? AND {lane.value} ORDER BY id LIMIT ?"  # noqa: S608
            yield from map(fact_row, self._db.execute(query, (after, limit)))

    def facts_of_kind(self, kind: str, sensor: str = "") -> Iterator[FactRow]:
        """Yield all facts of a kind, in order; of one sensor's channels if it is given."""
        with journal_errors(self.path):
            query = "SELECT * FROM facts WHERE kind = ? AND substr(subject, 1, ?) = ? ORDER BY id"
            subject = f"{sensor}/" if sensor else ""
            asked = (kind, len(subject), subject)
            yield from map(fact_row, self._db.execute(query, asked))

    def rare_facts(self) -> Iterator[FactRow]:
        """Yield the facts of all kinds but those that `BULK_KINDS` names, in order."""
        with journal_errors(self.path):
            query = f"SELECT * FROM facts WHERE kind NOT IN {BULK_KINDS} ORDER BY id"  # noqa: S608
            yield from map(fact_row, self._db.execute(query))

    def fact_columns(self, kind: str) -> FactColumns:
        """Return all facts of a kind, in half the time of `facts_of_kind`."""
        with journal_errors(self.path):
            query = "SELECT id, at_ns, subject, payload FROM facts WHERE kind = ? ORDER BY id"
            rows = self._db.execute(query, (kind,)).fetchall()
        return FactColumns(*zip(*rows, strict=True)) if rows else FactColumns((), (), (), ())

    def readings(
        self, channel: str, since_ns: int, until_ns: int, after: int, limit: int
    ) -> Iterator[FactRow]:
        """Yield at most `limit` readings of a channel in a time range, after an id, in order."""
        with journal_errors(self.path):
            query = (
                "SELECT * FROM facts WHERE id > ? AND kind = 'reading' AND subject = ? "
                "AND at_ns BETWEEN ? AND ? ORDER BY id LIMIT ?"
            )
            asked = (after, channel, since_ns, until_ns, limit)
            yield from map(fact_row, self._db.execute(query, asked))

    def waiting(self, after: int, lane: Lane) -> int:
        """Count the facts of a lane after an id; scans them (the urgent lane by its index)."""
        with journal_errors(self.path):
            query = f"SELECT count(*) FROM facts WHERE id > ? AND {lane.value}"  # noqa: S608
            return int(self._db.execute(query, (after,)).fetchone()[0])
