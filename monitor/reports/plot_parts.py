"""Parts of plots that several panels have: frames, legends, labels."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from devices.printable_text import printable
from monitor.reports.figures import INK, hour_text, hour_ticks

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.ticker import Locator

PRESSURE_MM, COURSE_MM, LANE_MM = 26.0, 30.0, 3.6
_LABEL_CHARS, _ID_CHARS = 15, 17


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


def legend(axes: "Axes") -> None:
    """Name the lines above the plot, where no value is."""
    axes.legend(
        loc="lower left", bbox_to_anchor=(0, 1), ncols=6, fontsize=5.5, frameon=False, borderpad=0,
        borderaxespad=0.1, handlelength=1.6,
    )  # fmt: skip


def frame(axes: "Axes", label: str, marks: Sequence[float]) -> None:
    """Draw lines at marks, and name the vertical axis and the hours of the horizontal one."""
    for mark in marks:
        axes.axvline(mark, color=INK, lw=0.7, ls=(0, (1, 1.5)), zorder=1)
    axes.set_ylabel(label)
    ticks = hour_ticks(axes.get_xlim())
    axes.set_xticks(ticks, [hour_text(tick) for tick in ticks])
    if label:
        axes.yaxis.set_major_locator(locator())


def locator() -> "Locator":
    """Return what chooses the ticks of a vertical axis."""
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415 - an extra

    return MaxNLocator(5, integer=False)


def id_text(text: str) -> str:
    """Return the end of an id, which is where the ids of sessions differ."""
    text = printable(text)
    return text if len(text) <= _ID_CHARS else f"…{text[1 - _ID_CHARS :]}"


def short_text(text: str) -> str:
    """Return the beginning of a text that is too long for a label."""
    text = printable(text)
    return text if len(text) <= _LABEL_CHARS else f"{text[: _LABEL_CHARS - 1]}…"
