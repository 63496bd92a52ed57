"""A trend chart as HTML: values, limits over time, markers, alarms and the expected course.

Lines are one SVG that scales with the page; all text is HTML over the lines, so that it keeps its
size. No script draws it: an update is one string of a few kilobytes, shared by all viewers. While
a user drags the chart, `chart.js` moves the existing drawing (the view box, and `--from` and
`--stretch` of elements at a position `--at`), and reads values from its path. Pure.
"""

from collections.abc import Iterable, Sequence
from html import escape

import numpy as np
from numpy.typing import NDArray

from dashboards.console.charts.scales import TimeAxis, ValueAxis, value_axis
from dashboards.console.formatting import plain, quantity
from dashboards.console.markup import Html
from dashboards.console.status.status_summary import RANK, sign, stars
from dashboards.console.views.chart_series import AlarmSpan, ExpectedBand, LimitTrace, Trace
from dashboards.console.views.session import MarkerView
from dashboards.texts import gettext as _
from dashboards.texts import shown
from devices.units import symbol

_SIDE = 1000  # side of the square that the SVG scales to its place
_MARKER_ROWS = 3  # of labels
# Share of the width that a character of a label takes at most, on a telephone and elsewhere.
_NARROW, _WIDE = 0.033, 0.02
_MOST_LABELS = 6  # of limits
_LABEL_GAP = 0.17  # labels closer than this share of the height would overlap


def chart_html(
    trace: Trace,
    time: TimeAxis,
    markers: Iterable[MarkerView],
    *,
    label: str,
    ucum: str,
    decimals: int = 0,
    others: Sequence[Trace] = (),
) -> Html:
    """Return a chart.

    Args:
        trace: the values, in the channel's unit.
        time: the time axis.
        markers: those outside the axis are left out.
        label: of the channel, for screen readers.
        ucum: code of the unit.
        decimals: of values read off the chart.
        others: values of the same kind from other sensors.
    """
    values = value_axis(trace, ucum, others)
    lines = limit_lines(trace.limits, time, values)
    lines += [f'<path class="other" d="{_path(each, time, values)}"/>' for each in others]
    lines.append(f'<path class="trace" d="{_path(trace, time, values)}"/>')
    lines += _alarm_lines(trace.alarms, time)
    expected = trace.expected
    band = "" if expected is None else _band(expected, time, values)
    return Html(
        f'<div class="plot{"" if time.live else " past"}" role="img"'
        f' aria-label="{escape(_spoken(trace, time, label, ucum))}"'
        f' data-low="{values.low:.6g}" data-high="{values.high:.6g}"'
        f' data-decimals="{decimals}" data-unit="{escape(symbol(ucum))}">'
        f"{grid(time, values, markers)}{band}{drawing(lines)}"
        f"{limit_labels(trace.limits, values, ucum)}</div>"
    )


def grid(time: TimeAxis, values: ValueAxis, markers: Iterable[MarkerView]) -> str:
    """Return the ticks of both axes, and the markers."""
    return f'{_rows(values)}<div class="times">{_columns(time)}{_marker_lines(markers, time)}</div>'


def drawing(lines: Iterable[str]) -> str:
    """Return paths in a square that scales with the page."""
    return (
        f'<svg viewBox="0 0 {_SIDE} {_SIDE}" preserveAspectRatio="none" aria-hidden="true">'
        f"{''.join(lines)}</svg>"
    )


def limit_lines(limits: Iterable[LimitTrace], time: TimeAxis, values: ValueAxis) -> list[str]:
    """Return each limit as a line, with the area beyond it; the most urgent on top."""
    lines = []
    for limit in sorted(limits, key=lambda limit: RANK[limit.priority]):
        if limit.priority != "info":
            lines.append(_limit_area(limit, time, values))
        lines.append(_limit_line(limit, time, values))
    return lines


