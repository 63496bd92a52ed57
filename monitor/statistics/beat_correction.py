"""Correction of artefacts in series of RR intervals, after the session: it uses future beats. Pure.

Source: Lipponen and Tarvainen, "A robust algorithm for heart rate variability time series artefact
correction using novel beat classification", J Med Eng Technol 2019, 43(3): time-varying thresholds
from the quartiles of 91 beats, classes extra, missed, ectopic, and long or short. As in Kubios, an
extra beat is removed, a missed one is added halfway, and others are moved halfway between their
neighbours; this is repeated while it leaves fewer artefacts.
"""

import enum
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

_ALPHA = 5.2
_WINDOW = 91
_MEDIAN_OF = 11
_C1, _C2 = 0.13, 0.17
_MOST_DEVIATION = 3.0
_RESOLUTION_MS = 1000 / 1024
_PART = 4096  # windows that are sorted together: they stay in the cache
_LEAST = 4  # intervals; fewer cannot be classified


class Artefact(enum.Enum):
    """Class of an artefact."""

    EXTRA = "extra"  # a beat that was none
    MISSED = "missed"  # a beat is missing
    ECTOPIC = "ectopic"
    LONG_SHORT = "long or short"  # a beat at a wrong time


@dataclass(frozen=True, slots=True)
class CorrectedBeats:
    """A corrected series of adjacent beats.

    Attributes:
        times_ms: time of each beat; shape (n,), increasing.
        moved: True for each beat that was added or moved; shape (n,).
        removed_ms: times of beats that were removed.
    """

    times_ms: Values
    moved: NDArray[np.bool_]
    removed_ms: Values


def correct(times_ms: Values) -> CorrectedBeats:
    """Correct the artefacts of a series of adjacent beats.

    Args:
        times_ms: time of each beat, increasing; shape (n,).

    >>> beats = np.cumsum([800.0 + 10 * (n % 3) for n in range(60)])
    >>> found = correct(np.delete(beats, 30))
    >>> len(found.times_ms), int(found.moved.sum()), len(found.removed_ms)
    (60, 1, 0)
    """
    times = np.asarray(times_ms, dtype=np.float64)
    moved = np.zeros(len(times), dtype=np.bool_)
    removed: list[float] = []
    found = classify(times)
    while found:
        times, moved, gone = _apply(found, times, moved)
        removed += gone
        left = classify(times)
        if len(left) >= len(found):
            break
        found = left
    return CorrectedBeats(times, moved, np.array(removed, dtype=np.float64))


def classify(times_ms: Values) -> dict[int, Artefact]:
    """Return the class of each artefact by the index of its beat."""
    if len(times_ms) <= _LEAST:
        return {}
    rr = np.empty(len(times_ms))
    rr[1:] = np.diff(times_ms)
    rr[0] = rr[1:].mean()  # the first beat ends no known interval
    change = np.empty(len(rr))
    change[1:] = np.diff(rr)
    change[0] = change[1:].mean()
    change /= _threshold(change)
    median = _rolling(rr, _MEDIAN_OF, lambda windows: _quantile(windows, 0.5))
    deviation = rr - median
    deviation[deviation < 0] *= 2
    limit = _threshold(deviation)
    return _decide(rr, change, deviation / limit, median, limit)


def _decide(
    rr: Values, change: Values, deviation: Values, median: Values, limit: Values
) -> dict[int, Artefact]:
    """Walk through the decisions of figure 1 of the paper."""
    padded = np.pad(change, 2, mode="reflect")
    before, after, second = padded[1:-3], padded[3:-1], padded[4:]
    found: dict[int, Artefact] = {}
    beat = 0
    while beat < len(rr) - 2:
        step = change[beat]
        if abs(step) <= 1:
            beat += 1
            continue
        opposite = (
            max(before[beat], after[beat]) < -_C1 * step - _C2
            if step > 0
            else min(before[beat], after[beat]) > -_C1 * step + _C2
        )
        if opposite:
            found[beat] = Artefact.ECTOPIC
            beat += 1
            continue
        both = abs(change[beat + 1]) < abs(change[beat + 2])
        for each in (beat, beat + 1) if both else (beat,):
            beat += 1
            long = change[each] > 1 and min(after[each], second[each]) < -1
            short = change[each] < -1 and max(after[each], second[each]) > 1
            if not (long or short or abs(deviation[each]) > _MOST_DEVIATION):
                continue
            if short and abs(rr[each] + rr[each + 1] - median[each]) < limit[each]:
                found[each] = Artefact.EXTRA
            elif long and abs(rr[each] / 2 - median[each]) < limit[each]:
                found[each] = Artefact.MISSED
            else:
                found[each] = Artefact.LONG_SHORT
    return found


