"""Expected course of a signal after the dose: a band that is drawn behind its trace.

No rule reads it, so it can neither raise nor suppress an alarm. Pure.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise

from alerts.policy.expressions import allowed, number_text
from alerts.policy.rules import Expected
from alerts.policy.tables import ExpectedTable
from devices.signals import SIGNALS

_LONGEST_MIN = 24 * 60.0
_COLUMNS = 3
_UNITS = {"Cel": "°C", "mm[Hg]": "mmHg"}


def expected_of(
    table: ExpectedTable, report: Callable[[tuple[str | int, ...], str], None]
) -> Expected | None:
    """Return the band of a table; pass each mistake and its path to `report`."""
    if table.signal not in SIGNALS:
        report(
            ("signal",), f"'{table.signal}' is not a known signal: {allowed(table.signal, SIGNALS)}"
        )
        return None
    wrong = list(_mistakes(table.signal, table.points))
    for index, what in wrong:
        report(("points", index), what)
    if wrong:
        return None
    points = tuple((float(at), float(low), float(high)) for at, low, high in table.points)
    return Expected(signal=table.signal, points=points, source=table.source.strip())


def in_words(band: Expected) -> str:
    """Describe the highest part of a band in one sentence."""
    unit = SIGNALS[band.signal].unit
    minutes, low, high = max(band.points, key=lambda point: point[2])
    return (
        f"expected {_signed(low)} to {_signed(high)} {_UNITS.get(unit, unit)} from baseline "
        f"{number_text(minutes)} min after the dose; drawn behind the trace, raises no alarm "
        f"({band.source})"
    )


def _mistakes(signal: str, points: Sequence[Sequence[float]]) -> list[tuple[int, str]]:
    widest = SIGNALS[signal].highest - SIGNALS[signal].lowest
    wrong = []
    for index, point in enumerate(points):
        if len(point) != _COLUMNS:
            wrong.append((index, "must be [minutes after the dose, low, high]"))
        elif not 0 <= point[0] <= _LONGEST_MIN:
            wrong.append((index, f"minutes must be 0 to {number_text(_LONGEST_MIN)}"))
        elif point[1] >= point[2]:
            wrong.append((index, "low must be less than high"))
        elif max(map(abs, point[1:])) > widest:
            what = f"low and high are added to the baseline: at most {number_text(widest)}"
            wrong.append((index, what))
    if not wrong:
        for index, (before, after) in enumerate(pairwise(points), 1):
            if after[0] <= before[0]:
                wrong.append((index, "must be later than the point before it"))
    return wrong


def _signed(value: float) -> str:
    return f"{'-' if value < 0 else '+'}{number_text(abs(value))}"
