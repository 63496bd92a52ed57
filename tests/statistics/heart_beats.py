"""Beats as a strap sends them, and their RMSSD and SDNN computed independently in NumPy."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from monitor.statistics.rr_artifacts import Beat, BeatCheck

S = 10**9
Notification = tuple[int, tuple[int, ...]]  # (time, RR intervals in 1/1024 s, oldest first)
Heard = list[tuple[int, int | None, bool]]  # (time, interval if accepted, joined to the one before)


def judged(notifications: Sequence[Notification]) -> list[Beat]:
    """Return the result of the check for each beat; the decoder marks those out of range."""
    check, beats = BeatCheck(), []
    last_ns = 0
    for at_ns, intervals in notifications:
        check.notified(at_ns)
        for beat_ns, steps in laid_back(at_ns, intervals):
            last_ns = max(beat_ns, last_ns + 1)
            good = 308 <= steps <= 2048
            beats.append(check.check(last_ns, steps) if good else check.drop(last_ns))
    return beats


def laid_back(at_ns: int, intervals: Sequence[int]) -> list[tuple[int, int]]:
    """Return (time, interval): the last beat is at the time of the notification."""
    later = (np.cumsum([0, *intervals[:0:-1]])[::-1] * S // 1024)[: len(intervals)]
    return [(at_ns - int(ago), steps) for ago, steps in zip(later, intervals, strict=True)]


def plainly(notifications: Sequence[Notification]) -> Heard:
    """Return the same by the rules in `monitor.statistics.rr_artifacts`, without its state."""
    heard: Heard = []
    accepted: list[int] = []
    doubtful: list[int] = []  # in a row
    told = [at_ns for at_ns, _ in notifications]
    last = 0  # the notification that brought a beat
    for number, (at_ns, intervals) in enumerate(notifications):
        for place, (beat_ns, steps) in enumerate(laid_back(at_ns, intervals)):
            whole = True
            if place == 0 and number:
                longest = max(1.0, steps / 1024) + 0.5
                holes = [b - a for a, b in pairwise(told[last : number + 1])]
                whole = max(holes) <= longest * S
                whole &= at_ns - told[last] <= (steps / 1024 + 1.5) * S
            if place == 0:
                last = number
            moment = max(beat_ns, heard[-1][0] + 1 if heard else 1)
            joined = whole and bool(heard) and heard[-1][1] is not None
            if not 300 <= steps * 125 / 128 <= 2000:
                doubtful = []
                heard.append((moment, None, False))
                continue
            alike = bool(accepted) and abs(steps - accepted[-1]) <= accepted[-1] / 5
            if not alike:
                follows = doubtful and abs(steps - doubtful[-1]) <= doubtful[-1] / 5
                doubtful = [*doubtful, steps] if follows else [steps]
            if alike or len(doubtful) == 3:
                accepted.append(steps)
                doubtful = []
                heard.append((moment, steps, joined))
            else:
                heard.append((moment, None, False))
    return heard


def in_numpy(heard: Heard, now: int, span: int) -> tuple[float | None, float | None]:
    """Return RMSSD and SDNN in steps of (now - span, now]."""
    times = np.array([at for at, _, _ in heard], dtype=np.int64)
    intervals = np.array([np.nan if rr is None else rr for _, rr, _ in heard], dtype=np.float64)
    joined = np.array([j for *_, j in heard], dtype=bool)
    live = (times > now - span) & (times <= now)
    rr, joined = intervals[live], joined[live]
    known = ~np.isnan(rr)
    if not known.any() or np.mean(~known) > 0.05:
        return None, None
    pairs = joined[1:] & known[1:] & known[:-1]
    return (
        _rmssd(np.diff(rr)[pairs]) if _covered(rr[1:][pairs], span) else None,
        float(np.std(rr[known], ddof=1)) if _covered(rr[known], span) and known.sum() > 1 else None,
    )


def _rmssd(differences: NDArray[np.float64]) -> float:
    return float(np.sqrt(np.mean(np.square(differences))))


def _covered(rr: NDArray[np.float64], span: int) -> bool:
    return bool(np.sum(rr) / 1024 >= 0.7 * span / S)


@st.composite
def recordings(draw: st.DrawFn) -> list[Notification]:
    """Notifications about each second, with random artefacts, gaps and silences."""
    rate = draw(st.integers(500, 1500))
    noise = draw(st.sampled_from((5, 60, 160)))
    seconds = draw(st.integers(1, 90))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    disturbance = draw(st.sampled_from((0.0, 0.02, 0.2)))
    found: list[Notification] = []
    beat_s = 0.0
    for second in range(1, seconds):
        intervals: list[int] = []
        while beat_s < second:
            steps = int(rng.integers(rate - noise, rate + noise + 1))
            beat_s += steps / 1024
            artefact = int(rng.choice((100, 320, 2047, 2500, 2 * steps)))
            intervals.append(artefact if rng.random() < disturbance / 2 else steps)
        late = int(rng.integers(0, S if rng.random() < disturbance else S // 20))
        if rng.random() < disturbance / 2:
            beat_s += int(rng.integers(1, 40))
        if rng.random() < disturbance / 2:
            rate = int(rng.integers(400, 1600))
        if rng.random() >= disturbance:
            at_ns = max(second * S + late, found[-1][0] + 1 if found else 0)
            found.append((at_ns, tuple(intervals)))
    return found
