"""Recorded sessions, checked to be complete, undamaged and not empty."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import TypeVar

from monitor.core.entry_check import unreadable as unreadable_entry
from monitor.core.session_spec import DERIVATION, SessionSpec
from monitor.entries import Entry
from monitor.errors import JournalError
from monitor.facts import (
    AdverseEventFact,
    AlarmFact,
    AlarmReviewFact,
    BaselineFact,
    ClockFact,
    GapFact,
    LifeFact,
    LinkFact,
    MarkerFact,
    PolicyFact,
    UndoFact,
    WallClockFact,
    payload,
)
from monitor.sessions.alarm_occurrences import AlarmOccurrences
from monitor.storage.fact_rows import BULK_KINDS, FactColumns, FactRow
from monitor.storage.journal import Journal

# The kinds of which a session has few. For the others: `monitor.analysis.recorded_tables`.
_Wanted = TypeVar(
    "_Wanted",
    AdverseEventFact,
    AlarmFact,
    AlarmReviewFact,
    BaselineFact,
    ClockFact,
    GapFact,
    LifeFact,
    LinkFact,
    MarkerFact,
    PolicyFact,
    UndoFact,
    WallClockFact,
)


@dataclass(frozen=True, slots=True)
class Recording:
    """A session in a journal that is open for reading, as of the moment of opening.

    Attributes:
        ended_ns: when a person ended it, else the time of the last entry or timer.
    """

    journal: Journal
    spec: SessionSpec
    began_ns: int
    ended_ns: int
    _rows: dict[str, list[FactRow]] = field(default_factory=dict, repr=False, compare=False)
    _entries: dict[str, list[Entry]] = field(default_factory=dict, repr=False, compare=False)

    def alarms(self) -> Iterator[AlarmFact]:
        """Yield the steps of the recorded alarms; see `facts`."""
        return self.facts(AlarmFact)

    def occurrences(self) -> AlarmOccurrences:
        """Return the recorded alarms with the verdicts on them; see `facts`."""
        return AlarmOccurrences(chain(self.alarms(), self.facts(AlarmReviewFact)))

    def facts(self, kind: type[_Wanted]) -> Iterator[_Wanted]:
        """Yield the recorded facts of a kind.

        Facts that were derived by older rules are derived again.

        Raises:
            JournalError: a fact cannot be read.
        """
        for row in self.rows(kind.kind):
            try:
                body = json.loads(row.payload)
                yield kind(subject=row.subject, at_ns=row.at_ns, **body)
            except (TypeError, ValueError):
                raise unreadable(self.journal.path, row.id) from None

    def rows(self, kind: str, sensor: str = "") -> Iterator[FactRow]:
        """Yield the facts of a kind as rows; derive those of an older derivation once.

        Args:
            kind: of the facts.
            sensor: yield only those of this sensor's channels; empty: all.

        Raises:
            JournalError: the file is damaged.
        """
        older = self.spec.derivation < DERIVATION
        if kind in BULK_KINDS and not older:
            yield from self.journal.facts_of_kind(kind, sensor)
            return
        if not self._rows:
            for row in self._derive() if older else self.journal.rare_facts():
                self._rows.setdefault(row.kind, []).append(row)
        for row in self._rows.get(kind, ()):
            if row.subject.startswith(f"{sensor}/") or not sensor:
                yield row

    def entries(self, kind: str) -> Iterator[Entry]:
        """Yield the entries of a kind, but not a packet, that can be read, as the engine has."""
        if not self._entries:
            for entry in self.journal.rare_entries():
                self._entries.setdefault(entry.kind, []).append(entry)
        for entry in self._entries.get(kind, ()):
            if unreadable_entry(entry, ()) is None:
                yield entry

    def columns(self, kind: str) -> FactColumns:
        """Return the facts of a kind as columns; see `rows`."""
        if self.spec.derivation == DERIVATION:
            return self.journal.fact_columns(kind)
        rows = list(self.rows(kind))
        return FactColumns(
            [row.id for row in rows],
            [row.at_ns for row in rows],
            [row.subject for row in rows],
            [row.payload for row in rows],
        )

    def _derive(self) -> Iterator[FactRow]:
        from monitor.core.engine import Engine  # noqa: PLC0415 - slow to load, and seldom needed

        engine = Engine()
        facts = [found for entry in self.journal.entries() for found in engine.apply(entry)]
        facts += [(engine.seq, fact) for fact in engine.advance(self.ended_ns)]
        for number, (seq, fact) in enumerate(facts, 1):
            yield FactRow(number, seq, fact.at_ns, fact.kind, fact.subject, payload(fact))


def unreadable(path: Path, fact: int) -> JournalError:
    """Return the error for a fact that cannot be read, by its id."""
    return JournalError(f"{path}: fact {fact} cannot be read; restore it from a copy")


def read_recording(journal: Journal) -> Recording:
    """Return the session in a journal.

    Raises:
        JournalError: it is damaged, or contains no session or an empty one.
    """
    path = journal.path
    if damage := journal.damage():
        raise JournalError(f"{path}: {damage.reason}; restore it from a copy")
    first = next(journal.entries(), None)
    if first is None:
        raise JournalError(f"{path} contains no session: none was started")
    last_fact = next(journal.facts(journal.last_fact - 1), None)
    ended_ns = max(journal.last_received_ns, last_fact.at_ns if last_fact else 0)
    if (end := ended_by_person(journal)) is not None:
        ended_ns = end.received_ns  # verdicts may follow, days later
    if ended_ns <= first.received_ns:
        raise JournalError(
            f"{path} contains an empty session: nothing was recorded after its start"
        )
    return Recording(journal, SessionSpec.from_body(first.body()), first.received_ns, ended_ns)


def ended_by_person(journal: Journal) -> Entry | None:
    """Return the entry with which a person ended the session in a journal, or None."""
    end = journal.end()
    if end is None or unreadable_entry(end, ()) is not None or "by" not in end.body():
        return None
    return end


def ended_or_last_ns(journal: Journal) -> int:
    """Return when a person ended the session in a journal, else the time of its last entry."""
    end = ended_by_person(journal)
    return journal.last_received_ns if end is None else end.received_ns


def without_duplicates(paths: list[Path]) -> list[Path]:
    """Return the journals without duplicates, which would be counted twice."""
    return list({path.resolve(): path for path in paths}.values())
