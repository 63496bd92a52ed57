"""GATT characteristics of virtual sensors."""

from collections.abc import Callable

from bumble.core import UUID
from bumble.gatt import Characteristic as BumbleCharacteristic
from bumble.gatt import CharacteristicValue

_READABLE = BumbleCharacteristic.Permissions.READABLE

Characteristic = BumbleCharacteristic[bytes]
Properties = BumbleCharacteristic.Properties

READ, NOTIFY, INDICATE = Properties.READ, Properties.NOTIFY, Properties.INDICATE
_WRITES = Properties.WRITE | Properties.WRITE_WITHOUT_RESPONSE


def uuid_of(number: int | str) -> UUID:
    """Return a UUID from a 16-bit number or a 128-bit text."""
    return UUID(number) if isinstance(number, str) else UUID.from_16_bits(number)


def constant(uuid: int | str, value: bytes) -> Characteristic:
    """Return a readable characteristic with a constant value."""
    return BumbleCharacteristic(uuid_of(uuid), READ, _READABLE, value)


def commands(
    uuid: int | str, take: Callable[[bytes], None], properties: Properties = _WRITES
) -> Characteristic:
    """Return a characteristic that calls `take` with each written value."""
    found: Characteristic = BumbleCharacteristic(
        uuid_of(uuid),
        properties,
        BumbleCharacteristic.Permissions.WRITEABLE,
        CharacteristicValue(write=lambda _connection, value: take(value)),
    )
    return found


def control_point(
    uuid: int | str, take: Callable[[bytes], None], value: bytes | None = None
) -> Characteristic:
    """Return a characteristic for commands and indicated responses; a read returns `value`."""
    properties = Properties.WRITE | INDICATE
    permissions = BumbleCharacteristic.Permissions.WRITEABLE
    if value is not None:
        properties, permissions = properties | READ, permissions | _READABLE
    found: Characteristic = BumbleCharacteristic(
        uuid_of(uuid),
        properties,
        permissions,
        CharacteristicValue(
            read=lambda _connection: value or b"",
            write=lambda _connection, value_written: take(value_written),
        ),
    )
    return found


def level(uuid: int, read: Callable[[], bytes]) -> Characteristic:
    """Return a characteristic that can be read and notifies."""
    value = CharacteristicValue(read=lambda _connection: read())
    return BumbleCharacteristic(UUID.from_16_bits(uuid), READ | NOTIFY, _READABLE, value)


def measurement(
    uuid: int | str, properties: Properties, listened: Callable[[], None], value: bytes = b""
) -> Characteristic:
    """Return a characteristic that calls `listened` at each subscription."""
    found: Characteristic = BumbleCharacteristic(uuid_of(uuid), properties, _READABLE, value)

    def subscribed(_bearer: object, notify: bool, indicate: bool) -> None:  # noqa: FBT001
        if notify or indicate:
            listened()

    found.on(found.EVENT_SUBSCRIPTION, subscribed)
    return found
