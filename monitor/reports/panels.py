"""Plots of a session: courses of signals, blood pressure, alarms, and events."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from monitor.reports.document import Panel
from monitor.reports.figures import (
    BLUE,
    GREY,
    INK,
    PRIORITY,
    PURPLE,
    SERIES,
    VERMILION,
)
from monitor.reports.plot_parts import (
    COURSE_MM,
    LANE_MM,
    PRESSURE_MM,
    Line,
    frame,
    legend,
    short_text,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_STRIP = 0.05  # height of the strip of coverage, of the plot
_MARGIN = 0.08
# A course without variation is not spread over the whole height.
_LEAST_RANGE, _LEAST_SHARE = 1.0, 0.04
_LABEL_SHARE = 0.07  # height of a label, of the plot


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitLine:
    """The limit of a rule, a step at each change."""

    rule: str
    hours: NDArray[np.float64]
    values: NDArray[np.float64]
    upper: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A span in a lane; `kind` is a priority, or empty for something else."""

    start: float
    end: float
    kind: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """A row of bars and points."""

    label: str
    bars: Sequence[Bar] = ()
    points: Sequence[tuple[float, str]] = ()


def course(
    label: str,
    unit: str,
    lines: Sequence[Line],
    limits: Sequence[LimitLine],
    marks: Sequence[float],
    *,
    points: Sequence[Line] = (),
    height_mm: float = COURSE_MM,
) -> Panel:
    """Return the course of a signal with its limits.

    Args:
        label: name of the signal.
        unit: symbol.
        lines: one for each channel.
        limits: of rules; those nearest to the values are always in view.
        marks: hours of vertical lines, such as that of the dose.
        points: single measurements of the same quantity.
        height_mm: of the plot.
    """

    def draw(axes: "Axes") -> None:
        for (colour, dashes), line in zip(SERIES * 3, lines, strict=False):
            axes.plot(line.hours, line.values, dashes, color=colour, label=line.label, lw=0.7)
        for (colour, _), line in zip(SERIES[::-1] * 3, points, strict=False):
            axes.plot(line.hours, line.values, "D", color=colour, label=line.label, ms=2.4)
        low, high = _range([*lines, *points], limits)
        _limits(axes, limits, low, high)
        axes.set_ylim(low, high)
        _strip(axes, lines)
        frame(axes, f"{label}\n{unit}", marks)
        if len(lines) + len(points) > 1:
            legend(axes)

    return Panel(height_mm, draw)


def pressure(
    systolic: Line, diastolic: Line, limits: Sequence[LimitLine], marks: Sequence[float]
) -> Panel:
    """Return blood pressure: a line from diastolic to systolic for each measurement."""

    def draw(axes: "Axes") -> None:
        at = dict(zip(diastolic.hours, diastolic.values, strict=True))
        for hour, high in zip(systolic.hours, systolic.values, strict=True):
            axes.plot([hour, hour], [at.get(hour, high), high], "-", color=PURPLE, lw=1.0)
        axes.plot(systolic.hours, systolic.values, "v", color=VERMILION, ms=3, label="systolic")
        axes.plot(diastolic.hours, diastolic.values, "^", color=BLUE, ms=3, label="diastolic")
        low, high = _range([systolic, diastolic], limits)
        _limits(axes, limits, low, high)
        axes.set_ylim(low, high)
        frame(axes, "Blood pressure\nmmHg", marks)
        legend(axes)

    return Panel(PRESSURE_MM, draw)


def lanes(rows: Sequence[Lane], marks: Sequence[float]) -> Panel:
    """Return rows of bars and points with their labels, such as alarms by rule."""

    def draw(axes: "Axes") -> None:
        for number, lane in enumerate(rows):
            for bar in lane.bars:
                _bar(axes, number, bar)
            for hour, text in lane.points:
                axes.plot([hour], [number], "|", color=INK, ms=7)
                axes.annotate(
                    text, (hour, number), (1.5, 0), textcoords="offset points", fontsize=5.5,
                    va="center", annotation_clip=True,
                )  # fmt: skip
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.set_yticks(range(len(rows)), [short_text(lane.label) for lane in rows], fontsize=5.5)
        axes.grid(visible=False, axis="y")
        frame(axes, "", marks)

    return Panel(LANE_MM * max(1, len(rows)), draw)


