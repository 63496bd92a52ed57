"""Jumper oximeters (JPD-500F and those that are named "My Oximeter"): one frame a notification.

Source: the clients of obniz (PLS_01BT) and KookKookKool/smarttelemed-v4 agree on the positions of
values; the codes for a missing value (255; 127 or 177) are those of obniz, and 127 is unconfirmed.
"""

from devices.errors import DecodeError
from devices.gatt.length import require_length
from devices.packets import Decoded
from devices.vendors.oximetry import readings

SERVICE = "cdeacb80-5235-4c07-8846-93a37ee6b86d"
MEASUREMENT = "cdeacb81-5235-4c07-8846-93a37ee6b86d"

_CURVE, _VALUES = 0x80, 0x81
_NO_PULSE_RATE = 255
_NO_SPO2 = (127, 177)


def decode_measurement(payload: bytes) -> Decoded:
    """Decode SpO2 and pulse rate; the perfusion index is a detail, the pulse curve is ignored.

    Raises:
        DecodeError: neither values nor a part of the curve, or the values are truncated.
    """
    require_length(payload, 1, "an oximeter frame")
    if payload[0] == _CURVE:
        return Decoded(details={"samples": len(payload) - 1})
    if payload[0] != _VALUES:
        raise DecodeError(0, f"frame type 0x{payload[0]:02X} is unknown")
    require_length(payload, 4, "an oximeter measurement")
    pulse_rate, spo2 = payload[1], payload[2]
    return Decoded(
        readings=readings(
            None if spo2 in _NO_SPO2 else spo2,
            None if pulse_rate == _NO_PULSE_RATE else pulse_rate,
        ),
        details={"perfusion_index": payload[3] / 10},
    )
