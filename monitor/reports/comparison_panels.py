"""Plots that compare: sessions of a cohort, rules, and signals at lags or around events."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from monitor.reports.document import Panel
from monitor.reports.figures import BLUE, GREY, INK, SERIES
from monitor.reports.plot_parts import (
    COURSE_MM,
    LANE_MM,
    PRESSURE_MM,
    Line,
    frame,
    id_text,
    legend,
    short_text,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_CURVE_MM = 22.0
_MOST_NUMBERS, _DARK, _TALLEST_MM = 50, 0.75, 190.0


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
        frame(axes, f"{label}\n{unit}", marks)

    return Panel(COURSE_MM, draw)


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
        frame(axes, f"Blood pressure\n{unit}", marks)
        legend(axes)

    return Panel(PRESSURE_MM, draw)


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
        axes.set_yticks(ticks, [id_text(rows[tick]) for tick in ticks], fontsize=5.5)
        axes.set_xticks(np.arange(len(columns)) + 0.5, columns, fontsize=6)
        axes.grid(visible=False)

    return Panel(min(LANE_MM * max(1, len(rows)), _TALLEST_MM), draw)


def _percent(share: float) -> str:
    """Return a share in whole percent; one that is not complete never looks so."""
    return f"{min(99, round(100 * share)) if share < 1 else 100}%"


def curve(
    label: str,
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    limits: "tuple[float, float] | tuple[NDArray[np.float64], NDArray[np.float64]] | None",
    *,
    zero: bool = False,
) -> Panel:
    """Return a curve with a band around it, and lines at zero."""

    def draw(axes: "Axes") -> None:
        if limits is not None:
            low, high = (np.broadcast_to(np.asarray(each), x.shape) for each in limits)
            axes.fill_between(x, low, high, color=BLUE, alpha=0.2, lw=0)
        axes.plot(x, y, "-", color=BLUE, lw=1.0)
        if zero:
            axes.axhline(0, color=GREY, lw=0.5)
            axes.axvline(0, color=GREY, lw=0.5)
        axes.set_ylabel(label)

    return Panel(_CURVE_MM, draw)


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
        axes.set_yticks(range(len(names)), [short_text(name) for name in names], fontsize=5.5)
        axes.grid(visible=False, axis="y")
        axes.set_title(label, fontsize=6.5, loc="left", pad=2)

    return Panel(LANE_MM * max(1, len(names)), draw)
