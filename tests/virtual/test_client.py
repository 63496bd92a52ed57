"""Unmodified bleak connected to a virtual sensor."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NoReturn

import pytest
from bleak import BleakClient, BleakScanner
from bleak.exc import (
    BleakCharacteristicNotFoundError,
    BleakDeviceNotFoundError,
    BleakError,
    BleakGATTProtocolError,
    BleakGATTProtocolErrorCode,
)
from bumble import att, gatt
from bumble.core import UUID

from devices.decoders import full_uuid
from devices.virtual.shared_radio import SharedRadio
from tests.virtual.virtual_room import (
    PATCH,
    ROOM,
    STRAP,
    client,
    collector,
    in_virtual_time,
    listen,
    room,
    scanner,
)

HEART_RATE, BATTERY = full_uuid("2A37"), full_uuid("2A19")
OWN = "F0:00:00:00:09:01"
LABEL = full_uuid("2901")
VALUE, LOCKED = "0000aaaa-5b1e-4347-b07c-97b514dae121", "0000bbbb-5b1e-4347-b07c-97b514dae121"


def _refuse(*_: object) -> NoReturn:
    raise att.ATT_Error(att.ATT_INSUFFICIENT_AUTHENTICATION_ERROR)


@asynccontextmanager
async def notebook() -> AsyncIterator[tuple[BleakClient, list[bytes]]]:
    """Yield a client of a device that stores, notifies and indicates written values."""
    written: list[bytes] = []
    properties = gatt.Characteristic.Properties
    permissions = gatt.Characteristic.Permissions
    async with SharedRadio() as shared_radio:
        device = await shared_radio.power_on("Notebook", OWN)

        async def write(_connection: object, value: bytes) -> None:
            written.append(value)
            await device.notify_subscribers(page, value)

        page: gatt.Characteristic[bytes] = gatt.Characteristic(
            UUID(VALUE),
            properties.READ
            | properties.WRITE
            | properties.WRITE_WITHOUT_RESPONSE
            | properties.NOTIFY
            | properties.INDICATE,
            permissions.READABLE | permissions.WRITEABLE,
            gatt.CharacteristicValue(
                read=lambda _connection: written[-1] if written else b"", write=write
            ),
            [gatt.Descriptor(UUID(LABEL), permissions.READABLE | permissions.WRITEABLE, b"page")],
        )
        locked: gatt.Characteristic[bytes] = gatt.Characteristic(
            UUID(LOCKED),
            properties.READ | properties.WRITE,
            permissions.READABLE | permissions.WRITEABLE,
            gatt.CharacteristicValue(read=_refuse, write=_refuse),
        )
        device.add_service(gatt.Service(UUID(VALUE[:4] + "cccc" + VALUE[8:]), [page, locked]))
        await device.start_advertising()
        async with BleakClient(OWN, backend=shared_radio.radio().client) as connected:
            yield connected, written


def test_written_value_is_read_and_notified() -> None:
    async def write() -> None:
        got: list[bytes] = []
        async with notebook() as (connected, written):
            await connected.start_notify(VALUE, collector(got))
            await connected.write_gatt_char(VALUE, b"one", response=True)
            await connected.write_gatt_char(VALUE, b"two", response=False)
            await asyncio.sleep(0.1)
            assert written == got == [b"one", b"two"]
            assert bytes(await connected.read_gatt_char(VALUE)) == b"two"
            long = bytes(range(200))
            await connected.write_gatt_char(VALUE, long, response=True)
            assert bytes(await connected.read_gatt_char(VALUE)) == long

    in_virtual_time(write())


def test_descriptors_can_be_written() -> None:
    async def write() -> None:
        async with notebook() as (connected, _):
            page = connected.services.get_characteristic(VALUE)
            assert page is not None
            label = page.get_descriptor(LABEL)
            assert label is not None
            assert bytes(await connected.read_gatt_descriptor(label)) == b"page"
            await connected.write_gatt_descriptor(label, b"leaf")
            assert bytes(await connected.read_gatt_descriptor(label)) == b"leaf"

    in_virtual_time(write())


def test_forbidden_operation_raises_an_error_of_bleak() -> None:
    async def ask() -> None:
        async with notebook() as (connected, _):
            with pytest.raises(BleakGATTProtocolError) as reading:
                await connected.read_gatt_char(LOCKED)
            assert reading.value.code is BleakGATTProtocolErrorCode.INSUFFICIENT_AUTHENTICATION
            with pytest.raises(BleakGATTProtocolError) as writing:
                await connected.write_gatt_char(LOCKED, b"x", response=True)
            assert writing.value.code is BleakGATTProtocolErrorCode.INSUFFICIENT_AUTHENTICATION
            with pytest.raises(BleakError, match="neither notify nor indicate"):
                await connected.start_notify(LOCKED, collector([]))
            with pytest.raises(BleakCharacteristicNotFoundError):
                await connected.read_gatt_char(HEART_RATE)

    in_virtual_time(ask())


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        (
            STRAP,
            {
                "2A37": ["notify"],
                "2A38": ["read"],
                "2A19": ["read", "notify"],
                "2A29": ["read"],
                "2A24": ["read"],
                "2A26": ["read"],
            },
        ),
        (PATCH, {"2A1C": ["indicate"], "2A1D": ["read"], "2A19": ["read", "notify"]}),
        (ROOM, {"2A6E": ["read", "notify"], "2A19": ["read", "notify"]}),
    ],
)
def test_services_are_discovered(address: str, expected: dict[str, list[str]]) -> None:
    async def discover() -> None:
        async with room() as there, client(there, address) as connected:
            for uuid, properties in expected.items():
                found = connected.services.get_characteristic(full_uuid(uuid))
                assert found is not None, uuid
                assert found.properties == properties
                assert (found.get_descriptor(full_uuid("2902")) is not None) is (
                    properties != ["read"]
                )

    in_virtual_time(discover())


def test_descriptor_reflects_the_subscription() -> None:
    async def read() -> None:
        async with room() as there, client(there, PATCH) as connected:
            found = connected.services.get_characteristic(full_uuid("2A1C"))
            assert found is not None
            switch = found.get_descriptor(full_uuid("2902"))
            assert switch is not None
            assert bytes(await connected.read_gatt_descriptor(switch)) == b"\x00\x00"
            await connected.start_notify(found, collector([]))
            assert bytes(await connected.read_gatt_descriptor(switch)) == b"\x02\x00"
            await connected.stop_notify(found)
            assert bytes(await connected.read_gatt_descriptor(switch)) == b"\x00\x00"

    in_virtual_time(read())


def test_sensor_is_connected_by_device_or_any_notation_of_its_address() -> None:
    async def connect() -> None:
        async with room() as there:
            device = await BleakScanner.find_device_by_name("Strap", backend=scanner(there))
            assert device is not None
            async with BleakClient(device, backend=there.shared_radio.radio().client) as connected:
                assert connected.name == "Strap"
                assert bytes(await connected.read_gatt_char(BATTERY)) == bytes([95])
            async with client(there, STRAP.lower()) as connected:
                assert connected.is_connected

    in_virtual_time(connect())


def test_battery_location_and_manufacturer_are_readable() -> None:
    async def read() -> None:
        async with room() as there, client(there, STRAP) as connected:
            assert bytes(await connected.read_gatt_char(BATTERY)) == bytes([95])
            assert bytes(await connected.read_gatt_char(full_uuid("2A38"))) == bytes([1])
            assert bytes(await connected.read_gatt_char(full_uuid("2A29"))) == b"physiomon"
            assert connected.mtu_size == 247

    in_virtual_time(read())


def test_newer_callback_replaces_the_older() -> None:
    async def subscribe() -> None:
        older: list[bytes] = []
        newer: list[bytes] = []
        async with room() as there, client(there, STRAP) as connected:
            await connected.start_notify(HEART_RATE, collector(older))
            await asyncio.sleep(10)
            told = len(older)
            await connected.start_notify(HEART_RATE, collector(newer))
            await asyncio.sleep(10)
            assert len(older) == told
            await connected.stop_notify(HEART_RATE)
            await asyncio.sleep(10)
            assert older + newer == [payload for _, payload in there.strap.sent]
        assert len(there.strap.sent) == pytest.approx(20, abs=1)

    in_virtual_time(subscribe())


def test_new_connection_has_no_subscriptions() -> None:
    async def reconnect() -> None:
        async with room() as there:
            async with client(there, STRAP) as connected:
                await connected.start_notify(HEART_RATE, collector([]))
                await asyncio.sleep(5.5)
            sent = len(there.strap.sent)
            assert sent == 5
            async with client(there, STRAP):
                await asyncio.sleep(5)
            assert len(there.strap.sent) == sent
            assert await listen(there, STRAP, "2A37", 5)

    in_virtual_time(reconnect())


def test_client_without_connection_raises_an_error() -> None:
    async def ask() -> None:
        async with room() as there:
            told: list[str] = []
            connected = client(there, STRAP, disconnected_callback=lambda _: told.append("ended"))
            with pytest.raises(BleakError):
                _ = connected.services
            await connected.disconnect()
            await connected.connect()
            with pytest.raises(BleakError, match="already connected"):
                await connected.connect()
            assert told == []
            await connected.disconnect()
            await connected.disconnect()
            assert told == ["ended"]
            with pytest.raises(BleakError):
                await connected.read_gatt_char(BATTERY)
            with pytest.raises(BleakError):
                await connected.start_notify(HEART_RATE, collector([]))

    in_virtual_time(ask())


def test_missing_sensor_raises_an_error_of_bleak_in_time() -> None:
    async def connect() -> None:
        loop = asyncio.get_running_loop()
        async with room(on=False) as there:
            with pytest.raises(BleakDeviceNotFoundError):
                await client(there, STRAP, timeout=3.0).connect()
            assert loop.time() == pytest.approx(3, abs=0.1)
            # The others wait for the adapter, but not longer than their timeout.
            async with asyncio.TaskGroup() as tasks:
                for _ in range(10):
                    tasks.create_task(_miss(there.shared_radio))
            assert loop.time() == pytest.approx(6, abs=0.2)

    in_virtual_time(connect())


async def _miss(shared_radio: SharedRadio) -> None:
    with pytest.raises(BleakDeviceNotFoundError):
        await BleakClient(STRAP, backend=shared_radio.radio().client, timeout=3.0).connect()
