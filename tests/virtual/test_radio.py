"""What unmodified bleak sees of virtual sensors."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bleak import BleakClient, BleakScanner
from bleak.backends.scanner import BaseBleakScanner
from bleak.exc import BleakDeviceNotFoundError, BleakError

from devices.catalog import KINDS, decode, full_uuid, recognise
from devices.packets import Quality
from devices.virtual.faults import Fault, FaultKind, parse_fault
from devices.virtual.peripherals import Strap
from devices.virtual.recording import read_recording
from tests.virtual.room import PATCH, ROOM, STRAP, Room, Steady, in_virtual_time, room

DATA = Path(__file__).parents[1] / "data"


def collector(into: list[bytes]) -> Callable[[object, bytearray], None]:
    return lambda _, payload: into.append(bytes(payload))


def client(there: Room, address: str, **options: Any) -> BleakClient:
    return BleakClient(address, backend=there.air.radio().client, **options)


def scanner(there: Room) -> type[BaseBleakScanner]:
    backend = there.air.radio().scanner
    assert backend is not None
    return backend


async def listen(there: Room, address: str, uuid: str, seconds: float) -> list[bytes]:
    """Return what a subscriber gets in a while."""
    got: list[bytes] = []
    async with client(there, address) as connected:
        await connected.start_notify(full_uuid(uuid), lambda _, payload: got.append(bytes(payload)))
        await asyncio.sleep(seconds)
        await connected.stop_notify(full_uuid(uuid))
        told = len(got)
        await asyncio.sleep(30)
        assert len(got) == told, "nothing comes after unsubscribing"
    return got


def test_a_scan_finds_and_recognises_every_sensor() -> None:
    async def scan() -> None:
        async with room() as there:
            backend = scanner(there)
            found = await BleakScanner.discover(5, return_adv=True, backend=backend)
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
            only = await BleakScanner.discover(
                5, service_uuids=[full_uuid("180D")], backend=backend
            )
            assert [device.address for device in only] == [STRAP]

    in_virtual_time(scan())


@pytest.mark.parametrize(
    ("address", "uuid", "signal", "every_s"),
    [
        (STRAP, "2A37", "heart_rate", 1),
        (PATCH, "2A1C", "body_temperature", 10),
        (ROOM, "2A6E", "ambient_temperature", 30),
    ],
)
def test_an_hour_of_measurements_is_received_as_sent(
    address: str, uuid: str, signal: str, every_s: float
) -> None:
    async def hour() -> None:
        async with room() as there:
            got = await listen(there, address, uuid, 3600)
            sensors = {STRAP: there.strap, PATCH: there.patch, ROOM: there.thermometer}
            assert got == [payload for sent, payload in sensors[address].sent if sent == uuid]
            assert len(got) == pytest.approx(3600 / every_s, abs=1)
            readings = [decode(uuid, payload).readings[0] for payload in got]
            assert {reading.signal for reading in readings} == {signal}
            assert len({reading.value for reading in readings}) > 10

    in_virtual_time(hour())


def test_battery_location_and_maker_can_be_read() -> None:
    async def read() -> None:
        async with room() as there, client(there, STRAP) as connected:
            assert bytes(await connected.read_gatt_char(full_uuid("2A19"))) == bytes([95])
            assert bytes(await connected.read_gatt_char(full_uuid("2A38"))) == bytes([1])
            assert bytes(await connected.read_gatt_char(full_uuid("2A29"))) == b"physiomon"
            assert connected.mtu_size == 247

    in_virtual_time(read())


def test_a_sensor_that_is_not_there_is_told_as_bleak_does() -> None:
    async def connect() -> None:
        async with room(on=False) as there:
            with pytest.raises(BleakDeviceNotFoundError):
                await client(there, STRAP, timeout=3.0).connect()

    in_virtual_time(connect())


def test_a_lost_sensor_is_told_once_and_can_be_connected_again() -> None:
    async def lose() -> None:
        async with room() as there:
            lost: list[str] = []
            connected = client(there, STRAP, disconnected_callback=lambda _: lost.append("lost"))
            await connected.connect()
            there.strap.fail(FaultKind.DROP_OUT, 60)
            await asyncio.sleep(10)
            assert lost == ["lost"]
            assert not connected.is_connected
            with pytest.raises(BleakError):
                await connected.read_gatt_char(full_uuid("2A19"))
            with pytest.raises(BleakDeviceNotFoundError):
                await client(there, STRAP, timeout=3.0).connect()
            await asyncio.sleep(60)
            assert len(await listen(there, STRAP, "2A37", 20)) == pytest.approx(20, abs=1)
            assert lost == ["lost"]

    in_virtual_time(lose())


@pytest.mark.parametrize(
    ("kind", "quality"),
    [(FaultKind.OFF_BODY, Quality.NO_VALUE), (FaultKind.FROZEN, Quality.GOOD)],
)
def test_faults_change_what_is_measured(kind: FaultKind, quality: Quality) -> None:
    async def fail() -> None:
        async with room() as there:
            there.strap.fail(kind, 1000)
            there.patch.fail(kind, 1000)
            for address, uuid in ((STRAP, "2A37"), (PATCH, "2A1C")):
                payloads = await listen(there, address, uuid, 100)
                first = [decode(uuid, payload).readings[0] for payload in payloads]
                assert {reading.quality for reading in first} == {quality}
                if kind is FaultKind.FROZEN:
                    assert len({reading.value for reading in first}) == 1
                else:
                    assert {reading.value for reading in first} == {None}

    in_virtual_time(fail())


def test_a_silent_sensor_stays_connected() -> None:
    async def fail() -> None:
        async with room() as there:
            there.strap.fail(FaultKind.SILENT, 100)
            async with client(there, STRAP) as connected:
                got: list[bytes] = []
                uuid = full_uuid("2A37")
                await connected.start_notify(uuid, lambda _, payload: got.append(bytes(payload)))
                await asyncio.sleep(90)
                assert got == []
                assert connected.is_connected
                await asyncio.sleep(20)
                assert got

    in_virtual_time(fail())


def test_malformed_packets_come_through_as_they_are() -> None:
    async def fail() -> None:
        async with room() as there:
            there.strap.fail(FaultKind.MALFORMED, 1000)
            assert b"" in await listen(there, STRAP, "2A37", 30)

    in_virtual_time(fail())


def test_a_battery_runs_out_and_the_sensor_is_gone() -> None:
    async def fail() -> None:
        async with room(on=False) as there:
            strap = Strap(
                there.air,
                Steady(),
                name="Weak",
                address=STRAP,
                faults=[Fault(FaultKind.FLAT, 0, 1800)],
            )
            there.switch_on(strap)
            levels: list[int] = []
            lost = asyncio.Event()
            connected = client(there, STRAP, disconnected_callback=lambda _: lost.set())
            await connected.connect()
            uuid = full_uuid("2A19")
            await connected.start_notify(uuid, lambda _, payload: levels.append(payload[0]))
            await lost.wait()
            assert levels == sorted(levels, reverse=True)
            assert levels[-1] == 0
            await there.running[0]

    in_virtual_time(fail())


def test_twenty_sensors_at_once() -> None:
    async def many() -> None:
        async with room(on=False) as there:
            straps = [
                Strap(there.air, Steady(), name=f"S{n}", address=f"F0:00:00:00:02:{n:02X}")
                for n in range(20)
            ]
            there.switch_on(*straps)
            got: dict[str, list[bytes]] = {strap.address: [] for strap in straps}
            clients = [client(there, strap.address) for strap in straps]
            for connected in clients:
                await connected.connect()
                await connected.start_notify(full_uuid("2A37"), collector(got[connected.address]))
            await asyncio.sleep(120)
            for connected, strap in zip(clients, straps, strict=True):
                await connected.disconnect()
                assert got[strap.address] == [payload for _, payload in strap.sent]
                assert len(strap.sent) >= 119

    in_virtual_time(many())


def test_nothing_is_left_behind() -> None:
    async def leave() -> None:
        async with room() as there:
            await listen(there, STRAP, "2A37", 10)
            await BleakScanner.discover(5, backend=scanner(there))
            await asyncio.sleep(0.5)  # between two measurements
            before = len(asyncio.all_tasks())
            for _ in range(5):
                await listen(there, STRAP, "2A37", 10)
            await asyncio.sleep(0.5)  # until the sensors advertise again
            assert len(asyncio.all_tasks()) == before
        assert asyncio.all_tasks() == {asyncio.current_task()}

    in_virtual_time(leave())


def test_a_recording_is_sent_value_for_value_from_its_first_sample() -> None:
    recording = read_recording(DATA / "ride_indoor.csv")

    async def play() -> list[float | None]:
        async with room(on=False) as there:
            strap = Strap(there.air, recording, name="Ride", address=STRAP, waits=True)
            there.switch_on(strap)
            await asyncio.sleep(100)  # nobody listens yet
            got = await listen(there, STRAP, "2A37", recording.duration_s + 5)
            assert strap.ended.is_set()
        return [decode("2A37", payload).readings[0].value for payload in got]

    lines = (DATA / "ride_indoor.csv").read_text().split("\n")[1:]
    recorded = [float(line.split(",")[1]) for line in lines if line and line.split(",")[1]]
    assert in_virtual_time(play()) == recorded


@pytest.mark.parametrize(
    "text", ["", "off-body", "off-body@1", "rain@1+2", "silent@-1+2", "flat@1+0"]
)
def test_a_wrong_fault_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no fault; write KIND@START"):
        parse_fault(text)
    assert parse_fault("silent@1.5+2") == Fault(FaultKind.SILENT, 1.5, 2)
