"""Names of the bits in a bit field."""

from collections.abc import Mapping


def flag_names(bits: int, names: Mapping[int, str]) -> str:
    """Return the names of the set bits, lowest first; reserved bits by number.

    >>> flag_names(0b101, {0: "movement", 1: "loose cuff"})
    'movement, bit 2'
    """
    return ", ".join(
        names.get(bit, f"bit {bit}") for bit in range(bits.bit_length()) if bits >> bit & 1
    )
