"""Markers, measurements and adverse events of a session in its report."""

import math
from collections.abc import Iterator

from alerts.policy.study_drug import OTHER
from dashboards.console.views.adverse_events import SEVERITIES
from devices.signals import SIGNALS
from devices.units import plain
from monitor.analysis.recorded_events import EventKind, EventStatus
from monitor.analysis.session_data import SessionData
from monitor.reports.document import Block, Heading, Paragraph, Table
from monitor.reports.texts import NONE, Texts, span, value

_MEASURED = ("pulse_rate", "body_temperature", "spo2", "fluid_intake")


def marker_blocks(data: SessionData, texts: Texts) -> Iterator[Block]:
    """Yield all markers, also those that were undone."""
    found = [each for each in data.events if each.kind is EventKind.MARKER]
    yield Heading("Dose, phases, ratings and notes")
    if not found:
        yield Paragraph("Nothing was marked.")
        return
    rows = []
    for each in found:
        typed = texts.note(each.text)
        if each.name == "phase":
            typed = texts.phase(each.text)
        elif each.name in ("dose", "supplement"):
            typed = each.text
        what = value(each.value, each.unit) if each.name != "rating" else each.text
        if each.name == "rating":
            typed = NONE
        state = "" if each.status is EventStatus.VALID else f"{each.status} "
        reason = texts.note(each.reason) if each.reason else ""
        missing = f"not ready: {each.detail}" if each.detail else ""
        rows.append(
            (
                texts.clock(each.at_ns),
                texts.after(each.at_ns),
                each.name,
                what,
                typed or NONE,
                "; ".join(filter(None, (state.strip(), missing, reason))) or NONE,
                texts.who(each.by),
            )
        )
    yield Table(
        "Markers in the order of their times",
        ("time", texts.after_heading, "marker", "value", "text", "remarks", "by"),
        rows,
        numbers=frozenset({1}),
        widths=(9, 8, 10, 10, 28, 24, 14),
    )


def measurement_blocks(data: SessionData, texts: Texts) -> Iterator[Block]:
    """Yield blood pressure and other single measurements, by hand or from a cuff."""
    yield Heading("Blood pressure and other measurements")
    rows: dict[tuple[int, str], dict[str, str]] = {}
    for channel, series in data.readings.items():
        if not series.signal.spot and series.sensor != "manual":
            continue
        for at_ns, number, quality in zip(
            series.at_ns.tolist(), series.values.tolist(), series.quality.tolist(), strict=True
        ):
            if not quality and not math.isnan(number):
                cells = rows.setdefault((at_ns, series.sensor), {})
                cells[series.signal.name] = plain(number, series.signal.unit)
        del channel
    by = {
        event.at_ns: texts.who(event.by)
        for event in data.events
        if event.kind is EventKind.MEASUREMENT and event.status is EventStatus.VALID
    }
    if not rows:
        yield Paragraph("Nothing was measured by hand or by a cuff.")
    else:
        others = [name for name in _MEASURED if any(name in cells for cells in rows.values())]
        yield Table(
            "Valid measurements",
            (
                *("time", texts.after_heading, "blood pressure (mmHg)"),
                *(_column(name) for name in others),
                *("source", "by"),
            ),
            [
                (
                    texts.clock(at_ns),
                    texts.after(at_ns),
                    _pressure(cells),
                    *(cells.get(name, NONE) for name in others),
                    "by hand" if sensor == "manual" else sensor,
                    by.get(at_ns, NONE) if sensor == "manual" else NONE,
                )
                for (at_ns, sensor), cells in sorted(rows.items())
            ],
            numbers=frozenset(range(1, 3 + len(others))),
        )
    invalid = [
        each
        for each in data.events
        if each.kind is EventKind.MEASUREMENT and each.status is not EventStatus.VALID
    ]
    if invalid:
        yield Table(
            "Measurements that were corrected or voided",
            ("time", "signal", "value", "state", "reason", "by"),
            [
                (
                    texts.clock(each.at_ns),
                    SIGNALS[each.name].label,
                    value(each.value, each.unit),
                    each.status,
                    texts.note(each.reason),
                    texts.who(each.by),
                )
                for each in invalid
            ],
            numbers=frozenset({2}),
        )


def _column(signal: str) -> str:
    known = SIGNALS[signal]
    return f"{known.label.lower()} ({value(0, known.unit).partition(' ')[2]})"


def _pressure(cells: dict[str, str]) -> str:
    if "systolic" not in cells and "diastolic" not in cells:
        return NONE
    text = f"{cells.get('systolic', NONE)}/{cells.get('diastolic', NONE)}"
    return f"{text} ({cells['mean_arterial']})" if "mean_arterial" in cells else text


def adverse_event_blocks(data: SessionData, texts: Texts) -> Iterator[Block]:
    """Yield the adverse events that were not withdrawn."""
    yield Heading("Adverse events")
    if not data.adverse_events:
        yield Paragraph("No adverse event was reported.")
        return
    began_ns = data.session.began_ns
    rows = []
    for each in data.adverse_events:
        at_ns = began_ns + round(each.started_s * 1e9)
        rows.append(
            (
                texts.clock(at_ns),
                texts.after(at_ns),
                "not over" if each.lasted_s is None else span(each.lasted_s),
                each.kind if each.kind != OTHER else f"other: {texts.note(each.text)}",
                SEVERITIES[each.severity],
                each.relation,
                texts.note(each.action),
                str(each.changes),
            )
        )
    yield Table(
        "Adverse events that were not withdrawn",
        (
            *("from", texts.after_heading, "lasted", "event", "severity"),
            *("relation to the drug", "action", "changes"),
        ),
        rows,
        numbers=frozenset({1, 2, 7}),
    )
