"""Column of a rule on a channel: its evaluated values, and their zones at any limit."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import inf, nan
from typing import Any

import numpy as np

from alerts.alarm import Alarm
from alerts.policy.conditions import Compare, Limit
from alerts.policy.limits import resolve_steps
from monitor.analysis.zone_runs import VIOLATED, ZoneRuns
from monitor.core.channel import Channel
from monitor.core.condition_evaluators import SIDES, CompareEvaluator
from monitor.statistics.baseline import Baseline

# Limit and clear limit in steps, with the first evaluation to which they apply; where unknown, NaN
# and behind all values.
Limits = Sequence[tuple[int, float, float]]


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
    steps: list[float] = field(default_factory=list)
    _baselines: list[tuple[int, Baseline | None]] = field(default_factory=list)
    _lost: bool = False
    _course: tuple[Compare, Limits, ZoneRuns | None] | None = None

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
        self.steps.append(value)
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
        return np.array(self.steps, np.float64)

    @cached_property
    def _times_ns(self) -> Any:
        """Return the times of the evaluations, of shape (n,)."""
        return np.array(self.at_ns, np.int64)

    @cached_property
    def _ends_ns(self) -> Any:
        """Return until when each evaluation is evidence, of shape (n,), if no other follows."""
        return self._times_ns + np.array(self.valid_ns, np.int64)

    def course(self, condition: Compare, cuts_ns: Sequence[int]) -> tuple[Limits, ZoneRuns | None]:
        """Return the limits of a condition, and its runs from the first violation on, if any.

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
        """Return the zone of each value, of shape (n,), as its index in `zone_runs`."""
        violates, is_normal = SIDES[condition.bound]
        zones = np.empty(len(self.at_ns), np.int8)
        for first, limit, clear in limits:
            values = self.values[first:]
            zones[first:] = ~is_normal(values, clear)
            zones[first:][violates(values, limit)] = VIOLATED
        return zones

    def _runs(self, zones: Any, cuts_ns: Sequence[int]) -> ZoneRuns | None:
        violated = np.flatnonzero(zones == VIOLATED)
        if not len(violated):
            return None
        cuts = np.searchsorted(self._times_ns, [*self.lost_ns, *cuts_ns])
        return ZoneRuns(zones, self._times_ns, self._ends_ns, cuts, int(violated[0]))
