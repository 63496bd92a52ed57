"""A trend chart as HTML: values, moving limits, markers.

Lines are one SVG that stretches with the page; everything with letters in it is HTML beside the
lines, so that it keeps its size. No script draws it: an update is one string of a few kilobytes,
which all viewers share. Pure.
"""

from collections.abc import Iterable, Sequence
from html import escape

import numpy as np
from numpy.typing import NDArray

from dashboards.console.glance import RANK, SIGNS
from dashboards.console.markup import Html
from dashboards.console.model import LimitTrace, MarkerView, Trace
from dashboards.console.scales import TimeAxis, ValueAxis, value_axis
from dashboards.console.words import plain, quantity

_SIDE = 1000  # of the square that the SVG stretches to its place
_MARKER_ROWS = 3  # markers close to each other must not write over each other
_LABEL_GAP = 0.09  # labels nearer to each other than this share of the height would overlap


def chart_html(
    trace: Trace, time: TimeAxis, markers: Iterable[MarkerView], *, label: str, ucum: str
) -> Html:
    """Return a chart.

    Args:
        trace: what to draw, in the channel's unit.
        time: what it spans.
        markers: those outside the span are left out.
        label: of the channel, for people who cannot see it.
        ucum: code of the unit.
    """
    values = value_axis(trace, ucum)
    lines = [_limit_line(limit, time, values) for limit in _by_rank(trace.limits)]
    lines.append(f'<path class="trace" d="{_path(trace, time, values)}"/>')
    return Html(
        f'<div class="plot" role="img" aria-label="{escape(_spoken(trace, label, ucum))}">'
        f"{_grid(time, values)}{_marker_lines(markers, time)}"
        f'<svg viewBox="0 0 {_SIDE} {_SIDE}" preserveAspectRatio="none" aria-hidden="true">'
        f"{''.join(lines)}</svg>{_limit_labels(trace.limits, values, ucum)}</div>"
    )


def _path(trace: Trace, time: TimeAxis, values: ValueAxis) -> str:
    """Return the trace as SVG path data: a gap ends a line, and one beat alone is a dot."""
    parts: list[str] = []
    drawn = 0  # points of the present line
    for x, y in zip(_xs(time, trace.at_ns), _ys(values, trace.values), strict=True):
        if y is not None:
            parts.append(f"{'L' if drawn else 'M'}{x} {y}")
            drawn += 1
        else:
            parts.append("h0" if drawn == 1 else "")
            drawn = 0
    return "".join(parts) + ("h0" if drawn == 1 else "")


def _limit_line(limit: LimitTrace, time: TimeAxis, values: ValueAxis) -> str:
    """Return a limit as steps: each value holds until the next."""
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


def _limit_labels(limits: Iterable[LimitTrace], values: ValueAxis, ucum: str) -> str:
    """Return the present limits in words at the right edge, the most urgent first to find room."""
    taken: list[float] = []
    labels = []
    for limit in sorted(limits, key=lambda limit: -RANK[limit.priority]):
        if limit.values.size == 0 or not np.isfinite(limit.values[-1]):
            continue
        share = float(values.share(limit.values[-1:])[0])
        if not 0 <= share <= 1 or any(abs(share - other) < _LABEL_GAP for other in taken):
            continue
        taken.append(share)
        sign = SIGNS[limit.priority].split()[0]
        labels.append(
            f'<span class="limit-label p-{limit.priority}" style="top:{share:.1%}" '
            f'title="{escape(limit.rule)}">{sign} {plain(float(limit.values[-1]), ucum)}</span>'
        )
    return "".join(labels)


def _grid(time: TimeAxis, values: ValueAxis) -> str:
    rows = [
        f'<span class="row" style="top:{share:.1%}"><i>{label}</i></span>'
        for share, label in values.ticks()
    ]
    columns = [
        f'<span class="column" style="left:{share:.1%}"><i>{label}</i></span>'
        for share, label in time.ticks()
    ]
    return "".join(rows + columns)


def _marker_lines(markers: Iterable[MarkerView], time: TimeAxis) -> str:
    shown = [marker for marker in markers if time.since_ns <= marker.at_ns <= time.now_ns]
    shares = time.share(np.array([marker.at_ns for marker in shown], np.int64)).tolist()
    return "".join(
        f'<span class="marker{" undone" if marker.undone else ""}" style="left:{share:.1%}" '
        f'title="{escape(f"{marker.kind} by {marker.by}: {marker.text}")}">'
        f'<i style="top:{number % _MARKER_ROWS}em">{escape(marker.kind)}</i></span>'
        for number, (marker, share) in enumerate(zip(shown, shares, strict=True))
    )


def _xs(time: TimeAxis, at_ns: NDArray[np.int64]) -> list[int]:
    xs: list[int] = np.clip(np.rint(time.share(at_ns) * _SIDE), 0, _SIDE).astype(int).tolist()
    return xs


def _ys(values: ValueAxis, of: NDArray[np.float64]) -> list[int | None]:
    # A limit far away is still drawn, but not at a coordinate that overflows a renderer.
    shares = np.clip(values.share(of), -1, 2) * _SIDE
    return [None if np.isnan(y) else round(y) for y in shares.tolist()]


def _by_rank(limits: Sequence[LimitTrace]) -> list[LimitTrace]:
    return sorted(limits, key=lambda limit: RANK[limit.priority])


def _spoken(trace: Trace, label: str, ucum: str) -> str:
    known = trace.values[np.isfinite(trace.values)]
    if known.size == 0:
        return f"{label}: no values in this span"
    lowest, highest = quantity(float(known.min()), ucum), quantity(float(known.max()), ucum)
    return f"{label}: {lowest} to {highest} in this span"
