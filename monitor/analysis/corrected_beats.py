"""Beats of a recorded session after the correction of artefacts, on the session's clock. Pure."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from devices.packets import Quality
from devices.signals import SIGNALS
from monitor.analysis.recorded_beats import BeatSeries
from monitor.analysis.recorded_tables import Times, Values
from monitor.statistics.beat_correction import correct

_RR = SIGNALS["rr_interval"]
_USED = (Quality.GOOD, Quality.OUT_OF_RANGE)  # artefacts are usually out of range
_LONGEST_MS = 10_000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class NormalBeats:
    """Normal-to-normal intervals of one sensor; columns of shape (n,).

    Attributes:
        channel: such as ``strap/rr_interval``.
        at_ns: time of the beat that ends each interval.
        nn_ms: the interval.
        follows: whether the interval is adjacent to the one before.
        artefact_ns: time of each beat that was added, moved or removed, and of each interval
            that was left out; shape (m,).
    """

    channel: str
    at_ns: Times
    nn_ms: Values
    follows: NDArray[np.bool_]
    artefact_ns: Times


def normal_beats(beats: BeatSeries) -> NormalBeats:
    """Correct the beats of a sensor, each series between two gaps by itself.

    Intervals that are still outside 300 to 2000 ms, which happens at the ends of a series, are left
    out and counted as artefacts.
    """
    used = np.isin(beats.quality, _USED) & (beats.rr_ms > 0) & (beats.rr_ms < _LONGEST_MS)
    follows = beats.follows & used
    follows[1:] &= used[:-1]
    at_ns, rr_ms = beats.at_ns[used], beats.rr_ms[used]
    starts = np.flatnonzero(~follows[used])
    parts = [
        _series(at_ns[first:last], rr_ms[first:last])
        for first, last in pairwise([*starts, len(at_ns)])
    ]
    none = (np.empty(0, np.int64), np.empty(0), np.empty(0, np.bool_), np.empty(0, np.int64))
    at_ns, nn_ms, adjacent, artefact_ns = (
        np.concatenate(column) for column in zip(none, *parts, strict=True)
    )
    return NormalBeats(
        channel=beats.channel,
        at_ns=at_ns,
        nn_ms=nn_ms,
        follows=adjacent,
        artefact_ns=np.sort(artefact_ns),
    )


def _series(at_ns: Times, rr_ms: Values) -> tuple[Times, Values, NDArray[np.bool_], Times]:
    """Return times, intervals, adjacency and artefacts of beats without a gap."""
    recorded_ms = np.concatenate([[0.0], np.cumsum(rr_ms)])
    base_ns = at_ns[0] - round(rr_ms[0] * 1e6)
    since_ns = np.concatenate([[0], at_ns - base_ns]).astype(np.float64)

    def clock_ns(times_ms: Values) -> Times:
        since = np.round(np.interp(times_ms, recorded_ms, since_ns)).astype(np.int64)
        return np.asarray(since + base_ns, dtype=np.int64)

    found = correct(recorded_ms)
    nn_ms, ends_ns = np.diff(found.times_ms), clock_ns(found.times_ms)[1:]
    sound = (nn_ms >= _RR.lowest) & (nn_ms <= _RR.highest)
    follows = np.ones(len(nn_ms), dtype=np.bool_)
    follows[:1] = False
    follows[1:] = sound[:-1]
    artefacts = np.concatenate(
        [
            clock_ns(found.times_ms[found.moved]),
            clock_ns(found.removed_ms),
            ends_ns[~sound],
        ]
    )
    return ends_ns[sound], nn_ms[sound], follows[sound], artefacts
