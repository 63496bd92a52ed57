"""Encoders of greenTEG's CORE. Source: that of `devices.vendors.core`."""

INVALID, POOR, FAIR, GOOD = 0, 1, 2, 3
RECEIVED, NOT_RECEIVED = 2, 1  # a heart rate on its link to a strap


def temperature(
    core: float | None,
    skin: float | None = None,
    *,
    grade: int | None = None,
    link: int = NOT_RECEIVED,
    heart_rate: int | None = None,
    strain: float | None = None,
    reserved: bytes = b"",
) -> bytes:
    """Encode a 00002101 value in degrees Celsius; None for `core` becomes 'not available'."""
    flags, body = 0, _hundredths(core)
    for bit, part in (
        (0x01, None if skin is None else _hundredths(skin)),
        (0x02, reserved or None),
        (0x04, None if grade is None else bytes([grade | link << 4])),
        (0x10, None if heart_rate is None else bytes([heart_rate])),
        (0x20, None if strain is None else bytes([round(strain * 10)])),
    ):
        if part is not None:
            flags, body = flags | bit, body + part
    return bytes([flags]) + body


def response(operation: int, result: int, parameter: bytes = b"") -> bytes:
    """Encode a response of the control point.

    >>> response(0x08, 1, bytes([2])).hex()
    '80080102'
    """
    return bytes([0x80, operation, result]) + parameter


def _hundredths(celsius: float | None) -> bytes:
    number = 0x7FFF if celsius is None else round(celsius * 100)
    return number.to_bytes(2, "little", signed=True)
