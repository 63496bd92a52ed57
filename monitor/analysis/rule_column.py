"""Column of a rule on a channel: its evaluated values, and their zones at any limit."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import inf, nan
from typing import Any

import numpy as np

from alerts.alarm import Alarm
from alerts.evidence import Zone
from alerts.policy.conditions import Compare, Limit
from alerts.policy.limits import resolve_steps
from monitor.core.channel import Channel
from monitor.core.condition_evaluators import SIDES, CompareEvaluator
from monitor.statistics.baseline import Baseline

_ZONES = (Zone.NORMAL, Zone.HYSTERESIS, Zone.VIOLATED)
_VIOLATED = 2

# Limit and clear limit in steps, with the first evaluation to which they apply; where unknown, NaN
# and behind all values.
Limits = Sequence[tuple[int, float, float]]
# First and last of successive evaluations in one zone, each while the one before was evidence.
Run = tuple[int, int, Zone]


@dataclass
class Column:
    """Evaluations of one rule on one channel, in order, and the times at which it was lost.

    Attributes:
        alarm, channel, evaluator: in the replay that is recorded.
    """

    alarm: Alarm
    channel: Channel
    evaluator: CompareEvaluator
    at_ns: list[int] = field(default_factory=list)
    lost_ns: list[int] = field(default_factory=list)
    valid_ns: list[int] = field(default_factory=list)
    _values: list[float] = field(default_factory=list)
    _baselines: list[tuple[int, Baseline | None]] = field(default_factory=list)
    _lost: bool = False
    _course: tuple[Compare, Limits, Sequence[Run]] | None = None

    def see_evaluation(self, now_ns: int) -> None:
        """Add the evaluation of this moment, if the value and its limit were known."""
        if self.evaluator.judged_ns != now_ns:
            return
        # Not `evaluator.value`, which normal values do not change while its alarm is idle.
        read = self.evaluator.read
        value = self.channel.steps if read is None else read()
        if value is None:
            return
        if not self._baselines or self.channel.baseline is not self._baselines[-1][1]:
            self._baselines.append((len(self.at_ns), self.channel.baseline))
        self.at_ns.append(now_ns)
        self._values.append(value)
        self.valid_ns.append(self.channel.valid_ns)
        self._lost = False

    def see_loss(self, now_ns: int) -> None:
        """Add the time at which its alarm was suspended."""
        if self.alarm.suspended and not self._lost:
            self._lost = True
            self.lost_ns.append(now_ns)

    @cached_property
    def values(self) -> Any:
        """Return the values in steps, of shape (n,)."""
        return np.array(self._values, np.float64)

    @cached_property
    def _times_ns(self) -> Any:
        """Return the times of the evaluations, of shape (n,)."""
        return np.array(self.at_ns, np.int64)

    @cached_property
    def _gaps(self) -> Any:
        """Return after which values, of shape (n - 1,), the next one came too late."""
        return np.diff(self._times_ns) > np.array(self.valid_ns[:-1], np.int64)

    def course(self, condition: Compare, cuts_ns: Sequence[int]) -> tuple[Limits, Sequence[Run]]:
        """Return the limits of a condition, and its runs from the first violation on.

        The last result is kept: most rules of a ladder stay as they are.

        Args:
            condition: with any limits.
            cuts_ns: times of actions, which also divide runs.
        """
        if self._course is None or self._course[0] != condition:
            limits = self._limits(condition)
            self._course = condition, limits, self._runs(self._zones(condition, limits), cuts_ns)
        return self._course[1:]

    def _limits(self, condition: Compare) -> Limits:
        signal, behind = self.channel.signal, inf if condition.bound.upper else -inf

        def steps(limit: Limit | None, baseline: Baseline | None, unknown: float) -> float:
            median, spread = (baseline.median, baseline.spread) if baseline else (None, None)
            found = None if limit is None else resolve_steps(limit, signal, median, spread)
            return unknown if found is None else found

        return [
            (first, steps(condition.limit, each, nan), steps(condition.clear, each, behind))
            for first, each in self._baselines
        ]

    def _zones(self, condition: Compare, limits: Limits) -> Any:
        """Return the zone of each value, of shape (n,), as its index in `_ZONES`."""
        violates, is_normal = SIDES[condition.bound]
        zones = np.empty(len(self.at_ns), np.int8)
        for first, limit, clear in limits:
            values = self.values[first:]
            zones[first:] = ~is_normal(values, clear)
            zones[first:][violates(values, limit)] = _VIOLATED
        return zones

    def _runs(self, zones: Any, cuts_ns: Sequence[int]) -> list[Run]:
        violated = np.flatnonzero(zones == _VIOLATED)
        if not len(violated):
            return []
        starts = np.zeros(len(zones) + 1, np.bool_)
        starts[1:-1] = self._gaps | (np.diff(zones) != 0)
        starts[np.searchsorted(self._times_ns, [*self.lost_ns, *cuts_ns])] = True
        first = np.flatnonzero(starts[:-1])
        first = np.append(violated[0], first[first > violated[0]])
        last = np.append(first[1:], len(zones)) - 1
        named = (_ZONES[zone] for zone in zones[first].tolist())
        return list(zip(first.tolist(), last.tolist(), named, strict=True))
