"""Evaluate conditions of a policy: on one channel, or composed of several.

An evaluator returns the zone of the channel's last value and keeps the limit in force. It owns no
window: the channel holds one window for each span, shared by all its evaluators.
"""

from collections import deque
from collections.abc import Callable, Mapping
from functools import partial
from math import inf
from operator import ge, gt, le, lt
from typing import Protocol

from alerts.alarm import Alarm, Zone
from alerts.policy.limits import resolve_steps
from alerts.policy.rules import Anchor, AnchorName, Bound, Compare, Limit, Rise, StatisticName
from devices.signals import Signal
from monitor.statistics.baseline import Baseline, floored
from monitor.statistics.hrv import RMSSD, SDNN, Rhythm
from monitor.statistics.windows import Ewma, Window

# What violates a limit, and what is normal behind the clear limit.
_SIDES: dict[Bound, tuple[Callable[[float, float], bool], Callable[[float, float], bool]]] = {
    Bound.ABOVE: (gt, lt),
    Bound.AT_LEAST: (ge, lt),
    Bound.BELOW: (lt, gt),
    Bound.AT_MOST: (le, gt),
}
# A rolling limit on less than half a window would move with every single value.
_ANCHOR_COVERAGE = 0.5
_RISE_MEDIAN_S = 60.0


def ns(seconds: float) -> int:
    """Return seconds as whole nanoseconds."""
    return round(seconds * 1e9)


class Windows(Protocol):
    """The part of a channel that evaluators read."""

    @property
    def signal(self) -> Signal:
        """Return what is measured."""
        ...

    @property
    def baseline(self) -> Baseline | None:
        """Return the frozen baseline, if there is one."""
        ...

    @property
    def good_ns(self) -> int | None:
        """Return when the last GOOD value was measured, before the one under test."""
        ...

    @property
    def windows(self) -> Mapping[float, Window]:
        """Return the windows by span in seconds."""
        ...

    @property
    def averages(self) -> Mapping[float, Ewma]:
        """Return the weighted means by half-life in seconds."""
        ...

    @property
    def rhythm(self) -> Rhythm | None:
        """Return the beats, where it has any."""
        ...


def needs(condition: Compare | Rise) -> dict[float, set[StatisticName]]:
    """Return the statistics that a condition takes from windows, by span in seconds."""
    if isinstance(condition, Rise):
        return {_RISE_MEDIAN_S: {StatisticName.MEDIAN}}
    needed: dict[float, set[StatisticName]] = {}
    statistic = condition.statistic
    if statistic.name not in (StatisticName.LAST, StatisticName.EWMA, RMSSD, SDNN):
        needed[statistic.window_s] = {statistic.name}
    for limit in (condition.limit, condition.clear):
        if limit is not None and limit.anchor and limit.anchor.name is AnchorName.ROLLING:
            needed.setdefault(limit.anchor.window_s, set()).update(
                {StatisticName.MEDIAN, StatisticName.SPREAD, StatisticName.COVERAGE}
            )
    return needed


def averages(condition: Compare | Rise) -> set[float]:
    """Return the half-lives in seconds of the weighted means that a condition takes."""
    if isinstance(condition, Rise):
        return set()
    limits = (condition.limit, condition.clear)
    spans = {
        limit.anchor.window_s
        for limit in limits
        if limit is not None and limit.anchor and limit.anchor.name is AnchorName.EWMA
    }
    if condition.statistic.name is StatisticName.EWMA:
        spans.add(condition.statistic.window_s)
    return spans


