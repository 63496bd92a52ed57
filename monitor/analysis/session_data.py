"""Content of a journal, as reports and tables of a study need it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from alerts.policy.rules import Policy
from monitor.analysis.adverse_event_table import AdverseEvent, adverse_events
from monitor.analysis.alarm_report import AlarmReport, SessionAlarms, report
from monitor.analysis.coverage import Coverage, coverage
from monitor.analysis.dose_response import DoseResponse, dose_responses
from monitor.analysis.hrv_table import STANDARD_S, HrvRow, phases_of, rows_of
from monitor.analysis.link_figures import LinkFigures, link_figures
from monitor.analysis.recorded_actions import Action, read_actions
from monitor.analysis.recorded_beats import read_beats
from monitor.analysis.recorded_events import Event, dose_ns, read_events
from monitor.analysis.recorded_session import RecordedSession, read_session
from monitor.analysis.recorded_tables import (
    LimitSeries,
    ReadingSeries,
    read_limits,
    read_readings,
)
from monitor.facts import AdverseEventFact
from monitor.sessions.alarm_occurrences import Occurrence
from monitor.sessions.recording import Recording
from monitor.storage.head_check import newest_head
from monitor.storage.signed_head import SignedHead


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionData:
    """One recorded session.

    Attributes:
        zone: of the room, or None if unknown.
        dose_ns: time of the first dose that counts, or None.
        imported: where the recording is from, if not from physiomon; otherwise empty.
        hrv: heart rate variability of each phase and in windows of 5 minutes after the correction
            of artefacts, without spectra.
        coverage: by channel, of signals that are measured continuously.
        responses: changes after the dose by channel; empty without a dose.
    """

    session: RecordedSession
    policy: Policy
    zone: tzinfo | None
    imported: str
    dose_ns: int | None
    readings: Mapping[str, ReadingSeries]
    limits: Sequence[LimitSeries]
    hrv: Sequence[HrvRow]
    coverage: Mapping[str, Coverage]
    responses: Sequence[DoseResponse]
    links: Mapping[str, LinkFigures]
    events: Sequence[Event]
    actions: Sequence[Action]
    alarms: Sequence[Occurrence]
    burden: AlarmReport
    adverse_events: Sequence[AdverseEvent]
    head: SignedHead | None

    @property
    def zero_ns(self) -> int:
        """Return the origin of the time axis: the dose, or the start of the session."""
        return self.session.began_ns if self.dose_ns is None else self.dose_ns


def read_session_data(recording: Recording) -> SessionData:
    """Return the content of a journal.

    Raises:
        JournalError: a part of it cannot be read.
    """
    session = read_session(recording)
    readings = read_readings(recording)
    events = read_events(recording)
    alarms = recording.occurrences().until(recording.ended_ns)
    policy, imported = recording.spec.policy, recording.spec.imported
    dose = dose_ns(events)
    covered = {
        channel: coverage(series, session.began_ns, session.ended_ns)
        for channel, series in readings.items()
        if not series.signal.spot and not series.signal.technical
    }
    watched = SessionAlarms(
        policy=policy,
        began_ns=session.began_ns,
        ended_ns=session.ended_ns,
        occurrences=alarms,
    )
    return SessionData(
        session=session,
        policy=policy,
        zone=recording.spec.zone,
        imported="" if imported is None else imported.origin,
        dose_ns=dose,
        readings=readings,
        limits=read_limits(recording),
        hrv=rows_of(
            read_beats(recording, readings).values(),
            phases_of(events, session.began_ns, session.ended_ns),
            STANDARD_S,
            spectrum=False,
        ),
        coverage=covered,
        responses=[] if dose is None else list(dose_responses(readings, covered, events, dose)),
        links=link_figures(recording.journal),
        events=events,
        actions=read_actions(recording),
        alarms=alarms,
        burden=report([watched]),
        adverse_events=adverse_events(recording.facts(AdverseEventFact), session.began_ns),
        head=newest_head(recording.journal),
    )
