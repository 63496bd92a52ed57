"""Device Information Service: manufacturer, model and versions of a sensor.

All values are details, none is a signal.
Source: Bluetooth GATT Specification Supplement, Device Information.
"""

from collections.abc import Mapping
from types import MappingProxyType

from devices.gatt.length import require_exact_length
from devices.packets import Decoded
from devices.printable_text import REPLACEMENT, printable

TEXTS: Mapping[str, str] = MappingProxyType(
    {
        "2A24": "model_number",
        "2A25": "serial_number",
        "2A26": "firmware_revision",
        "2A27": "hardware_revision",
        "2A28": "software_revision",
        "2A29": "manufacturer_name",
    }
)
_VENDOR_SOURCES = {1: "Bluetooth SIG", 2: "USB Implementers Forum"}


def decode_text(payload: bytes, name: str) -> Decoded:
    """Decode a text as detail `name`; omit an empty one.

    Anything but printable UTF-8 becomes U+FFFD: an invalid text must not cost the connection, and
    a control sequence must not reach a terminal.

    >>> dict(decode_text(b"H10", "model_number").details)
    {'model_number': 'H10'}
    """
    text = printable(payload.rstrip(b"\0").decode("utf-8", "replace"))
    warnings = []
    if REPLACEMENT in text:
        warnings.append(f"{name} contains bytes that are not printable text")
    if not text:
        warnings.append(f"{name} is empty")
    return Decoded(warnings=tuple(warnings), details={name: text} if text else {})


def decode_system_id(payload: bytes) -> Decoded:
    """Decode the 24-bit organisation number and the 40-bit manufacturer number, in hex.

    Raises:
        DecodeError: not exactly eight bytes.
    """
    require_exact_length(payload, 8, "a system ID")
    number = payload[::-1].hex().upper()
    return Decoded(details={"organization_id": number[:6], "manufacturer_id": number[6:]})


def decode_pnp_id(payload: bytes) -> Decoded:
    """Decode vendor, product and product version.

    The digits of the version are major (two), minor and revision: 0x0213 is 2.1.3.

    Raises:
        DecodeError: not exactly seven bytes.
    """
    require_exact_length(payload, 7, "a PnP ID")
    source = payload[0]
    vendor, product, version = (int.from_bytes(payload[at : at + 2], "little") for at in (1, 3, 5))
    details: dict[str, str] = {
        "vendor_id": f"0x{vendor:04X}",
        "product_id": f"0x{product:04X}",
        "product_version": f"{version >> 8:x}.{version >> 4 & 15:x}.{version & 15:x}",
    }
    if source not in _VENDOR_SOURCES:
        return Decoded(details=details, warnings=(f"vendor ID source {source} is reserved",))
    return Decoded(details={"vendor_id_source": _VENDOR_SOURCES[source], **details})
