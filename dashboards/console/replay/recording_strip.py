"""The strip of a whole recording: heart rate, temperature, alarms and markers. Pure."""

from collections.abc import Iterator, Sequence
from html import escape

from dashboards.console.charts.scales import small_range
from dashboards.console.formatting import plain
from dashboards.console.markup import Html, join, tag
from dashboards.console.views.chart_series import OverviewLine
from dashboards.console.views.session import MomentView, ReplayView
from dashboards.texts import gettext as _
from dashboards.texts import shown
from devices.units import symbol

_WIDTH, _HEIGHT = 1000, 100
_ALARMS = {"high": (76, 24), "medium": (84, 16), "low": (90, 10)}  # top and height
_LANES = ((2, 36), (40, 34))  # of the lines


def recording_strip(where: ReplayView, lines: Sequence[OverviewLine]) -> Html:
    """Return the drawing, which is as wide as the recording is long, with its legend."""
    names = [
        tag(
            "span",
            f"strip-line-{number}",
            _("{signal} {low} to {high} {unit}").format(
                signal=shown(line.label),
                low=plain(_low(line), line.unit),
                high=plain(_high(line), line.unit),
                unit=symbol(line.unit),
            ),
        )
        for number, line in enumerate(lines)
    ]
    drawn = [
        f'<path class="strip-line-{number}" d="{"".join(_band(line, *_LANES[number]))}"/>'
        for number, line in enumerate(lines)
    ]
    svg = Html(
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" preserveAspectRatio="none" aria-hidden="true">'
        f"{''.join(drawn)}{''.join(_moments(where))}</svg>"
    )
    return join([svg, tag("div", "strip-names", *names)])


def _low(line: OverviewLine) -> float:
    return min(low for _, low, _ in line.ranges)


def _high(line: OverviewLine) -> float:
    return max(high for _, _, high in line.ranges)


def _band(line: OverviewLine, top: float, height: float) -> Iterator[str]:
    """Yield a bar from the lowest to the highest value of each interval; gaps stay empty."""
    low, high = small_range(_low(line), _high(line), line.unit)
    scale = height / (high - low)
    for place, least, most in line.ranges:
        x = (place + 0.5) / line.intervals * _WIDTH
        y = top + height - (most - low) * scale
        yield f"M{x:.1f} {y - 0.5:.1f}v{(most - least) * scale + 1:.1f}"


def _moments(where: ReplayView) -> Iterator[str]:
    span_ns = max(1, where.ended_ns - where.began_ns)

    def x(at_ns: int) -> float:
        return min(max(0, at_ns - where.began_ns), span_ns) / span_ns * _WIDTH

    for moment in where.moments:
        left = x(moment.at_ns)
        if moment.kind != MomentView.ALARM:
            yield f'<path class="strip-mark" d="M{left:.1f} 0v{_HEIGHT}"/>'
            continue
        top, height = _ALARMS[moment.priority]
        width = max(2.0, x(moment.until_ns) - left)
        yield (
            f'<rect class="p-{escape(moment.priority)}" x="{left:.1f}" y="{top}" '
            f'width="{width:.1f}" height="{height}"/>'
        )
