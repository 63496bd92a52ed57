"""Facts about a channel besides its values: moving limits and a rolling trend."""

from collections.abc import Sequence

from alerts.policy.rules import Rule
from devices.signals import Signal
from monitor.core.condition_evaluators import CompareEvaluator
from monitor.facts import LimitFact, StatisticFact
from monitor.statistics.hrv import Rhythm
from monitor.statistics.recent_values import RecentValues
from monitor.statistics.trend import COVERAGE, trend

_TREND_S = 60.0
_TREND_NS = 60 * 10**9
_TREND_EVERY_NS = 10 * 10**9  # of measured time
# A limit that does not move is repeated, for charts of the last minutes.
_LIMIT_AGAIN_NS = 60 * 10**9
_NEVER_NS = 2**63  # later than any time in 64 bits

Compares = Sequence[tuple[Rule, int, CompareEvaluator]]  # each with the number of its rule


class ChannelFacts:
    """Reported limits and trend of one channel.

    Args:
        name: of the channel.
        signal: that it measures.

    Attributes:
        due_ns: measurement time before which nothing is to be reported.
    """

    def __init__(self, name: str, signal: Signal) -> None:
        self._name = name
        self._signal = signal
        self._compares: Compares = ()
        self._rolls = False
        self._reported: dict[int, tuple[float | None, int]] = {}
        self._limits_due_ns = 0
        self._trend_ns = 0
        self.due_ns = 0

    def adopt(self, compares: Compares) -> None:
        """Report the limits of these rules from now on."""
        self._compares = compares
        self._rolls = any(evaluator.rolls for *_, evaluator in compares)
        self.limits_changed()

    def limits_changed(self) -> None:
        """Check all limits the next time, even if none is due."""
        self._limits_due_ns = self.due_ns = 0

    def report(
        self, at_ns: int, recent: RecentValues, hold_ns: int, rhythm: Rhythm | None
    ) -> list[LimitFact | StatisticFact]:
        """Return the limits that have moved or were not reported for a minute, and a due trend.

        Args:
            at_ns: when the last value was measured.
            recent: values of the channel, of more than the last minute.
            hold_ns: time for which a value is valid.
            rhythm: the beats, or None.
        """
        facts: list[LimitFact | StatisticFact] = [
            *self.limits(at_ns),
            *self._trend(at_ns, recent, hold_ns, rhythm),
        ]
        self.due_ns = min(self._limits_due_ns, self._trend_ns + _TREND_EVERY_NS)
        if self._rolls:
            self.due_ns = 0
        elif rhythm is None and not self._signal.trend:
            self.due_ns = self._limits_due_ns
        return facts

    def limits(self, at_ns: int) -> list[LimitFact]:
        """Return the limits that have moved by a step, or were not reported for a minute."""
        if at_ns < self._limits_due_ns and not self._rolls:
            return []
        facts: list[LimitFact] = []
        self._limits_due_ns = _NEVER_NS
        for rule, number, evaluator in self._compares:
            limit = evaluator.limit
            before, reported_ns = self._reported.get(number, (None, 0))
            if limit is None and before is None and reported_ns:
                continue
            same = limit is not None and before is not None and abs(limit - before) < 1.0
            if not same or at_ns - reported_ns >= _LIMIT_AGAIN_NS:
                reported_ns = at_ns
                self._reported[number] = limit, reported_ns
                value = None if limit is None else self._signal.value(limit)
                facts.append(
                    LimitFact(
                        subject=self._name,
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

    def _trend(
        self, at_ns: int, recent: RecentValues, hold_ns: int, rhythm: Rhythm | None
    ) -> list[StatisticFact]:
        if at_ns - self._trend_ns < _TREND_EVERY_NS:
            return []
        if rhythm is not None:
            self._trend_ns = at_ns
            return rhythm.trend(self._name, self._signal, at_ns)
        if not self._signal.trend:
            return []
        self._trend_ns = at_ns
        values = trend(recent, _TREND_NS, hold_ns)
        for name, steps in values.items():
            if steps is not None and name != COVERAGE:  # which is a share
                values[name] = self._signal.value(steps)
        return [StatisticFact(subject=self._name, at_ns=at_ns, window_s=_TREND_S, values=values)]
