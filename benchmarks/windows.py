"""Rolling statistics at each sample: half an hour compared with a minute, and with River.

One sample a second, irregular as sensors are, in windows that are full. River's mean and variance
are over the same times; its minimum and quantile know counts only, so they are given as many
samples as the window holds.
"""

import random
import statistics
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import accumulate
from time import process_time_ns

from river import stats, utils

from alerts.policy.conditions import StatisticName as Name
from benchmarks.results import Result, ratio
from monitor.statistics.hrv import BeatSums, BeatWindow
from monitor.statistics.rr_artifacts import Beat
from monitor.statistics.windows import Ewma, Window

ROUNDS = 7
SAMPLES = 5_000
SPANS_S = (60, 1800)
ALL = frozenset(Name) - {Name.LAST, Name.EWMA, Name.RMSSD, Name.SDNN}
PAIRS = {"mean": Name.MEAN, "variance": Name.SD, "minimum": Name.MIN, "median": Name.MEDIAN}
_HOLD_NS = 10 * 10**9


@dataclass(frozen=True, slots=True)
class Sample:
    """One sample in the form of each implementation; prepared before the measurement."""

    at_ns: int
    at: datetime
    steps: int
    value: float
    beat: Beat


Feed = Callable[[Sample], object]
Key = tuple[str, int]  # contender, seconds of the window


def run() -> list[Result]:
    """Return the ratios of the times that a sample takes in each window."""
    samples = _samples(max(SPANS_S) * 2 + SAMPLES)
    contenders = {
        (name, span_s): partial(make, span_s)
        for name, make in _CONTENDERS.items()
        for span_s in SPANS_S
    }
    taken: dict[tuple[str, int], list[float]] = {key: [] for key in contenders}
    for _ in range(ROUNDS):
        for key, make in contenders.items():
            taken[key].append(_ns_each(make(), samples))
    ns = {key: statistics.median(values) for key, values in taken.items()}
    short_s, long_s = SPANS_S

    def compared(name: str, mine: Key, other: Key, measured: str, alternative: str) -> Result:
        return Result(
            name=f"windows {name}",
            measured=measured,
            alternative=alternative,
            value=ratio(taken[mine], taken[other]),
            figures=f"{ns[mine]:,.0f} ns against {ns[other]:,.0f} ns",
        )

    for name in PAIRS:
        for span_s in SPANS_S:
            mine, other = (name, span_s), (f"river {name}", span_s)
            print(
                f"  {name}, {span_s} s: ours {ns[mine]:,.0f} ns, river {ns[other]:,.0f} ns, "
                f"{ratio(taken[mine], taken[other]):.2f} times"
            )
    grown = [
        compared(name, (name, long_s), (name, short_s), f"{measured}: 30 minutes", "the same, 60 s")
        for name, measured in (
            ("all nine", "a sample added to a full window, and eight statistics with an EWMA read"),
            ("beats", "a beat added to a full window, and RMSSD and SDNN read"),
        )
    ]
    return grown + [
        compared(
            f"{span_s} s",
            ("these four", span_s),
            ("river these four", span_s),
            f"mean, deviation, minimum, median at each sample, window of {span_s} s",
            "River's `TimeRolling` mean and variance, `RollingMin`, `RollingQuantile`",
        )
        for span_s in SPANS_S
    ]


def _samples(count: int) -> list[Sample]:
    rng = random.Random(8)
    began = datetime(2026, 1, 1)  # noqa: DTZ001 - River knows no time zones
    # Whole microseconds, the resolution of a datetime.
    times = list(accumulate(rng.randint(900_000, 1_100_000) for _ in range(count)))
    levels = list(accumulate(rng.randint(-3, 3) for _ in range(count)))
    beats = [1024 + rng.randint(-40, 40) for _ in range(count)]
    return [
        Sample(
            us * 1000,
            began + timedelta(microseconds=us),
            3700 + level,
            float(3700 + level),
            Beat(us * 1000, beat, beat - before),
        )
        for us, level, beat, before in zip(times, levels, beats, [1024, *beats], strict=False)
    ]


def _ns_each(feed: Feed, samples: list[Sample]) -> float:
    for sample in samples[:-SAMPLES]:
        feed(sample)
    began = process_time_ns()
    for sample in samples[-SAMPLES:]:
        feed(sample)
    return (process_time_ns() - began) / SAMPLES


def _window(names: frozenset[Name], span_s: int) -> Feed:
    window = Window(span_s * 10**9, _HOLD_NS)

    def feed(sample: Sample) -> None:
        window.add(sample.at_ns, sample.steps)
        for name in names:
            window.value(name)

    return feed


def _all_nine(span_s: int) -> Feed:
    window, mean = _window(ALL, span_s), Ewma(span_s * 10**9)

    def feed(sample: Sample) -> None:
        window(sample)
        mean.add(sample.at_ns, sample.steps)
        _ = mean.value

    return feed


def _beats(span_s: int) -> Feed:
    beats = BeatSums()
    window = BeatWindow(span_s * 10**9, beats)

    def feed(sample: Sample) -> None:
        beats.add([sample.beat])
        window.rmssd()
        window.sdnn()

    return feed


def _river_timed(statistic: type, span_s: int) -> Feed:
    rolling = utils.TimeRolling(statistic, period=timedelta(seconds=span_s))

    def feed(sample: Sample) -> None:
        rolling.update(sample.value, t=sample.at)
        rolling.get()

    return feed


def _river_counted(make: Callable[[int], stats.base.Univariate], span_s: int) -> Feed:
    rolling = make(span_s)

    def feed(sample: Sample) -> None:
        rolling.update(sample.value)
        rolling.get()

    return feed


_RIVER: dict[str, Callable[[int], Feed]] = {
    "mean": partial(_river_timed, stats.Mean),
    "variance": partial(_river_timed, stats.Var),
    "minimum": partial(_river_counted, stats.RollingMin),
    "median": partial(_river_counted, partial(stats.RollingQuantile, 0.5)),
}


def _river_four(span_s: int) -> Feed:
    feeds = [make(span_s) for make in _RIVER.values()]

    def feed(sample: Sample) -> None:
        for each in feeds:
            each(sample)

    return feed


_CONTENDERS: dict[str, Callable[[int], Feed]] = {
    "all nine": _all_nine,
    "beats": _beats,
    **{name: partial(_window, frozenset({which})) for name, which in PAIRS.items()},
    "these four": partial(_window, frozenset(PAIRS.values())),
    **{f"river {name}": make for name, make in _RIVER.items()},
    "river these four": _river_four,
}
