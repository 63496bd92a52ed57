"""Nonin 3230 oximeter: one notification a second.

Source: andreasdri/nonin-3230-ble for the positions of values. The status bits and the codes for a
missing value (127, 511) are unconfirmed; they can only remove a value.
"""

from devices.gatt.flags import flag_names
from devices.gatt.length import require_length
from devices.packets import Decoded, Quality
from devices.vendors.oximetry import readings

SERVICE = "46a970e0-0d5f-11e2-8b5e-0002a5d5c51b"
MEASUREMENT = "0aad7ea0-0d60-11e2-8e3c-0002a5d5c51b"

_STATUS = {2: "SmartPoint", 3: "searching", 4: "correct check", 5: "battery low", 6: "encrypted"}
_SEARCHING = 0x08
_ENCRYPTED = 0x40
_NO_SPO2 = 127
_NO_PULSE_RATE = 511


def decode_measurement(payload: bytes) -> Decoded:
    """Decode SpO2 and pulse rate; counter and status are details.

    Raises:
        DecodeError: the payload ends before the pulse rate.
    """
    require_length(payload, 10, "an oximeter measurement")
    status, spo2 = payload[1], payload[7]
    counter, pulse_rate = (int.from_bytes(payload[at : at + 2], "big") for at in (5, 8))
    unreadable = status & _ENCRYPTED
    return Decoded(
        readings=readings(
            None if unreadable or spo2 == _NO_SPO2 else spo2,
            None if unreadable or pulse_rate == _NO_PULSE_RATE else pulse_rate,
            Quality.QUESTIONABLE if status & _SEARCHING else Quality.GOOD,
        ),
        details={"counter": counter, "status": flag_names(status, _STATUS)},
    )
