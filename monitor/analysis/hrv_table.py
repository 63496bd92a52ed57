"""Heart rate variability of a recorded session: one row for each window and each phase.

Phases are the times between markers: the session begins with the phase ``start``; a dose, a
supplement and each marker of a phase begin the next one. Windows do not extend across phases.

A measure is blank where it means nothing, with the reason in the row: the minimum lengths are those
of the Task Force (Circulation 1996, 93: one minute, two for LF); at most 5 % of beats may be
corrected, as Kubios advises; intervals must cover 70 % of the time, as live, and 90 % for the
spectrum, because gaps distort it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from monitor.analysis.corrected_beats import NormalBeats, normal_beats
from monitor.analysis.recorded_beats import BeatSeries, read_beats
from monitor.analysis.recorded_events import Event, EventKind, EventStatus, read_events
from monitor.analysis.recorded_tables import read_readings
from monitor.sessions.recording import Recording
from monitor.statistics.hrv_frequency import FrequencyDomain, frequency_domain
from monitor.statistics.hrv_time import TimeDomain, time_domain

STANDARD_S = 300.0
_BEGINS = frozenset({"dose", "supplement", "phase"})
_FIRST_PHASE = "start"
SHORTEST_S = 60.0
_SHORTEST_SPECTRUM_S = 120.0
_COVERED, _COVERED_SPECTRUM = 0.7, 0.9
_CORRECTED = 0.05
_NS = 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """A time between two markers.

    Attributes:
        name: text of the marker of a phase, else `kind`.
        kind: ``start``, ``dose``, ``supplement`` or ``phase``.
    """

    name: str
    kind: str
    begin_ns: int
    end_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HrvRow:
    """The variability of one sensor's beats in one window or phase.

    Attributes:
        channel: such as ``strap/rr_interval``.
        scope: ``window`` or ``phase``.
        phase: name of the phase that contains the window; may be typed by people.
        phase_kind: ``start``, ``dose``, ``supplement`` or ``phase``.
        begin_ns: beginning of the window or phase.
        end_ns: its end.
        beats: number of normal-to-normal intervals.
        covered: share of the time that these cover, 0 to 1.
        corrected: share of beats that were added, moved, removed or left out, 0 to 1.
        ultra_short: shorter than five minutes: not comparable with standard values.
        time: measures of the time domain and the Poincaré plot, or None.
        frequency: of the frequency domain, or None; of a phase of more than ten minutes the mean
            of its windows of five minutes.
        blank: why a measure is None; empty if none is.
    """

    channel: str
    scope: str
    phase: str
    phase_kind: str
    begin_ns: int
    end_ns: int
    beats: int
    covered: float
    corrected: float
    ultra_short: bool
    time: TimeDomain | None
    frequency: FrequencyDomain | None
    blank: str

    def measures(self) -> dict[str, float | None]:
        """Return all measures by name; None where they are blank."""
        time = dict.fromkeys(_TIME) if self.time is None else asdict(self.time)
        frequency = dict.fromkeys(_FREQUENCY) if self.frequency is None else asdict(self.frequency)
        return {**time, **frequency}


_TIME = tuple(TimeDomain.__dataclass_fields__)
_FREQUENCY = tuple(FrequencyDomain.__dataclass_fields__)
# All measures with their UCUM units.
MEASURES = {
    **dict.fromkeys(_TIME, "ms"),
    "mean_hr": "/min",
    "pnn50": "%",
    "lf": "ms2",
    "hf": "ms2",
    "lf_nu": "%",
    "lf_hf": "1",
}


def hrv_rows(recording: Recording, window_s: float = STANDARD_S) -> list[HrvRow]:
    """Return the rows of a recording: by sensor, each phase followed by its windows.

    Raises:
        JournalError: a fact cannot be read.
    """
    phases = phases_of(read_events(recording), recording.began_ns, recording.ended_ns)
    return rows_of(read_beats(recording, read_readings(recording)).values(), phases, window_s)


def rows_of(
    series: Iterable[BeatSeries],
    phases: Sequence[Phase],
    window_s: float | None,
    *,
    spectrum: bool = True,
) -> list[HrvRow]:
    """Return the rows of some sensors; without windows if their length is None.

    Without `spectrum`, the frequency domain is left out: it takes most of the time.
    """
    rows: list[HrvRow] = []
    for each in series:
        beats = normal_beats(each)
        for phase in phases:
            span = phase.begin_ns, phase.end_ns
            rows.append(_row(beats, "phase", phase, *span, spectrum=spectrum))
            if window_s is not None:
                rows += windows(beats, phase, window_s, spectrum=spectrum)
    return rows


def phases_of(events: Iterable[Event], began_ns: int, ended_ns: int) -> list[Phase]:
    """Return the phases of a session, of which each lasts until the next one begins."""
    begins = [(began_ns, _FIRST_PHASE, _FIRST_PHASE)]
    for event in events:
        counts = event.kind is EventKind.MARKER and event.status is EventStatus.VALID
        if counts and event.name in _BEGINS and began_ns <= event.at_ns < ended_ns:
            name = (event.text or event.name) if event.name == "phase" else event.name
            begins.append((event.at_ns, name, event.name))
    ends = [at_ns for at_ns, _, _ in begins[1:]] + [ended_ns]
    return [
        Phase(name=name, kind=kind, begin_ns=begin_ns, end_ns=end_ns)
        for (begin_ns, name, kind), end_ns in zip(begins, ends, strict=True)
        if end_ns > begin_ns
    ]


def windows(
    beats: NormalBeats, phase: Phase, window_s: float, *, spectrum: bool = True
) -> Iterator[HrvRow]:
    """Yield the rows of the whole windows of a phase, from its beginning."""
    span_ns = round(window_s * _NS)
    for begin_ns in range(phase.begin_ns, phase.end_ns - span_ns + 1, span_ns):
        yield _row(beats, "window", phase, begin_ns, begin_ns + span_ns, spectrum=spectrum)


def _row(
    beats: NormalBeats,
    scope: str,
    phase: Phase,
    begin_ns: int,
    end_ns: int,
    *,
    spectrum: bool = True,
) -> HrvRow:
    """Return the measures of the beats in (begin, end]."""
    at_ns, nn_ms, follows = _cut(beats, begin_ns, end_ns)
    artefacts = int(np.diff(np.searchsorted(beats.artefact_ns, [begin_ns, end_ns], "right"))[0])
    seconds = (end_ns - begin_ns) / _NS
    covered = min(1.0, float(nn_ms.sum()) / 1000 / seconds)
    corrected = min(1.0, artefacts / max(1, len(nn_ms)))
    why = _blank(seconds, covered, corrected, SHORTEST_S, _COVERED)
    time = None if why else time_domain(nn_ms, follows)
    why_spectrum = why or _blank(
        seconds, covered, corrected, _SHORTEST_SPECTRUM_S, _COVERED_SPECTRUM
    )
    frequency = None
    if spectrum and not why_spectrum:
        frequency = (
            frequency_domain((at_ns - begin_ns) / _NS, nn_ms)
            if seconds <= 2 * STANDARD_S
            else _mean_of_windows(beats, phase)
        )
    return HrvRow(
        channel=beats.channel,
        scope=scope,
        phase=phase.name,
        phase_kind=phase.kind,
        begin_ns=begin_ns,
        end_ns=end_ns,
        beats=len(nn_ms),
        covered=covered,
        corrected=corrected,
        ultra_short=seconds < STANDARD_S,
        time=time,
        frequency=frequency,
        blank=why or (f"spectrum: {why_spectrum}" if why_spectrum else ""),
    )


def _cut(
    beats: NormalBeats, begin_ns: int, end_ns: int
) -> tuple[
    "np.ndarray[tuple[int], np.dtype[np.int64]]",
    "np.ndarray[tuple[int], np.dtype[np.float64]]",
    "np.ndarray[tuple[int], np.dtype[np.bool_]]",
]:
    first, last = np.searchsorted(beats.at_ns, [begin_ns, end_ns], "right")
    follows = beats.follows[first:last].copy()
    follows[:1] = False
    return beats.at_ns[first:last], beats.nn_ms[first:last], follows


def _blank(
    seconds: float, covered: float, corrected: float, shortest_s: float, least: float
) -> str:
    if seconds < shortest_s:
        return f"shorter than {shortest_s:g} s"
    if covered < least:
        return f"intervals cover {covered:.1%} of the time"
    if corrected > _CORRECTED:
        return f"{corrected:.1%} of beats were corrected"
    return ""


def _mean_of_windows(beats: NormalBeats, phase: Phase) -> FrequencyDomain | None:
    found = [row.frequency for row in windows(beats, phase, STANDARD_S) if row.frequency]
    if not found:
        return None
    lf, hf = (float(np.mean([getattr(each, name) for each in found])) for name in ("lf", "hf"))
    return FrequencyDomain(lf=lf, hf=hf, lf_nu=100 * lf / (lf + hf), lf_hf=lf / hf)
