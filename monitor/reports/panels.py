"""Plots of a session: courses of signals, blood pressure, alarms, and events."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from devices.printable_text import printable
from monitor.reports.document import Panel
from monitor.reports.figures import (
    BLUE,
    GREY,
    INK,
    PRIORITY,
    PURPLE,
    SERIES,
    VERMILION,
    hour_text,
    hour_ticks,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.ticker import Locator

_COURSE_MM, _PRESSURE_MM, _LANE_MM = 30.0, 26.0, 3.6
_STRIP = 0.05  # height of the strip of coverage, of the plot
_MARGIN = 0.08
# A course without variation is not spread over the whole height.
_LEAST_RANGE, _LEAST_SHARE = 1.0, 0.04
_LABEL_CHARS, _ID_CHARS = 22, 18
_MOST_NUMBERS, _DARK, _TALLEST_MM = 50, 0.75, 190.0
_LABEL_SHARE = 0.07  # height of a label, of the plot


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Values over hours, shape (n,) each; NaN interrupts the line.

    Attributes:
        missing: starts and ends of spans without valid values, in hours.
    """

    label: str
    hours: NDArray[np.float64]
    values: NDArray[np.float64]
    missing: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None


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
    height_mm: float = _COURSE_MM,
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
        _frame(axes, f"{label}\n{unit}", marks)
        if len(lines) + len(points) > 1:
            _legend(axes)

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
        _frame(axes, "Blood pressure\nmmHg", marks)
        _legend(axes)

    return Panel(_PRESSURE_MM, draw)


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
        axes.set_yticks(range(len(rows)), [_short(lane.label) for lane in rows], fontsize=5.5)
        axes.grid(visible=False, axis="y")
        _frame(axes, "", marks)

    return Panel(_LANE_MM * max(1, len(rows)), draw)


def band(
    label: str,
    unit: str,
    hours: NDArray[np.float64],
    middle: NDArray[np.float64],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    singles: Sequence[Line],
    marks: Sequence[float],
) -> Panel:
    """Return the middle course of many sessions with a band, over the single ones in grey."""

    def draw(axes: "Axes") -> None:
        for line in singles:
            axes.plot(line.hours, line.values, "-", color="#bbbbbb", lw=0.35, zorder=1)
        axes.fill_between(hours, low, high, color=BLUE, alpha=0.25, lw=0, zorder=2)
        axes.plot(hours, middle, "-", color=BLUE, lw=1.3, zorder=3)
        _frame(axes, f"{label}\n{unit}", marks)

    return Panel(_COURSE_MM, draw)


def spread(
    label: str,
    unit: str,
    hours: NDArray[np.float64],
    middle: NDArray[np.float64],
    deviation: NDArray[np.float64],
    more: Sequence[tuple[str, NDArray[np.float64], NDArray[np.float64]]],
    marks: Sequence[float],
) -> Panel:
    """Return means of measurements in parts of time, with their standard deviations.

    Args:
        label: of the plot.
        unit: symbol.
        hours: middles of the parts.
        middle: means of the first quantity.
        deviation: standard deviations.
        more: name, means and deviations of others.
        marks: hours of vertical lines.
    """

    def draw(axes: "Axes") -> None:
        rows = [(label, middle, deviation), *more]
        for (colour, dashes), (name, values, sd) in zip(SERIES, rows, strict=False):
            axes.errorbar(
                hours, values, yerr=sd, fmt="o", ls=dashes, color=colour, ms=2.5, lw=0.8,
                capsize=1.5, label=name,
            )  # fmt: skip
        _frame(axes, f"Blood pressure\n{unit}", marks)
        _legend(axes)

    return Panel(_PRESSURE_MM, draw)


def shares(rows: Sequence[str], columns: Sequence[str], values: NDArray[np.float64]) -> Panel:
    """Return a field for each session and signal: the darker, the more is valid; NaN is crossed."""

    def draw(axes: "Axes") -> None:
        axes.pcolormesh(
            np.arange(len(columns) + 1), np.arange(len(rows) + 1) - 0.5, values, cmap="Greys",
            vmin=0, vmax=1.3, edgecolors="white", linewidth=0.3,
        )  # fmt: skip
        if len(rows) <= _MOST_NUMBERS:
            for row, column in np.ndindex(values.shape):
                share = float(values[row, column])
                text = "not measured" if np.isnan(share) else f"{_percent(share)}"
                axes.annotate(
                    text, (column + 0.5, row), fontsize=5.5, ha="center", va="center",
                    color="white" if share > _DARK else INK,
                )  # fmt: skip
        axes.set_ylim(len(rows) - 0.5, -0.5)
        ticks = range(0, len(rows), -(-len(rows) // _MOST_NUMBERS))
        axes.set_yticks(ticks, [_end(rows[tick]) for tick in ticks], fontsize=5.5)
        axes.set_xticks(np.arange(len(columns)) + 0.5, columns, fontsize=6)
        axes.grid(visible=False)

    return Panel(min(_LANE_MM * max(1, len(rows)), _TALLEST_MM), draw)


def _percent(share: float) -> str:
    """Return a share in whole percent; one that is not complete never looks so."""
    return f"{min(99, round(100 * share)) if share < 1 else 100}%"


def bars(label: str, names: Sequence[str], values: Sequence[float]) -> Panel:
    """Return horizontal bars with their values, the first on top; the axis begins at zero."""

    def draw(axes: "Axes") -> None:
        axes.barh(range(len(names)), values, color=BLUE, height=0.65)
        for number, value in enumerate(values):
            axes.annotate(
                f"{value:.3g}", (value, number), (2, 0), textcoords="offset points", fontsize=5.5,
                va="center",
            )  # fmt: skip
        axes.set_ylim(len(names) - 0.5, -0.5)
        axes.set_yticks(range(len(names)), [_short(name) for name in names], fontsize=5.5)
        axes.grid(visible=False, axis="y")
        axes.set_title(label, fontsize=6.5, loc="left", pad=2)

    return Panel(_LANE_MM * max(1, len(names)), draw)


def _legend(axes: "Axes") -> None:
    """Name the lines above the plot, where no value is."""
    axes.legend(
        loc="lower left", bbox_to_anchor=(0, 1), ncols=6, fontsize=5.5, frameon=False, borderpad=0,
        borderaxespad=0.1, handlelength=1.6,
    )  # fmt: skip


def _frame(axes: "Axes", label: str, marks: Sequence[float]) -> None:
    for mark in marks:
        axes.axvline(mark, color=INK, lw=0.7, ls=(0, (1, 1.5)), zorder=1)
    axes.set_ylabel(label)
    ticks = hour_ticks(axes.get_xlim())
    axes.set_xticks(ticks, [hour_text(tick) for tick in ticks])
    if label:
        axes.yaxis.set_major_locator(_locator())


def _locator() -> "Locator":
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415 - an extra

    return MaxNLocator(5, integer=False)


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
        _limit(axes, limit, last, _short(limit.rule) if free else "")


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
        axes.annotate(
            _short(bar.label), (max(bar.start, axes.get_xlim()[0]), row), (1.5, 0), fontsize=5.5,
            textcoords="offset points", va="center", annotation_clip=True,
        )  # fmt: skip


def _end(text: str) -> str:
    """Return the end of an id, which is where the ids of sessions differ."""
    text = printable(text)
    return text if len(text) <= _ID_CHARS else f"…{text[1 - _ID_CHARS :]}"


def _short(text: str) -> str:
    text = printable(text)
    return text if len(text) <= _LABEL_CHARS else f"{text[: _LABEL_CHARS - 1]}…"
