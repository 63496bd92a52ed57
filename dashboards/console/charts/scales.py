"""Axes of a chart: range and ticks. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo

import numpy as np
from numpy.typing import NDArray

from alerts.time_format import local, offset_s
from dashboards.console.views.chart_series import LimitTrace, Trace
from dashboards.texts import decimal

# The smallest range of values, so that noise does not look like a trend. By UCUM code.
_LEAST_SPAN = {"/min": 40.0, "Cel": 1.0, "%": 10.0, "mm[Hg]": 40.0}
# The same of a small curve without an axis.
_LEAST_SMALL_SPAN = {"/min": 30.0, "Cel": 1.0}
# What an axis without any value shows. By UCUM code.
_USUAL = {"/min": (50.0, 110.0), "Cel": (36.0, 38.0), "%": (90.0, 100.0), "mm[Hg]": (60.0, 140.0)}
_PADDING = 0.06
_TIME_STEPS_S = (10, 30, 60, 300, 600, 1200, 1800, 3600, 7200, 14400, 28800)
_FINE_S = 280.0  # below it labels show seconds
_MOST_TIME_TICKS = 6
_MOST_VALUE_TICKS = 5


def small_range(low: float, high: float, unit: str) -> tuple[float, float]:
    """Return the range of a small curve around its values, so that noise looks like noise.

    >>> small_range(70.0, 72.0, "/min")
    (56.0, 86.0)
    """
    spare = max(0.0, _LEAST_SMALL_SPAN.get(unit, 1.0) - (high - low)) / 2
    return low - spare, high + spare


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeAxis:
    """The time axis of a chart.

    Attributes:
        since_ns: left end.
        until_ns: right end.
        zero_ns: origin of the labels; None labels with the time of day.
        zone: of the time of day; None for this computer's.
        live: whether the right end is the present.
    """

    since_ns: int
    until_ns: int
    zero_ns: int | None
    live: bool = True
    zone: tzinfo | None = None

    @property
    def span_s(self) -> float:
        """Return the length in seconds."""
        return (self.until_ns - self.since_ns) / 1e9

    def share(self, at_ns: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the position of times, 0 at the left end and 1 at the right. (n,) to (n,)."""
        return np.asarray((at_ns - self.since_ns) / (self.until_ns - self.since_ns), np.float64)

    def ticks(self) -> list[tuple[float, str]]:
        """Return position and label of each tick."""
        step_s = next(
            (step for step in _TIME_STEPS_S if self.span_s / step <= _MOST_TIME_TICKS),
            _TIME_STEPS_S[-1],
        )
        step_ns = step_s * 10**9
        zero_ns = self.zero_ns
        if zero_ns is None:  # whole steps of the local day, for any offset from UTC
            zero_ns = -offset_s(self.until_ns, self.zone) * 10**9
        first = math.ceil((self.since_ns - zero_ns) / step_ns)
        last = math.floor((self.until_ns - zero_ns) / step_ns)
        moments = [zero_ns + number * step_ns for number in range(first, last + 1)]
        shares = self.share(np.array(moments, np.int64)).tolist()
        return list(zip(shares, map(self.label, moments), strict=True))

    def label(self, at_ns: int) -> str:
        """Return the label of a time, with seconds on a short axis."""
        fine = self.span_s < _FINE_S
        if self.zero_ns is None:
            return f"{local(at_ns, self.zone):{'%H:%M:%S' if fine else '%H:%M'}}"
        seconds = round((at_ns - self.zero_ns) / 1e9)
        minutes, rest = divmod(abs(seconds), 60) if fine else (round(abs(seconds) / 60), 0)
        if not minutes and not rest:
            return "dose"
        to_the_second = f":{rest:02}" if fine else ""
        return f"{'-' if seconds < 0 else '+'}{minutes // 60}:{minutes % 60:02}{to_the_second}"


@dataclass(frozen=True, slots=True)
class ValueAxis:
    """The value axis of a chart."""

    low: float
    high: float

    def share(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the position of values: 0 at the top, 1 at the bottom; NaN stays NaN. (n,)."""
        return np.asarray((self.high - values) / (self.high - self.low), np.float64)

    def ticks(self) -> list[tuple[float, str]]:
        """Return position and label of each tick; all labels have the same number of decimals."""
        rough = (self.high - self.low) / _MOST_VALUE_TICKS
        power = math.floor(math.log10(rough))
        step = next(
            10.0**power * factor for factor in (1, 2, 5, 10) if 10.0**power * factor >= rough
        )
        decimals = max(0, -math.floor(math.log10(step) + 1e-9))
        first, last = math.ceil(self.low / step), math.floor(self.high / step)
        values = [number * step for number in range(first, last + 1)]
        shares = self.share(np.array(values)).tolist()
        return [
            (share, decimal(f"{value:.{decimals}f}"))
            for share, value in zip(shares, values, strict=True)
        ]


def value_axis(trace: Trace, ucum: str, others: Sequence[Trace] = ()) -> ValueAxis:
    """Return an axis that includes all values and the limits that can raise an alarm."""
    drawn = np.concatenate([trace.values, *(each.values for each in others)])
    known = [*drawn[np.isfinite(drawn)].tolist()]
    for limit in trace.limits:
        if limit.priority != "info" or not known:
            known += _levels(limit)
    known = known or [*_USUAL.get(ucum, (0.0, 1.0))]
    low, high = min(known), max(known)
    lacking = max(0.0, _LEAST_SPAN.get(ucum, 1e-3) - (high - low)) / 2
    padding = _PADDING * max(high - low, _LEAST_SPAN.get(ucum, 1e-3))
    return ValueAxis(low - lacking - padding, high + lacking + padding)


def _levels(limit: LimitTrace) -> Sequence[float]:
    known: list[float] = limit.values[np.isfinite(limit.values)].tolist()
    return known
