"""State of one channel: its windows, conditions and last values."""

from collections.abc import Callable, Iterator, Sequence

from alerts.alarm import Alarm
from alerts.policy.conditions import Absent, All, Compare, Condition, Frozen, Invalid, Rise
from alerts.policy.rules import Priority, Rule
from devices.packets import Quality
from devices.signals import Signal
from monitor.core.arrivals import Arrivals
from monitor.core.channel_facts import ChannelFacts
from monitor.core.condition_evaluators import (
    CompareEvaluator,
    averages_of,
    ns,
    windows_of,
)
from monitor.core.normal_values import Evaluator, NormalValues
from monitor.core.outage import Outage
from monitor.core.past_values import PastValues, filled_mean, filled_window
from monitor.core.rise_evaluator import RiseEvaluator
from monitor.core.settling import Settling
from monitor.core.timeouts import Timed, Timeouts
from monitor.statistics import baseline
from monitor.statistics.baseline import Baseline
from monitor.statistics.hrv import RMSSD, SDNN, Rhythm
from monitor.statistics.recent_values import RecentValues
from monitor.statistics.windows import Ewma, Window

_KEEP_NS = 2 * 3600 * 10**9  # of values: a dose may be entered this much later than it was given

Rules = Sequence[tuple[int, Rule]]  # each with its number
AlarmOf = Callable[[int, str], Alarm]  # (number of a rule, subject)