def _path(trace: Trace, time: TimeAxis, values: ValueAxis) -> str:
    """Return the trace as SVG path data: a gap ends a line, and a single value is a dot."""
    parts: list[str] = []
    drawn = 0  # points of the current line
    for x, y in zip(_xs(time, trace.at_ns), _ys(values, trace.values), strict=True):
        if y is not None:
            parts.append(f"{'L' if drawn else 'M'}{x} {y}")
            drawn += 1
        else:
            parts.append("h0" if drawn == 1 else "")
            drawn = 0
    return "".join(parts) + ("h0" if drawn == 1 else "")


def _limit_line(limit: LimitTrace, time: TimeAxis, values: ValueAxis) -> str:
    """Return a limit as a step line: each value holds until the next."""
    parts: list[str] = []
    last: int | None = None
    for x, y in zip(_xs(time, limit.at_ns), _ys(values, limit.values), strict=True):
        if last is not None:
            parts.append(f"H{x}")
        if y is not None:
            parts.append(f"M{x} {y}" if last is None else f"V{y}")
        last = y
    if last is not None:
        parts.append(f"H{_SIDE}")
    return f'<path class="limit p-{limit.priority}" d="{"".join(parts)}"/>'


def _limit_area(limit: LimitTrace, time: TimeAxis, values: ValueAxis) -> str:
    """Return the area beyond a limit."""
    edge = 0 if limit.upper else _SIDE
    xs = [*_xs(time, limit.at_ns), _SIDE]
    ys = _ys(values, limit.values)
    parts = [
        f"M{start} {edge}V{y}H{end}V{edge}Z"
        for start, end, y in zip(xs, xs[1:], ys, strict=False)
        if y is not None and 0 < y < _SIDE
    ]
    return f'<path class="beyond p-{limit.priority}" d="{"".join(parts)}"/>'


def limit_labels(limits: Iterable[LimitTrace], values: ValueAxis, ucum: str) -> str:
    """Return labels of the current limits at the right edge, moved so that none overlap."""
    known = [
        (limit, float(values.share(limit.values[-1:])[0]))
        for limit in sorted(limits, key=lambda limit: -RANK[limit.priority])
        if limit.values.size and np.isfinite(limit.values[-1])
    ]
    shown = [pair for pair in known if 0 <= pair[1] <= 1][:_MOST_LABELS]
    shown.sort(key=lambda pair: pair[1])
    labels = []
    least = 0.0
    for place, (limit, share) in enumerate(shown):
        most = 1 - _LABEL_GAP * (len(shown) - 1 - place)  # leaves space for those below
        top = min(max(share, least), most)
        least = top + _LABEL_GAP
        value = plain(round(float(limit.values[-1]), 1), ucum)
        labels.append(
            f'<span class="limit-label p-{limit.priority}" style="top:{top:.1%}" '
            f'title="{escape(limit.rule)}">{stars(limit.priority)} {value}</span>'
        )
    return "".join(labels)


def _alarm_lines(alarms: Iterable[AlarmSpan], time: TimeAxis) -> list[str]:
    """Return a line along the bottom for each priority, the most urgent on top."""
    spans: dict[str, list[tuple[int, int]]] = {}
    for alarm in alarms:
        until_ns = time.until_ns if alarm.until_ns is None else alarm.until_ns
        start, stop = _xs(time, np.array([alarm.since_ns, until_ns], np.int64))
        start, stop = max(start, 0), min(stop, _SIDE)
        if start <= stop:
            spans.setdefault(alarm.priority, []).append((start, max(stop, start + 1)))
    return [
        f'<path class="alarm-span p-{priority}" data-sign="{sign(priority)}" '
        f'd="{"".join(f"M{a} {_SIDE}H{b}" for a, b in _merged(spans[priority]))}"/>'
        for priority in sorted(spans, key=RANK.__getitem__)
    ]


