"""Scans of virtual sensors."""

import asyncio
from typing import Literal

import pytest
from bleak import BleakClient, BleakScanner
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData

from devices.decoders import KINDS, full_uuid, recognise
from devices.virtual.faults import FaultKind
from devices.virtual.peripherals import Strap
from tests.virtual.virtual_room import (
    PATCH,
    ROOM,
    STRAP,
    Room,
    Steady,
    in_virtual_time,
    room,
    scanner,
)

Heard = dict[str, AdvertisementData]


async def hear(there: Room, mode: Literal["active", "passive"], seconds: float = 5) -> Heard:
    """Return the last advertisement of each device."""
    heard: Heard = {}

    def detected(device: BLEDevice, data: AdvertisementData) -> None:
        heard[device.address] = data

    async with BleakScanner(detected, scanning_mode=mode, backend=scanner(there)):
        await asyncio.sleep(seconds)
    return heard


def test_scan_finds_and_recognises_every_sensor() -> None:
    async def scan() -> None:
        async with room() as there:
            found = await BleakScanner.discover(5, return_adv=True, backend=scanner(there))
            kinds = {
                address: recognise(data.service_uuids, data.local_name)
                for address, (_, data) in found.items()
            }
            assert kinds == {
                STRAP: KINDS["heart-rate-strap"],
                PATCH: KINDS["core-patch"],
                ROOM: KINDS["room-thermometer"],
            }
            assert {data.local_name for _, data in found.values()} == {"Strap", "CORE", "Room"}
            assert {device.name for device, _ in found.values()} == {"Strap", "CORE", "Room"}
            assert all(data.rssi < 0 for _, data in found.values())

    in_virtual_time(scan())


def test_services_are_filtered() -> None:
    async def scan() -> None:
        async with room() as there:
            only = await BleakScanner.discover(
                5, service_uuids=[full_uuid("180D")], backend=scanner(there)
            )
            assert [device.address for device in only] == [STRAP]

    in_virtual_time(scan())


def test_only_an_active_scan_receives_names() -> None:
    async def scan() -> None:
        async with room() as there:
            passive = await hear(there, "passive")
            active = await hear(there, "active")
            assert passive.keys() == active.keys() == {STRAP, PATCH, ROOM}
            assert {data.local_name for data in passive.values()} == {None}
            assert {data.local_name for data in active.values()} == {"Strap", "CORE", "Room"}
            for address, data in active.items():
                assert data.service_uuids == passive[address].service_uuids

    in_virtual_time(scan())


def test_passive_scan_continues_after_an_active_one() -> None:
    async def scan() -> None:
        names: list[str | None] = []
        async with (
            room() as there,
            BleakScanner(
                lambda _, data: names.append(data.local_name),
                service_uuids=[full_uuid("180D")],
                scanning_mode="passive",
                backend=scanner(there),
            ),
        ):
            await asyncio.sleep(5)
            assert set(names) == {None}
            await hear(there, "active")
            assert "Strap" in names
            names.clear()
            await asyncio.sleep(5)
            assert names
            assert set(names) == {None}

    in_virtual_time(scan())


def test_advertisements_respect_the_legacy_length() -> None:
    async def scan() -> None:
        async with room() as there:
            for mode, most in (("passive", 31), ("active", 62)):
                for data in (await hear(there, mode)).values():  # type: ignore[arg-type]
                    [raw] = data.platform_data
                    assert 0 < len(raw.data_bytes) <= most
            with pytest.raises(ValueError, match="does not fit"):
                Strap(
                    there.shared_radio,
                    Steady(),
                    name="A strap of a very long name!!!",
                    address=STRAP,
                )

    in_virtual_time(scan())


def test_connected_or_lost_sensor_does_not_advertise() -> None:
    async def scan() -> None:
        async with room() as there:
            async with BleakClient(STRAP, backend=there.shared_radio.radio().client):
                assert (await hear(there, "active")).keys() == {PATCH, ROOM}
            there.patch.fail(FaultKind.DROP_OUT, 20)
            await asyncio.sleep(1)
            assert (await hear(there, "active")).keys() == {STRAP, ROOM}
            await asyncio.sleep(20)
            assert (await hear(there, "active")).keys() == {STRAP, PATCH, ROOM}

    in_virtual_time(scan())


def test_no_advertisement_is_reported_after_a_scan() -> None:
    async def scan() -> None:
        heard: list[str] = []
        async with room() as there:
            async with BleakScanner(
                lambda device, _: heard.append(device.address), backend=scanner(there)
            ):
                await asyncio.sleep(5)
            told = len(heard)
            assert told
            await asyncio.sleep(5)
            assert len(heard) == told

    in_virtual_time(scan())
