"""Evaluator of a rise: of a one-minute median above its lowest value within a time."""

from alerts.evidence import Zone
from alerts.policy.conditions import RISE_MEDIAN_S, Rise, StatisticName
from monitor.core.condition_evaluators import Series, ns
from monitor.statistics.windows import Window

# Attributes of enumerations are slow before Python 3.12, and these are needed for every value.
_VIOLATED, _NORMAL = Zone.VIOLATED, Zone.NORMAL


class RiseEvaluator:
    """Compares the rise of the one-minute median over a time with a fixed amount.

    Attributes:
        condition: of the policy.
        limit: the amount, in steps of the signal's resolution.
        value: the last rise, likewise.
        judged_ns, patience_ns, settles: as of `CompareEvaluator`.
    """

    uses_baseline = waits_for_baseline = rolls = False
    normal = read = None  # each value changes the lowest median

    def __init__(self, condition: Rise, channel: Series, judged_ns: int) -> None:
        self.condition = condition
        self.value: float | None = None
        self.judged_ns = judged_ns
        self.patience_ns = channel.hold_ns
        self.settles = channel.signal.unit == "Cel"
        self._channel = channel
        # A median of an even count lies between two steps: halves keep the window whole.
        self._by = 2 * channel.signal.steps(condition.by)
        self.limit = self._by / 2
        self._within_ns = ns(condition.within_s)
        self._median = channel.windows[RISE_MEDIAN_S].reader(StatisticName.MEDIAN)
        self.restart()

    @property
    def outdated(self) -> bool:
        """Return whether the policy now lets the sensor settle for another time."""
        return self.settles and self._settling_ns != self._channel.settling.duration_ns

    def restart(self) -> None:
        """Forget the medians, and add those of the values from before the policy changed."""
        self._settling_ns = self._channel.settling.duration_ns
        self._medians = Window(self._within_ns, ns(RISE_MEDIAN_S))
        self._lowest = self._medians.reader(StatisticName.MIN)
        self._seen_ns = 0
        minute = Window(ns(RISE_MEDIAN_S), self._channel.hold_ns)
        for at_ns, steps in self._channel.recent:
            minute.add(at_ns, steps)
            self._add(at_ns, minute.value(StatisticName.MEDIAN) or 0.0)

    def evaluate(self, at_ns: int, steps: int) -> Zone | None:  # noqa: ARG002 - reads the median
        """Return the zone of the one-minute median, which already includes the value."""
        median = self._median()
        lowest = None if median is None else self._add(at_ns, median)
        if median is None or lowest is None:
            return None
        rise = round(2 * median) - lowest
        self.value = rise / 2
        return _VIOLATED if rise >= self._by else _NORMAL

    def _add(self, at_ns: int, median: float) -> float | None:
        again = at_ns <= self._seen_ns  # evaluated again under changed rules
        settles = self.settles and self._settling_ns
        if not again and not (settles and self._channel.settling.at(at_ns)):
            self._seen_ns = at_ns
            self._medians.add(at_ns, round(2 * median))
        return self._lowest()
