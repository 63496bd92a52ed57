"""Encoders of heart rate and temperature, as in the firmware of a sensor.

Source: Bluetooth GATT Specification Supplement (heart rate, temperature); ISO/IEEE 11073-20601,
FLOAT-Type. Decoders are tested with literal vectors, never with these encoders.
"""

import random
from collections.abc import Sequence
from datetime import datetime

from devices.virtual.encoders.medical import date_time

_BODY = 2  # temperature type that greenTEG's CORE sends
_NAN = b"\xff\xff\x7f\x00"
_LONGEST = 20  # bytes of a notification at the default ATT MTU of 23
_MOST_RR = 9  # intervals that fit beside flags and an 8-bit rate


def heart_rate(rate: int, rr: Sequence[int], *, contact: bool | None) -> bytes:
    """Encode a 0x2A37 value.

    Args:
        rate: in /min.
        rr: intervals in 1/1024 s, oldest first; only the last nine fit a notification.
        contact: None if the sensor does not detect contact.
    """
    flags = {None: 0x00, False: 0x04, True: 0x06}[contact]
    wide = rate > 0xFF  # noqa: PLR2004 - one byte
    if wide:
        flags |= 0x01
    if rr:
        flags |= 0x10
    kept = [min(interval, 0xFFFF) for interval in rr[-(_MOST_RR - wide) :]]
    return (
        bytes([flags])
        + rate.to_bytes(2 if wide else 1, "little")
        + b"".join(interval.to_bytes(2, "little") for interval in kept)
    )


def temperature(
    celsius: float | None, *, site: int | None = _BODY, at: datetime | None = None
) -> bytes:
    """Encode a 0x2A1C or 0x2A1E value with two decimals; None becomes NaN, as sent off the body."""
    flags, body = 0, _NAN if celsius is None else _float(celsius)
    if at is not None:
        flags, body = flags | 0x02, body + date_time(at)
    if site is not None:
        flags, body = flags | 0x04, body + bytes([site])
    return bytes([flags]) + body


def ambient(celsius: float | None) -> bytes:
    """Encode a 0x2A6E value in hundredths of a degree; None becomes the code for 'not known'."""
    hundredths = -0x8000 if celsius is None else round(celsius * 100)
    return hundredths.to_bytes(2, "little", signed=True)


def malformed(payload: bytes, rng: random.Random) -> bytes:
    """Return an invalid variant of a payload of two bytes or more.

    It is truncated, empty or random; random bytes may happen to be a valid measurement.
    """
    match rng.randrange(3):
        case 0:
            return payload[: rng.randrange(1, len(payload))]
        case 1:
            return b""
        case _:
            return rng.randbytes(rng.randint(1, _LONGEST))


def _float(celsius: float) -> bytes:
    mantissa = round(celsius * 100)
    return mantissa.to_bytes(3, "little", signed=True) + b"\xfe"
