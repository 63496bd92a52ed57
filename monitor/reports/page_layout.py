"""Places of a report's content on pages of A4. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from monitor.reports import document as content
from monitor.reports.figures import GREY, INK, height_mm

WIDTH_MM, HEIGHT_MM, MARGIN_MM = 210.0, 297.0, 14.0
POINT_MM = 25.4 / 72
_INNER_MM = WIDTH_MM - 2 * MARGIN_MM
_BOTTOM_MM = HEIGHT_MM - MARGIN_MM - 1
_TITLE, _HEADING, _BODY, _CELL, _CAPTION = 15.0, 11.0, 8.0, 6.5, 7.0
_LINE = 1.28  # height of a line, of the size of its font
_PADDING_MM = 1.2
_NAME_SHARE = 0.24
_KEEP_MM = 30.0  # a heading stays with this much of what it is about


class Measure(Protocol):
    """Function that returns the width of text in mm, for a size in points."""

    def __call__(self, text: str, size: float, *, bold: bool = False) -> float:
        """Return the width."""
        ...


@dataclass(frozen=True, slots=True)
class Text:
    """A line of text with its top at `y_mm`."""

    x_mm: float
    y_mm: float
    text: str
    size: float
    bold: bool = False
    colour: str = INK
    right: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """A horizontal line."""

    from_mm: float
    to_mm: float
    y_mm: float
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart with its top at `y_mm`."""

    y_mm: float
    chart: content.Chart


Mark = Text | Rule | Picture
Page = list[Mark]


def paginated(document: content.Document, measure: Measure) -> list[Page]:
    """Return the pages of a document."""
    layout = _Layout(measure)
    layout.lines(document.title, _TITLE, bold=True)
    layout.lines(document.subtitle, _BODY, colour=GREY)
    for mark in document.marks:
        layout.space(1.5)
        layout.rule(strong=True)
        layout.space(1)
        layout.lines(mark, _BODY, bold=True)
    layout.space(1.5)
    layout.rule(strong=True)
    for block in document.blocks:
        layout.block(block)
    return layout.pages


def wrapped(
    text: str, width_mm: float, size: float, measure: Measure, *, bold: bool = False
) -> list[str]:
    """Break text into lines; a word that is too wide is broken anywhere."""
    lines, line = [], ""
    for word in text.split():
        longer = f"{line} {word}" if line else word
        if measure(longer, size, bold=bold) <= width_mm:
            line = longer
            continue
        if line:
            lines.append(line)
        while len(word) > 1 and measure(word, size, bold=bold) > width_mm:
            fits = len(word) - 1
            while fits > 1 and measure(word[:fits], size, bold=bold) > width_mm:
                fits -= 1
            lines.append(word[:fits])
            word = word[fits:]  # noqa: PLW2901 - what is left of it
        line = word
    return [*lines, line]


def column_widths(natural: Sequence[float], width_mm: float) -> list[float]:
    """Return widths of columns that fill a page: only the widest ones get less than they ask for.

    >>> column_widths([10, 50, 90], 120), column_widths([10, 30], 80)
    ([10, 50, 60.0], [20.0, 60.0])
    """
    total = sum(natural)
    if total <= width_mm:
        return [each * width_mm / total for each in natural] if total else list(natural)
    left, found = width_mm, list(natural)
    order = sorted(range(len(natural)), key=natural.__getitem__)
    for place, number in enumerate(order):
        fair = left / (len(order) - place)
        if natural[number] > fair:
            for wide in order[place:]:
                found[wide] = fair
            break
        left -= natural[number]
    return found


