"""Replay journals and verify that the same facts come out."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import zip_longest

from monitor.core.engine import Engine
from monitor.core.session_spec import DERIVATION, SessionSpec
from monitor.entries import Entry, EntryKind
from monitor.facts import Fact, payload
from monitor.storage.fact_rows import FactRow
from monitor.storage.journal import Journal


def facts_of(engine: Engine, entries: Iterable[Entry], until_ns: int = 0) -> Iterator[FactRow]:
    """Yield what the engine makes of the entries, as rows, and of the time up to `until_ns`."""
    number = 0
    for entry in entries:
        for seq, fact in engine.apply(entry):
            number += 1
            yield _row(number, seq, fact)
    for fact in engine.advance(until_ns):
        number += 1
        yield _row(number, engine.seq, fact)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a comparison of a journal with its own replay found.

    Attributes:
        entries: that were replayed.
        facts: that came out the same, byte for byte.
        missing: facts at the end that were not written before the recording was interrupted.
        difference: the first fact that differs, in words, or None.
        recorded_by: the version that derived the recorded facts in an older way, so that they
            cannot be compared, or None.
    """

    entries: int
    facts: int
    missing: int
    difference: str | None
    recorded_by: str | None = None


def verify(journal: Journal) -> Verdict:
    """Replay a journal and compare what comes out with what was recorded.

    Facts of a timer behind the last entry are part of the recording; replay lets the same time
    pass. Only an interrupted recording may lack facts at its end: those are made again when the
    session is continued.
    """
    engine = Engine()
    first = next(journal.entries(), None)
    if first is not None and (spec := SessionSpec.from_body(first.body())).derivation < DERIVATION:
        count = sum(1 for _ in facts_of(engine, journal.entries()))
        return Verdict(engine.seq, count, 0, None, spec.software)
    last_ns = max((row.at_ns for row in journal.facts(journal.last_fact - 1)), default=0)
    same = missing = 0
    made_anew = facts_of(engine, journal.entries(), last_ns)
    for made, row in zip_longest(made_anew, journal.facts()):
        if row is None:
            missing += 1
        elif made != row:
            return Verdict(engine.seq, same, 0, f"recorded {row}, replayed {made}")
        else:
            same += 1
    last = next(journal.entries(engine.seq - 1), None)
    if missing and last is not None and last.kind == EntryKind.END:
        return Verdict(engine.seq, same, missing, f"the last {missing} facts were removed")
    return Verdict(engine.seq, same, missing, None)


def _row(number: int, seq: int, fact: Fact) -> FactRow:
    return FactRow(number, seq, fact.at_ns, fact.kind, fact.subject, payload(fact))
