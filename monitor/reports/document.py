"""Content of a report, which is rendered as HTML and as PDF. Pure.

All text is plain: a renderer escapes it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, slots=True)
class Heading:
    """Heading of a section."""

    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Text; an important one is emphasized."""

    text: str
    important: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """Names with values."""

    rows: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows with headings.

    Attributes:
        caption: what it shows, in one line.
        headings: of the columns.
        rows: cells as text.
        numbers: indices of columns that are aligned to the right.
        widths: relative widths of the columns; empty: by their texts.
    """

    caption: str
    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    numbers: frozenset[int] = frozenset()
    widths: Sequence[float] = ()


@dataclass(frozen=True, slots=True)
class Panel:
    """One plot of a chart.

    Attributes:
        height_mm: of the plot.
        draw: draws into axes whose horizontal range is set.
    """

    height_mm: float
    draw: Callable[["Axes"], None]


@dataclass(frozen=True, slots=True)
class Chart:
    """Plots with a common horizontal axis.

    Attributes:
        caption: what it shows, in one line.
        description: of the content, for those who cannot see it.
        panels: from top to bottom.
        span: range of the horizontal axis.
        axis: its label.
    """

    caption: str
    description: str
    panels: Sequence[Panel]
    span: tuple[float, float]
    axis: str


Block = Heading | Paragraph | Facts | Table | Chart


@dataclass(frozen=True, slots=True)
class Document:
    """A report.

    Attributes:
        title: of the page.
        subtitle: one line.
        marks: warnings that must be on every page, such as SIMULATED.
        footer: line at the end of every page.
        made_ns: UTC time that the file gets as its date: that of its newest content, so that the
            same content gives the same bytes.
        blocks: content in order.
    """

    title: str
    subtitle: str
    marks: Sequence[str]
    footer: str
    made_ns: int
    blocks: Sequence[Block]