class _Layout:
    def __init__(self, measure: Measure) -> None:
        self.pages: list[Page] = [[]]
        self._measure = measure
        self._y_mm = MARGIN_MM

    def space(self, high_mm: float) -> None:
        self._y_mm += high_mm

    def rule(self, *, strong: bool = False) -> None:
        self._mark(Rule(MARGIN_MM, WIDTH_MM - MARGIN_MM, self._y_mm, strong=strong))

    def lines(
        self,
        text: str,
        size: float,
        *,
        bold: bool = False,
        colour: str = INK,
        left_mm: float = 0.0,
        keep_mm: float = 0.0,
    ) -> None:
        for line in wrapped(text, _INNER_MM - left_mm, size, self._measure, bold=bold):
            high_mm = size * POINT_MM * _LINE
            self._need(high_mm + keep_mm)
            self._mark(Text(MARGIN_MM + left_mm, self._y_mm, line, size, bold=bold, colour=colour))
            self._y_mm += high_mm

    def block(self, block: content.Block) -> None:
        match block:
            case content.Heading(text):
                self.space(4)
                self.lines(text, _HEADING, bold=True, keep_mm=_KEEP_MM)
                self.rule()
                self.space(1.5)
            case content.Paragraph(text, important):
                self.lines(text, _BODY, bold=important)
                self.space(1.5)
            case content.Facts(rows):
                self._facts(rows)
            case content.Table():
                self._table(block)
            case content.Chart():
                high_mm = height_mm(block)
                self._need(min(high_mm, _BOTTOM_MM - MARGIN_MM))
                self._mark(Picture(self._y_mm, block))
                self._y_mm += high_mm + 1
                self.lines(block.caption, _CAPTION, colour=GREY)
                self.space(1.5)

    def _facts(self, rows: Sequence[tuple[str, str]]) -> None:
        left_mm = _INNER_MM * _NAME_SHARE
        for name, value in rows:
            names = wrapped(name, left_mm - 2, _BODY, self._measure)
            values = wrapped(value, _INNER_MM - left_mm, _BODY, self._measure)
            high_mm = _BODY * POINT_MM * _LINE
            for number in range(max(len(names), len(values))):
                self._need(high_mm)
                for lines, x_mm, colour in ((names, 0.0, GREY), (values, left_mm, INK)):
                    if number < len(lines):
                        self._mark(
                            Text(MARGIN_MM + x_mm, self._y_mm, lines[number], _BODY, colour=colour)
                        )
                self._y_mm += high_mm
            self.space(0.4)
        self.space(1.5)

    def _table(self, table: content.Table) -> None:
        widths = self._widths(table)
        headings = self._cells(table.headings, widths, bold=True)
        first = self._cells(table.rows[0], widths) if table.rows else []
        self._need(_height(headings) + _height(first) + 2 * _CAPTION * POINT_MM * _LINE)
        self.lines(table.caption, _CAPTION, colour=GREY)
        self.space(0.6)
        self._row(table, headings, widths, bold=True)
        for row in table.rows:
            cells = self._cells(row, widths)
            if self._need(_height(cells)):
                self._row(table, headings, widths, bold=True)
            self._row(table, cells, widths)
        self.space(3)

    def _widths(self, table: content.Table) -> list[float]:
        if table.widths:
            return [each * _INNER_MM / sum(table.widths) for each in table.widths]
        natural = [
            2 * _PADDING_MM
            + max(
                self._measure(heading, _CELL, bold=True) if " " not in heading.strip() else 8.0,
                *(self._measure(word, _CELL, bold=True) for word in heading.split() or [""]),
                *(self._measure(row[number], _CELL) for row in table.rows),
                1.0,
            )
            for number, heading in enumerate(table.headings)
        ]
        return column_widths(natural, _INNER_MM)

    def _cells(
        self, row: Sequence[str], widths: Sequence[float], *, bold: bool = False
    ) -> list[list[str]]:
        return [
            wrapped(cell, width - 2 * _PADDING_MM + 0.01, _CELL, self._measure, bold=bold)
            for cell, width in zip(row, widths, strict=True)
        ]

    def _row(
        self,
        table: content.Table,
        cells: Sequence[Sequence[str]],
        widths: Sequence[float],
        *,
        bold: bool = False,
    ) -> None:
        for mark in _row_marks(table, cells, widths, self._y_mm, bold=bold):
            self._mark(mark)
        self._y_mm += _height(cells)
        self.rule()

    def _need(self, high_mm: float) -> bool:
        """Begin a page if the present one has less space; return whether one was begun."""
        if self._y_mm + high_mm <= _BOTTOM_MM or not self.pages[-1]:
            return False
        self.pages.append([])
        self._y_mm = MARGIN_MM
        return True

    def _mark(self, mark: Mark) -> None:
        self.pages[-1].append(mark)


def _row_marks(
    table: content.Table,
    cells: Sequence[Sequence[str]],
    widths: Sequence[float],
    y_mm: float,
    *,
    bold: bool,
) -> Iterator[Mark]:
    x_mm = MARGIN_MM
    for number, (lines, width) in enumerate(zip(cells, widths, strict=True)):
        right = number in table.numbers
        for place, line in enumerate(lines):
            if line:
                yield Text(
                    x_mm + (width - _PADDING_MM if right else _PADDING_MM),
                    y_mm + 0.7 + place * _CELL * POINT_MM * _LINE,
                    line,
                    _CELL,
                    bold=bold,
                    right=right,
                )
        x_mm += width


def _height(cells: Sequence[Sequence[str]]) -> float:
    return max(map(len, cells), default=0) * _CELL * POINT_MM * _LINE + 1.4
