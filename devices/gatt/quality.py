"""How far a decoded number can be trusted."""

from devices.packets import Quality, Reading
from devices.signals import Signal


def make_reading(
    signal: Signal, value: float, reported: Quality = Quality.GOOD, age_ns: int = 0
) -> Reading:
    """Return a reading of `value`, which is in the signal's unit.

    Args:
        signal: what was measured.
        value: a finite number.
        reported: quality that the sensor reports; out of range replaces a less severe one.
        age_ns: how long before reception it was measured.
    """
    quality = reported if signal.plausible(value) else max(reported, Quality.OUT_OF_RANGE)
    return Reading(signal=signal.name, value=value, quality=quality, age_ns=age_ns)
