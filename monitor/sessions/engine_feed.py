"""Feed of one session's engine: recorded entries in, facts out to the journal and to listeners."""

from collections.abc import Callable, Sequence

import structlog

from monitor.core.engine_failure import EngineFailure
from monitor.entries import Entry
from monitor.facts import AlarmFact, Fact
from monitor.sessions.derived_state import DerivedState
from monitor.sessions.failed_session import where_failed
from monitor.standstill_detector import StandstillDetector
from monitor.storage.journal import Journal
from monitor.storage.recorder import Recorder

log = structlog.get_logger()


class EngineFeed:
    """Application of entries to the engine, and distribution of its facts.

    Args:
        session: id, for the log.
        state: that the entries change.
        recorder: its inbox holds the entries to apply; it writes the facts.
        standstill: detector that is notified of each sign of life.
        journal: of the session.

    Attributes:
        chart_series, history, occurrences: what the console shows, made from the facts.
        ecg: what it shows of the ECG, made from the entries.
        listeners: called with each fact; exceptions are logged and ignored.
    """

    def __init__(
        self,
        session: str,
        state: DerivedState,
        recorder: Recorder,
        standstill: StandstillDetector,
        journal: Journal,
    ) -> None:
        self.chart_series, self.history = state.chart_series, state.history
        self.occurrences, self.ecg = state.occurrences, state.ecg
        self.listeners: list[Callable[[Fact], None]] = []
        self._session = session
        self._state = state
        self._engine = state.engine
        self._recorder = recorder
        self._standstill = standstill
        self._journal = journal
        self._facts_known = journal.last_fact
        self._failure_reported = False

    def apply(self, entry: Entry) -> None:
        """Apply an entry that is already in the journal."""
        self.ecg.skip(entry)
        self._pass_on(self._engine.apply(entry))

    def follow_journal(self) -> None:
        """Apply the entries that were appended to the journal of an ended session."""
        self._facts_known = self._journal.last_fact
        for entry in self._journal.entries(after=self._engine.seq):
            self.apply(entry)

    def catch_up(self) -> None:
        """Apply new entries and advance the engine to the current time."""
        now_ns = self._recorder.notice_standstill()
        inbox = self._recorder.inbox
        while inbox:
            entry = inbox.popleft()
            self._pass_on(self._engine.apply(entry))
            self.ecg.take(entry)
        late = self._engine.advance(now_ns)
        self._pass_on([(self._engine.seq, fact) for fact in late])
        self._standstill.alive(now_ns)

    def new_failure(self) -> EngineFailure | None:
        """Log and return a failure of the engine the first time it is seen; else return None."""
        failure = self._engine.failure
        if failure is None or self._failure_reported:
            return None
        self._failure_reported = True
        where = where_failed(failure.error)
        log.error("engine.failed", session=self._session, entry=failure.seq, error=where)
        return failure

    def _pass_on(self, facts: Sequence[tuple[int, Fact]]) -> None:
        # A recovered journal contains most of its facts already; only the rest is appended.
        known = max(0, self._facts_known - self._state.facts_made)
        self._state.facts_made += len(facts)
        self._recorder.keep([*facts[known:]])
        for _, fact in facts:
            if isinstance(fact, AlarmFact):
                self.history.add(fact)
            self.occurrences.add(fact)
            for listener in (self.chart_series.add, *self.listeners):
                try:
                    listener(fact)
                except Exception as error:  # noqa: BLE001 - a listener must not stop the engine
                    where = where_failed(error)
                    log.error("listener.failed", session=self._session, error=where)  # noqa: TRY400
