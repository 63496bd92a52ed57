"""State of a session that follows from its entries: that of the engine, and of what is shown."""

from dataclasses import dataclass, field
from typing import Self

from monitor.core.engine import Engine
from monitor.core.session_spec import SessionSpec
from monitor.facts import Fact
from monitor.sessions.alarm_history import AlarmHistory
from monitor.sessions.alarm_occurrences import AlarmOccurrences
from monitor.sessions.chart_series import ChartSeries
from monitor.sessions.ecg_strips import LatestEcg
from monitor.sessions.point_series import PointStore
from monitor.storage.hash_chain import Damage
from monitor.storage.journal import Journal


@dataclass(slots=True, kw_only=True)
class DerivedState:
    """State after some entries of a session; it can be pickled.

    Attributes:
        facts_made: number of facts so far.
    """

    engine: Engine = field(default_factory=Engine)
    chart_series: ChartSeries
    history: AlarmHistory = field(default_factory=AlarmHistory)
    occurrences: AlarmOccurrences = field(default_factory=AlarmOccurrences)
    ecg: LatestEcg = field(default_factory=LatestEcg)
    facts_made: int = 0

    @classmethod
    def before(cls, journal: Journal) -> Self:
        """Return the state before the first entry; large charts are kept beside the journal."""
        return cls(chart_series=ChartSeries(PointStore(journal.path.parent)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """The state after all entries of a journal, from another process.

    Attributes:
        spec: in the first entry.
        state: after them.
        unwritten: facts that the journal does not contain yet, each with the seq of its entry.
        damage: of the journal.
        end: last entry and fact of the journal when it was read.
    """

    spec: SessionSpec
    state: DerivedState
    unwritten: list[tuple[int, Fact]]
    damage: Damage | None
    end: tuple[int, int, int]

    def fits(self, journal: Journal) -> bool:
        """Return whether nothing was added to the journal since it was read."""
        return self.end == journal_end(journal)


def journal_end(journal: Journal) -> tuple[int, int, int]:
    """Return number and time of the last entry of a journal, and number of its last fact."""
    return journal.last_seq, journal.last_received_ns, journal.last_fact
