"""Heart rate variability in the frequency domain, from a Lomb-Scargle periodogram. Pure.

The periodogram needs no resampling, which would act as a low-pass filter, and accepts gaps. A
linear trend is removed first. The density is scaled so that its integral is the variance of the
intervals; a band is integrated over a fixed grid of 1/1200 Hz, which fits the edges of the bands.

Source: Scargle, Astrophys J 1982, 263; Laguna et al., IEEE Trans Biomed Eng 1998, 45(6), 698 (RR
intervals); bands: Task Force of the ESC and NASPE, Circulation 1996, 93.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

STEP_HZ = 1 / 1200
LF_HZ = (0.04, 0.15)
HF_HZ = (0.15, 0.4)
_LEAST = 10  # intervals
_LEAST_POWER = 1e-6  # ms²; below is the rounding of intervals without variation


@dataclass(frozen=True, slots=True, kw_only=True)
class FrequencyDomain:
    """Power of the intervals by band.

    Attributes:
        lf: 0.04 to 0.15 Hz, in ms².
        hf: 0.15 to 0.4 Hz, in ms².
        lf_nu: lf / (lf + hf), in percent.
        lf_hf: lf / hf, a number.
    """

    lf: float
    hf: float
    lf_nu: float
    lf_hf: float


def frequency_domain(times_s: Values, nn_ms: Values) -> FrequencyDomain | None:
    """Return the power of some intervals, or None if there are fewer than ten or none varies.

    Args:
        times_s: end of each interval, increasing; shape (n,).
        nn_ms: the intervals; shape (n,).
    """
    if len(nn_ms) < _LEAST:
        return None
    centred_s = times_s - times_s.mean()
    trend = np.polynomial.Polynomial.fit(centred_s, nn_ms, 1)
    values = nn_ms - trend(centred_s)
    lf, hf = (_power(centred_s, values, *band) for band in (LF_HZ, HF_HZ))
    if not hf > _LEAST_POWER:
        return None
    return FrequencyDomain(lf=lf, hf=hf, lf_nu=100 * lf / (lf + hf), lf_hf=lf / hf)


def lomb_scargle(times_s: Values, values: Values, frequencies_hz: Values) -> Values:
    """Return the periodogram of unevenly spaced values; shape of `frequencies_hz`.

    A sine of amplitude A gives len(values) A² / 4 at its frequency, as in Scargle (1982).
    """
    omega = 2 * np.pi * frequencies_hz[:, np.newaxis]
    phase = omega * times_s
    twice = 2 * phase
    tau = 0.5 * np.arctan2(np.sin(twice).sum(axis=1), np.cos(twice).sum(axis=1))
    phase -= tau[:, np.newaxis]
    cosine, sine = np.cos(phase), np.sin(phase)
    in_phase = (cosine @ values) ** 2 / (cosine**2).sum(axis=1)
    quadrature = (sine @ values) ** 2 / (sine**2).sum(axis=1)
    return np.asarray(0.5 * (in_phase + quadrature), dtype=np.float64)


def _power(times_s: Values, values: Values, low_hz: float, high_hz: float) -> float:
    """Return the integral of the one-sided density over a band, by the midpoint rule."""
    first, last = round(low_hz / STEP_HZ), round(high_hz / STEP_HZ)
    frequencies_hz = (np.arange(first, last, dtype=np.float64) + 0.5) * STEP_HZ
    mean_s = (times_s[-1] - times_s[0]) / (len(times_s) - 1)
    density = 2 * mean_s * lomb_scargle(times_s, values, frequencies_hz)
    return float(density.sum() * STEP_HZ)
