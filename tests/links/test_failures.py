"""Links under real conditions: dead sensors, full and broken adapters, bonds, busy BlueZ."""

import asyncio
import gc
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakBluetoothNotAvailableReason,
    BleakDBusError,
    BleakError,
)

from devices.bluetooth_service import BluetoothService, UnknownService
from devices.discovery import Search
from devices.errors import AdapterError
from devices.link import SensorLink
from devices.radio import LinkState
from devices.scanner import scan
from devices.sensor import SensorSpec
from devices.virtual.faults import FaultKind
from devices.virtual.peripherals import Strap
from tests.durations import LONG
from tests.links.failing_radio import RadioFaults, radio, unplug
from tests.links.test_link import BY_ADDRESS, RecordingSink
from tests.virtual.virtual_room import PATCH, STRAP, Room, Steady, in_virtual_time, room

RECONNECTIONS = 1000 if LONG else 60


@asynccontextmanager
async def linked(
    there: Room,
    faults: RadioFaults,
    *specs: SensorSpec,
    sink: RecordingSink,
    service: BluetoothService | None = None,
    may_power_cycle: bool = False,
) -> AsyncIterator[Search]:
    used = replace(
        radio(there, faults),
        service=service or UnknownService(),
        may_power_cycle=may_power_cycle,
    )
    search = Search(used)
    async with asyncio.TaskGroup() as tasks:
        links = [
            tasks.create_task(SensorLink(spec, sink, used, search, random.Random(n)).run())
            for n, spec in enumerate(specs)
        ]
        yield search
        for link in links:
            link.cancel()


def straps(there: Room, count: int) -> list[Strap]:
    return [
        Strap(there.shared_radio, Steady(), name=f"S{n}", address=f"F0:00:00:00:03:{n:02X}")
        for n in range(count)
    ]


def spec_of(strap: Strap, adapter: str | None = None) -> SensorSpec:
    return SensorSpec(
        label=strap.name, kind="heart-rate-strap", address=strap.address, adapter=adapter
    )


def reasons(sink: RecordingSink, label: str) -> list[str]:
    return [why for _, sensor, _, why in sink.states if sensor == label]


def test_sensors_that_never_respond_do_not_delay_others() -> None:
    async def run() -> None:
        sink = RecordingSink()
        async with room(on=False) as there:
            straps_on = straps(there, 20)
            faults = RadioFaults(dead={strap.address for strap in straps_on[:6]})
            there.switch_on(*straps_on)
            async with linked(there, faults, *map(spec_of, straps_on), sink=sink):
                await asyncio.sleep(300)
                alive = {strap.name for strap in straps_on[6:]}
                connected = {s for _, s, state, _ in sink.states if state is LinkState.CONNECTED}
                assert connected == alive
                for strap in (straps_on[7], straps_on[19], straps_on[12]):
                    strap.fail(FaultKind.DROP_OUT, 20)
                    returns_s = asyncio.get_running_loop().time() + 20
                    await asyncio.sleep(45)
                    back_s = min(
                        at_s
                        for at_s, sensor, state, _ in sink.states
                        if sensor == strap.name
                        and state is LinkState.CONNECTED
                        and at_s >= returns_s
                    )
                    assert back_s - returns_s <= 10
                faults.dead.clear()
                await asyncio.sleep(60)
                connected = {s for _, s, state, _ in sink.states if state is LinkState.CONNECTED}
                assert connected == {strap.name for strap in straps_on}
            assert any("another phone" in why for why in reasons(sink, "S0"))
            assert not any("busy" in why for _, _, _, why in sink.states)

    in_virtual_time(run())


def test_sensors_spread_over_adapters_with_free_connections() -> None:
    async def run() -> None:
        sink = RecordingSink()
        async with room(on=False) as there:
            straps_on = straps(there, 8)
            faults = RadioFaults(adapters=["hci0", "hci1"], slots={"hci0": 2, "hci1": 9})
            there.switch_on(*straps_on)
            async with linked(there, faults, *map(spec_of, straps_on), sink=sink):
                await asyncio.sleep(60)
                assert len(faults.on("hci0")) == 2
                assert len(faults.on("hci1")) == 6
                assert any(
                    "moves from adapter hci0, which fails or is full, to adapter hci1" in why
                    for _, _, _, why in sink.states
                )

    in_virtual_time(run())


def test_scan_uses_the_given_adapter() -> None:
    async def look() -> None:
        async with room() as there:
            faults = RadioFaults(adapters=["hci0", "hci1"])
            faults.broken["hci0"] = BleakError("it is dead")
            assert len(await scan(radio(there, faults), 5, "hci1")) == 3
            with pytest.raises(AdapterError):
                await scan(radio(there, faults), 5, "hci0")
            with pytest.raises(AdapterError, match="no adapter 'hci7'; choose one of: hci0, hci1"):
                await scan(radio(there, faults), 5, "hci7")

    in_virtual_time(look())


