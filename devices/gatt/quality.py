"""How far a decoded number can be trusted."""

from devices.packets import Quality, Reading
from devices.signals import Signal


def judge(signal: Signal, value: float, doubt: Quality = Quality.GOOD, age_ns: int = 0) -> Reading:
    """Return a reading of `value`, which is in the signal's unit.

    Args:
        signal: what was measured.
        value: a finite number.
        doubt: what the sensor itself says; where several doubts hold, the gravest is told.
        age_ns: how long before reception it was measured.
    """
    quality = doubt if signal.plausible(value) else max(doubt, Quality.OUT_OF_RANGE)
    return Reading(signal=signal.name, value=value, quality=quality, age_ns=age_ns)
