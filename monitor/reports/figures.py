"""Charts of reports, drawn by matplotlib (extra `report`) into a page or a figure.

Colours are those of Okabe and Ito (2008), which people with colour blindness distinguish; in grey,
lines and marks differ by their form.
"""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from monitor.extras import load_extra
from monitor.reports.document import Chart

if TYPE_CHECKING:
    from matplotlib.figure import Figure

INK, GREY, FAINT = "#1a1a1a", "#6b6b6b", "#d9d9d9"
BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY = (
    *("#0072b2", "#d55e00", "#009e73"),
    *("#cc79a7", "#e69f00", "#56b4e9"),
)
SERIES = ((BLUE, "-"), (VERMILION, "--"), (GREEN, "-."), (PURPLE, ":"))
PRIORITY = {
    "high": ("#b00020", "xxxx"),
    "medium": (ORANGE, "////"),
    "low": ("#f0e442", ""),
    "info": (SKY, "...."),
}
_MOST_TICKS = 12
MM = 1 / 25.4  # in inches
LEFT_MM, RIGHT_MM, TOP_MM, BOTTOM_MM, BETWEEN_MM = 19.0, 17.0, 2.0, 9.0, 2.5

_STYLE: dict[str, Any] = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 7.0,
    "axes.labelsize": 7.0,
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": FAINT,
    "grid.linewidth": 0.4,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "xtick.labelsize": 6.5,
    "ytick.labelsize": 6.5,
    "lines.linewidth": 0.8,
    "hatch.linewidth": 0.5,
    "text.parse_math": False,  # text of people is never markup
    "axes.unicode_minus": True,
    "path.simplify": False,  # what is drawn is thinned already, with its extremes
    "svg.fonttype": "none",
    "svg.hashsalt": "physiomon",
    "pdf.fonttype": 42,
    "pdf.compression": 9,
}


@contextmanager
def style() -> Iterator[None]:
    """Draw in the style of reports, whatever else is configured.

    Raises:
        ConfigError: matplotlib is not installed.
    """
    matplotlib = load_extra("matplotlib", "report")
    with matplotlib.rc_context(), warnings.catch_warnings():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_STYLE)
        # A sign that the font lacks is drawn as a box.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        yield


def height_mm(chart: Chart) -> float:
    """Return the height of a chart with its axis."""
    between = BETWEEN_MM * (len(chart.panels) - 1)
    return TOP_MM + sum(panel.height_mm for panel in chart.panels) + between + BOTTOM_MM


def draw(chart: Chart, figure: "Figure", left_mm: float, top_mm: float, width_mm: float) -> None:
    """Draw a chart into a figure.

    Args:
        chart: to be drawn.
        figure: of any size.
        left_mm: left end of the chart from that of the figure.
        top_mm: its top from that of the figure.
        width_mm: of the chart.
    """
    wide, high = figure.get_size_inches() / MM
    y_mm = top_mm + TOP_MM
    for number, panel in enumerate(chart.panels):
        axes = figure.add_axes(
            (
                (left_mm + LEFT_MM) / wide,
                1 - (y_mm + panel.height_mm) / high,
                (width_mm - LEFT_MM - RIGHT_MM) / wide,
                panel.height_mm / high,
            )
        )
        axes.set_xlim(*chart.span)
        panel.draw(axes)
        axes.set_xlim(*chart.span)
        last = number == len(chart.panels) - 1
        axes.tick_params(axis="x", labelbottom=last, length=2 if last else 0)
        axes.tick_params(axis="y", length=2)
        if last:
            axes.set_xlabel(chart.axis, labelpad=1)
        axes.yaxis.set_label_coords(-13 / (width_mm - LEFT_MM - RIGHT_MM), 0.5)
        y_mm += panel.height_mm + BETWEEN_MM


def svg(chart: Chart, width_mm: float) -> str:
    """Return a chart as an SVG element, the same for the same content.

    Raises:
        ConfigError: matplotlib is not installed.
    """
    import io  # noqa: PLC0415 - with what follows

    figures = load_extra("matplotlib.figure", "report")
    with style():
        high = height_mm(chart)
        figure = figures.Figure(figsize=(width_mm * MM, high * MM))
        draw(chart, figure, 0, 0, width_mm)
        file = io.StringIO()
        figure.savefig(
            file, format="svg", metadata={"Date": None, "Creator": None}, transparent=True
        )
    text = file.getvalue()
    return text[text.index("<svg") :]


def hour_ticks(span: tuple[float, float]) -> Sequence[float]:
    """Return the places of ticks on an axis of hours."""
    long = span[1] - span[0]
    steps = (1 / 60, 2 / 60, 5 / 60, 10 / 60, 15 / 60, 0.5, 1, 2, 4, 6, 12, 24)
    step = next((each for each in steps if long / each <= _MOST_TICKS), 48)
    first = -(-span[0] // step)
    count = int((span[1] - first * step) // step) + 1
    return [(first + number) * step for number in range(count)]


def hour_text(hours: float) -> str:
    """Return hours as ``h:mm``, with a sign before zero.

    >>> hour_text(-0.5), hour_text(1.25)
    ('-0:30', '1:15')
    """
    minutes = round(abs(hours) * 60)
    return f"{'-' if hours < 0 and minutes else ''}{minutes // 60}:{minutes % 60:02}"
