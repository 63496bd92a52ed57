"""Content of one recording for an export: chosen, and without what was not requested."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from monitor.analysis.recorded_beats import RR_INTERVAL, BeatSeries, read_beats
from monitor.analysis.recorded_ecg import EcgSeries, read_ecg
from monitor.analysis.recorded_events import DOSE, Event, EventKind, dose_ns, read_events
from monitor.analysis.recorded_session import RecordedSession, read_session
from monitor.analysis.recorded_tables import ReadingSeries, read_readings
from monitor.errors import ConfigError
from monitor.exports.options import ECG, ExportOptions
from monitor.exports.utc import iso_utc, shifted
from monitor.sessions.alarm_occurrences import Occurrence
from monitor.sessions.recording import Recording


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionExport:
    """Exported content of one recording.

    Attributes:
        session: identity; what was not requested is empty.
        zero_ns: time that counts as 0, UTC of the session's clock.
        readings: by channel.
        beats: by channel.
        ecg: by sensor.
        absent: requested signals without a value.
    """

    options: ExportOptions
    session: RecordedSession
    zero_ns: int
    readings: Mapping[str, ReadingSeries]
    beats: Mapping[str, BeatSeries]
    ecg: Mapping[str, EcgSeries]
    events: tuple[Event, ...]
    alarms: tuple[Occurrence, ...]
    absent: tuple[str, ...]

    @property
    def participant(self) -> str:
        """Return the participant's code, or the key of the recording if it is anonymous."""
        return self.session.participant

    @property
    def name(self) -> str:
        """Return the name of the recording's files: participant and key, without a date."""
        safe = "".join(each if each.isalnum() else "_" for each in self.participant)
        return f"{safe}-{self.session.key}" if safe != self.session.key else safe

    def seconds(self, at_ns: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return times in seconds since zero; exact to a nanosecond."""
        return (at_ns - self.zero_ns) / 1e9

    def second(self, at_ns: int) -> float:
        """Return a time in seconds since zero."""
        return (at_ns - self.zero_ns) / 1e9

    def moment(self, at_ns: int) -> str:
        """Return a time in ISO 8601: in UTC, or as if zero were at the beginning of 1900."""
        return iso_utc(at_ns) if self.options.absolute else shifted(at_ns, self.zero_ns)

    def good_readings(self) -> dict[str, ReadingSeries]:
        """Return the readings of good quality by channel, without empty channels."""
        good = {channel: series.good() for channel, series in self.readings.items()}
        return {channel: series for channel, series in good.items() if len(series.at_ns)}

    def provenance(self) -> dict[str, object]:
        """Return what every exported file states about its origin."""
        session = self.session
        return {
            "recording": session.key,
            "participant": self.participant,
            "simulated": session.simulated,
            **({"imported": session.imported} if session.imported else {}),
            "software": f"physiomon {session.software}",
            "policy": f"{session.policy} {session.policy_version}",
            "policy_digest": session.policy_digest,
            "journal_entries": session.entries,
            "journal_hash": session.journal_hash,
        }


def identify(recording: Recording, options: ExportOptions) -> SessionExport:
    """Return a recording with its identity and events, without readings, ECG and alarms.

    Raises:
        ConfigError: times are to be relative to a dose, and there is none.
        JournalError: a fact cannot be read.
    """
    session, events = read_session(recording), read_events(recording)
    zero_ns: int | None = session.began_ns
    if options.zero == DOSE:
        zero_ns = dose_ns(events)
    if zero_ns is None:
        raise ConfigError(
            f"{recording.journal.path} has no valid dose; use '--zero start', or leave it out"
        )
    return SessionExport(
        options=options,
        session=_session(session, options),
        zero_ns=zero_ns,
        readings={},
        beats={},
        ecg={},
        events=tuple(_event(each, session, options) for each in events if _kept(each, options)),
        alarms=(),
        absent=(),
    )


def select(recording: Recording, options: ExportOptions, *, with_ecg: bool = True) -> SessionExport:
    """Return the chosen content of a recording; its ECG may be left out to save time.

    Raises:
        ConfigError: times are to be relative to a dose, and there is none.
        JournalError: a fact cannot be read.
    """
    return with_content(identify(recording, options), recording, with_ecg=with_ecg)


def with_content(
    export: SessionExport, recording: Recording, *, with_ecg: bool = True
) -> SessionExport:
    """Return an identified recording with its readings, ECG and alarms.

    Raises:
        JournalError: a fact cannot be read.
    """
    options = export.options
    recorded = read_readings(recording)
    wanted = {c: series for c, series in recorded.items() if options.wants(series.signal.name)}
    beats = read_beats(recording, recorded) if options.wants(RR_INTERVAL) else {}
    ecg = read_ecg(recording) if with_ecg and options.wants(ECG) else {}
    if not options.all_qualities:
        wanted = {channel: series.good() for channel, series in wanted.items()}
        beats = {channel: series.good() for channel, series in beats.items()}
    readings = {channel: series for channel, series in wanted.items() if len(series.at_ns)}
    found = {series.signal.name for series in readings.values()} | ({ECG} if ecg else set())
    return replace(
        export,
        readings=readings,
        beats={channel: series for channel, series in beats.items() if len(series.at_ns)},
        ecg=ecg,
        alarms=tuple(
            _alarm(each, options) for each in recording.occurrences().until(recording.ended_ns)
        ),
        absent=tuple(name for name in options.signals if name not in found),
    )


def _kept(event: Event, options: ExportOptions) -> bool:
    return event.kind is not EventKind.MEASUREMENT or options.wants(event.name)


def _session(session: RecordedSession, options: ExportOptions) -> RecordedSession:
    if options.anonymous:
        session = replace(session, participant=session.key)
    if options.names:
        return session
    sensors = tuple(replace(each, address="", name="") for each in session.sensors)
    return replace(session, session="", site="", room="", sensors=sensors)


def _event(event: Event, session: RecordedSession, options: ExportOptions) -> Event:
    if not options.notes:
        # A drug's name is no free text if it is that of the policy.
        text = event.text if event.text and event.text == session.drug else ""
        event = replace(event, text=text, action="", reason="")
    return event if options.names else replace(event, by="", role="")


def _alarm(alarm: Occurrence, options: ExportOptions) -> Occurrence:
    return alarm if options.names else replace(alarm, answered_by="", reviewed_by="")
