"""SpO2 and pulse rate as whole numbers, with codes for missing values."""

from devices.gatt.quality import make_reading
from devices.packets import Quality, Reading
from devices.signals import SIGNALS


def readings(
    spo2: int | None, pulse_rate: int | None, reported: Quality = Quality.GOOD
) -> tuple[Reading, Reading]:
    """Return both readings, in % and /min; None or 0 means no value, never a low one.

    >>> [r.quality.name for r in readings(97, None)]
    ['GOOD', 'NO_VALUE']
    """
    return _reading("spo2", spo2, reported), _reading("pulse_rate", pulse_rate, reported)


def _reading(signal: str, number: int | None, reported: Quality) -> Reading:
    if not number:
        return Reading(signal=signal, value=None, quality=Quality.NO_VALUE)
    return make_reading(SIGNALS[signal], float(number), reported)
