"""Encoders of decimal numbers and times of medical devices.

Source: ISO/IEEE 11073-20601, SFLOAT-Type; Bluetooth GATT Specification Supplement, Date Time.
"""

from datetime import datetime

NAN = b"\xff\x07"
_HIGHEST, _LOWEST = 0x7FD, -0x7FE  # values beyond are reserved


def sfloat(number: float | None, exponent: int = 0) -> bytes:
    """Encode an SFLOAT with a power of ten; None becomes NaN.

    >>> sfloat(36.4, -1).hex(), sfloat(None).hex()
    ('6cf1', 'ff07')

    Raises:
        ValueError: the mantissa does not fit 12 bits.
    """
    if number is None:
        return NAN
    mantissa = round(number * 10.0**-exponent)
    if not _LOWEST <= mantissa <= _HIGHEST:
        raise ValueError(f"{number:g} does not fit an SFLOAT with exponent {exponent}")
    raw = (exponent & 0xF) << 12 | mantissa & 0xFFF
    return raw.to_bytes(2, "little")


def date_time(at: datetime) -> bytes:
    """Encode the device time in seven bytes.

    >>> date_time(datetime(2012, 12, 5, 11, 50, 27)).hex()
    'dc070c050b321b'
    """
    return at.year.to_bytes(2, "little") + bytes([at.month, at.day, at.hour, at.minute, at.second])
