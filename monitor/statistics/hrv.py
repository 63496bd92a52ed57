"""Heart rate variability over time windows: RMSSD and SDNN of the beats that pass the check.

Pure, and in whole numbers as `monitor.statistics.windows`: the values are those of the beats in
the window alone, bit for bit, however these were fed.
"""

import math
from array import array
from bisect import bisect_right
from collections.abc import Iterable

from alerts.policy.conditions import Statistic, StatisticName
from devices.packets import Quality
from devices.signals import Signal
from monitor.facts import StatisticFact
from monitor.statistics.rr_artifacts import Beat, BeatCheck

RMSSD, SDNN = StatisticName.RMSSD, StatisticName.SDNN
# Reported every 10 s of measured time. Five minutes are the short-term standard; a minute is
# 'ultra-short', and labelled so. Source: Shaffer and Ginsberg 2017; Shaffer et al. 2020.
TREND = {60.0: (RMSSD,), 300.0: (RMSSD, SDNN)}  # by length of the window in seconds
# With the names of the statistics: attributes of enumerations are slow before Python 3.12.
_TREND = [(span_s, [(name, name.value) for name in names]) for span_s, names in TREND.items()]
_TREND_EVERY_NS = 10 * 10**9

_MOST_WAITING = 100  # beats
_SPARE = 256  # old beats that are forgotten together: removing one moves all others

_STEPS_PER_S = 1024
_PAIR = 2
# Percentages: a window with less coverage, or more dropped beats, has no value.
_COVERED = 70  # as for a baseline
_DROPPED = 5


class BeatSums:
    """Sums over all beats of one channel up to each of its recent ones.

    The sums over a window are differences of two of them, for windows of any length.
    """

    def __init__(self) -> None:
        self.at_ns = array("q")
        self.longest_ns = 0  # of the windows: earlier beats are forgotten
        # Before the first beat, and up to each: number, sum and sum of squares of accepted
        # intervals, then number and squares of differences, and sum of the intervals they end in.
        self.sums = tuple(array("q", [0]) for _ in range(6))

    def add(self, beats: Iterable[Beat]) -> None:
        """Add beats in their order, later than the previous ones."""
        times = self.at_ns
        ns, totals, squares, pairs, pair_squares, pair_totals = self.sums
        n, total, square, pair, pair_square, pair_total = (of_all[-1] for of_all in self.sums)
        for at_ns, steps, difference in beats:
            if steps is not None:
                n += 1
                total += steps
                square += steps * steps
                if difference is not None:
                    pair += 1
                    pair_square += difference * difference
                    pair_total += steps
            times.append(at_ns)
            ns.append(n)
            totals.append(total)
            squares.append(square)
            pairs.append(pair)
            pair_squares.append(pair_square)
            pair_totals.append(pair_total)
        if len(times) > _SPARE and times[_SPARE] <= times[-1] - self.longest_ns:
            for each in (times, *self.sums):
                del each[:_SPARE]