def test_sensor_uses_its_configured_adapter_until_it_fails() -> None:
    async def run() -> None:
        sink = RecordingSink()
        async with room(on=False) as there:
            straps_on = straps(there, 3)
            faults = RadioFaults(adapters=["hci0", "hci1"])
            there.switch_on(*straps_on)
            specs = [spec_of(strap, "hci1") for strap in straps_on]
            async with linked(there, faults, *specs, sink=sink):
                await asyncio.sleep(30)
                assert len(faults.on("hci1")) == 3
                died_s = asyncio.get_running_loop().time()
                await unplug(faults, "hci1")
                await asyncio.sleep(20)
                assert len(faults.on("hci0")) == 3
                moved = [at_s for at_s, _, _, why in sink.states if "to adapter hci0" in why]
                assert len(moved) == 3
                assert max(moved) - died_s <= 10

    in_virtual_time(run())


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            BleakBluetoothNotAvailableError("off", BleakBluetoothNotAvailableReason.POWERED_OFF),
            "switch it on",
        ),
        (BleakDBusError("org.freedesktop.DBus.Error.ServiceUnknown", []), "systemctl start"),
        (BleakDBusError("org.bluez.Error.Failed", ["Blocked through rfkill"]), "rfkill unblock"),
    ],
)
def test_links_recover_when_bluetooth_works_again(error: BaseException, words: str) -> None:
    async def run() -> None:
        sink = RecordingSink()
        faults = RadioFaults()
        async with room() as there, linked(there, faults, BY_ADDRESS, sink=sink):
            await asyncio.sleep(30)
            faults.broken[""] = error
            for client in list(faults.open):
                await client.disconnect()
            await asyncio.sleep(120)
            assert sink.reported_states() == ["connected", "lost", "searching"]
            assert words in reasons(sink, "strap")[-1]
            faults.broken.clear()
            await asyncio.sleep(10)
            assert sink.reported_states()[-1] == "connected"

    in_virtual_time(run())


def test_sensor_that_requires_pairing_is_paired() -> None:
    async def run() -> None:
        sink = RecordingSink()
        faults = RadioFaults(unbonded={STRAP})
        async with room() as there, linked(there, faults, BY_ADDRESS, sink=sink):
            await asyncio.sleep(20)
            assert sink.reported_states() == ["connected"]
            assert sink.measured("strap", "2A37")

    in_virtual_time(run())


@pytest.mark.parametrize(
    ("pairing", "words"),
    [
        (BleakDBusError("org.bluez.Error.AuthenticationFailed", []), "remove the old bond"),
        (BleakDBusError("org.bluez.Error.AuthenticationTimeout", []), "hold the sensor's pairing"),
        (NotImplementedError("not here"), "Bluetooth settings"),
    ],
)
def test_failed_pairing_is_reported_with_the_remedy(pairing: BaseException, words: str) -> None:
    async def run() -> None:
        sink = RecordingSink()
        faults = RadioFaults(unbonded={STRAP}, pairing=pairing)
        async with room() as there, linked(there, faults, BY_ADDRESS, sink=sink):
            await asyncio.sleep(60)
            assert {*sink.reported_states()} == {"failed"}
            assert all(words in why for why in reasons(sink, "strap"))
            faults.pairing = None
            await asyncio.sleep(15)
            assert sink.reported_states()[-1] == "connected"

    in_virtual_time(run())


def test_sensor_that_connects_per_reading_is_never_lost() -> None:
    """A thermometer connects, sends, disconnects; no loss is reported."""

    async def run() -> None:
        sink = RecordingSink()
        spec = SensorSpec(label="ear", kind="thermometer", address=PATCH)
        async with room(on=False) as there, linked(there, RadioFaults(), spec, sink=sink):
            await asyncio.sleep(120)
            assert sink.reported_states() == ["waiting"]
            for _ in range(3):
                there.switch_on(there.patch)
                await asyncio.sleep(25)
                there.running[-1].cancel()
                await asyncio.sleep(300)
            assert {*sink.reported_states()} == {"waiting", "connected"}
            assert sink.reported_states().count("connected") == 3
            assert len(sink.measured("ear", "2A1C")) >= 3

    in_virtual_time(run())


def test_changed_services_are_discovered_again() -> None:
    async def run() -> None:
        sink = RecordingSink()
        faults = RadioFaults(stale={STRAP})
        async with room() as there, linked(there, faults, BY_ADDRESS, sink=sink):
            await asyncio.sleep(20)
            assert sink.reported_states() == ["failed", "connected"]
            assert "services have changed" in reasons(sink, "strap")[0]

    in_virtual_time(run())


def test_no_scan_runs_without_a_search() -> None:
    async def run() -> None:
        async with room() as there, linked(there, RadioFaults(), BY_ADDRESS, sink=RecordingSink()):
            await asyncio.sleep(30)
            assert there.shared_radio.listeners == 0

    in_virtual_time(run())


def clients() -> int:
    """Return the number of clients in this process, including those of other tests."""
    gc.collect()
    return sum(type(each).__name__ == "FaultyClient" for each in gc.get_objects())


@pytest.mark.extended
@pytest.mark.no_cover
def test_many_reconnections_leak_nothing() -> None:
    async def run() -> None:
        sink = RecordingSink()
        faults = RadioFaults()
        async with room() as there, linked(there, faults, BY_ADDRESS, sink=sink):
            await asyncio.sleep(10)
            tasks, known = len(asyncio.all_tasks()), clients()
            for _ in range(RECONNECTIONS):
                for client in list(faults.open):
                    await client.disconnect()
                faults.open.clear()
                await asyncio.sleep(7)
                assert faults.open
            await asyncio.sleep(5)
            assert len(asyncio.all_tasks()) == tasks
            assert sink.reported_states().count("connected") > RECONNECTIONS
            assert clients() <= known + 1
            assert there.shared_radio.listeners == 0

    in_virtual_time(run())
