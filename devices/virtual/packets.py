"""Measurements as bytes: what a virtual sensor's firmware writes.

Source: Bluetooth GATT Specification Supplement (heart rate, temperature); ISO/IEEE 11073-20601,
FLOAT-Type. Decoders are tested against literal vectors, never against these.
"""

from collections.abc import Iterator, Sequence

_BODY = 2  # temperature type that greenTEG's CORE sends
_NAN = b"\xff\xff\x7f\x00"
# What fits one notification at the default ATT MTU of 23: 20 bytes less flags and an 8-bit rate.
_MOST_RR = 9


def heart_rate(rate: int, rr: Sequence[int], *, contact: bool | None) -> bytes:
    """Return a 0x2A37 value.

    Args:
        rate: in /min.
        rr: at most nine intervals in 1/1024 s, oldest first; more would not fit a notification.
        contact: None if the sensor cannot tell.
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


def temperature(celsius: float | None, *, body: bool = True) -> bytes:
    """Return a 0x2A1C value with two decimals; None is NaN, as sent off the body."""
    number = _NAN if celsius is None else _float(celsius)
    return bytes([0x04 if body else 0x00]) + number + (bytes([_BODY]) if body else b"")


def ambient(celsius: float) -> bytes:
    """Return a 0x2A6E value: hundredths of a degree."""
    return round(celsius * 100).to_bytes(2, "little", signed=True)


def garbage(payload: bytes) -> Iterator[bytes]:
    """Yield ways in which a broken sensor would send a payload, for ever."""
    while True:
        yield payload[:1]
        yield b""
        yield bytes(byte ^ 0xFF for byte in payload[:2])


def _float(celsius: float) -> bytes:
    mantissa = round(celsius * 100)
    return mantissa.to_bytes(3, "little", signed=True) + b"\xfe"
