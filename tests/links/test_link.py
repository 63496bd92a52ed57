"""A sensor's life: found, lost, silent, back again."""

import asyncio
import gc
import os
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from bleak.backends.scanner import BaseBleakScanner
from bleak.exc import BleakBluetoothNotAvailableError, BleakBluetoothNotAvailableReason

from devices.discovery import Search
from devices.errors import LinkError
from devices.link import SensorLink
from devices.radio import LinkState, Radio
from devices.scanner import config_lines, scan
from devices.sensor import SensorSpec
from devices.virtual.faults import Fault, FaultKind
from devices.virtual.peripherals import Strap
from tests.virtual.virtual_room import PATCH, STRAP, Room, Steady, in_virtual_time, room


@dataclass
class Book:
    """A sink that writes everything down, with the loop's time."""

    packets: list[tuple[str, str, bytes]] = field(default_factory=list)
    states: list[tuple[float, str, LinkState, str]] = field(default_factory=list)
    times: list[float] = field(default_factory=list)

    def packet(self, sensor: str, characteristic: str, payload: bytes) -> None:
        self.packets.append((sensor, characteristic, payload))
        self.times.append(asyncio.get_running_loop().time())

    def link(self, sensor: str, state: LinkState, reason: str, rssi: int | None) -> None:
        assert rssi is None or rssi < 0
        self.states.append((asyncio.get_running_loop().time(), sensor, state, reason))

    def measured(self, sensor: str, characteristic: str) -> list[bytes]:
        return [p for s, c, p in self.packets if (s, c) == (sensor, characteristic)]

    def told(self) -> list[str]:
        return [state.value for _, _, state, _ in self.states]


@asynccontextmanager
async def linked(there: Room, *specs: SensorSpec, book: Book) -> AsyncIterator[None]:
    radio = there.shared_radio.radio()
    search = Search(radio)
    async with asyncio.TaskGroup() as tasks:
        links = [
            tasks.create_task(
                SensorLink(spec, book, radio, search, random.Random(number)).run(), name=spec.label
            )
            for number, spec in enumerate(specs)
        ]
        yield
        for link in links:
            link.cancel()


BY_ADDRESS = SensorSpec(label="strap", kind="heart-rate-strap", address=STRAP.lower())
BY_NAME = SensorSpec(label="strap", kind="heart-rate-strap", name="Strap")
BY_KIND = SensorSpec(label="strap", kind="heart-rate-strap")
PATCH_SPEC = SensorSpec(label="patch", kind="core-patch", address=PATCH)


@pytest.mark.parametrize("spec", [BY_ADDRESS, BY_NAME, BY_KIND], ids=["address", "name", "kind"])
def test_a_sensor_is_found_and_everything_it_sends_arrives(spec: SensorSpec) -> None:
    async def life() -> None:
        book = Book()
        async with room() as there, linked(there, spec, PATCH_SPEC, book=book):
            await asyncio.sleep(600)
            sent = [payload for uuid, payload in there.strap.sent if uuid == "2A37"]
            assert book.measured("strap", "2A37") == sent
            assert len(sent) > 590
            assert len(book.measured("patch", "2A1C")) > 55
            assert book.measured("strap", "2A19")[0] == bytes([95])
            assert book.measured("strap", "2A29") == [b"physiomon"]
            assert book.told() == ["connected", "connected"]
            assert book.times[0] < 5

    in_virtual_time(life())


def test_a_lost_sensor_is_back_within_ten_seconds_of_its_return() -> None:
    async def life() -> None:
        book = Book()
        async with room() as there, linked(there, BY_ADDRESS, book=book):
            await asyncio.sleep(60)
            for away_s in (5, 30, 120, 600):
                there.strap.fail(FaultKind.DROP_OUT, away_s)
                returns_s = asyncio.get_running_loop().time() + away_s
                await asyncio.sleep(away_s + 30.2)
                back_s = min(time for time in book.times if time > returns_s)
                assert back_s - returns_s <= 10, away_s
            assert book.measured("strap", "2A37") == [
                payload for uuid, payload in there.strap.sent if uuid == "2A37"
            ]
            assert book.told()[:3] == ["connected", "lost", "connected"]

    in_virtual_time(life())


