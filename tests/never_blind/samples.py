"""Statistics of a list of samples, each calculated from the whole list on every request.

A sample is (nanosecond, steps). No code is shared with the engine's windows.
"""

from bisect import bisect_right
from collections.abc import Sequence
from fractions import Fraction
from operator import itemgetter
from typing import TypeVar

SECOND = 10**9
Sample = tuple[int, int]
Timed = TypeVar("Timed", bound=tuple[int, float])
_AT = itemgetter(0)


def within(samples: Sequence[Timed], now: int, span_s: float) -> Sequence[Timed]:
    """Return the samples in (now - span, now]."""
    first = bisect_right(samples, now - round(span_s * SECOND), key=_AT)
    return samples[first : bisect_right(samples, now, key=_AT)]


def median(values: Sequence[float]) -> float | None:
    """Return the median."""
    if not values:
        return None
    ordered = sorted(values)
    return (ordered[len(ordered) // 2] + ordered[~(len(ordered) // 2)]) / 2


def spread(values: Sequence[float]) -> float | None:
    """Return 1.4826 times the median absolute deviation from the median."""
    middle = median(values)
    if middle is None:
        return None
    deviation = median([abs(value - middle) for value in values])
    return None if deviation is None else 1.4826 * deviation


def ewma(samples: Sequence[Sample], now: int, half_life_s: int) -> float | None:
    """Return the exponentially weighted mean with a half-life, to nine decimals."""
    weights = weighted = 0.0
    for at, steps in reversed(samples):
        if at > now:
            continue
        age = (now - at) / (half_life_s * SECOND)
        if age > 60:
            break
        weights += 2.0**-age
        weighted += 2.0**-age * steps
    return round(weighted / weights, 9) if weights else None


def covered_ns(samples: Sequence[Sample], now: int, span_s: int, hold_s: int) -> int:
    """Return the time within the span before now that is covered by values and their hold times."""
    began, covered = now - span_s * SECOND, 0
    first = max(0, bisect_right(samples, began, key=_AT) - 1)
    known = samples[first : bisect_right(samples, now, key=_AT)]
    for number, (at, _) in enumerate(known):
        following = known[number + 1][0] if number + 1 < len(known) else now
        covered += max(0, min(following, at + hold_s * SECOND) - max(at, began))
    return covered


def statistic(
    samples: Sequence[Sample], now: int, name: str, window_s: int
) -> float | Fraction | None:
    """Return a statistic of a policy at a time; None without enough values."""
    if name == "last":
        last = bisect_right(samples, now, key=_AT)
        return samples[last - 1][1] if last else None
    if name == "ewma":
        return ewma(samples, now, window_s)
    values = [steps for _, steps in within(samples, now, window_s)]
    if not values:
        return None
    match name:
        case "median":
            return median(values)
        case "mean":
            return Fraction(sum(values), len(values))
        case "min":
            return min(values)
        case "max":
            return max(values)
    raise ValueError(name)
