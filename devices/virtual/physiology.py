"""A simulated body in a session after a dose, with consistent heart beats and temperatures.

Figures: docs/decisions/0006-virtual-body.md. Heart rate rises by 28 /min with its peak 1.75 h after
the dose and is back by 6 h; core temperature rises by 0.5 degrees, peak at 2.5 h; a supplement
adds 0.4 times that, with its peak 1.25 h later; respiratory variation of the heart rate halves at
the peak; blood pressure rises by 25/7 mmHg and fingers cool by 3 degrees, in step with heart rate.
Deterministic: the same seed gives the same beats in every iteration.
"""

import math
import random
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from devices.virtual.sample_sources import HeartSample, TemperatureSample

_HOUR_S = 3600.0
_SHAPE = 3.0  # of the response: 20 % at half an hour, 3 % at six
_BREATHS_HZ = 0.25
_SHOWN_BEATS = 5  # a strap displays the mean of about this many beats


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """A temporary rise of heart rate: fear, laughter, standing up."""

    at_s: float
    for_s: float
    rise: float

    def share(self, at_s: float) -> float:
        """Return the share of the rise, 0 to 1; it takes 10 s to build up and to subside."""
        edge_s = min(at_s - self.at_s, self.at_s + self.for_s - at_s)
        return min(1.0, max(0.0, edge_s / 10.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """One participant.

    Attributes:
        seed: random seed of this body.
        resting_rate: in /min.
        resting_core: in degrees Celsius.
        resting_pressure: systolic and diastolic, in mmHg.
        pressure_rise: of both at the peak, in mmHg.
        dose_s: time of the dose in seconds from the start; None for a session without.
        supplement_s: time of the supplement in seconds from the start.
        rate_rise: rise of heart rate at the peak, in /min.
        core_rise: rise of core temperature at the peak, in degrees.
        episodes: other rises of heart rate.
    """

    seed: int
    resting_rate: float = 68.0
    resting_core: float = 36.9
    resting_pressure: tuple[float, float] = (122.0, 78.0)
    pressure_rise: tuple[float, float] = (25.0, 7.0)
    dose_s: float | None = None
    supplement_s: float | None = None
    rate_rise: float = 28.0
    core_rise: float = 0.5
    episodes: tuple[Episode, ...] = ()
    _phases: tuple[float, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Choose the phases of the slow waves."""
        rng = random.Random(self.seed)  # noqa: S311 - a simulation
        phases = tuple(rng.uniform(0, 2 * math.pi) for _ in range(5))
        object.__setattr__(self, "_phases", phases)

    def rate(self, at_s: float) -> float:
        """Return the heart rate without respiratory variation, in /min."""
        wave = 1.5 * math.sin(at_s / 47 + self._phases[0]) + 2.0 * math.sin(
            at_s / 331 + self._phases[1]
        )
        excited = sum(episode.rise * episode.share(at_s) for episode in self.episodes)
        return (
            self.resting_rate
            + wave
            + excited
            + self.rate_rise * self._response(at_s, peak_s=1.75 * _HOUR_S)
        )

    def core(self, at_s: float) -> float:
        """Return the core temperature in degrees Celsius."""
        wave = 0.03 * math.sin(at_s / 613 + self._phases[2])
        return (
            self.resting_core + wave + self.core_rise * self._response(at_s, peak_s=2.5 * _HOUR_S)
        )

    def skin(self, at_s: float) -> float:
        """Return the temperature of the fingers in degrees Celsius, with vasoconstriction."""
        wave = 0.2 * math.sin(at_s / 277 + self._phases[4])
        return 33.0 + wave - 3.0 * self._response(at_s, peak_s=1.75 * _HOUR_S)

    def saturation(self, at_s: float) -> float:
        """Return the oxygen saturation of arterial blood in %."""
        return 97.5 + 0.8 * math.sin(at_s / 127 + self._phases[4])

    def pressure(self, at_s: float) -> tuple[float, float]:
        """Return systolic and diastolic blood pressure in mmHg."""
        wave = 3.0 * math.sin(at_s / 409 + self._phases[2])
        share = self._response(at_s, peak_s=1.75 * _HOUR_S)
        systolic, diastolic = (
            rest + rise * share + wave
            for rest, rise in zip(self.resting_pressure, self.pressure_rise, strict=True)
        )
        return systolic, diastolic

    def beats(self) -> Iterator[tuple[float, int]]:
        """Yield each beat: its time in seconds, and its interval in 1/1024 s."""
        rng = random.Random(self.seed + 1)  # noqa: S311 - a simulation
        at_s = 0.0
        while True:
            calm = 1 - 0.5 * self._response(at_s, peak_s=1.75 * _HOUR_S)
            breath = 3.0 * calm * math.sin(2 * math.pi * _BREATHS_HZ * at_s + self._phases[3])
            rate = self.rate(at_s) + breath + rng.gauss(0, 0.8 * calm)
            interval = round(60 / rate * 1024)
            at_s += interval / 1024
            yield at_s, interval

    def heart(self) -> Iterator[HeartSample]:
        """Yield the samples of a strap without end: each second, the beats since the last one."""
        shown: deque[int] = deque([round(60 / self.rate(0) * 1024)], maxlen=_SHOWN_BEATS)
        second = 1
        rr: list[int] = []
        for at_s, interval in self.beats():
            while at_s > second:
                rate = round(60 * 1024 * len(shown) / sum(shown))
                yield HeartSample(at_s=second, rate=rate, rr=tuple(rr))
                second, rr = second + 1, []
            rr.append(interval)
            shown.append(interval)

    def temperature(self, every_s: float) -> Iterator[TemperatureSample]:
        """Yield the samples of a patch without end."""
        rng = random.Random(self.seed + 2)  # noqa: S311 - a simulation
        at_s = 0.0
        while True:
            at_s += every_s
            yield TemperatureSample(at_s=at_s, celsius=self.core(at_s) + rng.gauss(0, 0.01))

    def _response(self, at_s: float, peak_s: float) -> float:
        """Return the effect of the drug; 1 is the peak after the dose alone."""
        share = 0.0 if self.dose_s is None else _bump(at_s - self.dose_s, peak_s)
        if self.supplement_s is not None:
            share += 0.4 * _bump(at_s - self.supplement_s, 1.25 * _HOUR_S)
        return share


def _bump(since_s: float, peak_s: float) -> float:
    """Return a curve that starts at 0, is 1 at its peak, and decays."""
    if since_s <= 0:
        return 0.0
    x = since_s / peak_s
    return math.exp(_SHAPE * (math.log(x) + 1 - x))
