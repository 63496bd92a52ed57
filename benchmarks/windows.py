"""Rolling statistics at each sample: half an hour compared with a minute, and with River.

One sample a second, irregular as sensors are, in windows that are full. River's mean and variance
are over the same times; its minimum and quantile know counts only, so they are given as many
samples as the window holds.
"""

import random
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import accumulate

from river import stats, utils

from alerts.policy.rules import StatisticName as Name
from monitor.statistics.hrv import BeatWindow
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


def run() -> None:
    """Print the cost of a sample in each window, and the medians of each round's ratios."""
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
    print(f"windows: each sample enters, others leave, all is read; medians of {ROUNDS} rounds")
    for name in ("all nine", "beats"):
        short, long = ns[name, short_s], ns[name, long_s]
        print(
            f"  {name}: 60 s {short:,.0f} ns, 30 min {long:,.0f} ns a sample, "
            f"ratio {_ratio(taken[name, long_s], taken[name, short_s]):.2f}"
        )
    for span_s in SPANS_S:
        for name in (*PAIRS, "these four"):
            mine, other = (name, span_s), (f"river {name}", span_s)
            print(
                f"  {name}, {span_s} s: ours {ns[mine]:,.0f} ns, river {ns[other]:,.0f} ns, "
                f"ours takes {_ratio(taken[mine], taken[other]):.2f} times as long"
            )


def _ratio(mine: list[float], others: list[float]) -> float:
    return statistics.median(a / b for a, b in zip(mine, others, strict=True))


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
    began = time.perf_counter_ns()
    for sample in samples[-SAMPLES:]:
        feed(sample)
    return (time.perf_counter_ns() - began) / SAMPLES


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
    window = BeatWindow(span_s * 10**9)

    def feed(sample: Sample) -> None:
        window.add(sample.beat)
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