def _apply(
    found: dict[int, Artefact], times: Values, moved: NDArray[np.bool_]
) -> tuple[Values, NDArray[np.bool_], list[float]]:
    """Return corrected times, with what was added or moved, and the times that were removed."""
    kept = np.ones(len(times), dtype=np.bool_)
    kept[[beat for beat, kind in found.items() if kind is Artefact.EXTRA]] = False
    missed = [n for n, kind in found.items() if kind is Artefact.MISSED and n > 1]
    number = np.arange(len(times), dtype=np.float64)
    added = np.array(missed, dtype=np.float64) - 0.5
    # Added beats are placed between those that remain.
    order = np.argsort(np.concatenate([number[kept], added]), kind="stable")
    numbers = np.concatenate([number[kept], added])[order]
    remaining, remaining_moved = times[kept], moved[kept]
    where = np.searchsorted(number[kept], added)
    where = np.clip(where, 1, max(len(remaining) - 1, 1))
    halfway = (remaining[where - 1] + remaining[where]) / 2 if len(added) else np.empty(0)
    times_new = np.concatenate([remaining, halfway])[order]
    moved_new = np.concatenate([remaining_moved, np.ones(len(added), dtype=np.bool_)])[order]
    position = {int(n): at for at, n in enumerate(numbers) if n == int(n)}
    for kind in (Artefact.ECTOPIC, Artefact.LONG_SHORT):
        at = [position[n] for n, each in found.items() if each is kind]
        at = [n for n in at if 1 < n < len(times_new) - 1]
        times_new[at] = [(times_new[n - 1] + times_new[n + 1]) / 2 for n in at]
        moved_new[at] = True
        times_new.sort()
    return times_new, moved_new, times[~kept].tolist()


def _threshold(values: Values) -> Values:
    """Return alpha times half the distance of the quartiles of the 91 values around each.

    Where these are equal, as in a rhythm without any variation, it is the resolution of a strap.
    """

    def spread(windows: Values) -> Values:
        return (_quantile(windows, 0.75) - _quantile(windows, 0.25)) / 2

    threshold = _ALPHA * _rolling(np.abs(values), _WINDOW, spread)
    threshold[threshold == 0] = _RESOLUTION_MS
    return threshold


def _quantile(ordered: Values, share: float) -> Values:
    """Return what `numpy.quantile` does, from sorted values in the last axis."""
    last = ordered.shape[-1] - 1
    below = int(share * last)
    part = share * last - below
    low, high = ordered[..., below], ordered[..., min(below + 1, last)]
    step = high - low
    return np.asarray(low + step * part if part < 0.5 else high - step * (1 - part))  # noqa: PLR2004 - as NumPy rounds


def _rolling(values: Values, width: int, reduce: Callable[[Values], Values]) -> Values:
    """Return a function of the window around each value, which is shorter at both ends.

    It gets the windows sorted: for many short ones that is a quarter of the time of quantiles.
    """
    half = width // 2
    count = len(values)
    out = np.empty(count)
    for at in (*range(min(half, count)), *range(max(half, count - half), count)):
        out[at] = reduce(np.sort(values[max(0, at - half) : at + half + 1]))
    if count > 2 * half:
        windows = np.lib.stride_tricks.sliding_window_view(values, width)
        for at in range(0, len(windows), _PART):
            part = np.sort(windows[at : at + _PART], axis=-1)
            out[half + at : half + at + len(part)] = reduce(part)
    return out
