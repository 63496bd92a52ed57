"""Recorded sessions, checked to be complete, undamaged and not empty."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TypeVar

from monitor.core.engine import Engine
from monitor.core.session_spec import DERIVATION, SessionSpec
from monitor.errors import JournalError
from monitor.facts import AdverseEventFact, AlarmFact, AlarmReviewFact, MarkerFact
from monitor.sessions.alarm_occurrences import AlarmOccurrences
from monitor.storage.journal import Journal

_Wanted = TypeVar("_Wanted", AlarmFact, AlarmReviewFact, AdverseEventFact, MarkerFact)


@dataclass(frozen=True, slots=True)
class Recording:
    """A session in a journal that is open for reading.

    Attributes:
        ended_ns: time of the last entry or timer.
    """

    journal: Journal
    spec: SessionSpec
    began_ns: int
    ended_ns: int

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
        if self.spec.derivation < DERIVATION:
            engine = Engine()
            for entry in self.journal.entries():
                for _, fact in engine.apply(entry):
                    if isinstance(fact, kind):
                        yield fact
            return
        for row in self.journal.facts():
            if row.kind != kind.kind:
                continue
            try:
                body = json.loads(row.payload)
                yield kind(subject=row.subject, at_ns=row.at_ns, **body)
            except (TypeError, ValueError):
                raise JournalError(
                    f"{self.journal.path}: fact {row.id} cannot be read; restore it from a copy"
                ) from None


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
    if ended_ns <= first.received_ns:
        raise JournalError(
            f"{path} contains an empty session: nothing was recorded after its start"
        )
    return Recording(journal, SessionSpec.from_body(first.body()), first.received_ns, ended_ns)


def without_duplicates(paths: list[Path]) -> list[Path]:
    """Return the journals without duplicates, which would be counted twice."""
    return list({path.resolve(): path for path in paths}.values())
