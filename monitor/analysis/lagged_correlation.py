"""Correlation of two signals at many lags, compared with that of shifted signals. Pure.

Physiological signals change slowly, so that unrelated ones correlate by chance much more often than
tables for independent values say. The null distribution is therefore that of the same two signals,
one of them shifted in a circle: this keeps the variation of each over time and breaks only their
common timing. Source: circular shifts as surrogate data: Quian Quiroga, Kraskov, Kreuz and
Grassberger, Phys Rev E 65, 041903 (2002); correction for many lags by the largest value: Nichols
and Holmes, Human Brain Mapping 15, 1 (2002).

Shifts differ by the whole range of lags. Closer ones would look at the same pairs of values again:
they make a p value smaller, but add no evidence. With few shifts, so that lags are long compared
with the recording, no p value is small.

After a dose most signals rise and fall together, which is one common event and no evidence of more:
remove the slow course with `detrend_s`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_FEWEST_PAIRS = 30
_FEWEST_SHIFTS = 4
_BAND = (2.5, 97.5)  # percent


@dataclass(frozen=True, slots=True, kw_only=True)
class LaggedCorrelation:
    """Correlation by lag; columns of shape (n,).

    Attributes:
        lag_s: lags in seconds; positive: the second signal follows the first.
        r: Pearson's correlation; NaN with fewer than 30 pairs.
        band: middle 95 % of the correlations of shifted signals; None without any.
        peak_lag_s: lag of the largest absolute correlation; None without any.
        peak_r: that correlation.
        p_value: share of shifts whose largest absolute correlation at any lag is at least as
            large, the recording itself included; None without any. At least 1 / (1 + shifts).
        shifts: number of shifts.
    """

    lag_s: NDArray[np.float64]
    r: NDArray[np.float64]
    band: tuple[float, float] | None
    peak_lag_s: float | None
    peak_r: float | None
    p_value: float | None
    shifts: int


def lagged_correlation(
    first: NDArray[np.float64],
    second: NDArray[np.float64],
    step_s: float,
    longest_s: float,
    *,
    detrend_s: float | None = None,
) -> LaggedCorrelation:
    """Return the correlation of two signals at lags up to `longest_s` in both directions.

    Args:
        first: values on equal steps, shape (m,); NaN where there is none.
        second: likewise.
        step_s: length of a step in seconds.
        longest_s: longest lag.
        detrend_s: subtract the mean over this time around each value; None: do not.

    Raises:
        ValueError: the signals differ in length, or are too short for this lag: twelve times the
            longest lag is enough.
    """
    if first.shape != second.shape:
        raise ValueError("the two signals have different lengths")
    most = max(0, round(longest_s / step_s))
    lags = 2 * most + 1
    # None at which a relation at any lag comes back into view at another.
    shifts = range(lags, len(first) - lags + 1, lags)
    if len(shifts) < _FEWEST_SHIFTS:
        raise ValueError(
            f"the signals are too short for lags of {longest_s:g} s: {len(first)} steps of "
            f"{step_s:g} s; use shorter lags"
        )
    if detrend_s is not None:
        width = max(1, round(detrend_s / step_s) // 2)
        first, second = _detrended(first, width), _detrended(second, width)
    correlate = _Correlation(first, most)
    r = correlate(second)
    null = np.array([correlate(np.roll(second, shift)) for shift in shifts])
    chance = null[~np.isnan(null)]
    band = peak = p_value = None
    if len(chance):
        low, high = np.percentile(chance, _BAND)
        band = float(low), float(high)
    if not np.isnan(r).all():
        peak = int(np.nanargmax(np.abs(r)))
        largest = np.where(np.isnan(null), 0.0, np.abs(null)).max(axis=1)
        # As large up to rounding: of equal signals all are.
        p_value = (1 + int((largest >= abs(r[peak]) - 1e-12).sum())) / (1 + len(shifts))
    return LaggedCorrelation(
        lag_s=np.arange(-most, most + 1, dtype=np.float64) * step_s,
        r=r,
        band=band,
        peak_lag_s=None if peak is None else (peak - most) * step_s,
        peak_r=None if peak is None else float(r[peak]),
        p_value=p_value,
        shifts=len(shifts),
    )


class _Correlation:
    """Correlation of a fixed signal with others at all lags, from sums over pairs by FFT."""

    def __init__(self, first: NDArray[np.float64], most: int) -> None:
        self._most, self._length = most, len(first)
        self._size = 1 << (2 * len(first) - 1).bit_length()
        known, centred = _centred(first)
        self._known = self._transform(known).conj()
        self._values = self._transform(centred).conj()
        self._squares = self._transform(centred**2).conj()

    def __call__(self, second: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the correlation at lags from -most to most, shape (2 most + 1,)."""
        known, centred = _centred(second)
        known_f, values_f = self._transform(known), self._transform(centred)
        squares_f = self._transform(centred**2)
        pairs = np.round(self._sums(self._known * known_f))
        sum_x = self._sums(self._values * known_f)
        sum_y = self._sums(self._known * values_f)
        number = np.maximum(pairs, 1)
        xy = self._sums(self._values * values_f) - sum_x * sum_y / number
        xx = self._sums(self._squares * known_f) - sum_x**2 / number
        yy = self._sums(self._known * squares_f) - sum_y**2 / number
        found = np.full(len(pairs), np.nan)
        # A signal without variation has no correlation; rounding leaves a little.
        some = (pairs >= _FEWEST_PAIRS) & (xx > 1e-9 * number) & (yy > 1e-9 * number)
        found[some] = np.clip(xy[some] / np.sqrt(xx[some] * yy[some]), -1.0, 1.0)
        return found

    def _transform(self, values: NDArray[np.float64]) -> NDArray[np.complex128]:
        return np.fft.rfft(values, self._size)

    def _sums(self, product: NDArray[np.complex128]) -> NDArray[np.float64]:
        whole = np.fft.irfft(product, self._size)
        most = self._most
        return np.concatenate(
            (whole[self._size - most :] if most else whole[:0], whole[: most + 1])
        )


def _centred(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return 1 where there is a value, and values in standard deviations from their mean, or 0."""
    known = ~np.isnan(values)
    if not known.any():
        return known.astype(np.float64), np.zeros(len(values))
    mean, sd = float(values[known].mean()), float(values[known].std())
    return known.astype(np.float64), np.where(known, (values - mean) / (sd or 1.0), 0.0)


def _detrended(values: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    """Subtract the mean of the known values from `width` steps before to `width` after each."""
    known, total = ~np.isnan(values), np.where(np.isnan(values), 0.0, values)
    sums = np.concatenate(([0.0], np.cumsum(total)))
    numbers = np.concatenate(([0], np.cumsum(known)))
    place = np.arange(len(values))
    first, last = np.maximum(0, place - width), np.minimum(len(values), place + width + 1)
    number = np.maximum(1, numbers[last] - numbers[first])
    return np.where(known, values - (sums[last] - sums[first]) / number, np.nan)
