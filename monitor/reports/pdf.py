"""A report as PDF: the content of the page of HTML, on A4 with numbered pages.

matplotlib draws the charts and writes the file, so that nothing else is needed.
"""

import datetime
import io
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from devices.printable_text import printable
from monitor.extras import load_extra
from monitor.reports import document as content
from monitor.reports import figures
from monitor.reports.page_layout import (
    HEIGHT_MM,
    MARGIN_MM,
    POINT_MM,
    WIDTH_MM,
    Mark,
    Measure,
    Page,
    Picture,
    Rule,
    Text,
    paginated,
)

_FOOTER_SIZE = 6.5
_BOX = 0.61  # width of the box for a sign that the font lacks, of its size


def to_pdf(document: content.Document) -> bytes:
    """Return the file; the same content gives the same bytes.

    Raises:
        ConfigError: matplotlib is not installed.
    """
    backend = load_extra("matplotlib.backends.backend_pdf", "report")
    made = datetime.datetime.fromtimestamp(document.made_ns // 10**9, datetime.UTC)
    about = {
        "Title": printable(document.title),
        "Creator": "physiomon",
        "CreationDate": made,
        "ModDate": made,
    }
    file = io.BytesIO()
    with figures.style():
        pages = paginated(document, measure())
        with backend.PdfPages(file, metadata=about) as pdf:
            for number, page in enumerate(pages, 1):
                pdf.savefig(_drawn(page, document, f"page {number} of {len(pages)}"))
    return file.getvalue()


@cache
def measure() -> Measure:
    """Return a function for the width of text in mm, of size in points; without kerning.

    Raises:
        ConfigError: matplotlib is not installed.
    """
    manager = load_extra("matplotlib.font_manager", "report")
    fonts = {}
    for bold in (False, True):
        place = manager.findfont(
            manager.FontProperties(family="DejaVu Sans", weight="bold" if bold else "normal")
        )
        fonts[bold] = manager.get_font(place)
        fonts[bold].set_size(100, 72)

    @cache
    def advance(char: str, bold: bool) -> float:  # noqa: FBT001 - a key of the cache
        font = fonts[bold]
        if not font.get_char_index(ord(char)):
            return _BOX  # of a sign that the font lacks
        return float(font.load_char(ord(char)).linearHoriAdvance) / 65536 / 100

    def width_mm(text: str, size: float, *, bold: bool = False) -> float:
        return sum(advance(char, bold) for char in text) * size * POINT_MM

    return width_mm


def _drawn(page: Page, document: content.Document, number: str) -> Any:
    size = (WIDTH_MM * figures.MM, HEIGHT_MM * figures.MM)
    figure = load_extra("matplotlib.figure", "report").Figure(figsize=size)
    for mark in (*page, *_footer(document, number)):
        _draw(mark, figure)
    return figure


def _footer(document: content.Document, number: str) -> Iterator[Mark]:
    y_mm = HEIGHT_MM - MARGIN_MM + 4
    yield Rule(MARGIN_MM, WIDTH_MM - MARGIN_MM, y_mm)
    grey = figures.GREY
    yield Text(MARGIN_MM, y_mm + 1, document.footer, _FOOTER_SIZE, colour=grey)
    names: Sequence[str] = (document.title, *(mark.partition(":")[0] for mark in document.marks))
    yield Text(MARGIN_MM, y_mm + 4.2, ", ".join(names), _FOOTER_SIZE, colour=grey)
    right = WIDTH_MM - MARGIN_MM
    yield Text(right, y_mm + 4.2, number, _FOOTER_SIZE, colour=grey, right=True)


def _draw(mark: Mark, figure: Any) -> None:
    if isinstance(mark, Text):
        figure.text(
            mark.x_mm / WIDTH_MM,
            1 - mark.y_mm / HEIGHT_MM,
            printable(mark.text),
            fontsize=mark.size,
            fontweight="bold" if mark.bold else "normal",
            color=mark.colour,
            ha="right" if mark.right else "left",
            va="top",
        )
    elif isinstance(mark, Picture):
        figures.draw(mark.chart, figure, MARGIN_MM, mark.y_mm, WIDTH_MM - 2 * MARGIN_MM)
    else:
        lines = load_extra("matplotlib.lines", "report")
        y = 1 - mark.y_mm / HEIGHT_MM
        figure.add_artist(
            lines.Line2D(
                [mark.from_mm / WIDTH_MM, mark.to_mm / WIDTH_MM],
                [y, y],
                color=figures.INK if mark.strong else figures.FAINT,
                lw=1.0 if mark.strong else 0.5,
            )
        )
