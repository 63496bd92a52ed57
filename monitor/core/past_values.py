"""Windows and weighted means made of values that a channel has had. Pure."""

from collections.abc import Iterable
from itertools import islice

from alerts.policy.conditions import Compare
from monitor.core.condition_evaluators import averages_of, ns, windows_of
from monitor.statistics.recent_values import RecentValues
from monitor.statistics.running_statistics import Sample
from monitor.statistics.windows import Ewma, Window


class PastValues:
    """Windows and means before the last value, for the limits of a rule that is new.

    Attributes:
        good_ns: measurement time of the value before the last one, or None.
        windows: by span in seconds.
        averages: by half-life in seconds.
    """

    def __init__(self, recent: RecentValues, hold_ns: int) -> None:
        self._recent = recent
        self._hold_ns = hold_ns
        self.good_ns = recent[-2][0] if len(recent) > 1 else None
        self.windows: dict[float, Window] = {}
        self.averages: dict[float, Ewma] = {}

    def include(self, condition: Compare) -> None:
        """Build the windows and means that a condition reads."""
        before = max(0, len(self._recent) - 1)
        for span_s in windows_of(condition) - self.windows.keys():
            samples = islice(self._recent, before)
            window = self.windows[span_s] = filled_window(span_s, self._hold_ns, samples)
            if before:
                window.move(self._recent[-1][0])
        for half_life_s in averages_of(condition) - self.averages.keys():
            self.averages[half_life_s] = filled_mean(half_life_s, islice(self._recent, before))


def filled_window(span_s: float, hold_ns: int, samples: Iterable[Sample]) -> Window:
    """Return a window with samples in it."""
    window = Window(ns(span_s), hold_ns)
    for sample in samples:
        window.add(*sample)
    return window


def filled_mean(half_life_s: float, samples: Iterable[Sample]) -> Ewma:
    """Return the weighted mean of samples."""
    mean = Ewma(ns(half_life_s))
    for sample in samples:
        mean.add(*sample)
    return mean
