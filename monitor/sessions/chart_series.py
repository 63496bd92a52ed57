"""Chart series: every reading and limit of a session, thinned on request.

An eight-hour session at 1 Hz has 28,800 points of 16 bytes per channel.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from alerts.alarm import State
from alerts.policy.rules import Expected
from dashboards.console.views.chart_series import AlarmSpan, ExpectedBand, LimitTrace, Trace
from devices.packets import Quality
from devices.signals import SIGNALS
from monitor.core.spot_rules import subject_of
from monitor.facts import (
    AlarmFact,
    BaselineFact,
    Fact,
    LimitFact,
    MarkerFact,
    ReadingFact,
    UndoFact,
)
from monitor.sessions.point_series import PointSeries, PointStore

_SHOWN = frozenset({Quality.GOOD, Quality.SETTLING})
_HOLDS = frozenset({State.ACTIVE.value, State.ACKNOWLEDGED.value})
_SESSION = "session"  # subject of alarms on several channels
_MINUTE_NS = 60 * 10**9
_PER_INTERVAL = 4  # approximate number of points kept per interval


@dataclass(slots=True)
class _LimitSeries:
    priority: str
    upper: bool
    series: PointSeries


class ChartSeries:
    """Chart series of a session's channels, collected from its facts.

    Args:
        store: of their points; by default in memory.
    """

    def __init__(self, store: PointStore | None = None) -> None:
        self._store = store or PointStore()
        self._readings: dict[str, PointSeries] = {}
        self._limits: dict[str, dict[str, _LimitSeries]] = {}
        self._alarms: dict[str, list[AlarmSpan]] = {}
        self._open_spans: dict[tuple[str, str], int] = {}  # indices of spans without end
        self._baselines: dict[str, float] = {}
        self._dose_ns: int | None = None

    @property
    def in_file(self) -> bool:
        """Return whether points are in a file of this process."""
        return self._store.in_file

    def add(self, fact: Fact) -> None:
        """Add a fact; ignore kinds that no chart shows."""
        match fact:
            case ReadingFact():
                series = self._readings.get(fact.subject)
                if series is None:
                    series = self._readings[fact.subject] = PointSeries(self._store)
                series.add(fact.at_ns, fact.value if fact.quality in _SHOWN else None)
            case LimitFact():
                self._add_limit(fact)
            case AlarmFact(technical=False):
                self._add_alarm(fact)
            case BaselineFact(value=float(value)):
                self._baselines[fact.subject] = value
            case MarkerFact(subject="dose") if self._dose_ns is None:
                self._dose_ns = fact.at_ns
            case UndoFact(subject="dose"):
                self._dose_ns = None
                self._baselines.clear()  # the next dose sets new ones

    def trace(
        self,
        channel: str,
        since_ns: int,
        until_ns: int,
        points: int,
        expected: Iterable[Expected] = (),
    ) -> Trace:
        """Return a range of a channel in about `points` points, preserving extremes and gaps.

        The points directly before and after the range are included, so that lines extend to its
        ends.
        """
        width_ns = (until_ns - since_ns) // max(1, points // _PER_INTERVAL) + 1
        series = self._readings.get(channel, PointSeries(self._store))
        at_ns, values = series.between(since_ns, until_ns, after=1)
        signal = SIGNALS[channel.partition("/")[2]]
        at_ns, values = with_gaps(at_ns, values, round(signal.hold_s * 1e9))
        at_ns, values = thin(at_ns, values, width_ns)
        limits = []
        spot = subject_of(signal.name)  # subject of rules on spot measurements
        for rule, limit in (self._limits.get(channel) or self._limits.get(spot, {})).items():
            limit_ns, limit_values = limit.series.between(since_ns, until_ns, after=0)
            limit_ns, limit_values = thin(limit_ns, limit_values, width_ns)
            limits.append(
                LimitTrace(
                    rule=rule,
                    priority=limit.priority,
                    upper=limit.upper,
                    at_ns=limit_ns,
                    values=limit_values,
                )
            )
        courses = [course for course in expected if course.signal == signal.name]
        return Trace(
            at_ns=at_ns,
            values=values,
            limits=limits,
            alarms=[
                span
                for subject in (channel, _SESSION, spot)
                for span in self._alarms.get(subject, ())
                if span.since_ns <= until_ns and (span.until_ns or until_ns) >= since_ns
            ],
            expected=self._band(channel, courses[0], since_ns, until_ns) if courses else None,
        )

    def _add_limit(self, fact: LimitFact) -> None:
        rules = self._limits.setdefault(fact.subject, {})
        known = rules.get(fact.rule)
        if known is None:
            upper = fact.lower is None
            known = rules[fact.rule] = _LimitSeries(fact.priority, upper, PointSeries(self._store))
        known.series.add(fact.at_ns, fact.upper if fact.upper is not None else fact.lower)

    def _add_alarm(self, fact: AlarmFact) -> None:
        spans = self._alarms.setdefault(fact.subject, [])
        holds, key = fact.state in _HOLDS, (fact.rule, fact.subject)
        standing = self._open_spans.get(key)
        if holds and standing is None:
            self._open_spans[key] = len(spans)
            span = AlarmSpan(
                rule=fact.rule, priority=fact.priority, since_ns=fact.at_ns, until_ns=None
            )
            spans.append(span)
        elif standing is not None and not holds:
            spans[standing] = replace(spans[standing], until_ns=fact.at_ns)
            del self._open_spans[key]

    def _band(
        self, channel: str, course: Expected, since_ns: int, until_ns: int
    ) -> ExpectedBand | None:
        dose_ns, baseline = self._dose_ns, self._baselines.get(channel)
        if dose_ns is None or baseline is None:
            return None
        minutes, low, high = np.array(course.points).T
        known_ns = dose_ns + (minutes * _MINUTE_NS).astype(np.int64)
        ends = np.clip(np.array([since_ns, until_ns], np.int64), known_ns[0], known_ns[-1])
        inside = known_ns[(known_ns > ends[0]) & (known_ns < ends[1])]
        if ends[0] == ends[1]:
            return None  # before the dose, or after the expected course
        at_ns = np.concatenate((ends[:1], inside, ends[1:]))
        # In minutes: a float of nanoseconds since 1970 has a resolution of 256 ns only.
        at_min = (at_ns - dose_ns) / _MINUTE_NS
        return ExpectedBand(
            at_ns=at_ns,
            low=baseline + np.interp(at_min, minutes, low),
            high=baseline + np.interp(at_min, minutes, high),
            source=course.source,
        )


def with_gaps(
    at_ns: NDArray[np.int64], values: NDArray[np.float64], hold_ns: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Insert a NaN into every gap longer than `hold_ns`.

    Args:
        at_ns: shape (n,), increasing.
        values: shape (n,).
        hold_ns: time for which a value is current.
    """
    ends = np.flatnonzero(np.diff(at_ns) > hold_ns)
    return (
        np.insert(at_ns, ends + 1, at_ns[ends] + hold_ns),
        np.insert(values, ends + 1, np.nan),
    )


def thin(
    at_ns: NDArray[np.int64], values: NDArray[np.float64], width_ns: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Keep the first, lowest, highest and last point and the first gap of each interval.

    Shapes are (n,) in and (m,) out, at most 5 points per interval; times stay increasing, and a
    peak of a single beat is kept. Intervals start at multiples of `width_ns`, so that a chart that
    moves on keeps the same points.
    """
    if len(at_ns) == 0:
        return at_ns, values
    interval = at_ns // width_ns
    starts = np.flatnonzero(np.diff(interval, prepend=interval[0] - 1))
    lengths = np.diff(starts, append=len(at_ns))
    missing = np.isnan(values)
    lowest = np.minimum.reduceat(np.where(missing, np.inf, values), starts)
    highest = np.maximum.reduceat(np.where(missing, -np.inf, values), starts)
    kept = [starts, starts + lengths - 1]
    for found in (
        values == np.repeat(lowest, lengths),
        values == np.repeat(highest, lengths),
        missing,
    ):
        indices = np.flatnonzero(found)
        kept.append(indices[np.diff(interval[indices], prepend=interval[0] - 1) > 0])
    chosen = np.unique(np.concatenate(kept))
    return at_ns[chosen], values[chosen]
