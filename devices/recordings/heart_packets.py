"""Heart rates and RR intervals of a recording, put together as a strap sends them. Pure."""

from collections.abc import Iterator

import numpy as np

from devices.recordings.recorded_file import Series
from devices.virtual.sample_sources import HeartSample

_STEPS_PER_MS = 1.024
_MOST_INTERVALS = 8  # that fit a notification of 20 bytes beside flags and a rate of two bytes
_WAIT_S = 2.0
_SAME_S = 0.05  # programs stamp the rate and the intervals of one notification separately
_MEDIAN_OF = 5
_HIGHEST_RATE = 1000


def heart_packets(rates: Series | None, intervals: Series | None) -> Iterator[HeartSample]:
    """Yield packets in order of time, with rates rounded to whole numbers.

    An interval waits for the next recorded rate, for 2 s at most. Intervals without one are sent at
    their beat, with the rate of the median of the last five intervals: a packet requires a rate.

    >>> beats = Series(np.array([0.8, 1.6]), np.array([800.0, 800.0]))
    >>> [(each.at_s, each.rate, each.rr) for each in heart_packets(None, beats)]
    [(0.8, 75, (819,)), (1.6, 75, (819,))]
    """
    rates, intervals = rates or Series.of([]), intervals or Series.of([])
    beats = list(zip(intervals.times_s.tolist(), intervals.values.tolist(), strict=True))
    recent: list[float] = []
    position = 0
    for at_s, rate in zip(rates.times_s.tolist(), rates.values.tolist(), strict=True):
        early = position
        while early < len(beats) and beats[early][0] < at_s - _WAIT_S:
            early += 1
        yield from _at_beats(beats[position:early], recent)
        end = early
        while end < len(beats) and beats[end][0] <= at_s + _SAME_S:
            end += 1
        steps = [_steps(interval_ms) for _, interval_ms in beats[early:end]]
        recent[:] = [*recent, *(interval_ms for _, interval_ms in beats[early:end])][-_MEDIAN_OF:]
        position = end
        while len(steps) > _MOST_INTERVALS:
            yield HeartSample(at_s=at_s, rate=round(rate), rr=tuple(steps[:_MOST_INTERVALS]))
            del steps[:_MOST_INTERVALS]
        yield HeartSample(at_s=at_s, rate=round(rate), rr=tuple(steps))
    yield from _at_beats(beats[position:], recent)


def _at_beats(beats: list[tuple[float, float]], recent: list[float]) -> Iterator[HeartSample]:
    """Yield a packet for each time with beats."""
    first = 0
    while first < len(beats):
        last = first
        while (
            last < len(beats)
            and beats[last][0] == beats[first][0]
            and last - first < _MOST_INTERVALS
        ):
            recent.append(beats[last][1])
            last += 1
        del recent[:-_MEDIAN_OF]
        rate = min(round(60_000 / float(np.median(recent))), _HIGHEST_RATE)
        steps = tuple(_steps(interval_ms) for _, interval_ms in beats[first:last])
        yield HeartSample(at_s=beats[first][0], rate=rate, rr=steps)
        first = last


def _steps(interval_ms: float) -> int:
    """Return an interval in 1/1024 s, the unit of a packet."""
    return min(max(round(interval_ms * _STEPS_PER_MS), 1), 0xFFFF)
