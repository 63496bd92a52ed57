"""State of one channel: its windows, its evaluators and its last values."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import inf

from alerts.alarm import Alarm
from alerts.policy.rules import (
    Absent,
    All,
    Compare,
    Condition,
    Frozen,
    Invalid,
    Rise,
    Rule,
    StatisticName,
)
from devices.packets import Quality
from devices.signals import Signal
from monitor.core.condition_evaluators import CompareEvaluator, RiseEvaluator, averages, needs, ns
from monitor.facts import LimitFact, StatisticFact
from monitor.statistics import baseline
from monitor.statistics.baseline import Baseline
from monitor.statistics.hrv import RMSSD, SDNN, Rhythm
from monitor.statistics.running import Sample
from monitor.statistics.windows import Ewma, Window

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
BY_HAND = "manual"  # label of the sensor that is a person with a cuff or a thermometer
_NEVER_NS = 2**63  # after any time that 64 bits can say

Evaluator = CompareEvaluator | RiseEvaluator
Rules = Sequence[tuple[int, Rule]]  # each with its number
AlarmOf = Callable[[int, str], Alarm]  # (number of a rule, subject)


@dataclass(slots=True)
class Timeout:
    """Time a rule about missing, invalid or unchanging values on one channel.

    Its deadline is not moved by each value: it fires too early, is found not to be due yet, and
    is put off. Values come each second, deadlines hardly ever.

    Attributes:
        alarm: of the rule on the channel.
        after_ns: how long it may take.
        armed: its deadline is set.
        fired: it has taken too long.
    """

    alarm: Alarm
    after_ns: int = 0
    armed: bool = False
    fired: bool = False


class Channel:
    """One sensor's signal.

    Attributes:
        name: ``strap/heart_rate``.
        by_hand: a person measures it.
        hold_ns: how long one value stands for the present.
        settles_ns: how long after the sensor was put on its values are not judged.
        worn_ns: engine time when it was put on, or None before the first GOOD value.
        off_since_ns: engine time since which it says that it is off the body, or None.
        began_ns: when values were first expected.
        value: the last GOOD one, or None.
        at_ns: when the last reading of any quality was measured.
        good_ns: when the last GOOD one was measured, or None.
        seen_ns: engine time of the last GOOD one, or of `began_ns`.
        changed_ns: engine time since which every GOOD value was the same.
        quality: of the last reading, or None before the first.
        lost: no GOOD value for longer than `hold_ns`.
        bad_since_ns: engine time since which no reading was GOOD, or None.
        timed_out: an absent or invalid rule has fired.
        steps: the last GOOD value in steps.
        baseline: the frozen one, or None.
        absent, invalid, frozen: the rules about what does not come, or does not change.
        evaluators: of the rules with one condition, each with its alarm.
        calm: between these values, both excluded, in steps, evaluators that are not `restless`
            return nothing but NORMAL.
        restless: evaluators whose limit or statistic moves.
        stirred: an alarm of an evaluator may be other than idle.
        parts: of the rules with several: (number of the rule, part, evaluator).
        rhythm: the beats of RR intervals, else None.
    """

    def __init__(self, name: str, signal: Signal, began_ns: int, hold_ns: int) -> None:
        self.name = name
        self.signal = signal
        self.by_hand = name.startswith(f"{BY_HAND}/")
        self.hold_ns = hold_ns
        self.settles_ns = 0
        self.worn_ns: int | None = None
        self.off_since_ns: int | None = None
        self.began_ns = self.seen_ns = self.changed_ns = began_ns
        self.value: float | None = None
        self.at_ns = 0
        self.good_ns: int | None = None
        self.quality: Quality | None = None
        self.lost = True
        self.bad_since_ns: int | None = None
        self.timed_out = False
        self.steps: int | None = None
        self.baseline: Baseline | None = None
        self.absent: list[Timeout] = []
        self.invalid: list[Timeout] = []
        self.frozen: list[Timeout] = []
        self.evaluators: list[tuple[Alarm, Evaluator]] = []
        self.restless: list[tuple[Alarm, Evaluator]] = []
        self.calm = (-inf, inf)
        self.stirred = True
        self.parts: list[tuple[int, int, Evaluator]] = []
        self.windows: dict[float, Window] = {}
        self.averages: dict[float, Ewma] = {}
        self.rhythm = Rhythm() if signal.name == "rr_interval" else None
        self._recent: deque[Sample] = deque()
        self._reported_limits: dict[int, tuple[float | None, int]] = {}
        self._limits_due_ns = 0
        self._trend_ns = 0

    def adopt(self, rules: Rules, alarm_of: AlarmOf) -> None:
        """Adopt the rules of a policy; evaluators of unchanged conditions keep their state."""
        conditions = [each for each in _conditions(rules) if each[3].signal == self.signal.name]
        self._make_windows([condition for *_, condition in conditions])
        if self.rhythm is not None:
            statistics = [c.statistic for *_, c in conditions if isinstance(c, Compare)]
            self.rhythm.keep(each.window_s for each in statistics if each.name in (RMSSD, SDNN))
        known: dict[tuple[int, int | None], Evaluator] = {
            **{(alarm.number, None): evaluator for alarm, evaluator in self.evaluators},
            **{(number, part): evaluator for number, part, evaluator in self.parts},
        }
        kinds = ((Absent, self.absent), (Invalid, self.invalid), (Frozen, self.frozen))
        timed = {(kind, each.alarm.number): each for kind, timeouts in kinds for each in timeouts}
        self.absent, self.invalid, self.frozen = [], [], []
        self.evaluators, self.parts = [], []
        self._compares: list[tuple[Rule, int, CompareEvaluator]] = []
        for number, rule, part, condition in conditions:
            if isinstance(condition, Compare | Rise):
                evaluator = known.get((number, part))
                if evaluator is None or evaluator.condition != condition:
                    evaluator = self._evaluator(condition)
                if part is not None:
                    self.parts.append((number, part, evaluator))
                    continue
                self.evaluators.append((alarm_of(number, self.name), evaluator))
                if isinstance(evaluator, CompareEvaluator):
                    self._compares.append((rule, number, evaluator))
                continue
            # A rule that now watches for something else has seen nothing of it yet.
            timeout = timed.get((type(condition), number)) or Timeout(alarm_of(number, self.name))
            timeout.after_ns = ns(condition.after_s)
            match condition:
                case Absent():
                    self.absent.append(timeout)
                case Invalid():
                    self.invalid.append(timeout)
                case Frozen():
                    self.frozen.append(timeout)
        evaluators = (
            *(evaluator for _, evaluator in self.evaluators),
            *(evaluator for *_, evaluator in self.parts),
        )
        self._comparing = [
            evaluator for evaluator in evaluators if isinstance(evaluator, CompareEvaluator)
        ]
        self._rolling = [evaluator for evaluator in self._comparing if evaluator.rolls]
        self._rolls = any(evaluator.rolls for *_, evaluator in self._compares)
        self._limits_due_ns = 0
        self.stirred = True
        self._calm_down()

    def set_baseline(self, frozen: Baseline | None) -> None:
        """Set or clear the baseline, and resolve the limits that depend on it."""
        self.baseline = frozen
        self._limits_due_ns = 0
        for evaluator in self._comparing:
            evaluator.resolve_limits()
        self._calm_down()

    def _calm_down(self) -> None:
        """Compute between which values every plain evaluator returns NORMAL."""
        seen = [(each, each[1].calm) for each in self.evaluators]
        self.restless = [each for each, band in seen if band is None]
        bands = [band for _, band in seen if band is not None]
        self.calm = (
            max((low for low, _ in bands), default=-inf),
            min((high for _, high in bands), default=inf),
        )

    @property
    def uses_baseline(self) -> bool:
        """Tell whether some rule hangs on this channel's baseline."""
        return any(evaluator.uses_baseline for evaluator in self._comparing)

    def covered(self, now_ns: int) -> float:
        """Return the share of the last 10 minutes for which there was a value."""
        return baseline.covered(self._baseline_window(now_ns), now_ns, self.settled_ns)

    def establish(self, now_ns: int) -> Baseline | None:
        """Return the baseline of the 10 minutes up to now, if there is enough to it."""
        window = self._baseline_window(now_ns)
        return baseline.establish(window, self.signal, now_ns, self.settled_ns)

    @property
    def settled_ns(self) -> int:
        """Return engine time from which on its values can be held against limits."""
        if not self.settles_ns:
            return self.began_ns
        return (self.began_ns if self.worn_ns is None else self.worn_ns) + self.settles_ns

    def add(self, at_ns: int, value: float) -> int:
        """Take a GOOD value; return it in steps."""
        if self._rolling:
            for window in self.windows.values():
                window.move(at_ns)
            for evaluator in self._rolling:
                evaluator.prepare(at_ns)
        steps = self.signal.steps(value)
        for window in self.windows.values():
            window.add(at_ns, steps)
        for average in self.averages.values():
            average.add(at_ns, steps)
        if self.rhythm is not None:
            self.rhythm.add(at_ns, steps)
        if self.signal.trend:
            recent = self._recent
            recent.append((at_ns, steps))
            horizon_ns = at_ns - baseline.SPAN_NS - self.hold_ns
            while recent[0][0] <= horizon_ns:
                recent.popleft()
        self.value, self.good_ns, self.steps = value, at_ns, steps
        return steps

    def moved_limits(self, at_ns: int) -> list[LimitFact]:
        """Return the limits that have moved by a step, or were not told for a minute."""
        if at_ns < self._limits_due_ns and not self._rolls:
            return []
        facts: list[LimitFact] = []
        self._limits_due_ns = _NEVER_NS
        for rule, number, evaluator in self._compares:
            limit = evaluator.limit
            reported, reported_ns = self._reported_limits.get(number, (None, 0))
            if limit is None and reported is None and reported_ns:
                continue
            same = limit is not None and reported is not None and abs(limit - reported) < 1.0
            if not same or at_ns - reported_ns >= _LIMIT_AGAIN_NS:
                reported_ns = at_ns
                self._reported_limits[number] = limit, reported_ns
                value = None if limit is None else self.signal.value(limit)
                facts.append(
                    LimitFact(
                        subject=self.name,
                        at_ns=at_ns,
                        rule=rule.id,
                        priority=rule.priority.name.lower(),
                        upper=value if evaluator.bound.upper else None,
                        lower=None if evaluator.bound.upper else value,
                    )
                )
            if limit is not None:
                self._limits_due_ns = min(self._limits_due_ns, reported_ns + _LIMIT_AGAIN_NS)
        return facts

    def trend(self, at_ns: int) -> list[StatisticFact]:
        """Return the trend's statistics if they are due."""
        if self.rhythm is not None:
            return self.rhythm.trend(self.name, self.signal, at_ns)
        if at_ns - self._trend_ns < _TREND_EVERY_NS or not self.signal.trend:
            return []
        self._trend_ns = at_ns
        minute = self.windows[_TREND_S].block()
        return [
            StatisticFact(
                subject=self.name,
                at_ns=at_ns,
                statistic=name.value,
                window_s=_TREND_S,
                value=self._in_unit(name, minute.value(name)),
            )
            for name in _TREND
        ]

    def slope_per_min(self) -> float | None:
        """Return the last minute's slope in the signal's unit, as far as it is known."""
        if _TREND_S not in self.windows:
            return None
        slope = self.windows[_TREND_S].block().value(StatisticName.SLOPE)
        return self._in_unit(StatisticName.SLOPE, slope)

    def _in_unit(self, name: StatisticName, value: float | None) -> float | None:
        if value is None or name is StatisticName.COVERAGE:
            return value
        return self.signal.value(value)

    def _baseline_window(self, now_ns: int) -> Window:
        """Return the last 10 minutes; worked out when they are asked for, which is hardly ever."""
        window = Window(baseline.SPAN_NS, self.hold_ns, baseline.STATISTICS)
        for at_ns, steps in self._recent:
            if not self.settles_ns or at_ns >= self.settled_ns:
                window.add(at_ns, steps)
        window.move(now_ns)
        return window

    def _make_windows(self, conditions: Sequence[Condition]) -> None:
        spans: dict[float, set[StatisticName]] = {}
        means: set[float] = set()
        for condition in conditions:
            if isinstance(condition, Compare | Rise):
                for span_s, names in needs(condition).items():
                    spans.setdefault(span_s, set()).update(names)
                means |= averages(condition)
        if self.signal.trend:
            spans.setdefault(_TREND_S, set())  # told now and then: nothing is kept up for it
        for span_s, names in spans.items():
            window = self.windows.get(span_s)
            if window is None or not names <= window.statistics:
                self.windows[span_s] = self._window(span_s, names, window)
        for half_life_s in sorted(means - self.averages.keys()):
            average = self.averages[half_life_s] = Ewma(ns(half_life_s))
            for at_ns, steps in self._recent:
                average.add(at_ns, steps)

    def _window(self, span_s: float, names: set[StatisticName], old: Window | None) -> Window:
        """Return a window that knows what was there before a changed policy asked for it."""
        window = Window(ns(span_s), self.hold_ns, frozenset(names))
        for at_ns, steps in tuple(self._recent if old is None else old.samples):
            window.add(at_ns, steps)
        return window

    def _evaluator(self, condition: Compare | Rise) -> Evaluator:
        if isinstance(condition, Rise):
            return RiseEvaluator(condition, self)
        return CompareEvaluator(condition, self)


def _conditions(
    rules: Rules,
) -> Iterator[tuple[int, Rule, int | None, Compare | Rise | Absent | Invalid | Frozen]]:
    """Yield (number, rule, part of an All, condition) of everything that looks at a signal."""
    for number, rule in rules:
        match rule.condition:
            case All(conditions=parts):
                for part, inner in enumerate(parts):
                    yield number, rule, part, inner
            case Compare() | Rise() | Absent() | Invalid() | Frozen() as condition:
                yield number, rule, None, condition
