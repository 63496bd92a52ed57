"""Quality of decoded numbers."""

from devices.packets import Quality, Reading
from devices.signals import Signal


def make_reading(
    signal: Signal, value: float, reported: Quality = Quality.GOOD, age_ns: int = 0
) -> Reading:
    """Return a reading, marked as out of range if its value is implausible.

    Args:
        signal: what was measured.
        value: a finite number in the signal's unit.
        reported: quality that the sensor reports; out of range replaces a less severe one.
        age_ns: nanoseconds between measurement and reception.
    """
    quality = reported if signal.plausible(value) else max(reported, Quality.OUT_OF_RANGE)
    return Reading(signal=signal.name, value=value, quality=quality, age_ns=age_ns)
