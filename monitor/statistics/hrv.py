"""Heart rate variability over time windows: RMSSD and SDNN of the beats that pass the check.

Pure, and in whole numbers as `monitor.statistics.windows`: the values are those of the beats in
the window alone, bit for bit, however these were fed.
"""

import math
from collections import deque
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

_STEPS_PER_S = 1024
_PAIR = 2
# Percentages: a window with less coverage, or more dropped beats, has no value.
_COVERED = 70  # as for a baseline
_DROPPED = 5


class BeatWindow:
    """The beats of the last `span_ns`: those in (now - span, now].

    A difference is in the window while both of its beats are.

    >>> window = BeatWindow(9 * 10**9)
    >>> for n, steps in enumerate((1000, 1010, 1000, 1020, 1010, 1000, 1010, 1010)):
    ...     window.add(Beat(n * 10**9, steps, steps - 1000 if n else None))
    >>> window.rmssd()
    10.690449676496975
    """

    def __init__(self, span_ns: int) -> None:
        """Create an empty window.

        Raises:
            ValueError: the length is not positive.
        """
        if span_ns <= 0:
            raise ValueError(f"a window of {span_ns} ns is empty")
        self._span_ns = span_ns
        self._now_ns: int | None = None
        # Covered time in steps, times what makes it comparable as a whole number.
        self._enough = _COVERED * span_ns * _STEPS_PER_S
        self._beats: deque[Beat] = deque()
        self._n = self._sum = self._squares = 0  # of accepted intervals
        # Of differences; and of the intervals that these end in.
        self._pairs = self._pair_squares = self._pair_sum = 0

    def add(self, *beats: Beat) -> None:
        """Add beats in their order, later than the previous ones."""
        n = total = squares = pairs = pair_sum = pair_squares = 0
        for beat in beats:
            _, steps, difference = beat
            if steps is not None:
                n += 1
                total += steps
                squares += steps * steps
                if difference is not None and self._beats:
                    pairs += 1
                    pair_sum += steps
                    pair_squares += difference * difference
            self._beats.append(beat)
        self._n += n
        self._sum += total
        self._squares += squares
        self._pairs += pairs
        self._pair_sum += pair_sum
        self._pair_squares += pair_squares
        self.move(beats[-1][0])

    def move(self, now_ns: int) -> None:
        """Move to a time and remove old beats; an earlier time changes nothing."""
        if self._now_ns is None or now_ns > self._now_ns:
            self._now_ns = now_ns
        beats, horizon_ns = self._beats, self._now_ns - self._span_ns
        while beats and beats[0][0] <= horizon_ns:
            _, steps, _ = beats.popleft()
            if steps is not None:
                self._n -= 1
                self._sum -= steps
                self._squares -= steps * steps
            if beats:
                _, steps, difference = beats[0]
                if steps is not None and difference is not None:
                    self._pairs -= 1
                    self._pair_sum -= steps
                    self._pair_squares -= difference * difference

    def value(self, name: StatisticName) -> float | None:
        """Return RMSSD or SDNN in steps, or None."""
        return self.rmssd() if name is RMSSD else self.sdnn()

    def rmssd(self) -> float | None:
        """Return the root of the mean squared difference of successive intervals, in steps.

        None if differences are known for less than 70 % of the window's time, or if more than 5 %
        of its beats were dropped.
        """
        if not self._sound(self._pair_sum):
            return None
        return math.sqrt(float(self._pair_squares) / float(self._pairs))

    def sdnn(self) -> float | None:
        """Return the standard deviation (ddof 1) of intervals, in steps.

        None as for `rmssd`, where it is the intervals that must cover the window.
        """
        n = self._n
        if n < _PAIR or not self._sound(self._sum):
            return None
        return math.sqrt(float(n * self._squares - self._sum**2) / float(n * (n - 1)))

    def _sound(self, covered: int) -> bool:
        total = len(self._beats)
        enough = 100 * covered * 10**9 >= self._enough
        return enough and 100 * (total - self._n) <= _DROPPED * total


class Rhythm:
    """Beats of one channel, checked and in windows."""

    def __init__(self) -> None:
        self._check = BeatCheck()
        self._windows: dict[float, BeatWindow] = {}
        self._trend_ns = 0
        self._waiting: list[Beat] = []  # to be added to the windows: most are read only at times
        self.keep(TREND)

    def keep(self, spans_s: Iterable[float]) -> None:
        """Keep windows of these lengths too; a new one starts empty."""
        self._fill()
        for span_s in spans_s:
            if span_s not in self._windows:
                self._windows[span_s] = BeatWindow(round(span_s * 1e9))

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
        if self._waiting:
            for window in self._windows.values():
                window.add(*self._waiting)
            self._waiting.clear()