def _merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return spans in order, merging those that touch."""
    merged: list[tuple[int, int]] = []
    for start, stop in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(stop, merged[-1][1]))
        else:
            merged.append((start, stop))
    return merged


def _band(band: ExpectedBand, time: TimeAxis, values: ValueAxis) -> str:
    """Return the expected course as an area behind the lines, with its legend."""
    xs = _xs(time, band.at_ns)
    lows, highs = _ys(values, band.low), _ys(values, band.high)
    corners = [*zip(xs, highs, strict=True), *reversed([*zip(xs, lows, strict=True)])]
    path = "L".join(f"{x} {y}" for x, y in corners)
    expected = f'<path class="expected" d="M{path}Z"/>'
    expected_text = _("expected after dose")
    if "proposal" in band.source:
        expected_text = _("expected after dose (unvalidated)")
    return (
        f"{drawing([expected])}"
        f'<span class="legend" title="{escape(band.source)}">'
        f"{escape(expected_text)}</span>"
    )


def _rows(values: ValueAxis) -> str:
    return "".join(
        f'<span class="row" style="top:{share:.1%}"><i>{label}</i></span>'
        for share, label in values.ticks()
    )


def _columns(time: TimeAxis) -> str:
    return "".join(
        f'<span class="column" style="--at:{share:.4f}"><i>{label}</i></span>'
        for share, label in time.ticks()
    )


def _label(marker: MarkerView) -> str:
    amount = f" {marker.amount}" if marker.amount else ""
    return f"{shown(marker.kind)}{amount}{_(' (withdrawn)') if marker.undone else ''}"


def _marker_title(marker: MarkerView) -> str:
    return _("{marker} by {by}: {text}").format(
        marker=shown(marker.kind), by=marker.by, text=marker.text
    )


def _marker_lines(markers: Iterable[MarkerView], time: TimeAxis) -> str:
    """Return a line for each marker; a label that would overlap others is left out.

    A label that has room only in a wide chart has the class ``wide``.
    """
    shown = [marker for marker in markers if time.since_ns <= marker.at_ns <= time.until_ns]
    shares = time.share(np.array([marker.at_ns for marker in shown], np.int64)).tolist()
    ends = {each: [-1.0] * _MARKER_ROWS for each in (_NARROW, _WIDE)}  # of each row's last label
    lines = []
    for marker, share in sorted(zip(shown, shares, strict=True), key=lambda pair: pair[1]):
        label_text = _label(marker)
        label = ""
        for character, taken in ends.items():
            width = character * (len(label_text) + 1)
            left = share + width >= 1
            start = share - width if left else share
            row = next((row for row, end in enumerate(taken) if end <= start), None)
            if row is None:
                continue
            for each, last in ends.items():
                last[row] = share if left else share + each * (len(label_text) + 1)
            classes = ("left " if left else "") + ("wide" if character == _WIDE else "")
            label = f'<i class="{classes.strip()}" style="top:{row}em">{escape(label_text)}</i>'
            break
        lines.append(
            f'<span class="marker{" undone" if marker.undone else ""}" style="--at:{share:.4f}" '
            f'title="{escape(_marker_title(marker))}">{label}</span>'
        )
    return "".join(lines)


def _xs(time: TimeAxis, at_ns: NDArray[np.int64]) -> list[int]:
    # The points beyond the ends lie outside, so that the line reaches the edge.
    shares = np.clip(time.share(at_ns), -1, 2) * _SIDE
    xs: list[int] = np.rint(shares).astype(int).tolist()
    return xs


def _ys(values: ValueAxis, of: NDArray[np.float64]) -> list[int | None]:
    # A distant limit is still drawn, but not at a coordinate that overflows a renderer.
    shares = np.clip(values.share(of), -1, 2) * _SIDE
    return [None if np.isnan(y) else round(y) for y in shares.tolist()]


def _spoken(trace: Trace, time: TimeAxis, label: str, ucum: str) -> str:
    known = trace.values[np.isfinite(trace.values)]
    span = _("in this span")
    if not time.live:
        span = _("from {since} to {until}, not live").format(
            since=time.label(time.since_ns), until=time.label(time.until_ns)
        )
    if known.size == 0:
        return _("{label}: no values {span}").format(label=label, span=span)
    lowest, highest = quantity(float(known.min()), ucum), quantity(float(known.max()), ucum)
    return _("{label}: {lowest} to {highest} {span}").format(
        label=label, lowest=lowest, highest=highest, span=span
    )