class CompareEvaluator:
    """Compare a statistic with a limit that may move.

    Attributes:
        condition: as the policy says it.
        limit: in steps, or None while it is not known.
        value: that was looked at last, in steps.
        rolls: the limit depends on the values before the one under test.
        uses_baseline: it hangs on the baseline.
    """

    def __init__(self, condition: Compare, channel: Windows) -> None:
        self.condition = condition
        self.value: float | None = None
        self._channel = channel
        self._at_ns = 0
        anchors = [limit.anchor for limit in (condition.limit, condition.clear) if limit]
        self.uses_baseline = any(a and a.name is AnchorName.BASELINE for a in anchors)
        self.rolls = any(a and a.name is not AnchorName.BASELINE for a in anchors)
        self._violates, self._clears = _SIDES[condition.bound]
        self._run: deque[int] = deque(maxlen=condition.repeated)  # times of violations in a row
        self._statistic = self._read()
        self.resolve_limits()

    @property
    def bound(self) -> Bound:
        """Return which side of the limit raises."""
        return self.condition.bound

    def resolve_limits(self) -> None:
        """Resolve the limits after a change of the baseline or of a window."""
        self.limit = self._resolved(self.condition.limit)
        clear = self.condition.clear
        self._clear = None if clear is None else self._resolved(clear)

    def prepare(self, at_ns: int) -> None:
        """Resolve rolling limits before the value measured at `at_ns` enters the windows."""
        self._at_ns = at_ns
        self.resolve_limits()

    @property
    def calm(self) -> tuple[float, float] | None:
        """Return between which values it sees nothing but safety; None where that may change.

        Told only of a limit that stays until `resolve_limits`, held against each value by itself.
        """
        if self.rolls or self._statistic is not None or self.condition.repeated > 1:
            return None
        if self.limit is None:
            return -inf, inf
        limits = [self.limit] if self._clear is None else [self.limit, self._clear]
        return (-inf, min(limits)) if self.bound.upper else (max(limits), inf)

    def evaluate(self, at_ns: int, steps: int) -> Zone | None:
        """Return the zone of the value, which is in the windows by now; None: cannot be told."""
        value = steps if self._statistic is None else self._statistic()
        limit = self.limit
        if value is None or limit is None:
            return None
        self.value = value
        if self._violates(value, limit):
            return (
                Zone.VIOLATED
                if self.condition.repeated == 1 or self._again(at_ns)
                else Zone.HYSTERESIS
            )
        self._run.clear()
        clear = self._clear
        return Zone.NORMAL if clear is None or self._clears(value, clear) else Zone.HYSTERESIS

    def _again(self, at_ns: int) -> bool:
        """Take a value beyond the limit; tell whether enough of them came soon enough."""
        run = self._run
        run.append(at_ns)
        return len(run) == run.maxlen and at_ns - run[0] <= ns(self.condition.within_s)

    def _read(self) -> Callable[[], float | None] | None:
        """Return what reads the statistic, or None where it is the value itself."""
        statistic = self.condition.statistic
        match statistic.name:
            case StatisticName.LAST:
                return None
            case StatisticName.EWMA:
                average = self._channel.averages[statistic.window_s]
                return lambda: average.value
            case StatisticName.RMSSD | StatisticName.SDNN:
                rhythm = self._channel.rhythm
                return None if rhythm is None else partial(rhythm.value, statistic)
            case name:
                return self._channel.windows[statistic.window_s].reader(name)

    def _resolved(self, limit: Limit) -> float | None:
        if limit.anchor is None:
            return resolve_steps(limit, self._channel.signal, None, None)
        value, spread = self._anchor(limit.anchor)
        return resolve_steps(limit, self._channel.signal, value, spread)

    def _anchor(self, anchor: Anchor) -> tuple[float | None, float | None]:
        """Return the anchor's value and spread in steps, as far as they are known."""
        channel = self._channel
        match anchor.name:
            case AnchorName.BASELINE:
                baseline = channel.baseline
                return (baseline.median, baseline.spread) if baseline else (None, None)
            case AnchorName.EWMA:
                # After a gap as long as its half-life a mean is a memory, not a limit.
                if channel.good_ns is None or self._at_ns - channel.good_ns > ns(anchor.window_s):
                    return None, None
                return channel.averages[anchor.window_s].value, None
            case AnchorName.ROLLING:
                window = channel.windows[anchor.window_s]
                if (window.value(StatisticName.COVERAGE) or 0.0) < _ANCHOR_COVERAGE:
                    return None, None
                spread = window.value(StatisticName.SPREAD)
                floor = None if spread is None else floored(spread, channel.signal)
                return window.value(StatisticName.MEDIAN), floor


class RiseEvaluator:
    """Compare the rise of the one-minute median over a span with a fixed step.

    Attributes:
        condition: as the policy says it.
        limit: the step, in steps of the signal's resolution.
        value: the rise that was seen last, likewise.
        calm: None, for no single value tells a rise.
    """

    calm = None

    def __init__(self, condition: Rise, channel: Windows) -> None:
        self.condition = condition
        self.value: float | None = None
        # A median of an even count lies between two steps: halves keep the window whole.
        self._by = 2 * channel.signal.steps(condition.by)
        self.limit = self._by / 2
        self._median = channel.windows[_RISE_MEDIAN_S].reader(StatisticName.MEDIAN)
        self._lowest = Window(ns(condition.within_s), ns(60), frozenset({StatisticName.MIN}))

    def evaluate(self, at_ns: int, steps: int) -> Zone | None:  # noqa: ARG002 - looks at the median
        """Return the zone of the minute's median, which the value has entered by now."""
        median = self._median()
        if median is None:
            return None
        halves = round(2 * median)
        self._lowest.add(at_ns, halves)
        lowest = self._lowest.value(StatisticName.MIN)
        if lowest is None:
            return None
        rise = halves - lowest
        self.value = rise / 2
        return Zone.VIOLATED if rise >= self._by else Zone.NORMAL


class CompositeCondition:
    """Evaluate an `all` rule, whose parts may hold on different channels of a session.

    Attributes:
        alarm: of the rule, on the session.
    """

    def __init__(self, alarm: Alarm, parts: int) -> None:
        self.alarm = alarm
        self._seen: tuple[dict[str, Zone], ...] = tuple({} for _ in range(parts))

    def update(self, part: int, channel: str, zone: Zone | None) -> bool:
        """Take what a part sees on a channel (None: nothing); tell whether that is new."""
        seen = self._seen[part]
        if seen.get(channel) is zone:
            return False
        if zone is None:
            del seen[channel]
        else:
            seen[channel] = zone
        return True

    def lose(self, channel: str) -> None:
        """Take that nothing is seen on a channel any more."""
        for seen in self._seen:
            seen.pop(channel, None)

    @property
    def zone(self) -> Zone | None:
        """Return where the whole rule lies, or None while one of its parts is not seen."""
        if not all(self._seen):
            return None
        holds = all(Zone.VIOLATED in seen.values() for seen in self._seen)
        return Zone.VIOLATED if holds else Zone.NORMAL
