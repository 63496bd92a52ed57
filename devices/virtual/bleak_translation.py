"""Conversion of Bumble's services and errors to those of bleak."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from bleak.assigned_numbers import CharacteristicPropertyName
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.descriptor import BleakGATTDescriptor
from bleak.backends.service import BleakGATTService, BleakGATTServiceCollection
from bleak.exc import BleakError, BleakGATTProtocolError
from bleak.uuids import normalize_uuid_str
from bumble import att, core, hci
from bumble.device import Connection, Peer

from devices.errors import LinkError

_PROPERTIES: dict[int, CharacteristicPropertyName] = {
    0x01: "broadcast",
    0x02: "read",
    0x04: "write-without-response",
    0x08: "write",
    0x10: "notify",
    0x20: "indicate",
}


@contextlib.asynccontextmanager
async def errors_as_bleak() -> AsyncIterator[None]:
    """Convert exceptions of Bumble to those of bleak.

    A lost connection cancels the future of a pending ATT request. To the waiting task that looks
    like its own cancellation, except that `Task.cancelling` is 0.
    """
    try:
        yield
    except att.ATT_Error as error:
        raise BleakGATTProtocolError(error.error_code) from error
    except (core.BaseBumbleError, hci.HCI_Error, LinkError) as error:
        raise BleakError(str(error) or type(error).__name__) from error
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
        raise BleakError("disconnected") from None


def services_of(peer: Peer, connection: Connection) -> BleakGATTServiceCollection:
    """Return the discovered services as records of bleak."""
    collection = BleakGATTServiceCollection()
    for found in peer.services:
        service = BleakGATTService(
            found, found.handle, normalize_uuid_str(found.uuid.to_hex_str("-"))
        )
        collection.add_service(service)
        for proxy in found.characteristics:
            characteristic = BleakGATTCharacteristic(
                proxy,
                proxy.handle,
                normalize_uuid_str(proxy.uuid.to_hex_str("-")),
                [word for bit, word in _PROPERTIES.items() if proxy.properties & bit],
                lambda: connection.att_mtu - 3,
                service,
            )
            collection.add_characteristic(characteristic)
            for descriptor in proxy.descriptors:
                collection.add_descriptor(
                    BleakGATTDescriptor(
                        descriptor,
                        descriptor.handle,
                        normalize_uuid_str(descriptor.type.to_hex_str("-")),
                        characteristic,
                    )
                )
    return collection
