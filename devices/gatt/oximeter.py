"""Pulse Oximeter Service: spot-check (0x2A5E), continuous (0x2A5F), features (0x2A60).

Source: Bluetooth GATT Specification Supplement, PLX Spot-Check Measurement, PLX Continuous
Measurement, PLX Features.
"""

from dataclasses import replace
from fractions import Fraction

from devices.gatt import date_time
from devices.gatt.consistency import reserved_flags
from devices.gatt.flags import flag_names
from devices.gatt.ieee11073 import Special, sfloat
from devices.gatt.length import require_length, surplus
from devices.gatt.medical_number import reading
from devices.packets import Decoded, Quality, Reading
from devices.signals import SIGNALS

_SPO2 = SIGNALS["spo2"]
_PULSE_RATE = SIGNALS["pulse_rate"]

_RESERVED = 0xE0  # of both layouts
_STATUS = {
    5: "measurement ongoing",
    6: "early estimate",
    7: "validated",
    8: "fully qualified",
    9: "from storage",
    10: "demonstration",
    11: "test",
    12: "calibrating",
    13: "unavailable",
    14: "questionable",
    15: "invalid",
}
_DEVICE_STATUS = {
    0: "display lags",
    1: "equipment malfunction",
    2: "signal processing irregular",
    3: "inadequate signal",
    4: "poor signal",
    5: "low perfusion",
    6: "erratic signal",
    7: "nonpulsatile signal",
    8: "questionable pulse",
    9: "signal analysis ongoing",
    10: "sensor interface malfunction",
    11: "not on the finger",
    12: "unknown sensor",
    13: "sensor displaced",
    14: "sensor malfunction",
    15: "sensor disconnected",
}
_FEATURES = {
    0: "measurement status",
    1: "device status",
    2: "measurement storage",
    3: "time stamps",
    4: "fast values",
    5: "slow values",
    6: "pulse amplitude index",
    7: "multiple bonds",
}
# Quality of the values for each status bit. Low perfusion alone does not lower it: hands are cold
# during vasoconstriction, and a device that cannot measure then sets another bit.
_QUALITIES = {
    **dict.fromkeys((6, 10, 11, 12, 14), Quality.QUESTIONABLE),
    9: Quality.STORED,
    13: Quality.NO_VALUE,
    15: Quality.INVALID,
}
_DEVICE_QUALITIES = {
    **dict.fromkeys((1, 2, 3, 4, 6, 7, 8, 10, 12, 13, 14), Quality.QUESTIONABLE),
    **dict.fromkeys((11, 15), Quality.NO_CONTACT),
}


def decode_continuous(payload: bytes) -> Decoded:
    """Decode SpO2 and pulse rate; fast and slow values, status and PAI are details.

    >>> [r.value for r in decode_continuous(bytes.fromhex("0064005A00")).readings]
    [100.0, 90.0]

    Raises:
        DecodeError: the payload is shorter than its flags require.
    """
    require_length(payload, 5, "a pulse oximeter measurement")
    flags, end = payload[0], 5
    details: dict[str, str | int | float | bool] = {}
    for bit, speed in ((0x01, "fast"), (0x02, "slow")):
        if flags & bit:
            require_length(payload, end + 4, f"the {speed} values")
            for at, name in ((end, "spo2"), (end + 2, "pulse_rate")):
                number = sfloat(payload, at)
                if isinstance(number, Fraction):
                    details[f"{name}_{speed}"] = float(number)
            end += 4
    return _measurement(payload, end, flags >> 2, details)


def decode_spot_check(payload: bytes) -> Decoded:
    """Decode SpO2 and pulse rate; ``device_time``, status and PAI are details.

    The time stamp of a device whose clock was never set is omitted.

    Raises:
        DecodeError: the payload is shorter than its flags require.
    """
    require_length(payload, 5, "a pulse oximeter measurement")
    flags, end = payload[0], 5
    details: dict[str, str | int | float | bool] = {}
    warnings = []
    if flags & 0x10:
        details["clock_not_set"] = True
    if flags & 0x01:
        require_length(payload, end + date_time.SIZE, "the time stamp")
        if not flags & 0x10:
            warnings += date_time.add_device_time(payload, end, details)
        end += date_time.SIZE
    return replace(_measurement(payload, end, flags >> 1, details), warnings=tuple(warnings))


def decode_features(payload: bytes) -> Decoded:
    """Decode the supported features as text.

    Raises:
        DecodeError: the payload is shorter than its flags require.
    """
    require_length(payload, 2, "pulse oximeter features")
    features, end = payload[0] | payload[1] << 8, 2
    details: dict[str, str] = {"features": flag_names(features, _FEATURES)}
    for bit, name, size, names in (
        (0x01, "measurement_status", 2, _STATUS),
        (0x02, "device_status", 3, _DEVICE_STATUS),
    ):
        if features & bit:
            require_length(payload, end + size, f"the supported {name.replace('_', ' ')}")
            details[name] = flag_names(int.from_bytes(payload[end : end + size], "little"), names)
            end += size
    return Decoded(details=details, contradictions=tuple(surplus(payload, end)))


def _measurement(
    payload: bytes, end: int, follows: int, details: dict[str, str | int | float | bool]
) -> Decoded:
    """Decode the fields of both layouts; `follows` holds the flags of status and PAI fields."""
    reported = Quality.GOOD
    for bit, name, size, names, grades in (
        (0x01, "status", 2, _STATUS, _QUALITIES),
        (0x02, "device_status", 3, _DEVICE_STATUS, _DEVICE_QUALITIES),
    ):
        if follows & bit:
            require_length(payload, end + size, f"the {name.replace('_', ' ')}")
            bits = int.from_bytes(payload[end : end + size], "little")
            reported = max((reported, *(q for at, q in grades.items() if bits >> at & 1)))
            details[name] = flag_names(bits, names)
            end += size
    if follows & 0x04:
        require_length(payload, end + 2, "the pulse amplitude index")
        index = sfloat(payload, end)
        if isinstance(index, Fraction):
            details["pulse_amplitude_index"] = float(index)
        end += 2
    readings: list[Reading] = []
    for at, signal in ((1, _SPO2), (3, _PULSE_RATE)):
        number = sfloat(payload, at)
        # The status 'unavailable' and a zero mean no value.
        gone = number == 0 or reported is Quality.NO_VALUE
        readings.append(reading(signal, Special.NAN if gone else number, reported))
    return Decoded(
        readings=tuple(readings),
        contradictions=(*reserved_flags(payload, _RESERVED), *surplus(payload, end)),
        details=details,
    )
