"""The control point of Polar Measurement Data (PMD), which starts and stops streams.

Source: that of `devices.vendors.polar`.
"""

import enum
from collections.abc import Mapping
from dataclasses import dataclass

from devices.errors import DecodeError
from devices.gatt.length import require_length
from devices.packets import Decoded
from devices.vendors.polar import Measurement

CONTROL_POINT = "fb005c81-02e7-f387-1cad-8acd2d8df0c8"


class Setting(enum.IntEnum):
    """Settings of a stream."""

    SAMPLE_RATE_HZ = 0
    RESOLUTION_BITS = 1
    RANGE = 2
    CHANNELS = 4
    FACTOR = 5


_SETTING_SIZE = {0: 2, 1: 2, 2: 2, 3: 4, 4: 1, 5: 4, 6: 16}
_SETTING_NAMES = {int(setting): setting.name.lower() for setting in Setting}
_ERRORS = (
    "success",
    "invalid operation",
    "invalid measurement",
    "not supported",
    "invalid length",
    "invalid parameter",
    "already in that state",
    "invalid resolution",
    "invalid sample rate",
    "invalid range",
    "invalid MTU",
    "invalid number of channels",
    "invalid state",
    "in the charger",
    "disk full",
)


def ask_settings(measurement: Measurement) -> bytes:
    """Return the command that requests the available settings of a measurement."""
    return bytes([1, measurement])


def start(measurement: Measurement, settings: Mapping[Setting, int]) -> bytes:
    """Return the command that starts a stream.

    >>> start(Measurement.ECG, {Setting.SAMPLE_RATE_HZ: 130, Setting.RESOLUTION_BITS: 14}).hex()
    '02000001820001010e00'
    """
    command = bytes([2, measurement])
    for setting, value in settings.items():
        command += bytes([setting, 1]) + value.to_bytes(_SETTING_SIZE[setting], "little")
    return command


def stop(measurement: Measurement) -> bytes:
    """Return the command that stops a stream; without it the device stays switched on."""
    return bytes([3, measurement])


@dataclass(frozen=True, slots=True)
class Response:
    """A response of the control point.

    Attributes:
        operation: 1 settings, 2 start, 3 stop.
        measurement: Polar's number of the measurement.
        error: name of the error; ``success`` if there is none.
        more: another part follows.
        settings: available or current values by setting.
    """

    operation: int
    measurement: int
    error: str
    more: bool
    settings: Mapping[int, tuple[int, ...]]


def response(payload: bytes) -> Response:
    """Decode a response of the control point.

    Raises:
        DecodeError: not a valid response.
    """
    require_length(payload, 4, "a PMD response")
    if payload[0] != 0xF0:  # noqa: PLR2004
        raise DecodeError(0, f"a PMD response begins with F0, not {payload[0]:02X}")
    code = payload[3]
    error = _ERRORS[code] if code < len(_ERRORS) else f"error {code}"
    more = code == 0 and len(payload) > 4 and payload[4] != 0  # noqa: PLR2004
    settings = _settings(payload, 5) if code == 0 else {}
    return Response(payload[1], payload[2], error, more, settings)


def decode_control_point(payload: bytes) -> Decoded:
    """Decode a response of the control point, or the supported measurements, as details.

    Raises:
        DecodeError: neither of both.
    """
    if payload[:1] == b"\x0f":
        require_length(payload, 3, "the PMD features")
        offered = payload[1] | payload[2] << 8
        named = [m.name.lower() for m in Measurement if offered >> m & 1]
        return Decoded(details={"offers": ", ".join(named)})
    answer = response(payload)
    details: dict[str, str | int] = {
        "operation": answer.operation,
        "measurement": answer.measurement,
        "result": answer.error,
    }
    for setting, values in answer.settings.items():
        details[_SETTING_NAMES.get(setting, f"setting_{setting}")] = ", ".join(map(str, values))
    failed = answer.error not in ("success", "already in that state")
    return Decoded(
        details=details,
        warnings=(f"the sensor rejects the stream ({answer.error})",) if failed else (),
    )


def _settings(payload: bytes, at: int) -> dict[int, tuple[int, ...]]:
    settings: dict[int, tuple[int, ...]] = {}
    while at < len(payload):
        require_length(payload, at + 2, "a setting")
        setting, count = payload[at], payload[at + 1]
        size = _SETTING_SIZE.get(setting)
        if size is None:
            raise DecodeError(at, f"setting {setting} is unknown")
        at += 2
        require_length(payload, at + size * count, "a setting's choices")
        settings[setting] = tuple(
            int.from_bytes(payload[each : each + size], "little")
            for each in range(at, at + size * count, size)
        )
        at += size * count
    return settings
