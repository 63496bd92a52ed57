"""GATT characteristics as virtual sensors offer them."""

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
    """Return a UUID of 16 bits, or one of 128 that is written out."""
    return UUID(number) if isinstance(number, str) else UUID.from_16_bits(number)


def constant(uuid: int | str, value: bytes) -> Characteristic:
    """Return a characteristic that is read and never changes."""
    return BumbleCharacteristic(uuid_of(uuid), READ, _READABLE, value)


def commands(
    uuid: int | str, take: Callable[[bytes], None], properties: Properties = _WRITES
) -> Characteristic:
    """Return a characteristic that hands what is written to it to `take`."""
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
    """Return what takes commands and indicates answers; `value` is what a read returns."""
    properties = Properties.WRITE | INDICATE
    permissions = BumbleCharacteristic.Permissions.WRITEABLE
    if value is not None:
        properties, permissions = properties | READ, permissions | _READABLE
    found: Characteristic = BumbleCharacteristic(
        uuid_of(uuid),
        properties,
        permissions,
        CharacteristicValue(
            read=lambda _connection: value or b"", write=lambda _connection, told: take(told)
        ),
    )
    return found


def level(uuid: int, read: Callable[[], bytes]) -> Characteristic:
    """Return a characteristic that can be read at any time, and notifies."""
    value = CharacteristicValue(read=lambda _connection: read())
    return BumbleCharacteristic(UUID.from_16_bits(uuid), READ | NOTIFY, _READABLE, value)


def measurement(
    uuid: int | str, properties: Properties, listened: Callable[[], None], value: bytes = b""
) -> Characteristic:
    """Return a characteristic that calls `listened` whenever somebody subscribes to it."""
    found: Characteristic = BumbleCharacteristic(uuid_of(uuid), properties, _READABLE, value)

    def subscribed(_bearer: object, notify: bool, indicate: bool) -> None:  # noqa: FBT001
        if notify or indicate:
            listened()

    found.on(found.EVENT_SUBSCRIPTION, subscribed)
    return found
