"""Battery Service: level (0x2A19). Source: Bluetooth GATT Specification Supplement."""

from devices.errors import DecodeError
from devices.gatt.length import require_exact_length
from devices.packets import Decoded, Reading
from devices.signals import SIGNALS

_BATTERY = SIGNALS["battery"]


def decode_level(payload: bytes) -> Decoded:
    """Decode the battery level; 0 is a valid level.

    Raises:
        DecodeError: not exactly one byte, or more than 100 %.
    """
    require_exact_length(payload, 1, "a battery level")
    level = float(payload[0])
    if not _BATTERY.plausible(level):
        raise DecodeError(0, f"a battery level of {payload[0]} % is above 100 %")
    return Decoded(readings=(Reading(signal=_BATTERY.name, value=level),))
