"""Replay of journals, and comparison with the recorded facts."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice, zip_longest

from dashboards.console.formatting import count
from monitor.core.engine import Engine
from monitor.core.session_spec import DERIVATION, SessionSpec
from monitor.cycle_collection import paused_collection
from monitor.entries import Entry, EntryKind
from monitor.facts import payload
from monitor.storage.fact_rows import FactRow, fact_row
from monitor.storage.journal import Journal

_BATCH = 512  # facts that are compared as one list


def facts_of(engine: Engine, entries: Iterable[Entry], until_ns: int = 0) -> Iterator[FactRow]:
    """Yield, as rows, the facts that the engine derives from entries and up to `until_ns`."""
    number = 0
    for entry in entries:
        for seq, fact in engine.apply(entry):
            number += 1
            yield fact_row((number, seq, fact.at_ns, fact.kind, fact.subject, payload(fact)))
    for fact in engine.advance(until_ns):
        number += 1
        yield fact_row((number, engine.seq, fact.at_ns, fact.kind, fact.subject, payload(fact)))


@dataclass(frozen=True, slots=True)
class Verdict:
    """Result of comparing a journal with its replay.

    Attributes:
        entries: number replayed.
        facts: number reproduced, byte for byte.
        missing: facts at the end that were not written before the recording was interrupted.
        difference: the first difference in words, or None.
        recorded_by: the version that derived the recorded facts by older rules, so that they
            cannot be compared, or None.
    """

    entries: int
    facts: int
    missing: int
    difference: str | None
    recorded_by: str | None = None


@paused_collection()
def verify(journal: Journal) -> Verdict:
    """Replay a journal and compare the derived facts with the recorded ones.

    Facts that a timer made after the last entry are part of the recording; the replay advances to
    the same time. Only an interrupted recording may lack facts at its end: they are derived again
    when the session resumes.
    """
    engine = Engine()
    first = next(journal.entries(), None)
    if first is not None and (spec := SessionSpec.from_body(first.body())).derivation < DERIVATION:
        derived = sum(1 for _ in facts_of(engine, journal.entries()))
        return Verdict(engine.seq, derived, 0, None, spec.software)
    last_ns = max((row.at_ns for row in journal.facts(journal.last_fact - 1)), default=0)
    same = missing = 0
    replayed = facts_of(engine, journal.entries(), last_ns)
    recorded = journal.facts()
    while (rows := [*islice(recorded, _BATCH)]) == (again := [*islice(replayed, _BATCH)]) and rows:
        same += len(rows)
    for made, row in zip_longest(chain(again, replayed), chain(rows, recorded)):
        if row is None:
            missing += 1
        elif made != row:
            return Verdict(engine.seq, same, 0, _difference(row, made))
        else:
            same += 1
    last = next(journal.entries(engine.seq - 1), None)
    if missing and last is not None and last.kind == EntryKind.END:
        return Verdict(
            engine.seq,
            same,
            missing,
            f"{count(missing, 'fact')} {'is' if missing == 1 else 'are'} missing at the end",
        )
    return Verdict(engine.seq, same, missing, None)


def _difference(recorded: FactRow, made: FactRow | None) -> str:
    """Return in words how a recorded fact differs from the one that a replay made."""
    if made is None:
        return f"fact {recorded.id} ({_words(recorded)}) is not reproduced"
    return f"fact {recorded.id} differs: recorded {_words(recorded)}, replayed {_words(made)}"


def _words(row: FactRow) -> str:
    return f"{row.kind} of {row.subject} at {row.at_ns} ns after entry {row.entry}: {row.payload}"
