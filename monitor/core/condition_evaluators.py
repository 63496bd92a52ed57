"""Evaluators of single conditions on the channels of a session.

An evaluator returns the zone of the channel's last value, and has its limit. It looks its statistic
up once, since a channel never replaces a window.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from math import inf
from operator import ge, gt, le, lt
from typing import Protocol

from alerts.evidence import Zone
from alerts.policy.conditions import (
    BEATS,
    RISE_MEDIAN_S,
    Anchor,
    AnchorName,
    Bound,
    Compare,
    Limit,
    Rise,
    StatisticName,
)
from alerts.policy.limits import resolve_steps
from devices.signals import Signal
from monitor.core.settling import Settling
from monitor.statistics.baseline import Baseline, floored
from monitor.statistics.hrv import Rhythm
from monitor.statistics.running_statistics import Sample
from monitor.statistics.windows import Ewma, Window

# What violates a limit, and what is normal behind the clear limit.
SIDES: dict[Bound, tuple[Callable[[float, float], bool], Callable[[float, float], bool]]] = {
    Bound.ABOVE: (gt, lt),
    Bound.AT_LEAST: (ge, lt),
    Bound.BELOW: (lt, gt),
    Bound.AT_MOST: (le, gt),
}
# A rolling limit from less than half a window would follow each single value.
_ANCHOR_COVERAGE = 0.5
# Attributes of enumerations are slow before Python 3.12, and these are needed for every value.
_VIOLATED, _HYSTERESIS, _NORMAL = Zone.VIOLATED, Zone.HYSTERESIS, Zone.NORMAL

Read = Callable[[], float | None]  # returns the present value of a statistic, in steps


def _unknown() -> None:
    """Return the statistic of a channel without beats."""


def ns(seconds: float) -> int:
    """Return seconds as whole nanoseconds."""
    return round(seconds * 1e9)


class Past(Protocol):
    """Values before the one under test, as far as limits depend on them."""

    @property
    def good_ns(self) -> int | None:
        """Return the measurement time of the last GOOD value before the one under test."""
        ...

    @property
    def windows(self) -> Mapping[float, Window]:
        """Return the windows by span in seconds."""
        ...

    @property
    def averages(self) -> Mapping[float, Ewma]:
        """Return the weighted means by half-life in seconds."""
        ...


class Series(Past, Protocol):
    """Interface of a channel for its evaluators."""

    @property
    def signal(self) -> Signal:
        """Return the signal."""
        ...

    @property
    def hold_ns(self) -> int:
        """Return the longest time for which a value is valid."""
        ...

    @property
    def baseline(self) -> Baseline | None:
        """Return the frozen baseline, or None."""
        ...

    @property
    def rhythm(self) -> Rhythm | None:
        """Return the beats, or None."""
        ...

    @property
    def recent(self) -> Iterable[Sample]:
        """Return the recent GOOD values, oldest first."""
        ...

    @property
    def settling(self) -> Settling:
        """Return the settling of its sensor."""
        ...


def _anchors(condition: Compare) -> list[Anchor]:
    limits = (condition.limit, condition.clear)
    return [limit.anchor for limit in limits if limit is not None and limit.anchor is not None]


def _on_baseline(limit: Limit) -> bool:
    return limit.anchor is not None and limit.anchor.name is AnchorName.BASELINE


def windows_of(condition: Compare | Rise) -> set[float]:
    """Return the spans in seconds of the windows that a condition reads."""
    if isinstance(condition, Rise):
        return {RISE_MEDIAN_S}
    spans = {anchor.window_s for anchor in _anchors(condition) if anchor.name is AnchorName.ROLLING}
    statistic = condition.statistic
    if statistic.name not in (StatisticName.LAST, StatisticName.EWMA, *BEATS):
        spans.add(statistic.window_s)
    return spans


def averages_of(condition: Compare | Rise) -> set[float]:
    """Return the half-lives in seconds of the weighted means that a condition reads."""
    if isinstance(condition, Rise):
        return set()
    spans = {anchor.window_s for anchor in _anchors(condition) if anchor.name is AnchorName.EWMA}
    if condition.statistic.name is StatisticName.EWMA:
        spans.add(condition.statistic.window_s)
    return spans


class CompareEvaluator:
    """Compares a statistic with a limit that may move.

    Attributes:
        condition: of the policy.
        limit: in steps, or None while it is unknown.
        value: that was evaluated last, in steps.
        judged_ns: engine time at which it could last determine a zone.
        patience_ns: time without that after which its signal is not judged.
        rolls: the limit depends on the values before the one under test.
        uses_baseline: a limit depends on the baseline.
        settles: it waits until a sensor that was just put on has settled.
        read: returns the statistic; None: it is the value itself.
        normal: values strictly between these are normal and change nothing else; a fast path.
    """

    def __init__(self, condition: Compare, channel: Series, judged_ns: int) -> None:
        self.condition = condition
        self.value: float | None = None
        self.judged_ns = judged_ns
        self._channel = channel
        anchors = _anchors(condition)
        self.uses_baseline = any(a.name is AnchorName.BASELINE for a in anchors)
        self.rolls = any(a.name is not AnchorName.BASELINE for a in anchors)
        # A heat flow sensor warms up: it reads too low for a while, never too high.
        self.settles = channel.signal.unit == "Cel" and not condition.bound.upper
        spans_s = [anchor.window_s for anchor in anchors]
        if condition.statistic.name in BEATS:
            spans_s.append(condition.statistic.window_s)
        self.patience_ns = channel.hold_ns + ns(max(spans_s, default=0.0))
        self.read: Read | None = None
        self.normal: tuple[float, float] | None = None
        self._violated, self._normal = SIDES[condition.bound]
        self._run: deque[int] = deque(maxlen=condition.repeated)  # times of successive violations
        self.limit: float | None = None
        self._clear: float | None = None

    @property
    def bound(self) -> Bound:
        """Return the side of the limit on which values violate it."""
        return self.condition.bound

    @property
    def waits_for_baseline(self) -> bool:
        """Return whether its limit depends on a baseline that is missing."""
        return _on_baseline(self.condition.limit) and self._channel.baseline is None

    def bind(self) -> None:
        """Look up its statistic, which the channel has from now on."""
        statistic, channel = self.condition.statistic, self._channel
        if statistic.name is StatisticName.LAST:
            self.read = None
        elif statistic.name is StatisticName.EWMA:
            self.read = channel.averages[statistic.window_s].read
        elif statistic.name not in BEATS:
            self.read = channel.windows[statistic.window_s].reader(statistic.name)
        elif channel.rhythm is None:
            self.read = _unknown
        else:
            self.read = partial(channel.rhythm.value, statistic)

    def resolve_limits(self, at_ns: int, past: Past) -> None:
        """Recalculate the limits for the value measured at `at_ns`, from those before it."""
        self.limit = self._resolved(self.condition.limit, at_ns, past)
        clear = self.condition.clear
        self._clear = None if clear is None else self._resolved(clear, at_ns, past)
        self.normal = self._normal_range()

    def baseline_changed(self) -> None:
        """Recalculate what depends on the baseline."""
        limit, clear = self.condition.limit, self.condition.clear
        if _on_baseline(limit):
            self.limit = self._resolved(limit, 0, self._channel)
        if clear is not None and _on_baseline(clear):
            self._clear = self._resolved(clear, 0, self._channel)
        self.normal = self._normal_range()

    def _normal_range(self) -> tuple[float, float] | None:
        limits = (self.limit, self.limit if self.condition.clear is None else self._clear)
        known = [limit for limit in limits if limit is not None]
        if self.rolls or self.condition.repeated > 1 or len(known) < len(limits):
            return None
        return (-inf, min(known)) if self.bound.upper else (max(known), inf)

    def evaluate(self, at_ns: int, steps: int) -> Zone | None:
        """Return the zone of the value, which is already in the windows; None: unknown."""
        limit = self.limit
        if limit is None:
            return None
        value = steps if self.read is None else self.read()
        if value is None:
            return None
        self.value = value
        if self._violated(value, limit):
            if self.condition.repeated == 1 or self._again(at_ns):
                return _VIOLATED
            return _HYSTERESIS
        self._run.clear()
        clear = self._clear
        return _NORMAL if clear is None or self._normal(value, clear) else _HYSTERESIS

    def _again(self, at_ns: int) -> bool:
        """Count a violation; return whether there are enough within the time."""
        run = self._run
        if not run or run[-1] != at_ns:  # else it is evaluated again under changed rules
            run.append(at_ns)
        return len(run) == run.maxlen and at_ns - run[0] <= ns(self.condition.within_s)

    def _resolved(self, limit: Limit, at_ns: int, past: Past) -> float | None:
        if limit.anchor is None:
            return resolve_steps(limit, self._channel.signal, None, None)
        value, spread = self._anchor(limit.anchor, at_ns, past)
        return resolve_steps(limit, self._channel.signal, value, spread)

    def _anchor(self, anchor: Anchor, at_ns: int, past: Past) -> tuple[float | None, float | None]:
        """Return the anchor's value and spread in steps; None if unknown."""
        match anchor.name:
            case AnchorName.BASELINE:
                baseline = self._channel.baseline
                return (baseline.median, baseline.spread) if baseline else (None, None)
            case AnchorName.EWMA:
                # After a gap as long as its half-life a mean is too old for a limit.
                if past.good_ns is None or at_ns - past.good_ns > ns(anchor.window_s):
                    return None, None
                return past.averages[anchor.window_s].value, None
            case AnchorName.ROLLING:
                window = past.windows[anchor.window_s]
                if (window.value(StatisticName.COVERAGE) or 0.0) < _ANCHOR_COVERAGE:
                    return None, None
                spread = window.value(StatisticName.SPREAD)
                floor = None if spread is None else floored(spread, self._channel.signal)
                return window.value(StatisticName.MEDIAN), floor
