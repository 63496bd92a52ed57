"""The physiological quantities that physiomon knows, with their units and ranges.

Source: units are UCUM, codes are LOINC; ranges are those of `docs/decisions/0004-ranges.md`.
"""

import math
from dataclasses import dataclass, field
from fractions import Fraction

# By unit: values outside are no measurement, however ill a person or wrong a sensor is.
_MEASURABLE = {
    "/min": (0, 1000),
    "mm[Hg]": (0, 1000),
    "%": (0, 100),
    "Cel": (-100, 200),
    "ms": (0, 65_536),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """One quantity; all its numbers are in `unit`.

    Attributes:
        name: identifier in channels, policies and exports.
        label: text shown to users.
        unit: UCUM code.
        loinc: LOINC code, or None where none is confirmed.
        lowest: lowest plausible value of a sensor; only plausible values are evaluated.
        highest: highest plausible value of a sensor.
        resolution: value of one step; windows count whole steps, so their sums are exact.
        hold_s: seconds for which a value is current; after that the signal counts as lost.
        interval_s: expected seconds between values, unless the sensor's interval is known.
        spot: values are single measurements, each of which counts by itself.
        technical: describes the equipment, not the participant.
        trend: has rolling statistics over a minute; not so beats or a battery.
        usual_range: manual values outside need a confirmation; None for `lowest` to `highest`.
        possible_range: manual values outside are rejected; None for `lowest` to `highest`.
    """

    name: str
    label: str
    unit: str
    loinc: str | None
    lowest: float
    highest: float
    resolution: Fraction
    hold_s: float
    interval_s: float = 1.0
    spot: bool = False
    technical: bool = False
    trend: bool = True
    usual_range: tuple[float, float] | None = None
    possible_range: tuple[float, float] | None = None

    # The resolution again, because attributes of a Fraction are slow and needed for every value.
    _numerator: int = field(init=False, repr=False, compare=False)
    _denominator: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Store numerator and denominator of the resolution."""
        object.__setattr__(self, "_numerator", self.resolution.numerator)
        object.__setattr__(self, "_denominator", self.resolution.denominator)

    def steps(self, value: float) -> int:
        """Return `value` as a whole number of resolution steps, rounded half to even."""
        return round(value * self._denominator / self._numerator)

    def value(self, steps: float) -> float:
        """Return a number of resolution steps (fractional for a mean) in `unit`."""
        return steps * self._numerator / self._denominator

    def measurable(self, value: float) -> bool:
        """Return whether a value exists at all in its unit; else its bytes were misread."""
        lowest, highest = _MEASURABLE.get(self.unit, (-math.inf, math.inf))
        return lowest <= value <= highest

    def plausible(self, value: float) -> bool:
        """Return whether a sensor value is plausible; the ends of the range are included."""
        return self.lowest <= value <= self.highest

    def usual(self, value: float) -> bool:
        """Return whether a manual value is accepted without confirmation."""
        low, high = self.usual_range or (self.lowest, self.highest)
        return low <= value <= high

    def possible(self, value: float) -> bool:
        """Return whether a manual value is physiologically possible."""
        low, high = self.possible_range or (self.lowest, self.highest)
        return low <= value <= high


_SPOT_HOLD_S = 3600.0  # after an hour a measurement is no longer current


def _temperature(
    name: str,
    label: str,
    loinc: str | None,
    lowest: float,
    highest: float,
) -> Signal:
    return Signal(
        name=name,
        label=label,
        unit="Cel",
        loinc=loinc,
        lowest=lowest,
        highest=highest,
        resolution=Fraction(1, 100),
        hold_s=90.0,
        interval_s=10.0,
    )


def _spot(
    name: str,
    label: str,
    unit: str,
    loinc: str | None,
    lowest: float,
    highest: float,
    possible: tuple[float, float],
) -> Signal:
    return Signal(
        name=name,
        label=label,
        unit=unit,
        loinc=loinc,
        lowest=lowest,
        highest=highest,
        resolution=Fraction(1),
        hold_s=_SPOT_HOLD_S,
        interval_s=_SPOT_HOLD_S,
        spot=True,
        trend=False,
        possible_range=possible,
    )


_ALL = (
    Signal(
        name="heart_rate",
        label="Heart rate",
        unit="/min",
        loinc="8867-4",
        lowest=10,
        highest=250,
        resolution=Fraction(1),
        hold_s=10.0,
    ),
    # 0x2A37 counts RR intervals in 1/1024 s: one step is 125/128 ms.
    Signal(
        name="rr_interval",
        label="RR interval",
        unit="ms",
        loinc=None,
        lowest=300,
        highest=2000,
        resolution=Fraction(125, 128),
        hold_s=10.0,
        trend=False,
    ),
    _temperature("core_temperature", "Core temperature", "8329-5", 33, 43),
    # A single measurement by a thermometer. Continuous sensors have other signals.
    Signal(
        name="body_temperature",
        label="Body temperature",
        unit="Cel",
        loinc="8310-5",
        lowest=33,
        highest=43,
        resolution=Fraction(1, 100),
        hold_s=_SPOT_HOLD_S,
        interval_s=_SPOT_HOLD_S,
        spot=True,
        possible_range=(20, 45),
    ),
    _temperature("skin_temperature", "Skin temperature", "8328-7", 15, 42),
    _temperature("ambient_temperature", "Room temperature", None, -40, 60),
    _spot("systolic", "Systolic blood pressure", "mm[Hg]", "8480-6", 50, 260, (30, 300)),
    _spot("diastolic", "Diastolic blood pressure", "mm[Hg]", "8462-4", 30, 160, (10, 200)),
    _spot("mean_arterial", "Mean arterial pressure", "mm[Hg]", None, 40, 200, (20, 250)),
    Signal(
        name="pulse_rate",
        label="Pulse rate",
        unit="/min",
        loinc=None,
        lowest=10,
        highest=250,
        resolution=Fraction(1),
        hold_s=10.0,
        usual_range=(25, 220),
        possible_range=(10, 300),
    ),
    Signal(
        name="spo2",
        label="Oxygen saturation",
        unit="%",
        loinc=None,
        lowest=20,
        highest=100,
        resolution=Fraction(1),
        hold_s=10.0,
        usual_range=(50, 100),
        possible_range=(1, 100),
    ),
    _spot("fluid_intake", "Fluid intake", "mL", None, 0, 3000, (0, 10_000)),
    Signal(
        name="battery",
        label="Battery",
        unit="%",
        loinc=None,
        lowest=0,
        highest=100,
        resolution=Fraction(1),
        hold_s=86_400.0,  # sent on change, which may take hours
        interval_s=86_400.0,
        technical=True,
        trend=False,
    ),
)

SIGNALS: dict[str, Signal] = {signal.name: signal for signal in _ALL}
