"""Battery Service: level (0x2A19). Source: Bluetooth GATT Specification Supplement."""

from devices.errors import DecodeError
from devices.gatt.length import require_exact_length
from devices.packets import Decoded, Reading
from devices.signals import SIGNALS

_BATTERY = SIGNALS["battery"]


def decode_level(payload: bytes) -> Decoded:
    """Return how full the battery is; 0 is a level like any other.

    Raises:
        DecodeError: it is not one byte, or more than 100 %.
    """
    require_exact_length(payload, 1, "a battery level")
    level = float(payload[0])
    if not _BATTERY.plausible(level):
        raise DecodeError(0, f"a battery level of {payload[0]} % is above 100 %")
    return Decoded(readings=(Reading(signal=_BATTERY.name, value=level),))
