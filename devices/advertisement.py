"""An advertisement as the bytes of a packet, so that it can be journaled and replayed.

The bytes are advertising data as they go over the air: a length, a type, and that many bytes less
one. Kept are the name (type 09), service UUIDs (03 of 16 bit, 07 of 128), service data (16, 21) and
manufacturer data (FF). Source: Bluetooth Core, Vol 3, Part C, 11; Core Specification Supplement,
Part A, 1.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

from devices.errors import DecodeError

ADVERT = "advert"

_NAME, _SERVICES_16, _SERVICES_128 = 0x09, 0x03, 0x07
_DATA_16, _DATA_128, _MAKER = 0x16, 0x21, 0xFF
_SIG_TAIL = "-0000-1000-8000-00805f9b34fb"


@dataclass(frozen=True, slots=True, kw_only=True)
class Advertisement:
    """What a device says of itself; UUIDs have 128 bits, in lower case."""

    name: str = ""
    services: tuple[str, ...] = ()
    service_data: Mapping[str, bytes] = field(default_factory=dict)
    manufacturer_data: Mapping[int, bytes] = field(default_factory=dict)

    def __bytes__(self) -> bytes:
        """Return it as advertising data; what is too long for its length byte is left out."""
        parts = [(_NAME, self.name.encode())] if self.name else []
        for service in self.services:
            short, number = _number(service)
            parts.append((_SERVICES_16 if short else _SERVICES_128, number))
        for service, told in self.service_data.items():
            short, number = _number(service)
            parts.append((_DATA_16 if short else _DATA_128, number + told))
        for maker, told in self.manufacturer_data.items():
            parts.append((_MAKER, maker.to_bytes(2, "little") + told))
        return b"".join(
            bytes([len(told) + 1, kind]) + told
            for kind, told in parts
            if len(told) < 0xFF  # noqa: PLR2004
        )


def parse(payload: bytes) -> Advertisement:
    """Return what advertising data say; types of no use here are passed over.

    >>> parse(bytes.fromhex("0A16D2FC4002CA0903BF13")).service_data["0000fcd2" + _SIG_TAIL].hex()
    '4002ca0903bf13'

    Raises:
        DecodeError: a part is cut short.
    """
    name, services = "", []
    service_data: dict[str, bytes] = {}
    manufacturer_data: dict[int, bytes] = {}
    at = 0
    while at < len(payload):
        size = payload[at]
        part = payload[at + 1 : at + 1 + size]
        if not size:
            break  # padding up to the end
        if len(part) < size:
            raise DecodeError(len(payload), f"a part of {size} bytes is cut short")
        kind, told = part[0], part[1:]
        wide = 16 if kind in (_SERVICES_128, _DATA_128) else 2
        if kind in (_DATA_16, _DATA_128, _MAKER) and len(told) < wide:
            raise DecodeError(at + 1 + size, f"data of type {kind:02X} lack their number")
        match kind:
            case 0x09:
                name = told.decode("utf-8", "replace")
            case 0x03 | 0x07:
                whole = len(told) - len(told) % wide
                services += [_uuid(told[each : each + wide]) for each in range(0, whole, wide)]
            case 0x16 | 0x21:
                service_data[_uuid(told[:wide])] = told[wide:]
            case 0xFF:
                manufacturer_data[int.from_bytes(told[:2], "little")] = told[2:]
        at += 1 + size
    return Advertisement(
        name=name,
        services=tuple(services),
        service_data=service_data,
        manufacturer_data=manufacturer_data,
    )


def _number(service: str) -> tuple[bool, bytes]:
    number = uuid.UUID(service).bytes[::-1]
    short = service.startswith("0000") and service.endswith(_SIG_TAIL)
    return short, number[12:14] if short else number


def _uuid(number: bytes) -> str:
    if len(number) == 2:  # noqa: PLR2004
        return f"0000{number[::-1].hex()}{_SIG_TAIL}"
    return str(uuid.UUID(bytes=number[::-1]))
