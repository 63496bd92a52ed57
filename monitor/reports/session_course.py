"""The chart of a session: events, courses of all signals, blood pressure and alarms."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from devices.packets import Quality
from devices.signals import SIGNALS
from devices.units import symbol
from monitor.analysis.recorded_events import Event, EventKind, EventStatus
from monitor.analysis.recorded_tables import ReadingSeries
from monitor.analysis.session_data import SessionData
from monitor.reports.document import Chart, Panel
from monitor.reports.panels import Bar, Lane, LimitLine, course, lanes, pressure
from monitor.reports.plot_parts import Line
from monitor.reports.texts import Texts
from monitor.sessions.chart_series import thin, with_gaps

_SHOWN = (Quality.GOOD, Quality.SETTLING)
_INTERVALS = 500  # of a whole course, each with at most five points
_MOST_RULES = 14
_RATED = "rating"
# Signals of one plot: measured continuously, and single measurements of the same quantity.
_PLOTS: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("heart_rate", "pulse_rate"), ()),
    (("core_temperature",), ("body_temperature",)),
    (("skin_temperature",), ()),
    (("spo2",), ()),
    (("ambient_temperature",), ()),
)
_PRIORITIES = ("high", "medium", "low", "info")


def session_course(data: SessionData, texts: Texts) -> Chart:
    """Return the chart of a whole session."""
    session = data.session
    start, end = texts.hours(session.began_ns), texts.hours(session.ended_ns)
    marks = [texts.hours(data.dose_ns)] if data.dose_ns is not None else []
    panels: list[Panel] = []
    if rows := _event_lanes(data, texts):
        panels.append(lanes(rows, marks))
    for continuous, single in _PLOTS:
        lines = [_line(data, texts, c) for c in _channels(data, continuous)]
        points = [_line(data, texts, c, spot=True) for c in _channels(data, single)]
        if not lines and not points:
            continue
        signal = SIGNALS[(continuous if lines else single)[0]]
        limits = _limits(data, texts, {*continuous, *single})
        unit = symbol(signal.unit)
        panels.append(course(signal.label, unit, lines, limits, marks, points=points))
    if (chart := _pressure(data, texts, marks)) is not None:
        panels.append(chart)
    if ratings := _ratings(data.events, texts):
        panels.append(course("Rating", "", [], [], marks, points=[ratings], height_mm=18))
    if rows := _alarm_lanes(data, texts):
        panels.append(lanes(rows, marks))
    named = sorted({SIGNALS[c.partition("/")[2]].label.lower() for c in data.readings})
    return Chart(
        caption="Course of the session",
        description=f"Courses of {', '.join(named) or 'no signals'}, with limits of rules, "
        f"{len(data.alarms)} alarms and {len(data.events)} events.",
        panels=panels or [lanes([Lane(label="")], marks)],
        span=(start, end),
        axis=texts.axis,
    )


def _channels(data: SessionData, signals: Sequence[str]) -> list[str]:
    return [c for signal in signals for c in data.readings if c.partition("/")[2] == signal]


def _line(data: SessionData, texts: Texts, channel: str, *, spot: bool = False) -> Line:
    series = data.readings[channel]
    at_ns, values = shown(series)
    missing = None
    if not spot:
        at_ns, values = with_gaps(at_ns, values, round(series.signal.hold_s * 1e9))
        length_ns = data.session.ended_ns - data.session.began_ns
        at_ns, values = thin(at_ns, values, length_ns // _INTERVALS + 1)
        starts, ends = data.coverage[channel].gaps_ns
        missing = (_hours(starts, texts), _hours(ends, texts))
    return Line(
        label=channel.replace("/", " ").replace("_", " "),
        hours=_hours(at_ns, texts),
        values=values,
        missing=missing,
    )


def shown(series: ReadingSeries) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return times and values, NaN where a value must not be shown as one."""
    values = np.where(np.isin(series.quality, _SHOWN), series.values, np.nan)
    return series.at_ns, values


def _hours(at_ns: NDArray[np.int64], texts: Texts) -> NDArray[np.float64]:
    # As differences of whole numbers: a float of nanoseconds since 1970 is coarse.
    return np.array([texts.hours(at) for at in at_ns.tolist()])


