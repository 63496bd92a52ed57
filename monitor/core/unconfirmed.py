"""Measurements of a sensor that a person must confirm or reject: values, reason and words. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from devices.packets import Decoded, Quality
from devices.signals import SIGNALS
from devices.units import quantity
from monitor.core.device_clock import DeviceClock

UNCONFIRMED = "unconfirmed-measurement"
# The same for a value that would violate a rule.
VIOLATING = "unconfirmed-violation"
WAITED = "it was received while monitoring was interrupted"

_BOTH_PRESSURES = frozenset({"systolic", "diastolic"})
_PRESSURES = _BOTH_PRESSURES | {"mean_arterial"}


@dataclass(frozen=True, slots=True)
class SpotValue:
    """One value as it was received.

    Attributes:
        at_ns: of its reading; identifies it within its channel.
        quality: any but GOOD must be confirmed.
    """

    signal: str
    value: float
    at_ns: int
    quality: Quality


@dataclass(frozen=True, slots=True)
class Unconfirmed:
    """Doubtful values of one packet, not confirmed or rejected yet.

    Attributes:
        entry: seq of the packet.
        source: label of the sensor.
        signal: the first of the measurement.
        at_ns: time of the measurement, which identifies it within its channel.
        values: none if it cannot be read; then it can only be rejected.
        received: time of day in the room at reception.
        reason: why it is not judged.
        measured_ns: measurement time by the sensor's clock if that is trusted; None: unknown,
            reception counts.
        clock: of the device, with the reception time and the device's own time, to set its offset
            if the values are valid.
    """

    entry: int
    source: str
    signal: str
    at_ns: int
    values: tuple[SpotValue, ...]
    received: str
    reason: str
    measured_ns: int | None = None
    clock: tuple[DeviceClock, int, str] | None = None

    @property
    def channel(self) -> str:
        """Return its channel, that of its first signal."""
        return f"{self.source}/{self.signal}"

    @property
    def possible(self) -> list[SpotValue]:
        """Return the physiologically possible values; of a pressure all or none."""
        wrong = {
            each.signal for each in self.values if not SIGNALS[each.signal].possible(each.value)
        }
        if wrong & _BOTH_PRESSURES:
            wrong |= _PRESSURES
        return [each for each in self.values if each.signal not in wrong]

    @property
    def words(self) -> str:
        """Return one sentence: the values, their reception, and why they are not judged."""
        values = in_words({each.signal: each.value for each in self.possible or self.values})
        values = values or f"{SIGNALS[self.signal].label.lower()} of sensor '{self.source}'"
        return f"{values}, received at {self.received}, is not judged: {self.reason}"


def in_words(values: Mapping[str, float]) -> str:
    """Format measured values.

    >>> in_words({"systolic": 200, "diastolic": 125, "pulse_rate": 72})
    '200/125 mmHg, pulse rate 72 /min'
    """
    left = dict(values)
    parts = []
    if "systolic" in left and "diastolic" in left:
        parts.append(f"{left.pop('systolic'):g}/{quantity(left.pop('diastolic'), 'mm[Hg]')}")
    for name, value in left.items():
        signal = SIGNALS[name]
        parts.append(f"{signal.label.lower()} {quantity(value, signal.unit)}")
    return ", ".join(parts)


def reason_of(values: Sequence[SpotValue], decoded: Decoded) -> str:
    """Return why values are not judged."""
    details = decoded.details
    qualities = {each.quality for each in values}
    if Quality.STORED in qualities:
        device_time = details.get("device_time")
        if not isinstance(device_time, str):
            return "it is a stored record of the sensor"
        return f"the sensor's clock shows {device_time.replace('T', ' ')}"
    if Quality.QUESTIONABLE in qualities:
        if decoded.contradictions:
            return f"its data contradict themselves ({decoded.contradictions[0]})"
        status = details.get("status")
        return f"the sensor reports {status}" if status else "it is not reliable"
    if Quality.OUT_OF_RANGE in qualities:
        return "it is far outside the usual range"
    return "the sensor reports it as invalid"
