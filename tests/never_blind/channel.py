"""One sensor's signal in the model: lists of samples, and calculations on them."""

from bisect import bisect_right
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median_low

from tests.never_blind import samples as stats
from tests.never_blind.rules import HOLD_S, NOMINAL_S, Limit, Part
from tests.never_blind.samples import SECOND, Sample

OFF_BODY = 60 * SECOND  # off the body for this long: taken off and put on again
NOTHING_AT_ALL = 600 * SECOND
HOUR = 3600 * SECOND
BASELINE_S = 600
KEPT = 7200 * SECOND  # older values are discarded
SPREAD_FLOOR = {"heart_rate": 3, "pulse_rate": 3, "core_temperature": 10, "skin_temperature": 10}


@dataclass
class Channel:
    """One sensor's signal since it was first expected."""

    name: str
    began: int
    samples: list[Sample] = field(default_factory=list)  # valid ones, by time of measurement
    medians: list[tuple[int, float]] = field(default_factory=list)  # of 60 s, at each sample
    arrivals: list[int] = field(default_factory=list)  # of packets with a valid live value
    packets: list[tuple[int, str]] = field(default_factory=list)  # live ones with their `says`
    baseline: tuple[float, float] | None = None  # median and spread
    settlings: list[int] = field(
        default_factory=list
    )  # times of the first value after being put on; at most one an hour
    settling_s: int = 0  # settling time of the current policy
    exchanged: bool = False  # another sensor without a valid value yet
    lost: bool = False  # no value within the hold time
    bad_since: int | None = None
    bad_told: set[str] = field(default_factory=set)  # invalid rules violated since then
    # By frozen rule: how long the value was unchanged, up to the last value.
    same_for: dict[str, int] = field(default_factory=dict)
    at: int = 0  # of the last reading of any quality
    known: dict[str, int] = field(default_factory=dict)  # by rule: the last evaluated value
    judged_at: int = 0  # all rules have evaluated the values up to this time
    unjudged: list[tuple[int, int]] = field(default_factory=list)  # past unjudged times
    judged_since: int | None = None  # without interruption, within an episode
    episodes: list[int] = field(
        default_factory=list
    )  # starts, except for one before the first value
    in_episode: bool = False
    episode: int = 1  # number of the current one within an hour
    fired: set[str] = field(default_factory=set)  # violated absent and invalid rules

    def __post_init__(self) -> None:
        """Split the name."""
        self.label, _, self.signal = self.name.partition("/")
        self.hold = HOLD_S[self.signal] * SECOND  # the longest validity of a value
        self.judged_at = self.began
        self._stands = -1, 0  # number of arrivals, and the validity of the last one

    @property
    def settling_began(self) -> int | None:
        """Return when its sensor was last put on."""
        return self.settlings[-1] if self.settlings else None

    # Values

    def add(self, at: int, steps: int) -> None:
        """Add a valid value."""
        self.samples.append((at, steps))
        middle = stats.median([each for _, each in stats.within(self.samples, at, 60)])
        self.medians.append((at, middle or 0))

    @property
    def last(self) -> int | None:
        """Return the last valid value."""
        return self.samples[-1][1] if self.samples else None

    def stands(self) -> int:
        """Return how long the last value is valid."""
        if len(self.arrivals) == self._stands[0]:
            return self._stands[1]
        recent = self.arrivals[-30:]
        gaps = [late - early for early, late in pairwise(recent)]
        gaps = [gap for gap in gaps if gap > 0][-9:]
        nominal = NOMINAL_S.get(self.signal, 1) * SECOND
        expected = median_low(gaps) if len(gaps) > 2 else nominal
        self._stands = len(self.arrivals), min(self.hold, max(expected, nominal) * 3 // 2)
        return self._stands[1]

    def measured(self, at: int) -> int:
        """Return the time of a reading, which is always after the previous one."""
        self.at = max(at, self.at + 1)
        return self.at

    def value_of(self, part: Part, now: int) -> float | None:
        """Return the statistic that a rule evaluates."""
        value = stats.statistic(self.samples, now, part.statistic, part.window_s)
        return None if value is None else value  # type: ignore[return-value]

    def limit_of(self, limit: Limit | None, now: int) -> float | None:
        """Return the limit for the value measured at `now`, calculated without that value."""
        if limit is None:
            return None
        before = self.samples[: bisect_right(self.samples, now - 1, key=lambda each: each[0])]
        middle: float | None
        deviation: float | None = None
        match limit.anchor:
            case "":
                return limit.offset
            case "baseline":
                middle, deviation = self.baseline or (None, None)
            case "ewma":
                reach = limit.window_s * SECOND
                gone = not before or now - before[-1][0] > reach
                middle = None if gone else stats.ewma(before, before[-1][0], limit.window_s)
            case _:
                span, hold = limit.window_s, HOLD_S[self.signal]
                if stats.covered_ns(before, now, span, hold) < span * SECOND / 2:
                    return None
                values = [steps for _, steps in stats.within(before, now, span)]
                middle, spread = stats.median(values), stats.spread(values)
                deviation = None if spread is None else self._floored(spread)
        if middle is None or (limit.spreads and deviation is None):
            return None
        return middle + limit.offset + limit.spreads * (deviation or 0)

    def _floored(self, spread: float) -> float:
        return max(spread, float(SPREAD_FLOOR.get(self.signal, 0)))

    def establish(self, now: int) -> tuple[float, float] | None:
        """Return the baseline of the 10 minutes before `now`, if there are enough values."""
        began = [each for each in self.settlings if each <= now and self.settling_s]
        expected_since = (began[-1] if began else self.began) + self.settling_s * SECOND
        kept = self.samples[-1][0] - KEPT if self.samples else 0
        known = [each for each in self.samples if each[0] > kept and not self.was_settling(each[0])]
        covered = stats.covered_ns(known, now, BASELINE_S, HOLD_S[self.signal])
        available = min(BASELINE_S * SECOND, now - expected_since)
        if covered < BASELINE_S * SECOND / 2 or available <= 0 or covered < 0.7 * available:
            return None
        values = [steps for _, steps in stats.within(known, now, BASELINE_S)]
        middle, spread = stats.median(values), stats.spread(values)
        if middle is None or spread is None:
            return None
        return middle, self._floored(spread)

    def rise_of(self, now: int, within_s: int) -> float | None:
        """Return the rise of the minute's median over the lowest one of the last `within_s`."""
        medians = stats.within(self.medians, now, within_s)
        for began in self.settlings:
            settled = began + self.settling_s * SECOND
            medians = [each for each in medians if not began <= each[0] < settled]
        middles = [middle for _, middle in medians]
        return middles[-1] - min(middles) if middles else None

    # Whether it is evaluated

    @property
    def judged_until(self) -> int:
        """Return when it becomes unjudged without further values."""
        return self.judged_at + self.hold

    def absent_at(self, after_s: int) -> int:
        """Return when it has been unjudged for `after_s` without further values.

        That is without interruption, or when its hold time and the unjudged times, including those
        within `5 * after_s` before the current one, add up to it.
        """
        began, after = self.judged_until, after_s * SECOND
        first = began - 5 * after
        recent = self.unjudged[bisect_right(self.unjudged, first, key=lambda each: each[1]) :]
        spent = sum(end - max(first, start) for start, end in recent)
        return min(self.judged_at + after, began + max(0, after - self.hold - spent))

    def is_unjudged(self, now: int) -> bool:
        """Return whether it is unjudged."""
        return now >= self.judged_until

    def begin_episode(self, now: int) -> None:
        """Begin an episode of signal loss alarms."""
        self.in_episode = True
        if self.samples:
            self.episodes.append(now)
        self.episode = max(1, sum(1 for began in self.episodes if now - began < HOUR))

    # Settling

    def puts_on(self, now: int, measured: int) -> bool:
        """Return whether a valid value received now is the first since the sensor was put on."""
        if self.settling_began is None:
            return True
        if measured - self.settling_began < HOUR:
            return False
        if self.exchanged or now - self.packets[-1][0] >= NOTHING_AT_ALL:
            return True
        off: list[int] = []
        for at, says in reversed(self.packets):
            if says == "good" or (off and off[-1] - at > self.hold):
                break
            if says == "off":
                off.append(at)
        return bool(off) and off[0] - off[-1] >= OFF_BODY

    def settled(self) -> int:
        """Return the end of the settling time."""
        began = self.began if self.settling_began is None else self.settling_began
        return began + self.settling_s * SECOND

    def was_settling(self, at: int) -> bool:
        """Return whether the sensor was settling at a past time."""
        return any(began <= at < began + self.settling_s * SECOND for began in self.settlings)
