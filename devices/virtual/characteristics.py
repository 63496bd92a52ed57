"""GATT characteristics as virtual sensors offer them."""

from collections.abc import Callable

from bumble.core import UUID
from bumble.gatt import Characteristic as BumbleCharacteristic
from bumble.gatt import CharacteristicValue

_READABLE = BumbleCharacteristic.Permissions.READABLE

Characteristic = BumbleCharacteristic[bytes]
Properties = BumbleCharacteristic.Properties

READ, NOTIFY, INDICATE = Properties.READ, Properties.NOTIFY, Properties.INDICATE


def constant(uuid: int, value: bytes) -> Characteristic:
    """Return a characteristic that is read and never changes."""
    return BumbleCharacteristic(UUID.from_16_bits(uuid), READ, _READABLE, value)


def level(uuid: int, read: Callable[[], bytes]) -> Characteristic:
    """Return a characteristic that can be read at any time, and notifies."""
    value = CharacteristicValue(read=lambda _connection: read())
    return BumbleCharacteristic(UUID.from_16_bits(uuid), READ | NOTIFY, _READABLE, value)


def measurement(
    uuid: int, properties: Properties, listened: Callable[[], None], value: bytes = b""
) -> Characteristic:
    """Return a characteristic that calls `listened` whenever somebody subscribes to it."""
    found: Characteristic = BumbleCharacteristic(
        UUID.from_16_bits(uuid), properties, _READABLE, value
    )

    def subscribed(_bearer: object, notify: bool, indicate: bool) -> None:  # noqa: FBT001
        if notify or indicate:
            listened()

    found.on(found.EVENT_SUBSCRIPTION, subscribed)
    return found
