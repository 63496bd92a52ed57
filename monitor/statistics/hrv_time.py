"""Heart rate variability in the time domain, and of the Poincaré plot. Pure.

Source: Task Force of the ESC and NASPE, "Heart rate variability", Circulation 1996, 93; Brennan et
al., IEEE Trans Biomed Eng 2001, 48(11) (SD1 and SD2).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

_LEAST = 3  # intervals with two differences
_PNN_MS = 50.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeDomain:
    """Measures of normal-to-normal intervals, in ms unless stated otherwise.

    Attributes:
        mean_nn: mean interval.
        mean_hr: 60,000 / `mean_nn`, in /min.
        sdnn: standard deviation of intervals (n - 1).
        rmssd: root of the mean squared difference of adjacent intervals.
        sdsd: standard deviation of these differences (n - 1).
        pnn50: share of differences above 50 ms, in percent of all differences.
        sd1: standard deviation across the line of identity of the Poincaré plot (n - 1).
        sd2: standard deviation along it (n - 1).
    """

    mean_nn: float
    mean_hr: float
    sdnn: float
    rmssd: float
    sdsd: float
    pnn50: float
    sd1: float
    sd2: float


def time_domain(nn_ms: Values, follows: NDArray[np.bool_]) -> TimeDomain | None:
    """Return the measures of some intervals, or None if there are fewer than two differences.

    Args:
        nn_ms: intervals in their order; shape (n,).
        follows: whether an interval is adjacent to the one before; shape (n,).
    """
    adjacent = np.flatnonzero(follows[1:])
    first, second = nn_ms[adjacent], nn_ms[adjacent + 1]
    difference = second - first
    if len(nn_ms) < _LEAST or len(difference) < _LEAST - 1:
        return None
    mean_nn = float(nn_ms.mean())
    return TimeDomain(
        mean_nn=mean_nn,
        mean_hr=60_000 / mean_nn,
        sdnn=float(nn_ms.std(ddof=1)),
        rmssd=float(np.sqrt((difference**2).mean())),
        sdsd=float(difference.std(ddof=1)),
        pnn50=float(100 * (np.abs(difference) > _PNN_MS).mean()),
        sd1=float((difference / np.sqrt(2)).std(ddof=1)),
        sd2=float(((first + second) / np.sqrt(2)).std(ddof=1)),
    )
