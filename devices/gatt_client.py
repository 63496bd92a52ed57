"""GATT operations on a connected sensor: find, write, poll, pair, disconnect."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress

from bleak import BleakClient
from bleak.backends.characteristic import BleakGATTCharacteristic

from devices.characteristic_names import characteristic_name, service_of
from devices.decoders import full_uuid, short_uuid
from devices.errors import LinkError
from devices.link_errors import BLUETOOTH_ERRORS, diagnose
from devices.link_faults import PAIR_IN_SETTINGS, PAIRING_FAILED, PAIRING_TIMED_OUT, FaultSource

PAIR_S = 30.0  # a person may have to press a button
DISCONNECT_S = 5.0

_SUBSCRIBABLE = frozenset({"notify", "indicate"})
_WRITABLE = frozenset({"write", "write-without-response"})
_READABLE = frozenset({"read"})


def subscribable(client: BleakClient, uuid: str) -> BleakGATTCharacteristic | None:
    """Return a characteristic if it supports notifications or indications, else None."""
    return _find(client, uuid, _SUBSCRIBABLE)


def readable(client: BleakClient, uuid: str) -> BleakGATTCharacteristic | None:
    """Return a characteristic if it can be read, else None."""
    return _find(client, uuid, _READABLE)


def writable(client: BleakClient, uuid: str) -> BleakGATTCharacteristic | None:
    """Return a characteristic if it can be written, else None."""
    return _find(client, uuid, _WRITABLE)


def _find(
    client: BleakClient, uuid: str, properties: frozenset[str]
) -> BleakGATTCharacteristic | None:
    """Return the characteristic with a UUID and one of the properties, or None.

    A sensor may have several, for example two battery services; bleak's own search by UUID fails
    then. The one in the service of the specification is used, then the one with the lowest handle.
    """
    wanted, service = full_uuid(uuid), service_of(uuid)
    found = [
        each
        for each in client.services.characteristics.values()
        if each.uuid == wanted and properties & {*each.properties}
    ]
    return min(
        found,
        key=lambda each: (short_uuid(each.service_uuid) != service, each.handle),
        default=None,
    )


async def pair(client: BleakClient) -> None:
    """Pair with a sensor.

    Raises:
        LinkError: pairing failed or took too long; the message says what to do.
    """
    try:
        async with asyncio.timeout(PAIR_S):
            await client.pair()
    except TimeoutError:
        raise LinkError(PAIRING_TIMED_OUT.message) from None
    except NotImplementedError:
        raise LinkError(PAIR_IN_SETTINGS.message) from None
    except BLUETOOTH_ERRORS as error:
        fault = diagnose(error)
        message = fault.message if fault.source is FaultSource.BOND else PAIRING_FAILED.message
        raise LinkError(message) from error


async def write(client: BleakClient, uuid: str, command: bytes) -> None:
    """Write a command, with a response where the characteristic supports it.

    Raises:
        LinkError: the sensor lacks the characteristic.
    """
    characteristic = writable(client, uuid)
    if characteristic is None:
        raise LinkError(f"it does not offer {characteristic_name(uuid)} for commands")
    await client.write_gatt_char(
        characteristic, command, response="write" in characteristic.properties
    )


async def poll(
    client: BleakClient, request: tuple[str, bytes, float] | None, lost: asyncio.Event
) -> None:
    """Write a request periodically until cancelled; set `lost` if that fails.

    Args:
        client: the connected sensor.
        request: characteristic, bytes and interval in seconds; None for nothing to do.
        lost: event that makes the link reconnect, which reports the error.
    """
    if request is None:
        return
    uuid, command, interval_s = request
    try:
        while True:
            await write(client, uuid, command)
            await asyncio.sleep(interval_s)
    except (LinkError, *BLUETOOTH_ERRORS):
        lost.set()


async def disconnect(client: BleakClient, stop: Iterable[tuple[str, bytes]]) -> None:
    """Write the stop commands, then disconnect; ignore Bluetooth errors."""
    with suppress(LinkError, *BLUETOOTH_ERRORS):
        if client.is_connected:
            async with asyncio.timeout(DISCONNECT_S):
                for uuid, command in stop:
                    await write(client, uuid, command)
    try:
        async with asyncio.timeout(DISCONNECT_S):
            await client.disconnect()
    except BLUETOOTH_ERRORS:
        pass  # the sensor or its adapter is already gone
