"""Heart rate variability of a session in its report, by phase."""

from collections.abc import Iterator, Sequence

import numpy as np

from monitor.analysis.recorded_events import EventKind, EventStatus
from monitor.analysis.session_data import SessionData
from monitor.reports.document import Block, Heading, Paragraph, Table
from monitor.reports.texts import NONE, Texts, channel_label, percent

_SHOWN = (("rmssd", 300.0), ("sdnn", 300.0))
_CORRECTED = ("rmssd", "sdnn", "lf", "hf", "lf_hf")
_CORRECTED_LABELS = ("RMSSD", "SDNN", "LF", "HF", "LF/HF")
_HOUR_NS = 3600 * 10**9


def hrv_blocks(data: SessionData, texts: Texts) -> list[Block]:
    """Return the section on heart rate variability; empty without beats."""
    series = [each for each in data.statistics if (each.statistic, each.window_s) in _SHOWN]
    if not series:
        return []
    rows = []
    for channel in dict.fromkeys(each.channel for each in series):
        for label, start_ns, end_ns in _parts(data, texts):
            cells: list[str] = []
            for name, _ in _SHOWN:
                cells += next(
                    (
                        _cells(each.at_ns, each.values, start_ns, end_ns)
                        for each in series
                        if (each.channel, each.statistic) == (channel, name)
                    ),
                    [NONE, NONE],
                )
            rows.append((channel_label(channel), label, *cells))
    return [
        Heading("Heart rate variability"),
        Table(
            "Medians of 5-minute values (ms), and share of the time for which they are known; a "
            "value is known if few enough beats were missing or artefacts",
            ("signal", "part", "RMSSD", "known", "SDNN", "known"),
            rows,
            numbers=frozenset({2, 3, 4, 5}),
        ),
        *_corrected(data),
        Paragraph("A low RMSSD is expected under MDMA; it is not a fault of the sensor."),
    ]


def _corrected(data: SessionData) -> Iterator[Block]:
    """Yield the table of measures after the correction of artefacts, by phase."""
    rows = [
        (
            channel_label(row.channel),
            row.phase,
            percent(row.covered),
            percent(row.corrected),
            *(_rounded(row.measures()[name]) for name in _CORRECTED),
            row.blank,
        )
        for row in data.hrv
    ]
    if rows:
        yield Table(
            "Phases after the correction of artefacts (Lipponen and Tarvainen 2019): share of time "
            "covered and of beats corrected, RMSSD and SDNN (ms), power (ms²)",
            ("signal", "phase", "covered", "corrected", *_CORRECTED_LABELS, "blank"),
            rows,
            numbers=frozenset(range(2, 4 + len(_CORRECTED))),
        )


def _rounded(measure: float | None) -> str:
    return NONE if measure is None else f"{measure:.1f}"


def _parts(data: SessionData, texts: Texts) -> Iterator[tuple[str, int, int]]:
    """Yield phases as people marked them; without any, the time before the dose and each hour."""
    began_ns, ended_ns = data.session.began_ns, data.session.ended_ns
    phases = [
        (each.text, each.at_ns)
        for each in data.events
        if (each.kind, each.name, each.status) == (EventKind.MARKER, "phase", EventStatus.VALID)
    ]
    if phases:
        ends = [*(at_ns for _, at_ns in phases[1:]), ended_ns]
        for (text, at_ns), end_ns in zip(phases, ends, strict=True):
            yield text, at_ns, end_ns
        return
    zero_ns = data.zero_ns
    if began_ns < zero_ns:
        yield "before the dose", began_ns, zero_ns
    hour = 0
    while (start_ns := zero_ns + hour * _HOUR_NS) < ended_ns:
        end_ns = min(start_ns + _HOUR_NS, ended_ns)
        yield f"{texts.after(start_ns)} to {texts.after(end_ns)}", start_ns, end_ns
        hour += 1


def _cells(at_ns: np.ndarray, values: np.ndarray, start_ns: int, end_ns: int) -> Sequence[str]:
    inside = values[(at_ns > start_ns) & (at_ns <= end_ns)]
    known = inside[~np.isnan(inside)]
    if not len(known):
        return [NONE, "0%"]
    return [f"{np.median(known):.1f}", f"{len(known) / len(inside):.0%}"]