class Channel:
    """One signal of one sensor.

    Attributes:
        name: ``strap/heart_rate``.
        spot: it has spot measurements; `spot_rules` evaluates its rules.
        ignored: its readings are not evaluated; for replays that need only the alarms.
        hold_ns: longest time for which a value is valid.
        settling: of its sensor on the body.
        began_ns: time from which values are expected.
        value, steps: last GOOD value, also in steps; or None.
        at_ns, good_ns: measurement times of the last reading, and of the last GOOD one or None.
        seen_ns: engine time of the last GOOD one, or of `began_ns`.
        heard_ns: engine time of the last reading of any quality, or None.
        late_ns: engine time of the last GOOD one that was too late to be judged, or None.
        judged_ns: engine time at which every rule could last be evaluated.
        quality: of the last reading, or None before the first.
        steady: GOOD values come, and nothing ends with the next one that comes in time.
        lost: no GOOD value for longer than `hold_ns`.
        bad_since_ns: engine time from which no reading was GOOD, or None.
        off_ns: engine times of the first and last successive reading from off the body, or None.
        outage: times in which it was not judged.
        baseline: the frozen one, or None.
        timeouts: rules about absent, invalid or frozen values.
        watches: evaluators of rules with one condition, each with its alarm.
        parts: evaluators of rules with several: (number of the rule, part, evaluator).
        normal: values that are normal for all rules; None: to be determined when they are needed.
        rhythm: beats of RR intervals, else None.
        arrivals: of GOOD values that came in time.
        facts: limits and trend, as reported.
        recent: GOOD values of the last two hours, while settling as well.
    """

    def __init__(
        self, name: str, signal: Signal, began_ns: int, hold_ns: int, *, spot: bool = False
    ) -> None:
        self.name = name
        self.signal = signal
        self.spot = spot
        self.ignored = False
        self.hold_ns = hold_ns
        self.settling = Settling(began_ns)
        self.began_ns = self.seen_ns = self.judged_ns = began_ns
        self.value: float | None = None
        self.at_ns = 0
        self.good_ns: int | None = None
        self.heard_ns: int | None = None
        self.late_ns: int | None = None
        self.quality: Quality | None = None
        self.steady = False
        self.lost = True
        self.bad_since_ns: int | None = None
        self.off_ns: tuple[int, int] | None = None
        self.outage = Outage()
        self.steps: int | None = None
        self.baseline: Baseline | None = None
        self.timeouts = Timeouts()
        self.watches: list[tuple[Alarm, Evaluator]] = []
        self.parts: list[tuple[int, int, Evaluator]] = []
        self.normal: NormalValues | None = None
        self.windows: dict[float, Window] = {}
        self.averages: dict[float, Ewma] = {}
        self.rhythm = Rhythm() if signal.name == "rr_interval" else None
        self.recent = RecentValues(_KEEP_NS)
        regular = not spot and not signal.technical
        self.arrivals = Arrivals(ns(signal.interval_s), hold_ns, regular=regular)
        self.facts = ChannelFacts(name, signal)
        self._fed: tuple[Window | Ewma, ...] = ()

    def adopt(self, rules: Rules, alarm_of: AlarmOf) -> None:
        """Evaluate the rules of a policy; conditions that have not changed keep their state."""
        conditions = [each for each in _conditions(rules) if each[3].signal == self.signal.name]
        self._make_windows([condition for *_, condition in conditions])
        known: dict[tuple[int, int | None], Evaluator] = {
            **{(alarm.number, None): evaluator for alarm, evaluator in self.watches},
            **{(number, part): evaluator for number, part, evaluator in self.parts},
        }
        self.watches, self.parts, self.normal = [], [], None
        past = PastValues(self.recent, self.hold_ns)
        compares: list[tuple[Rule, int, CompareEvaluator]] = []
        self._watched: list[Evaluator] = []
        timed: list[tuple[int, Timed]] = []
        for number, rule, part, condition in conditions:
            if not isinstance(condition, Compare | Rise):
                timed.append((number, condition))
                continue
            evaluator = known.get((number, part))
            if evaluator is None or evaluator.condition != condition:
                evaluator = self._evaluator(condition, past)
            elif isinstance(evaluator, RiseEvaluator) and evaluator.outdated:
                evaluator.restart()
            if rule.priority > Priority.INFO and not rule.technical:
                self._watched.append(evaluator)
            if part is not None:
                self.parts.append((number, part, evaluator))
                continue
            self.watches.append((alarm_of(number, self.name), evaluator))
            if isinstance(evaluator, CompareEvaluator):
                compares.append((rule, number, evaluator))
        for evaluator in self.evaluators:
            if isinstance(evaluator, CompareEvaluator):
                evaluator.bind()
        self.timeouts.adopt(timed, lambda number: alarm_of(number, self.name))
        self._comparing = [each for each in self.evaluators if isinstance(each, CompareEvaluator)]
        self._rolling = [evaluator for evaluator in self._comparing if evaluator.rolls]
        self.facts.adopt(compares)

    @property
    def evaluators(self) -> Iterator[Evaluator]:
        """Yield the evaluators of all rules."""
        yield from (evaluator for _, evaluator in self.watches)
        yield from (evaluator for *_, evaluator in self.parts)

    def normal_values(self) -> NormalValues:
        """Return the values that are normal for all rules without an alarm."""
        if self.normal is None:
            parts = [evaluator for *_, evaluator in self.parts]
            self.normal = NormalValues(self.watches, parts, self._watched)
        return self.normal

    # Baseline

    def set_baseline(self, frozen: Baseline | None) -> None:
        """Put another baseline in force."""
        self.baseline, self.normal = frozen, None
        self.facts.limits_changed()
        for evaluator in self._comparing:
            evaluator.baseline_changed()

    @property
    def uses_baseline(self) -> bool:
        """Return whether a rule depends on this channel's baseline."""
        return any(evaluator.uses_baseline for evaluator in self._comparing)

    def assess(self, at_ns: int) -> tuple[Baseline | None, float]:
        """Return the baseline of the 10 minutes before `at_ns`, and their share with a value.

        The baseline is None if there are too few values: they are kept for two hours.
        """
        window, began_ns = self._baseline_window(at_ns), self.settling.over_ns(at_ns)
        found = baseline.establish(window, self.signal, at_ns, began_ns)
        return found, baseline.covered(window, at_ns, began_ns)

    def _baseline_window(self, at_ns: int) -> Window:
        window = Window(baseline.SPAN_NS, self.hold_ns)
        for sample in self.recent:
            if sample[0] <= at_ns and not self.settling.at(sample[0]):
                window.add(*sample)
        window.move(at_ns)
        return window

    # Values

    def add(self, at_ns: int, value: float) -> int:
        """Add a GOOD value measured at `at_ns`; return it in steps."""
        if self._rolling:
            for window in self.windows.values():
                window.move(at_ns)
            for evaluator in self._rolling:
                evaluator.resolve_limits(at_ns, self)
        signal = self.signal
        steps = signal.steps(value)
        for each in self._fed:
            each.add(at_ns, steps)
        if self.rhythm is not None:
            self.rhythm.add(at_ns, steps)
        if signal.trend:
            self.recent.add(at_ns, steps)
        self.value, self.good_ns, self.steps = value, at_ns, steps
        return steps

    @property
    def valid_ns(self) -> int:
        """Return the time for which the last GOOD value is evidence."""
        return self.arrivals.valid_ns

    def judged(self, now_ns: int, *, calm: NormalValues | None = None) -> None:
        """Update `judged_ns` after its rules were evaluated; `calm` contain the value, if given."""
        seen_ns = judged_ns = self.seen_ns
        for evaluator in self._watched if calm is None else calm.unproven:
            if evaluator.judged_ns < seen_ns and not self.waits(evaluator, now_ns):
                patience_ns = evaluator.patience_ns - self.hold_ns
                judged_ns = min(judged_ns, evaluator.judged_ns + patience_ns)
        self.judged_ns = max(self.judged_ns, judged_ns)

    def waits(self, evaluator: Evaluator, now_ns: int) -> bool:
        """Return whether an evaluator waits for the sensor to settle, or for a baseline."""
        settling = evaluator.settles and self.settling.left_ns(now_ns) > 0
        return settling or evaluator.waits_for_baseline

    def unknown_limit(self, now_ns: int) -> Evaluator | None:
        """Return an evaluator whose limit or statistic has been unknown for too long, or None."""
        for evaluator in self._watched:
            late = now_ns - evaluator.judged_ns >= evaluator.patience_ns
            if late and not self.waits(evaluator, now_ns):
                return evaluator
        return None

    def heard_share(self, now_ns: int, span_ns: int) -> float:
        """Return the share of the last `span_ns` (at most since `began_ns`) covered by values."""
        span_ns = min(span_ns, max(1, now_ns - self.began_ns))
        heard_ns, until_ns = 0, now_ns
        for at_ns, _ in reversed(self.recent):
            if at_ns + self.valid_ns <= now_ns - span_ns:
                break
            heard_ns += max(0, min(until_ns, at_ns + self.valid_ns) - max(at_ns, now_ns - span_ns))
            until_ns = at_ns
        return heard_ns / span_ns

    def _make_windows(self, conditions: Sequence[Condition]) -> None:
        spans: set[float] = set()
        means: set[float] = set()
        for condition in conditions:
            if isinstance(condition, Compare | Rise):
                spans |= windows_of(condition)
                means |= averages_of(condition)
        # A new window starts with the values from before the policy changed.
        for span_s in sorted(spans - self.windows.keys()):
            self.windows[span_s] = filled_window(span_s, self.hold_ns, self.recent)
        for half_life_s in sorted(means - self.averages.keys()):
            self.averages[half_life_s] = filled_mean(half_life_s, self.recent)
        self._fed = (*self.windows.values(), *self.averages.values())
        if self.rhythm is not None:
            statistics = [c.statistic for c in conditions if isinstance(c, Compare)]
            self.rhythm.keep(each.window_s for each in statistics if each.name in (RMSSD, SDNN))

    def _evaluator(self, condition: Compare | Rise, past: PastValues) -> Evaluator:
        if isinstance(condition, Rise):
            return RiseEvaluator(condition, self, self.judged_ns)
        evaluator = CompareEvaluator(condition, self, self.judged_ns)
        if evaluator.rolls:
            past.include(condition)
        evaluator.resolve_limits(self.good_ns or 0, past)
        return evaluator


def _conditions(
    rules: Rules,
) -> Iterator[tuple[int, Rule, int | None, Compare | Rise | Absent | Invalid | Frozen]]:
    """Yield (number, rule, part of an All, condition) of each condition on a signal."""
    for number, rule in rules:
        match rule.condition:
            case All(conditions=parts):
                for part, inner in enumerate(parts):
                    yield number, rule, part, inner
            case Compare() | Rise() | Absent() | Invalid() | Frozen() as condition:
                yield number, rule, None, condition
