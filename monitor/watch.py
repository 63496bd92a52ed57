"""One condition of a policy, watched on one channel.

A watch says in which zone the channel's last value lies, and keeps what its limit is. It owns no
window: the channel holds one window for each span, shared by all its watches.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from alerts.alarm import Zone
from alerts.limits import resolve_steps
from alerts.rules import Anchor, AnchorName, Bound, Compare, Limit, Rise, StatisticName
from devices.signals import Signal
from monitor.baseline import Baseline, floored
from monitor.windows import Ewma, Window

# A rolling limit on less than half a window would move with every single value.
_ANCHOR_COVERAGE = 0.5
_RISE_MEDIAN_S = 60.0


def ns(seconds: float) -> int:
    """Return seconds as whole nanoseconds."""
    return round(seconds * 1e9)


class Windows(Protocol):
    """What a watch sees of its channel."""

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


@dataclass(frozen=True, slots=True)
class Sight:
    """What a watch saw, in steps: the zone is None where it could not be told."""

    zone: Zone | None
    value: float | None
    limit: float | None


UNKNOWN = Sight(None, None, None)


def needs(condition: Compare | Rise) -> dict[float, set[StatisticName]]:
    """Return the statistics that a condition takes from windows, by span in seconds."""
    if isinstance(condition, Rise):
        return {_RISE_MEDIAN_S: {StatisticName.MEDIAN}}
    needed: dict[float, set[StatisticName]] = {}
    statistic = condition.statistic
    if statistic.name not in (StatisticName.LAST, StatisticName.EWMA):
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


class CompareWatch:
    """Holds a statistic against a limit that may move."""

    def __init__(self, condition: Compare, channel: Windows) -> None:
        self._condition = condition
        self._channel = channel
        self._at_ns = 0
        anchors = [limit.anchor for limit in (condition.limit, condition.clear) if limit]
        self.uses_baseline = any(a and a.name is AnchorName.BASELINE for a in anchors)
        self._moving = any(a and a.name is not AnchorName.BASELINE for a in anchors)
        self.settle()

    @property
    def bound(self) -> Bound:
        """Return which side of the limit raises."""
        return self._condition.bound

    def settle(self) -> None:
        """Work out the limits anew: the baseline has changed, or a window under them."""
        self.limit = self._resolved(self._condition.limit)
        clear = self._condition.clear
        self._clear = None if clear is None else self._resolved(clear)

    def before(self, at_ns: int) -> None:
        """Look at the windows before the value measured at `at_ns` enters them."""
        self._at_ns = at_ns
        if self._moving:
            self.settle()

    def after(self, at_ns: int, steps: int) -> Sight:  # noqa: ARG002 - a watch may need the time
        """Look at the value, which is in the windows by now."""
        value, limit = self._statistic(steps), self.limit
        if value is None or limit is None:
            return UNKNOWN
        match self._condition.bound:
            case Bound.ABOVE:
                beyond = value > limit
            case Bound.AT_LEAST:
                beyond = value >= limit
            case Bound.BELOW:
                beyond = value < limit
            case Bound.AT_MOST:
                beyond = value <= limit
        if beyond:
            return Sight(Zone.BEYOND, value, limit)
        clear = self._clear
        safe = clear is None or (value < clear if self._condition.bound.upper else value > clear)
        return Sight(Zone.SAFE if safe else Zone.BAND, value, limit)

    def _statistic(self, steps: int) -> float | None:
        statistic = self._condition.statistic
        match statistic.name:
            case StatisticName.LAST:
                return steps
            case StatisticName.EWMA:
                return self._channel.averages[statistic.window_s].value
            case _:
                return self._channel.windows[statistic.window_s].value(statistic.name)

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


class RiseWatch:
    """Holds the rise of the one-minute median over a span against a fixed step."""

    def __init__(self, condition: Rise, channel: Windows) -> None:
        self._channel = channel
        # A median of an even count lies between two steps: halves keep the window whole.
        self._by = 2 * channel.signal.steps(condition.by)
        self._lowest = Window(ns(condition.within_s), ns(60), frozenset({StatisticName.MIN}))

    def after(self, at_ns: int, steps: int) -> Sight:  # noqa: ARG002 - looks at the median
        """Look at the minute's median, which the value has entered by now."""
        median = self._channel.windows[_RISE_MEDIAN_S].value(StatisticName.MEDIAN)
        if median is None:
            return UNKNOWN
        halves = round(2 * median)
        self._lowest.add(at_ns, halves)
        self._lowest.move(at_ns)
        lowest = self._lowest.value(StatisticName.MIN)
        if lowest is None:
            return UNKNOWN
        rise = halves - lowest
        zone = Zone.BEYOND if rise >= self._by else Zone.SAFE
        return Sight(zone, rise / 2, self._by / 2)
