"""Read recorded sessions: complete, undamaged and not empty."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from monitor.core.engine import Engine
from monitor.core.session_spec import DERIVATION, SessionSpec
from monitor.errors import JournalError
from monitor.facts import AlarmFact
from monitor.storage.journal import Journal


@dataclass(frozen=True, slots=True)
class Recording:
    """A session in a journal that is open for reading.

    Attributes:
        ended_ns: when the last entry came or the last timer fired.
    """

    journal: Journal
    spec: SessionSpec
    began_ns: int
    ended_ns: int

    def alarms(self) -> Iterator[AlarmFact]:
        """Yield the steps of the alarms that were raised then.

        Those of a journal whose facts were derived in an older way are derived again.

        Raises:
            JournalError: one of them cannot be read.
        """
        if self.spec.derivation < DERIVATION:
            engine = Engine()
            for entry in self.journal.entries():
                for _, fact in engine.apply(entry):
                    if isinstance(fact, AlarmFact):
                        yield fact
            return
        for row in self.journal.facts():
            if row.kind != AlarmFact.kind:
                continue
            try:
                body = json.loads(row.payload)
                yield AlarmFact(subject=row.subject, at_ns=row.at_ns, **body)
            except (TypeError, ValueError):
                raise JournalError(
                    f"{self.journal.path}: fact {row.id} cannot be read; look for a copy"
                ) from None


def read_recording(journal: Journal) -> Recording:
    """Return the session in a journal.

    Raises:
        JournalError: it is damaged, or holds no session, or one that lasted no time.
    """
    path = journal.path
    if damage := journal.damage():
        raise JournalError(f"{path}: {damage.reason}; look for a copy")
    first = next(journal.entries(), None)
    if first is None:
        raise JournalError(f"{path} holds no session: it was never started")
    last_fact = next(journal.facts(journal.last_fact - 1), None)
    ended_ns = max(journal.last_received_ns, last_fact.at_ns if last_fact else 0)
    if ended_ns <= first.received_ns:
        raise JournalError(f"{path} holds an empty session: nothing came after its beginning")
    return Recording(journal, SessionSpec.from_body(first.body()), first.received_ns, ended_ns)


def find(paths: list[Path]) -> list[Path]:
    """Return the journals without those named twice, which would count twice."""
    return list({path.resolve(): path for path in paths}.values())