def _range(lines: Sequence[Line], limits: Sequence[LimitLine]) -> tuple[float, float]:
    """Return the vertical range: the values, and the nearest limit on each side."""
    known = [line.values[~np.isnan(line.values)] for line in lines]
    values = np.concatenate([*known, np.empty(0)])
    if not len(values):
        return 0.0, 1.0
    low, high = float(values.min()), float(values.max())
    ends = [_extreme(limit) for limit in limits]
    above = [end for end, limit in zip(ends, limits, strict=True) if limit.upper and end >= high]
    below = [end for end, limit in zip(ends, limits, strict=True) if not limit.upper and end <= low]
    low, high = min([low, *sorted(below)[-1:]]), max([high, *sorted(above)[:1]])
    least = max(_LEAST_RANGE, high * _LEAST_SHARE)
    if high - low < least:
        middle = (high + low) / 2
        low, high = middle - least / 2, middle + least / 2
    margin = (high - low) * _MARGIN
    return low - 1.5 * margin, high + margin


def _extreme(limit: LimitLine) -> float:
    known = limit.values[~np.isnan(limit.values)]
    if not len(known):
        return float("nan")
    return float(known.max() if limit.upper else known.min())


def _limits(axes: "Axes", limits: Sequence[LimitLine], low: float, high: float) -> None:
    """Draw the limits in view; of labels that would overlap, only the first one."""
    labels: list[float] = []
    for limit in limits:
        known = limit.values[~np.isnan(limit.values)]
        if not len(known) or not low <= known[-1] <= high:
            continue
        last = float(known[-1])
        free = all(abs(last - other) > (high - low) * _LABEL_SHARE for other in labels)
        if free:
            labels.append(last)
        _limit(axes, limit, last, short_text(limit.rule) if free else "")


def _limit(axes: "Axes", limit: LimitLine, last: float, label: str) -> None:
    end = axes.get_xlim()[1]
    hours, values = np.append(limit.hours, end), np.append(limit.values, limit.values[-1])
    axes.step(hours, values, where="post", color=GREY, lw=0.6, ls=(0, (4, 2)), zorder=1)
    axes.annotate(
        label, (1, last), (2, 0), fontsize=5.0, color=GREY,
        xycoords=("axes fraction", "data"), textcoords="offset points", va="center",
        annotation_clip=False,
    )  # fmt: skip


def _strip(axes: "Axes", lines: Sequence[Line]) -> None:
    """Draw a strip at the bottom where no channel has a valid value of the signal."""
    spans = [line.missing for line in lines if line.missing is not None]
    if len(spans) != len(lines) or not spans:
        return
    starts, ends = spans[0]
    for more_starts, more_ends in spans[1:]:  # missing only where all are
        starts, ends = _both(starts, ends, more_starts, more_ends)
    widths = list(zip(starts.tolist(), (ends - starts).tolist(), strict=True))
    axes.broken_barh(
        widths, (0, _STRIP), transform=axes.get_xaxis_transform(), facecolor="#8c8c8c",
        edgecolor="none", zorder=4,
    )  # fmt: skip


def _both(
    starts: NDArray[np.float64],
    ends: NDArray[np.float64],
    more_starts: NDArray[np.float64],
    more_ends: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    first = np.maximum.outer(starts, more_starts)
    last = np.minimum.outer(ends, more_ends)
    there = last > first
    return first[there], last[there]


def _bar(axes: "Axes", row: int, bar: Bar) -> None:
    colour, hatch = PRIORITY.get(bar.kind, ("#c9d7e3", ""))
    least = (axes.get_xlim()[1] - axes.get_xlim()[0]) / 400
    axes.broken_barh(
        [(bar.start, max(bar.end - bar.start, least))], (row - 0.38, 0.76), facecolor=colour,
        hatch=hatch, edgecolor=INK, linewidth=0.3,
    )  # fmt: skip
    if bar.label:
        place = max(bar.start, axes.get_xlim()[0]), row
        axes.annotate(
            short_text(bar.label), place, (1.5, 0), fontsize=5.5, textcoords="offset points",
            va="center", annotation_clip=True,
        )  # fmt: skip
