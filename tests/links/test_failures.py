"""Links as they are in the field: dead sensors, full and broken adapters, bonds, busy BlueZ."""

import asyncio
import gc
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakBluetoothNotAvailableReason,
    BleakDBusError,
    BleakError,
)

from devices.discovery import Search
from devices.errors import AdapterError
from devices.link import SensorLink
from devices.radio import LinkState
from devices.scanner import scan
from devices.sensor import SensorSpec
from devices.virtual.faults import FaultKind
from devices.virtual.peripherals import Strap
from tests.links.failing_radio import Field, radio, unplug
from tests.links.test_link import BY_ADDRESS, Book
from tests.virtual.virtual_room import PATCH, STRAP, Room, Steady, in_virtual_time, room


@asynccontextmanager
async def linked(
    there: Room, rough: Field, *specs: SensorSpec, book: Book
) -> AsyncIterator[Search]:
    used = radio(there, rough)
    search = Search(used)
    async with asyncio.TaskGroup() as tasks:
        links = [
            tasks.create_task(SensorLink(spec, book, used, search, random.Random(n)).run())
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


def reasons(book: Book, label: str) -> list[str]:
    return [why for _, sensor, _, why in book.states if sensor == label]


def test_sensors_that_never_answer_do_not_keep_others_from_coming_back() -> None:
    async def life() -> None:
        book = Book()
        async with room(on=False) as there:
            worn = straps(there, 20)
            rough = Field(dead={strap.address for strap in worn[:6]})
            there.switch_on(*worn)
            async with linked(there, rough, *map(spec_of, worn), book=book):
                await asyncio.sleep(300)
                alive = {strap.name for strap in worn[6:]}
                connected = {s for _, s, state, _ in book.states if state is LinkState.CONNECTED}
                assert connected == alive
                for strap in (worn[7], worn[19], worn[12]):
                    strap.fail(FaultKind.DROP_OUT, 20)
                    returns_s = asyncio.get_running_loop().time() + 20
                    await asyncio.sleep(45)
                    back_s = min(
                        at_s
                        for at_s, sensor, state, _ in book.states
                        if sensor == strap.name
                        and state is LinkState.CONNECTED
                        and at_s >= returns_s
                    )
                    assert back_s - returns_s <= 10
                rough.dead.clear()
                await asyncio.sleep(60)
                connected = {s for _, s, state, _ in book.states if state is LinkState.CONNECTED}
                assert connected == {strap.name for strap in worn}
            assert any("another phone" in why for why in reasons(book, "S0"))
            assert not any("busy" in why for _, _, _, why in book.states)

    in_virtual_time(life())


def test_sensors_spread_over_adapters_and_go_where_there_is_room() -> None:
    async def life() -> None:
        book = Book()
        async with room(on=False) as there:
            worn = straps(there, 8)
            rough = Field(adapters=["hci0", "hci1"], slots={"hci0": 2, "hci1": 9})
            there.switch_on(*worn)
            async with linked(there, rough, *map(spec_of, worn), book=book):
                await asyncio.sleep(60)
                assert len(rough.on("hci0")) == 2
                assert len(rough.on("hci1")) == 6
                assert any(
                    "moves from adapter hci0, which fails or is full, to adapter hci1" in why
                    for _, _, _, why in book.states
                )

    in_virtual_time(life())


def test_a_scan_listens_with_the_adapter_that_it_is_given() -> None:
    async def look() -> None:
        async with room() as there:
            rough = Field(adapters=["hci0", "hci1"])
            rough.broken["hci0"] = BleakError("it is dead")
            assert len(await scan(radio(there, rough), 5, "hci1")) == 3
            with pytest.raises(AdapterError):
                await scan(radio(there, rough), 5, "hci0")
            with pytest.raises(AdapterError, match="no adapter 'hci7'; there are hci0, hci1"):
                await scan(radio(there, rough), 5, "hci7")

    in_virtual_time(look())


def test_a_sensor_has_the_adapter_that_it_is_given_and_another_when_that_dies() -> None:
    async def life() -> None:
        book = Book()
        async with room(on=False) as there:
            worn = straps(there, 3)
            rough = Field(adapters=["hci0", "hci1"])
            there.switch_on(*worn)
            specs = [spec_of(strap, "hci1") for strap in worn]
            async with linked(there, rough, *specs, book=book):
                await asyncio.sleep(30)
                assert len(rough.on("hci1")) == 3
                died_s = asyncio.get_running_loop().time()
                await unplug(rough, "hci1")
                await asyncio.sleep(20)
                assert len(rough.on("hci0")) == 3
                moved = [at_s for at_s, _, _, why in book.states if "to adapter hci0" in why]
                assert len(moved) == 3
                assert max(moved) - died_s <= 10

    in_virtual_time(life())


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
def test_when_bluetooth_works_again_links_recover_on_their_own(
    error: BaseException, words: str
) -> None:
    async def life() -> None:
        book = Book()
        rough = Field()
        async with room() as there, linked(there, rough, BY_ADDRESS, book=book):
            await asyncio.sleep(30)
            rough.broken[""] = error
            for client in list(rough.open):
                await client.disconnect()
            await asyncio.sleep(120)
            assert book.told() == ["connected", "lost", "searching"]
            assert words in reasons(book, "strap")[-1]
            rough.broken.clear()
            await asyncio.sleep(10)
            assert book.told()[-1] == "connected"

    in_virtual_time(life())


def test_one_that_asks_for_a_bond_gets_it() -> None:
    async def life() -> None:
        book = Book()
        rough = Field(unbonded={STRAP})
        async with room() as there, linked(there, rough, BY_ADDRESS, book=book):
            await asyncio.sleep(20)
            assert book.told() == ["connected"]
            assert book.measured("strap", "2A37")

    in_virtual_time(life())


@pytest.mark.parametrize(
    ("pairing", "words"),
    [
        (BleakDBusError("org.bluez.Error.AuthenticationFailed", []), "remove the old bond"),
        (BleakDBusError("org.bluez.Error.AuthenticationTimeout", []), "hold the sensor's pairing"),
        (NotImplementedError("not here"), "Bluetooth settings"),
    ],
)
def test_a_bond_that_fails_is_told_with_what_to_do(pairing: BaseException, words: str) -> None:
    async def life() -> None:
        book = Book()
        rough = Field(unbonded={STRAP}, pairing=pairing)
        async with room() as there, linked(there, rough, BY_ADDRESS, book=book):
            await asyncio.sleep(60)
            assert {*book.told()} == {"failed"}
            assert all(words in why for why in reasons(book, "strap"))
            rough.pairing = None
            await asyncio.sleep(15)
            assert book.told()[-1] == "connected"

    in_virtual_time(life())


def test_one_that_comes_with_its_readings_is_never_lost() -> None:
    """A thermometer appears, sends, hangs up; nobody is told of a loss."""

    async def life() -> None:
        book = Book()
        spec = SensorSpec(label="ear", kind="thermometer", address=PATCH)
        async with room(on=False) as there, linked(there, Field(), spec, book=book):
            await asyncio.sleep(120)
            assert book.told() == ["waiting"]
            for _ in range(3):
                there.switch_on(there.patch)
                await asyncio.sleep(25)
                there.running[-1].cancel()
                await asyncio.sleep(300)
            assert {*book.told()} == {"waiting", "connected"}
            assert book.told().count("connected") == 3
            assert len(book.measured("ear", "2A1C")) >= 3

    in_virtual_time(life())


def test_one_whose_services_have_changed_is_learnt_anew() -> None:
    async def life() -> None:
        book = Book()
        rough = Field(stale={STRAP})
        async with room() as there, linked(there, rough, BY_ADDRESS, book=book):
            await asyncio.sleep(20)
            assert book.told() == ["failed", "connected"]
            assert "services are read anew" in reasons(book, "strap")[0]

    in_virtual_time(life())


def test_nobody_scans_while_nobody_searches() -> None:
    async def life() -> None:
        async with room() as there, linked(there, Field(), BY_ADDRESS, book=Book()):
            await asyncio.sleep(30)
            assert there.shared_radio.listeners == 0

    in_virtual_time(life())


def clients() -> int:
    """Return how many clients there are in this process, those of other tests too."""
    gc.collect()
    return sum(type(each).__name__ == "RoughClient" for each in gc.get_objects())


def test_after_a_thousand_reconnects_nothing_is_left_behind() -> None:
    async def life() -> None:
        book = Book()
        rough = Field()
        async with room() as there, linked(there, rough, BY_ADDRESS, book=book):
            await asyncio.sleep(10)
            tasks, known = len(asyncio.all_tasks()), clients()
            for _ in range(1000):
                for client in list(rough.open):
                    await client.disconnect()
                rough.open.clear()
                await asyncio.sleep(7)
                assert rough.open
            await asyncio.sleep(5)
            assert len(asyncio.all_tasks()) == tasks
            assert book.told().count("connected") >= 1001
            assert clients() <= known + 1
            assert there.shared_radio.listeners == 0

    in_virtual_time(life())