def test_a_missing_sensor_is_told_once_and_found_when_it_comes() -> None:
    async def life() -> None:
        book = Book()
        async with room(on=False) as there, linked(there, BY_ADDRESS, book=book):
            await asyncio.sleep(3600)
            assert book.told() == ["searching"]
            assert "is it on, worn and near?" in book.states[0][3]
            there.switch_on(there.strap)
            await asyncio.sleep(10)
            assert book.told() == ["searching", "connected"]

    in_virtual_time(life())


def test_a_silent_sensor_is_told_and_the_half_open_link_is_made_anew() -> None:
    async def life() -> None:
        book = Book()
        async with room() as there, linked(there, BY_ADDRESS, book=book):
            await asyncio.sleep(60)
            there.strap.fail(FaultKind.SILENT, 60)
            await asyncio.sleep(120)
            told = book.told()
            assert told[:3] == ["connected", "silent", "lost"]
            assert told[-1] == "connected"
            silent_s = next(time for time, _, state, _ in book.states if state is LinkState.SILENT)
            assert silent_s - 60 == pytest.approx(10, abs=2)
            assert "check that it is worn" in book.states[1][3]
            assert book.times[-1] > 170

    in_virtual_time(life())


def test_a_missing_sensor_starves_nobody() -> None:
    async def life() -> None:
        book = Book()
        missing = [
            SensorSpec(label=f"m{n}", kind="heart-rate-strap", address=f"F0:00:00:00:09:{n:02X}")
            for n in range(20)
        ]
        async with room(on=False) as there, linked(there, *missing, BY_ADDRESS, book=book):
            await asyncio.sleep(300)
            there.switch_on(there.strap)
            on_s = asyncio.get_running_loop().time()
            await asyncio.sleep(30)
            assert book.times[0] - on_s <= 10
            assert book.measured("strap", "2A37")

    in_virtual_time(life())


def test_a_sensor_of_the_wrong_kind_is_told() -> None:
    async def life() -> None:
        book = Book()
        wrong = SensorSpec(label="strap", kind="heart-rate-strap", address=PATCH)
        async with room() as there, linked(there, wrong, book=book):
            await asyncio.sleep(30)
        assert "does not offer 2A37; is it really a heart rate strap?" in book.states[0][3]

    in_virtual_time(life())


def test_twenty_sensors_with_random_drop_outs() -> None:
    """What arrives is what each sensor sent while it was subscribed to; nothing is left behind.

    `SOAK_HOURS=4` makes the soak of it.
    """
    soak_s = round(3600 * float(os.environ.get("SOAK_HOURS", "0.25")))
    handles = len([*Path("/proc/self/fd").iterdir()])

    async def life() -> None:
        rng = random.Random(4)
        kinds = [FaultKind.DROP_OUT, FaultKind.SILENT]
        book = Book()
        async with room(on=False) as there:
            straps = [
                Strap(
                    there.shared_radio,
                    Steady(),
                    name=f"S{n}",
                    address=f"F0:00:00:00:03:{n:02X}",
                    faults=[
                        Fault(
                            rng.choice(kinds),
                            at_s,
                            rng.uniform(3, 90),
                        )
                        for at_s in range(60, soak_s, rng.randrange(150, 400))
                    ],
                )
                for n in range(20)
            ]
            there.switch_on(*straps)
            specs = [
                SensorSpec(label=strap.name, kind="heart-rate-strap", address=strap.address)
                for strap in straps
            ]
            async with linked(there, *specs, book=book):
                await asyncio.sleep(soak_s)
            for strap in straps:
                sent = [payload for uuid, payload in strap.sent if uuid == "2A37"]
                got = book.measured(strap.name, "2A37")
                # What a strap sends in the moment in which we hang up on it is lost in the air.
                hung_up = sum(s == strap.name and "anew" in why for _, s, _, why in book.states)
                assert is_subsequence(got, sent)
                assert len(sent) - len(got) <= hung_up
                assert len(sent) > soak_s / 2
            tasks = {task.get_name() for task in asyncio.all_tasks()}
            assert not tasks & {spec.label for spec in specs}
        assert asyncio.all_tasks() == {asyncio.current_task()}

    in_virtual_time(life())
    gc.collect()
    assert len([*Path("/proc/self/fd").iterdir()]) <= handles


