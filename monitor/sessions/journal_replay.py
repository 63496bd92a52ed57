"""Replay of a journal in a worker process, so that the sessions that run are not held up."""

from pathlib import Path

from monitor.clock import SessionClock
from monitor.sessions.derived_state import DerivedState, Replayed, journal_end
from monitor.sessions.engine_feed import EngineFeed
from monitor.sessions.recovery import apply_entries
from monitor.standstill_detector import StandstillDetector
from monitor.storage.journal import Journal
from monitor.storage.recorder import Recorder


def replay_journal(path: Path, session: str) -> Replayed | None:
    """Replay a journal; return None if its state must be made in the process that uses it.

    That is the state of an engine that has failed, with its exception, and charts in a file.

    Raises:
        PhysiomonError: the journal cannot be used, see `apply_entries`.
    """
    with Journal.read(path) as journal:
        state = DerivedState.before(journal)
        recorder = Recorder(journal, SessionClock.of_machine(), lambda: None)
        feed = EngineFeed(session, state, recorder, StandstillDetector(), journal)
        spec = apply_entries(journal, session, state.engine, feed.apply)
        if state.engine.failure is not None or state.chart_series.in_file:
            return None
        return Replayed(
            spec=spec,
            state=state,
            unwritten=recorder.facts,
            damage=journal.damage(),
            end=journal_end(journal),
        )
