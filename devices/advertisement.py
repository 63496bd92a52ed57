"""Advertisements as bytes of a packet, so that they can be recorded and replayed.

The bytes are advertising data as transmitted: a length, a type, and as many bytes as the length
less one. Included are the name (type 09), service UUIDs (03 of 16 bit, 07 of 128), service data
(16, 21) and manufacturer data (FF). Source: Bluetooth Core, Vol 3, Part C, 11; Core Specification
Supplement, Part A, 1.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

from devices.errors import DecodeError

ADVERT = "advert"

_NAME, _SERVICES_16, _SERVICES_128 = 0x09, 0x03, 0x07
_DATA_16, _DATA_128, _MANUFACTURER = 0x16, 0x21, 0xFF
_SIG_TAIL = "-0000-1000-8000-00805f9b34fb"


@dataclass(frozen=True, slots=True, kw_only=True)
class Advertisement:
    """The content of an advertisement; UUIDs have 128 bits, in lower case."""

    name: str = ""
    services: tuple[str, ...] = ()
    service_data: Mapping[str, bytes] = field(default_factory=dict)
    manufacturer_data: Mapping[int, bytes] = field(default_factory=dict)

    def __bytes__(self) -> bytes:
        """Return advertising data; parts too long for their length byte are omitted."""
        parts = [(_NAME, self.name.encode())] if self.name else []
        for service in self.services:
            short, number = _number(service)
            parts.append((_SERVICES_16 if short else _SERVICES_128, number))
        for service, data in self.service_data.items():
            short, number = _number(service)
            parts.append((_DATA_16 if short else _DATA_128, number + data))
        for company, data in self.manufacturer_data.items():
            parts.append((_MANUFACTURER, company.to_bytes(2, "little") + data))
        return b"".join(
            bytes([len(data) + 1, kind]) + data
            for kind, data in parts
            if len(data) < 0xFF  # noqa: PLR2004
        )


def parse(payload: bytes) -> Advertisement:
    """Parse advertising data; other types are ignored.

    >>> parse(bytes.fromhex("0A16D2FC4002CA0903BF13")).service_data["0000fcd2" + _SIG_TAIL].hex()
    '4002ca0903bf13'

    Raises:
        DecodeError: a part is truncated.
    """
    name, services = "", []
    service_data: dict[str, bytes] = {}
    manufacturer_data: dict[int, bytes] = {}
    at = 0
    while at < len(payload):
        size = payload[at]
        part = payload[at + 1 : at + 1 + size]
        if not size:
            break  # padding
        if len(part) < size:
            raise DecodeError(len(payload), f"a part of {size} bytes is truncated")
        kind, data = part[0], part[1:]
        wide = 16 if kind in (_SERVICES_128, _DATA_128) else 2
        if kind in (_DATA_16, _DATA_128, _MANUFACTURER) and len(data) < wide:
            raise DecodeError(
                at + 1 + size, f"data of type {kind:02X} have no UUID or company number"
            )
        match kind:
            case 0x09:
                name = data.decode("utf-8", "replace")
            case 0x03 | 0x07:
                whole = len(data) - len(data) % wide
                services += [_uuid(data[each : each + wide]) for each in range(0, whole, wide)]
            case 0x16 | 0x21:
                service_data[_uuid(data[:wide])] = data[wide:]
            case 0xFF:
                manufacturer_data[int.from_bytes(data[:2], "little")] = data[2:]
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
