"""greenTEG CORE and CALERA: core and skin temperature (00002101) and control point (00002102).

Source: greenTEG, CORE Sensor Service Specification 2.2. Its worked example disagrees with itself
(11 bytes of hex beside 10 in Python), so the flags decide: a payload is as long as they say.
"""

import enum
from dataclasses import dataclass

from devices.errors import DecodeError
from devices.gatt.consistency import reserved_flags
from devices.gatt.length import require_length
from devices.gatt.quality import make_reading
from devices.packets import Decoded, Quality, Reading
from devices.signals import SIGNALS, Signal

TEMPERATURE = "00002101-5b1e-4347-b07c-97b514dae121"
CONTROL_POINT = "00002102-5b1e-4347-b07c-97b514dae121"

_CORE = SIGNALS["core_temperature"]
_SKIN = SIGNALS["skin_temperature"]

_HAS_SKIN = 0x01
_HAS_RESERVED = 0x02
_HAS_QUALITY = 0x04
_IS_FAHRENHEIT = 0x08
_HAS_HEART_RATE = 0x10
_HAS_STRAIN = 0x20
_UNKNOWN_FLAGS = 0xC0
_NOT_AVAILABLE = 0x7FFF
_QUALITY = ("invalid", "poor", "fair", "good", "excellent", "reserved", "reserved", "not available")
_QUALITIES = {
    "invalid": Quality.INVALID,
    "poor": Quality.QUESTIONABLE,
    "reserved": Quality.QUESTIONABLE,
}
_LINK = ("not supported", "not received", "received", "not available")


def decode_temperature(payload: bytes) -> Decoded:
    """Decode core and skin temperature; a poor quality makes core temperature questionable.

    The heart rate is one that the patch received from a strap: a detail, not a signal.

    >>> [r.value for r in decode_temperature(bytes.fromhex("37190FA40D2F00110027")).readings]
    [38.65, 34.92]

    Raises:
        DecodeError: the length does not match the flags.
    """
    require_length(payload, 3, "a core temperature")
    flags, end = payload[0], 3
    fahrenheit = flags & _IS_FAHRENHEIT != 0
    details: dict[str, str | int | float | bool] = {}
    skin: list[Reading] = []
    reported = Quality.GOOD
    if flags & _HAS_SKIN:
        require_length(payload, end + 2, "the skin temperature")
        skin = [_temperature(_SKIN, payload, end, Quality.GOOD, fahrenheit=fahrenheit)]
        end += 2
    if flags & _HAS_RESERVED:
        end += 2
    if flags & _HAS_QUALITY:
        require_length(payload, end + 1, "the quality")
        grade = _QUALITY[payload[end] & 7]
        reported = _QUALITIES.get(grade, Quality.GOOD)
        details |= {"quality": grade, "heart_rate_link": _LINK[payload[end] >> 4 & 3]}
        end += 1
    if flags & _HAS_HEART_RATE:
        require_length(payload, end + 1, "the heart rate")
        if payload[end]:
            details["heart_rate"] = payload[end]
        end += 1
    if flags & _HAS_STRAIN:
        require_length(payload, end + 1, "the heat strain index")
        details["heat_strain_index"] = payload[end] / 10
        end += 1
    require_length(payload, end, "the reserved field")
    unknown = reserved_flags(payload, _UNKNOWN_FLAGS)  # of later versions: permit more bytes
    if not unknown and len(payload) > end:
        raise DecodeError(end, f"flags 0x{flags:02X} require {end} bytes, not {len(payload)}")
    core = _temperature(_CORE, payload, 1, reported, fahrenheit=fahrenheit)
    return Decoded(
        readings=(core, *skin),
        contradictions=tuple(unknown),
        details=details,
    )


def _temperature(
    signal: Signal, payload: bytes, at: int, reported: Quality, *, fahrenheit: bool
) -> Reading:
    hundredths = int.from_bytes(payload[at : at + 2], "little", signed=True)
    if hundredths == _NOT_AVAILABLE:
        return Reading(signal=signal.name, value=None, quality=Quality.NO_VALUE)
    return make_reading(
        signal, (hundredths - 3200) / 180 if fahrenheit else hundredths / 100, reported
    )


class Operation(enum.IntEnum):
    """Requests to the control point about heart rate monitors."""

    PAIR = 0x06  # six bytes of address, least significant first
    UNPAIR = 0x07
    COUNT_PAIRED = 0x08
    SCAN = 0x0D
    COUNT_FOUND = 0x0E
    FORGET_ALL = 0x11
    FEED_HEART_RATE = 0x13


class Result(enum.IntEnum):
    """Result of a request."""

    SUCCESS = 1
    NOT_SUPPORTED = 2
    INVALID_PARAMETER = 3
    FAILED = 4


@dataclass(frozen=True, slots=True)
class Response:
    """Response of the control point to a request."""

    operation: int
    result: Result
    parameter: bytes


def feed_heart_rate(bpm: int | None) -> bytes:
    """Return the request that sends a heart rate in /min, or None to use straps again.

    The patch keeps it until the next one; an unchanged value lowers the quality after 15 s.

    >>> feed_heart_rate(168).hex(), feed_heart_rate(None).hex()
    ('13a8', '13')

    Raises:
        ValueError: the heart rate does not fit into one byte.
    """
    return bytes([Operation.FEED_HEART_RATE, *([] if bpm is None else [bpm])])


def pair(address: str) -> bytes:
    """Return the request to connect to a heart rate monitor.

    >>> pair("11:22:33:44:55:66").hex()
    '06665544332211'

    Raises:
        ValueError: the address does not have six bytes.
    """
    octets = bytes.fromhex(address.replace(":", ""))
    if len(octets) != 6:  # noqa: PLR2004
        raise ValueError(
            f"'{address}' is not a valid Bluetooth address; use the form 11:22:33:44:55:66"
        )
    return bytes([Operation.PAIR]) + octets[::-1]


def response(payload: bytes) -> Response:
    """Decode a response of the control point.

    Raises:
        DecodeError: not a valid response.
    """
    require_length(payload, 3, "a control point response")
    if payload[0] != 0x80:  # noqa: PLR2004
        raise DecodeError(0, f"a control point response begins with 80, not {payload[0]:02X}")
    try:
        result = Result(payload[2])
    except ValueError:
        raise DecodeError(2, f"result {payload[2]} is reserved") from None
    return Response(payload[1], result, payload[3:])


def decode_control_point(payload: bytes) -> Decoded:
    """Decode a response of the control point as details.

    Raises:
        DecodeError: not a valid response.
    """
    answer = response(payload)
    details: dict[str, str | int] = {
        "operation": answer.operation,
        "result": answer.result.name.lower().replace("_", " "),
    }
    if answer.parameter:
        details["parameter"] = answer.parameter.hex()
    return Decoded(details=details)
