"""GATT operations on a connected sensor: subscribe, read, write, poll, pair, disconnect."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import suppress

from bleak import BleakClient
from bleak.backends.characteristic import BleakGATTCharacteristic

from devices.decoders import full_uuid
from devices.errors import LinkError
from devices.link_errors import BLUETOOTH_ERRORS, diagnose
from devices.link_faults import PAIR_IN_SETTINGS, PAIRING_FAILED, PAIRING_TIMED_OUT, FaultSource

PAIR_S = 30.0  # a person may have to press a button
DISCONNECT_S = 5.0


def subscribable(client: BleakClient, uuid: str) -> BleakGATTCharacteristic | None:
    """Return a characteristic if it supports notifications or indications, else None."""
    found = client.services.get_characteristic(full_uuid(uuid))
    able = found is not None and {"notify", "indicate"} & {*found.properties}
    return found if able else None


async def read_present(
    client: BleakClient, uuids: Iterable[str]
) -> AsyncIterator[tuple[str, bytes]]:
    """Yield UUID and value of each of these characteristics that exists and is readable."""
    for uuid in uuids:
        characteristic = client.services.get_characteristic(full_uuid(uuid))
        if characteristic is not None and "read" in characteristic.properties:
            yield uuid, bytes(await client.read_gatt_char(characteristic))


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
    characteristic = client.services.get_characteristic(full_uuid(uuid))
    if characteristic is None:
        raise LinkError(
            f"it lacks characteristic {uuid} for commands: check its kind in the configuration"
        )
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
