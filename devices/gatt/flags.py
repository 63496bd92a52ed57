"""Bit fields in words."""

from collections.abc import Mapping


def flag_names(bits: int, names: Mapping[int, str]) -> str:
    """Return the names of the bits that are set, lowest first; a reserved one by its number.

    >>> flag_names(0b101, {0: "movement", 1: "loose cuff"})
    'movement, bit 2'
    """
    return ", ".join(
        names.get(bit, f"bit {bit}") for bit in range(bits.bit_length()) if bits >> bit & 1
    )
