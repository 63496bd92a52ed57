"""Readings from the decimal numbers of medical devices and their special values."""

from fractions import Fraction

from devices.gatt.ieee11073 import Special
from devices.gatt.quality import make_reading
from devices.packets import Quality, Reading
from devices.signals import Signal


def reading(
    signal: Signal, number: Fraction | Special, reported: Quality = Quality.GOOD
) -> Reading:
    """Return a reading of `number`, in the signal's unit.

    NaN and NRes become no value; infinities and reserved codes are invalid.
    """
    match number:
        case Special.NAN | Special.NRES:
            return Reading(signal=signal.name, value=None, quality=Quality.NO_VALUE)
        case Special():
            return Reading(signal=signal.name, value=None, quality=Quality.INVALID)
        case _:
            return make_reading(signal, float(number), reported)