def _limits(data: SessionData, texts: Texts, signals: set[str]) -> list[LimitLine]:
    found: dict[str, LimitLine] = {}
    for limit in data.limits:
        if limit.channel.partition("/")[2] not in signals or limit.priority == "info":
            continue
        upper = not np.isnan(limit.upper).all()
        found.setdefault(
            limit.rule,
            LimitLine(
                rule=limit.rule,
                hours=_hours(limit.at_ns, texts),
                values=limit.upper if upper else limit.lower,
                upper=upper,
            ),
        )
    return list(found.values())


def _pressure(data: SessionData, texts: Texts, marks: Sequence[float]) -> Panel | None:
    lines = []
    for signal in ("systolic", "diastolic"):
        at: list[NDArray[np.float64]] = []
        values: list[NDArray[np.float64]] = []
        for channel in _channels(data, (signal,)):
            good = data.readings[channel].good()
            at.append(_hours(good.at_ns, texts))
            values.append(good.values)
        empty = [np.empty(0)]
        hours = np.concatenate(at or empty)
        order = np.argsort(hours, kind="stable")
        lines.append(
            Line(label=signal, hours=hours[order], values=np.concatenate(values or empty)[order])
        )
    if not any(len(line.hours) for line in lines):
        return None
    return pressure(lines[0], lines[1], _limits(data, texts, {"systolic", "diastolic"}), marks)


def _ratings(events: Iterable[Event], texts: Texts) -> Line | None:
    rated = [
        (texts.hours(each.at_ns), each.value)
        for each in events
        if (each.kind, each.name, each.status) == (EventKind.MARKER, _RATED, EventStatus.VALID)
        and each.value is not None
    ]
    if not rated:
        return None
    hours, values = np.array(rated).T
    return Line(label="rating", hours=hours, values=values)


def _event_lanes(data: SessionData, texts: Texts) -> list[Lane]:
    markers = [
        each
        for each in data.events
        if each.kind is EventKind.MARKER and each.status is EventStatus.VALID
    ]
    end = texts.hours(data.session.ended_ns)
    phases = [each for each in markers if each.name == "phase"]
    starts = [texts.hours(each.at_ns) for each in phases]
    found = []
    if phases:
        found.append(
            Lane(
                label="phase",
                bars=[
                    Bar(start=start, end=until, label=texts.phase(phase.text))
                    for phase, start, until in zip(phases, starts, [*starts[1:], end], strict=True)
                ],
            )
        )
    for name in ("dose", "supplement"):
        given = [each for each in markers if each.name == name]
        if given:
            points = [(texts.hours(g.at_ns), _amount(g)) for g in given]
            found.append(Lane(label=name, points=points))
    others = [each for each in markers if each.name not in ("phase", "dose", "supplement", _RATED)]
    if others:
        found.append(Lane(label="notes", points=[(texts.hours(o.at_ns), "") for o in others]))
    if data.adverse_events:
        began = data.session.began_ns
        bars = []
        for each in data.adverse_events:
            start = texts.hours(began + round(each.started_s * 1e9))
            until = end if each.lasted_s is None else start + each.lasted_s / 3600
            bars.append(Bar(start=start, end=until, label=each.kind))
        found.append(Lane(label="adverse events", bars=bars))
    return found


def _amount(event: Event) -> str:
    return "" if event.value is None else f"{event.value:g} {event.unit}"


def _alarm_lanes(data: SessionData, texts: Texts) -> list[Lane]:
    """Return a lane for each rule, the most urgent ones first; at most `_MOST_RULES`."""
    by_rule: dict[tuple[int, str], list[Bar]] = {}
    for one in data.alarms:
        if one.inside:
            continue
        bar = Bar(start=texts.hours(one.raised_ns), end=texts.hours(one.over_ns), kind=one.priority)
        urgency = (
            _PRIORITIES.index(one.priority) if one.priority in _PRIORITIES else len(_PRIORITIES)
        )
        by_rule.setdefault((urgency, one.rule), []).append(bar)
    rows = [Lane(label=rule, bars=found) for (_, rule), found in sorted(by_rule.items())]
    if len(rows) <= _MOST_RULES:
        return rows
    rest = [bar for lane in rows[_MOST_RULES - 1 :] for bar in lane.bars]
    return [*rows[: _MOST_RULES - 1], Lane(label="other rules", bars=rest)]
