"""FLOAT and SFLOAT, the decimal numbers of medical devices, decoded without rounding.

Both are a mantissa times ten to the power of an exponent, each in two's complement: the exponent
has no bias. Source: IEEE 11073-20601, FLOAT-Type and SFLOAT-Type.
"""

import enum
from fractions import Fraction

from devices.gatt.length import require_length


class Special(enum.Enum):
    """Reserved mantissas that a device sends when it has no number.

    Values are relative to the highest mantissa, 0x7FF or 0x7FFFFF; all have exponent 0.
    """

    PLUS_INFINITY = -1
    NAN = 0  # not a number: nothing was measured
    NRES = 1  # not representable at this resolution
    RESERVED = 2
    MINUS_INFINITY = 3


_SPECIAL = {special.value: special for special in Special}


def float32(payload: bytes, at: int = 0) -> Fraction | Special:
    """Decode the FLOAT in the four bytes from `at`: 24 bits of mantissa, 8 of exponent.

    >>> float(float32(bytes.fromhex("6C0100FF")))
    36.4

    Raises:
        DecodeError: the payload is too short.
    """
    return _decimal(payload, at, size=4, mantissa_bits=24)


def sfloat(payload: bytes, at: int = 0) -> Fraction | Special:
    """Decode the SFLOAT in the two bytes from `at`: 12 bits of mantissa, 4 of exponent.

    >>> sfloat(bytes.fromhex("FF07"))
    <Special.NAN: 0>

    Raises:
        DecodeError: the payload is too short.
    """
    return _decimal(payload, at, size=2, mantissa_bits=12)


def _decimal(payload: bytes, at: int, *, size: int, mantissa_bits: int) -> Fraction | Special:
    require_length(payload, at + size, "a decimal number")
    raw = int.from_bytes(payload[at : at + size], "little", signed=True)
    exponent = raw >> mantissa_bits  # keeps the sign
    unsigned = raw & ((1 << mantissa_bits) - 1)
    half = 1 << (mantissa_bits - 1)
    if exponent == 0 and (special := _SPECIAL.get(unsigned - (half - 1))) is not None:
        return special
    mantissa = unsigned - (unsigned & half) * 2
    if exponent < 0:
        return Fraction(mantissa, 10**-exponent)
    return Fraction(mantissa * 10**exponent)
