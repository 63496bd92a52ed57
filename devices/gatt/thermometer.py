"""Temperatures of the body (0x2A1C, 0x2A1E, 0x2A1D) and of the room (0x2A6E).

Source: Bluetooth GATT Specification Supplement, Temperature Measurement, Intermediate
Temperature, Temperature Type, Temperature.
"""

from dataclasses import replace
from fractions import Fraction

from devices.gatt import date_time
from devices.gatt.consistency import reserved_flags
from devices.gatt.ieee11073 import float32
from devices.gatt.length import require_exact_length, require_length, surplus
from devices.gatt.medical_number import reading
from devices.gatt.quality import make_reading
from devices.packets import Decoded, Quality, Reading
from devices.signals import SIGNALS, Signal

_BODY = "body_temperature"
_AMBIENT = SIGNALS["ambient_temperature"]

_IS_FAHRENHEIT = 0x01
_HAS_TIME = 0x02
_HAS_TYPE = 0x04
_RESERVED = 0xF8
_SITES = {
    1: "armpit",
    2: "body",
    3: "ear",
    4: "finger",
    5: "gastrointestinal tract",
    6: "mouth",
    7: "rectum",
    8: "toe",
    9: "tympanum",
}
_NOT_KNOWN = -0x8000


def decode_measurement(payload: bytes, signal: str = _BODY) -> Decoded:
    """Decode a temperature as `signal`; ``site`` and ``device_time`` are details.

    An invalid time stamp or a reserved type is a warning; the temperature is kept.

    >>> decode_measurement(bytes.fromhex("01DA0300FF")).readings[0].value
    37.0

    Raises:
        DecodeError: the payload is shorter than its flags require.
    """
    return _measurement(payload, SIGNALS[signal], Quality.GOOD)


def decode_intermediate(payload: bytes, signal: str = _BODY) -> Decoded:
    """Decode a temperature that is still settling: never GOOD, with detail ``intermediate``.

    Raises:
        DecodeError: the payload is shorter than its flags require.
    """
    decoded = _measurement(payload, SIGNALS[signal], Quality.QUESTIONABLE)
    return replace(decoded, details={**decoded.details, "intermediate": True})


def decode_type(payload: bytes) -> Decoded:
    """Decode the measurement site as detail ``site``.

    Raises:
        DecodeError: not exactly one byte.
    """
    require_exact_length(payload, 1, "a temperature type")
    if payload[0] not in _SITES:
        return Decoded(warnings=(_reserved_type(payload[0]),))
    return Decoded(details={"site": _SITES[payload[0]]})


def decode_ambient(payload: bytes) -> Decoded:
    """Decode the temperature of a room, sent in hundredths of a degree.

    Raises:
        DecodeError: not exactly two bytes.
    """
    require_exact_length(payload, 2, "a temperature")
    hundredths = int.from_bytes(payload, "little", signed=True)
    if hundredths == _NOT_KNOWN:
        ambient = Reading(signal=_AMBIENT.name, value=None, quality=Quality.NO_VALUE)
    else:
        ambient = make_reading(_AMBIENT, hundredths / 100)
    return Decoded(readings=(ambient,))


def _measurement(payload: bytes, signal: Signal, reported: Quality) -> Decoded:
    require_length(payload, 5, "a temperature measurement")
    flags, end = payload[0], 5
    number = float32(payload, 1)
    if isinstance(number, Fraction) and flags & _IS_FAHRENHEIT:
        number = (number - 32) * 5 / 9
    details: dict[str, str | int | float | bool] = {}
    warnings = []

    if flags & _HAS_TIME:
        require_length(payload, end + date_time.SIZE, "the time stamp")
        warnings += date_time.add_device_time(payload, end, details)
        end += date_time.SIZE
    if flags & _HAS_TYPE:
        require_length(payload, end + 1, "the temperature type")
        if payload[end] in _SITES:
            details["site"] = _SITES[payload[end]]
        else:
            warnings.append(_reserved_type(payload[end]))
        end += 1
    return Decoded(
        readings=(reading(signal, number, reported),),
        warnings=tuple(warnings),
        contradictions=(*reserved_flags(payload, _RESERVED), *surplus(payload, end)),
        details=details,
    )


def _reserved_type(code: int) -> str:
    return f"temperature type {code} is reserved"
