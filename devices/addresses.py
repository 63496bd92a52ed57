"""Addresses of Bluetooth devices: notation, and whether they last. Pure.

Source: Core 5.2, Vol 6, Part B, 1.3.
"""

import enum
import re

_OCTETS = re.compile(r"[0-9A-F]{2}(?P<mark>[:-]?)[0-9A-F]{2}(?:(?P=mark)[0-9A-F]{2}){4}")
# macOS replaces the address of a device by an identifier that only this computer uses.
_IDENTIFIER = re.compile(r"[0-9A-F]{8}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{12}")
_RESERVED = frozenset({"0" * 12, "F" * 12})
_TOP_BITS = 6


class AddressKind(enum.Enum):
    """The kind of a device's address, which determines for how long it is valid."""

    PUBLIC = "public"
    STATIC = "random static"
    RESOLVABLE = "resolvable"  # private: changes, by default every 15 min; bonded devices know it
    NON_RESOLVABLE = "non-resolvable"  # private: changes, nobody can recognise the device
    UNKNOWN = "-"

    @property
    def is_private(self) -> bool:
        """Return whether the address changes within minutes."""
        return self in (AddressKind.RESOLVABLE, AddressKind.NON_RESOLVABLE)


# By the two most significant bits of a random address; 10 is reserved.
_RANDOM = (
    AddressKind.NON_RESOLVABLE,
    AddressKind.RESOLVABLE,
    AddressKind.UNKNOWN,
    AddressKind.STATIC,
)


def normalise_address(text: str) -> str:
    """Return an address in the notation of BlueZ and bleak.

    >>> normalise_address("a0-9e-1a-00-00-01"), normalise_address("A09E1A000001")
    ('A0:9E:1A:00:00:01', 'A0:9E:1A:00:00:01')

    Raises:
        ValueError: not an address.
    """
    upper = text.strip().upper()
    if _IDENTIFIER.fullmatch(upper):
        return upper
    digits = re.sub("[:-]", "", upper)
    if not _OCTETS.fullmatch(upper) or digits in _RESERVED:
        raise ValueError(
            f"'{text}' is not a Bluetooth address; use six pairs of hexadecimal digits such as "
            "A0:9E:1A:00:00:01"
        )
    return ":".join(digits[at : at + 2] for at in range(0, len(digits), 2))


def address_kind(address: str, address_type: str | None) -> AddressKind:
    """Return the kind of an address.

    >>> address_kind("4A:11:22:33:44:55", "random").value
    'resolvable'

    Args:
        address: in the notation of `normalise_address`.
        address_type: ``public`` or ``random``, as BlueZ reports it; None if it is unknown.
    """
    if address_type == "public":
        return AddressKind.PUBLIC
    if address_type != "random" or not _OCTETS.fullmatch(address):
        return AddressKind.UNKNOWN
    return _RANDOM[int(address[:2], 16) >> _TOP_BITS]