class BeatWindow:
    """The last `span_ns` of the beats of a channel: those in (last - span, last].

    A difference is in the window while both of its beats are.

    >>> beats = BeatSums()
    >>> window = BeatWindow(9 * 10**9, beats)
    >>> for n, steps in enumerate((1000, 1010, 1000, 1020, 1010, 1000, 1010, 1010)):
    ...     beats.add([Beat(n * 10**9, steps, steps - 1000 if n else None)])
    >>> window.rmssd()
    10.690449676496975
    """

    def __init__(self, span_ns: int, beats: BeatSums) -> None:
        """Create a window of the beats that are added from now on.

        Raises:
            ValueError: the length is not positive.
        """
        if span_ns <= 0:
            raise ValueError(f"a window of {span_ns} ns is empty")
        self._span_ns = span_ns
        self._beats = beats
        self._after_ns = beats.at_ns[-1] if beats.at_ns else -1
        # Covered time in steps, times what makes it comparable as a whole number.
        self._enough = _COVERED * span_ns * _STEPS_PER_S
        beats.longest_ns = max(beats.longest_ns, span_ns)

    def value(self, name: StatisticName) -> float | None:
        """Return RMSSD or SDNN in steps, or None."""
        return self.rmssd() if name is RMSSD else self.sdnn()

    def rmssd(self) -> float | None:
        """Return the root of the mean squared difference of successive intervals, in steps.

        None if differences are known for less than 70 % of the window's time, or if more than 5 %
        of its beats were dropped.
        """
        first = self._first()
        # The difference of the first beat is to one before the window.
        ns, *_, pairs, squares, totals = self._beats.sums
        if first + 1 >= len(ns) or not self._sound(first, totals[-1] - totals[first + 1]):
            return None
        return math.sqrt(
            float(squares[-1] - squares[first + 1]) / float(pairs[-1] - pairs[first + 1])
        )

    def sdnn(self) -> float | None:
        """Return the standard deviation (ddof 1) of intervals, in steps.

        None as for `rmssd`, where it is the intervals that must cover the window.
        """
        first = self._first()
        n, total, squares = (of_all[-1] - of_all[first] for of_all in self._beats.sums[:3])
        if n < _PAIR or not self._sound(first, total):
            return None
        return math.sqrt(float(n * squares - total**2) / float(n * (n - 1)))

    def _first(self) -> int:
        """Return the index of the first beat in the window."""
        times = self._beats.at_ns
        if not times:
            return 0
        return bisect_right(times, max(times[-1] - self._span_ns, self._after_ns))

    def _sound(self, first: int, covered: int) -> bool:
        ns = self._beats.sums[0]
        beats, accepted = len(ns) - 1 - first, ns[-1] - ns[first]
        enough = 100 * covered * 10**9 >= self._enough
        return enough and 100 * (beats - accepted) <= _DROPPED * beats


class Rhythm:
    """Beats of one channel, checked and in windows."""

    def __init__(self) -> None:
        self._check = BeatCheck()
        self._beats = BeatSums()
        self._windows: dict[float, BeatWindow] = {}
        self._trend_ns = 0
        self._waiting: list[Beat] = []  # to be added: most windows are read only at times
        self.keep(TREND)

    def keep(self, spans_s: Iterable[float]) -> None:
        """Keep windows of these lengths too; a new one starts empty."""
        self._fill()
        for span_s in spans_s:
            if span_s not in self._windows:
                self._windows[span_s] = BeatWindow(round(span_s * 1e9), self._beats)

    def notified(self, at_ns: int, *, worn: bool, covered_ns: int | None = None) -> None:
        """Record a notification, as `BeatCheck.notified`."""
        self._check.notified(at_ns, worn=worn, covered_ns=covered_ns)

    def add(self, at_ns: int, steps: int) -> None:
        """Add a beat with a GOOD interval."""
        self._enter(self._check.check(at_ns, steps))

    def bad(self, at_ns: int, quality: Quality | None) -> None:
        """Add a beat with another interval: out of range it is an artefact, else unknown."""
        if quality is Quality.OUT_OF_RANGE:
            self._enter(self._check.drop(at_ns))
        else:
            self._check.lose()

    def value(self, statistic: Statistic) -> float | None:
        """Return a statistic in steps as of the last beat, or None."""
        self._fill()
        return self._windows[statistic.window_s].value(statistic.name)

    def trend(self, subject: str, signal: Signal, at_ns: int) -> list[StatisticFact]:
        """Return the trend's statistics if they are due."""
        if at_ns - self._trend_ns < _TREND_EVERY_NS:
            return []
        self._trend_ns = at_ns
        self._fill()
        facts: list[StatisticFact] = []
        for window_s, names in _TREND:
            values: dict[str, float | None] = {}
            for name, text in names:
                steps = self._windows[window_s].value(name)
                values[text] = None if steps is None else signal.value(steps)
            facts.append(
                StatisticFact(subject=subject, at_ns=at_ns, window_s=window_s, values=values)
            )
        return facts

    def _enter(self, beat: Beat) -> None:
        self._waiting.append(beat)
        if len(self._waiting) >= _MOST_WAITING:
            self._fill()

    def _fill(self) -> None:
        self._beats.add(self._waiting)
        self._waiting.clear()
