"""Values that are normal for all rules of a channel at once: a fast path. Pure."""

from collections.abc import Sequence
from math import inf

from alerts.alarm import Alarm
from monitor.core.condition_evaluators import CompareEvaluator, Read
from monitor.core.rise_evaluator import RiseEvaluator

Evaluator = CompareEvaluator | RiseEvaluator


class NormalValues:
    """Values of a channel that are normal for all rules without an alarm.

    Such a value changes nothing but the time at which these rules were judged. Valid until a limit
    changes, or an alarm starts or ends.

    Args:
        watches: evaluators of the channel, each with its alarm.
        parts: evaluators of parts of composite conditions.
        watched: those by which the channel is judged.

    Attributes:
        watches: the evaluators that must see each value, each with its alarm.
        unproven: those of `watched` that a normal value may leave without judgement.
    """

    def __init__(
        self,
        watches: Sequence[tuple[Alarm, Evaluator]],
        parts: Sequence[Evaluator],
        watched: Sequence[Evaluator],
    ) -> None:
        self.watches = [
            (alarm, each) for alarm, each in watches if not each.normal or not alarm.idle
        ]
        idle = [evaluator for alarm, evaluator in watches if alarm.idle]
        self._evaluators = [each for each in (*idle, *parts) if each.normal]
        self.unproven = [each for each in watched if each not in self._evaluators]
        ranges: dict[Read | None, tuple[float, float]] = {}
        for evaluator in self._evaluators:
            low, high = ranges.get(evaluator.read, (-inf, inf))
            lowest, highest = evaluator.normal or (low, high)
            ranges[evaluator.read] = max(low, lowest), min(high, highest)
        self._ranges = [(read, *ends) for read, ends in ranges.items()]

    def contain(self, steps: int, seen_ns: int) -> bool:
        """Return whether a value is one of them; if so, its rules were judged at `seen_ns`."""
        for read, low, high in self._ranges:
            value = steps if read is None else read()
            if value is None or not low < value < high:
                return False
        for evaluator in self._evaluators:
            evaluator.judged_ns = seen_ns
        return True
