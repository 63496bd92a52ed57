"""The chart of blood pressure: a bar from diastolic to systolic for each measurement. Pure."""

import json
from html import escape

import numpy as np

from dashboards.console.charts.chart import drawing, grid, limit_labels, limit_lines
from dashboards.console.charts.scales import TimeAxis, ValueAxis, value_axis
from dashboards.console.markup import Html
from dashboards.console.views.chart_series import LimitTrace, Trace
from dashboards.console.views.measurements import BloodPressureView, blood_pressures
from dashboards.console.views.session import SessionView
from dashboards.texts import gettext as _
from devices.units import symbol

_UNIT = "mm[Hg]"
_SIDE = 1000
_CAP = 6  # half of the width of a bar's ends


def pressure_chart_html(view: SessionView, time: TimeAxis) -> Html:
    """Return the measurements of the time axis as bars, with the limits of both pressures."""
    shown = [
        each
        for each in blood_pressures(view.spot_measurements)
        if each.counts and time.since_ns <= each.at_ns <= time.until_ns
    ]
    known = [
        value for each in shown for value in (each.systolic, each.diastolic) if value is not None
    ]
    limits = [
        LimitTrace(
            rule=limit.rule,
            priority=limit.priority,
            upper=limit.upper,
            at_ns=np.array([time.since_ns], np.int64),
            values=np.array([limit.value]),
        )
        for signal in ("systolic", "diastolic")
        for limit in view.spot_limits.get(signal, ())
    ]
    at_ns = np.full(len(known), time.until_ns, np.int64)
    values = value_axis(Trace(at_ns=at_ns, values=np.array(known), limits=limits), _UNIT)
    lines = limit_lines(limits, time, values)
    readings = []
    for each in shown:
        x = round(float(time.share(np.array([each.at_ns], np.int64))[0]) * _SIDE)
        ys = _heights(each, values)
        lines.append(f'<path class="pressure" d="{_bar(x, ys)}"/>')
        readings.append([x, ys[0], f"{each.text} {symbol(_UNIT)}"])
    return Html(
        f'<div class="plot{"" if time.live else " past"}" role="img"'
        f' aria-label="{escape(_spoken(shown, time))}"'
        f" data-readings='{escape(json.dumps(readings))}'>"
        f"{grid(time, values, view.markers)}{drawing(lines)}"
        f"{limit_labels(limits, values, _UNIT)}</div>"
    )


def _heights(each: BloodPressureView, values: ValueAxis) -> list[int]:
    """Return the positions of the values that were measured, systolic first."""
    pair = (each.systolic, each.diastolic)
    known = [value for value in pair if value is not None] or [each.mean or 0.0]
    shares = values.share(np.array(known, np.float64))
    return [round(share * _SIDE) for share in shares.tolist()]


def _bar(x: int, ys: list[int]) -> str:
    caps = "".join(f"M{x - _CAP} {y}h{2 * _CAP}" for y in ys)
    return f"M{x} {ys[0]}V{ys[-1]}{caps}"


def _spoken(shown: list[BloodPressureView], time: TimeAxis) -> str:
    span = "" if time.live else _(", not live")
    if not shown:
        return _("Blood pressure: no measurement in this span{span}").format(span=span)
    texts = ", ".join(
        _("{value} at {time}").format(value=each.text, time=time.label(each.at_ns))
        for each in shown
    )
    return _("Blood pressure: {texts}{span}").format(texts=texts, span=span)
