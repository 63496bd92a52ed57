"""Service UUIDs as parts of an advertisement."""

from bumble.core import UUID, AdvertisingData

from devices.decoders import short_uuid


def short_uuids(*uuids: int) -> tuple[int, bytes]:
    """Return 16-bit service UUIDs as a part of an advertisement."""
    kind = AdvertisingData.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS
    return kind, b"".join(uuid.to_bytes(2, "little") for uuid in uuids)


def long_uuid(uuid: str) -> tuple[int, bytes]:
    """Return a 128-bit service UUID as a part of an advertisement."""
    kind = AdvertisingData.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS
    return kind, UUID(uuid).to_bytes()


def service_list(uuid: str) -> tuple[int, bytes]:
    """Return a service UUID of 16 or 128 bits as a part of an advertisement."""
    short = short_uuid(uuid)
    return short_uuids(int(short, 16)) if len(short) == len("180D") else long_uuid(short)
