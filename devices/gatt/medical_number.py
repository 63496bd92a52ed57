"""Readings from the decimal numbers of medical devices, which may say that there is no number."""

from fractions import Fraction

from devices.gatt.ieee11073 import Special
from devices.gatt.quality import make_reading
from devices.packets import Quality, Reading
from devices.signals import Signal


def reading(
    signal: Signal, number: Fraction | Special, reported: Quality = Quality.GOOD
) -> Reading:
    """Return a reading of `number`, which is in the signal's unit.

    NaN and NRes are no value; infinities and reserved codes are invalid.
    """
    match number:
        case Special.NAN | Special.NRES:
            return Reading(signal=signal.name, value=None, quality=Quality.NO_VALUE)
        case Special():
            return Reading(signal=signal.name, value=None, quality=Quality.INVALID)
        case _:
            return make_reading(signal, float(number), reported)