def is_subsequence(part: list[bytes], whole: list[bytes]) -> bool:
    rest = iter(whole)
    return all(item in rest for item in part)


@pytest.mark.parametrize("moment_ms", [0, 1, 50, 120, 400, 401, 402, 403, 405, 410, 450, 900, 1500])
def test_cancelled_at_any_moment_it_leaves_nothing_behind(moment_ms: int) -> None:
    async def life() -> None:
        async with room() as there:
            async with linked(there, BY_ADDRESS, PATCH_SPEC, book=Book()):
                await asyncio.sleep(moment_ms / 1000)
            await asyncio.sleep(1)
            names = {task.get_name() for task in asyncio.all_tasks()}
            assert not names & {"strap", "patch"}
            # The sensor is free again for the next one.
            book = Book()
            async with linked(there, BY_ADDRESS, book=book):
                await asyncio.sleep(20)
            assert book.measured("strap", "2A37")
        assert asyncio.all_tasks() == {asyncio.current_task()}

    in_virtual_time(life())


def test_a_scan_lists_what_is_near_and_how_to_configure_it() -> None:
    async def look() -> None:
        async with room() as there:
            found = await scan(there.shared_radio.radio(), 5)
            assert {sensor.kind.name for sensor in found if sensor.kind} == {
                "heart-rate-strap",
                "core-patch",
                "room-thermometer",
            }
            strap = next(sensor for sensor in found if sensor.address == STRAP)
            assert config_lines(strap) == (
                '[[sensor]]  # Strap\nlabel = "strap"\nkind = "heart-rate-strap"\n'
                f'address = "{STRAP}"'
            )

    in_virtual_time(look())


class _Broken(BaseBleakScanner):
    """A scanner on a machine whose Bluetooth fails."""

    error: BaseException

    def __init__(self, *_: object, **__: object) -> None:
        super().__init__(None, None)

    async def start(self) -> None:
        raise self.error

    async def stop(self) -> None:
        raise AssertionError("it never started")


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (
            BleakBluetoothNotAvailableError("no", BleakBluetoothNotAvailableReason.NO_BLUETOOTH),
            "no Bluetooth adapter: plug one in",
        ),
        (
            BleakBluetoothNotAvailableError("off", BleakBluetoothNotAvailableReason.POWERED_OFF),
            "Bluetooth is off: switch it on",
        ),
        (FileNotFoundError(2, "no such file"), "the Bluetooth service does not run"),
        (PermissionError(13, "denied"), "Bluetooth is not permitted"),
    ],
)
def test_trouble_with_bluetooth_is_one_sentence_and_ends_nothing(
    error: BaseException, sentence: str
) -> None:
    async def life() -> None:
        radio = Radio(type("Broken", (_Broken,), {"error": error}))
        with pytest.raises(LinkError, match=sentence):
            await scan(radio, 1)
        book = Book()
        link = SensorLink(BY_ADDRESS, book, radio, Search(radio), random.Random(1))
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(link.run())
            await asyncio.sleep(600)
            assert not running.done()
            running.cancel()
        assert book.told() == ["searching"]
        assert sentence in book.states[0][3]

    in_virtual_time(life())
