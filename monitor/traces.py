"""What the charts show: every reading and limit of a session, thinned on request.

An eight-hour session at 1 Hz is 28,800 points of 16 bytes for each channel: it stays in memory.
"""

from array import array
from bisect import bisect_left
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from dashboards.console.model import LimitTrace, Trace
from devices.packets import Quality
from devices.signals import SIGNALS
from monitor.facts import Fact, LimitFact, ReadingFact

_SHOWN = frozenset({Quality.GOOD, Quality.SETTLING})


@dataclass(slots=True)
class _Series:
    """Times in ns and values, appended in order of time."""

    at_ns: "array[int]" = field(default_factory=lambda: array("q"))
    values: "array[float]" = field(default_factory=lambda: array("d"))

    def add(self, at_ns: int, value: float | None) -> None:
        if self.at_ns and at_ns <= self.at_ns[-1]:  # a point is corrected
            self.values[bisect_left(self.at_ns, at_ns)] = np.nan if value is None else value
            return
        self.at_ns.append(at_ns)
        self.values.append(np.nan if value is None else value)

    def since(self, since_ns: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return copies of what lies at or after a time, and the one point before it."""
        start = max(0, int(np.searchsorted(np.asarray(self.at_ns), since_ns)) - 1)
        return np.array(self.at_ns[start:], np.int64), np.array(self.values[start:], np.float64)


@dataclass(slots=True)
class _LimitSeries:
    priority: str
    upper: bool
    series: _Series = field(default_factory=_Series)


class Traces:
    """The past of a session's channels, built from its facts."""

    def __init__(self) -> None:
        self._readings: dict[str, _Series] = {}
        self._limits: dict[str, dict[str, _LimitSeries]] = {}

    def add(self, fact: Fact) -> None:
        """Take a fact; all but readings and limits are passed over."""
        if isinstance(fact, ReadingFact):
            series = self._readings.setdefault(fact.subject, _Series())
            series.add(fact.at_ns, fact.value if fact.quality in _SHOWN else None)
        elif isinstance(fact, LimitFact):
            rules = self._limits.setdefault(fact.subject, {})
            known = rules.get(fact.rule)
            if known is None:
                upper = fact.lower is None
                known = rules[fact.rule] = _LimitSeries(fact.priority, upper)
            value = fact.upper if fact.upper is not None else fact.lower
            known.series.add(fact.at_ns, value)

    def trace(self, channel: str, since_ns: int, points: int) -> Trace:
        """Return a channel since a time in about `points` points, extremes and gaps kept."""
        at_ns, values = self._readings.get(channel, _Series()).since(since_ns)
        signal = SIGNALS[channel.partition("/")[2]]
        at_ns, values = with_gaps(at_ns, values, round(signal.hold_s * 1e9))
        at_ns, values = thin(at_ns, values, points)
        limits = []
        for rule, limit in self._limits.get(channel, {}).items():
            limit_ns, limit_values = limit.series.since(since_ns)
            limit_ns, limit_values = thin(limit_ns, limit_values, points)
            limits.append(
                LimitTrace(
                    rule=rule,
                    priority=limit.priority,
                    upper=limit.upper,
                    at_ns=limit_ns,
                    values=limit_values,
                )
            )
        return Trace(at_ns=at_ns, values=values, limits=limits)


def with_gaps(
    at_ns: NDArray[np.int64], values: NDArray[np.float64], hold_ns: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Put a NaN into every stretch longer than `hold_ns` without a value.

    Args:
        at_ns: shape (n,), increasing.
        values: shape (n,).
        hold_ns: how long a value stands for the present.
    """
    ends = np.flatnonzero(np.diff(at_ns) > hold_ns)
    return (
        np.insert(at_ns, ends + 1, at_ns[ends] + hold_ns),
        np.insert(values, ends + 1, np.nan),
    )


def thin(
    at_ns: NDArray[np.int64], values: NDArray[np.float64], points: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Keep first, lowest, highest and last of each of `points` / 4 equal stretches.

    Shapes are (n,) in and (m,) out; times stay increasing. A peak of a single beat survives.
    """
    if len(at_ns) <= points:
        return at_ns, values
    edges = np.linspace(0, len(at_ns), max(1, points // 4) + 1).astype(np.int64)
    keep = {0, len(at_ns) - 1}
    for start, stop in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        stretch = values[start:stop]
        missing = np.isnan(stretch)
        keep |= {start, stop - 1}
        if missing.any():
            keep.add(start + int(missing.argmax()))
        if not missing.all():
            keep |= {start + int(np.nanargmin(stretch)), start + int(np.nanargmax(stretch))}
    chosen = np.array(sorted(keep))
    return at_ns[chosen], values[chosen]
