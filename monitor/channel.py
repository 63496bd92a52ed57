"""What the engine remembers of one channel: its windows, its watches and its last values."""

from collections.abc import Iterator

from alerts.rules import (
    Absent,
    All,
    Compare,
    Condition,
    Frozen,
    Invalid,
    Policy,
    Rise,
    StatisticName,
)
from devices.packets import Quality
from devices.signals import Signal
from monitor import baseline
from monitor.baseline import Baseline
from monitor.facts import LimitFact, StatisticFact
from monitor.watch import CompareWatch, RiseWatch, Sight, averages, needs, ns
from monitor.windows import Ewma, Window

# What every channel shows beside its values, told each 10 s of measured time.
_TREND_S = 60.0
_TREND_EVERY_NS = 10 * 10**9
_TREND = (
    StatisticName.MEAN,
    StatisticName.SD,
    StatisticName.MEDIAN,
    StatisticName.MIN,
    StatisticName.MAX,
    StatisticName.SLOPE,
    StatisticName.COVERAGE,
)
# A limit that does not move is told again now and then: a chart of the last minutes needs it.
_LIMIT_AGAIN_NS = 60 * 10**9
_BASELINE_S = baseline.SPAN_NS / 1e9


class Channel:
    """One sensor's signal.

    Attributes:
        name: ``strap/heart_rate``.
        began_ns: when values were first expected.
        value: the last GOOD one, or None.
        at_ns: when the last reading of any quality was measured.
        good_ns: when the last GOOD one was measured, or None.
        quality: of the last reading, or None before the first.
        lost: no GOOD value for longer than the signal's `hold_s`.
        bad_since_ns: engine time since which no reading was GOOD, or None.
        steps: the last GOOD value in steps.
        sights: what each part of an `All` rule saw last, by (rule, part).
    """

    def __init__(self, name: str, signal: Signal, policy: Policy, began_ns: int) -> None:
        self.name = name
        self.signal = signal
        self.began_ns = began_ns
        self.value: float | None = None
        self.at_ns = 0
        self.good_ns: int | None = None
        self.quality: Quality | None = None
        self.lost = True
        self.bad_since_ns: int | None = None
        self.steps: int | None = None
        self.baseline: Baseline | None = None
        self.absent: list[tuple[int, int]] = []
        self.invalid: list[tuple[int, int]] = []
        self.frozen: list[tuple[int, int]] = []
        self.watches: list[tuple[int, CompareWatch | RiseWatch]] = []
        self.parts: list[tuple[tuple[int, int], CompareWatch | RiseWatch]] = []
        self.sights: dict[tuple[int, int], Sight] = {}
        self._policy = policy
        self._told_limits: dict[int, tuple[float | None, int]] = {}
        self._trend_ns = 0
        self._make_windows()
        self._make_watches()

    def settle(self, frozen: Baseline | None) -> None:
        """Take a new baseline."""
        self.baseline = frozen
        for watch in self._moving:
            watch.settle()

    @property
    def uses_baseline(self) -> bool:
        """Tell whether some rule hangs on this channel's baseline."""
        return any(watch.uses_baseline for watch in self._moving)

    def covered(self, now_ns: int) -> float:
        """Return the share of the last 10 minutes for which there was a value."""
        window = self._baseline_window(now_ns)
        return baseline.covered(window, now_ns, self.began_ns)

    def establish(self, now_ns: int) -> Baseline | None:
        """Return the baseline of the 10 minutes up to now, if there is enough to it."""
        window = self._baseline_window(now_ns)
        return baseline.establish(window, self.signal, now_ns, self.began_ns)

    def add(self, at_ns: int, value: float) -> int:
        """Take a GOOD value; return it in steps."""
        for window in self.windows.values():
            window.move(at_ns)
        for watch in self._moving:
            watch.before(at_ns)
        steps = self.signal.steps(value)
        for window in self.windows.values():
            window.add(at_ns, steps)
        for average in self.averages.values():
            average.add(at_ns, steps)
        self.value, self.good_ns, self.steps = value, at_ns, steps
        return steps

    def moved_limits(self, at_ns: int) -> list[LimitFact]:
        """Return the limits that have moved by a step, or were not told for a minute."""
        facts: list[LimitFact] = []
        for rule, watch in self.compares:
            limit = watch.limit
            told, told_ns = self._told_limits.get(rule, (None, 0))
            if limit is None and told is None and told_ns:
                continue
            same = limit is not None and told is not None and abs(limit - told) < 1.0
            if same and at_ns - told_ns < _LIMIT_AGAIN_NS:
                continue
            self._told_limits[rule] = limit, at_ns
            value = None if limit is None else self.signal.value(limit)
            facts.append(
                LimitFact(
                    subject=self.name,
                    at_ns=at_ns,
                    rule=self._policy.rules[rule].id,
                    priority=self._policy.rules[rule].priority.name.lower(),
                    upper=value if watch.bound.upper else None,
                    lower=None if watch.bound.upper else value,
                )
            )
        return facts

    def trend(self, at_ns: int) -> list[StatisticFact]:
        """Return the trend's statistics if they are due."""
        if not self.signal.trend or at_ns - self._trend_ns < _TREND_EVERY_NS:
            return []
        self._trend_ns = at_ns
        window = self.windows[_TREND_S]
        return [
            StatisticFact(
                subject=self.name,
                at_ns=at_ns,
                statistic=name.value,
                window_s=_TREND_S,
                value=self._in_unit(name, window.value(name)),
            )
            for name in _TREND
        ]

    def slope_per_min(self) -> float | None:
        """Return the last minute's slope in the signal's unit, as far as it is known."""
        if _TREND_S not in self.windows:
            return None
        return self._in_unit(StatisticName.SLOPE, self.windows[_TREND_S].value(StatisticName.SLOPE))

    def _in_unit(self, name: StatisticName, value: float | None) -> float | None:
        if value is None or name is StatisticName.COVERAGE:
            return value
        return self.signal.value(value)

    def _baseline_window(self, now_ns: int) -> Window:
        window = self.windows[_BASELINE_S]
        window.move(now_ns)
        return window

    def _conditions(self) -> Iterator[tuple[int, int | None, Condition]]:
        """Yield (rule, part of an All, condition) of everything that looks at this signal."""
        for number, rule in enumerate(self._policy.rules):
            condition = rule.condition
            if isinstance(condition, All):
                for part, inner in enumerate(condition.conditions):
                    if inner.signal == self.signal.name:
                        yield number, part, inner
            elif getattr(condition, "signal", None) == self.signal.name:
                yield number, None, condition

    def _make_windows(self) -> None:
        spans: dict[float, set[StatisticName]] = {}
        means: set[float] = set()
        for _, _, condition in self._conditions():
            if isinstance(condition, Compare | Rise):
                for span_s, names in needs(condition).items():
                    spans.setdefault(span_s, set()).update(names)
                means |= averages(condition)
        if self.signal.trend:
            spans.setdefault(_TREND_S, set()).update(_TREND)
            spans.setdefault(_BASELINE_S, set()).update(baseline.STATISTICS)
        hold_ns = ns(self.signal.hold_s)
        self.windows = {
            span_s: Window(ns(span_s), hold_ns, frozenset(names)) for span_s, names in spans.items()
        }
        self.averages = {span_s: Ewma(ns(span_s)) for span_s in sorted(means)}

    def _make_watches(self) -> None:
        for number, part, condition in self._conditions():
            match condition:
                case Absent(after_s=after_s):
                    self.absent.append((number, ns(after_s)))
                case Invalid(after_s=after_s):
                    self.invalid.append((number, ns(after_s)))
                case Frozen(after_s=after_s):
                    self.frozen.append((number, ns(after_s)))
                case Compare() | Rise() if part is not None:
                    self.parts.append(((number, part), self._watch(condition)))
                case Compare() | Rise():
                    self.watches.append((number, self._watch(condition)))
        self.compares = [(n, w) for n, w in self.watches if isinstance(w, CompareWatch)]
        inner = [watch for _, watch in self.parts if isinstance(watch, CompareWatch)]
        self._moving = [watch for _, watch in self.compares] + inner

    def _watch(self, condition: Compare | Rise) -> CompareWatch | RiseWatch:
        if isinstance(condition, Rise):
            return RiseWatch(condition, self)
        return CompareWatch(condition, self)
