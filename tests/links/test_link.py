"""Links to sensors that are found, lost, silent and reconnected."""

import asyncio
import gc
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
from devices.found_sensor import config_lines
from devices.link import SensorLink
from devices.radio import LinkState, Radio
from devices.scanner import scan
from devices.sensor import SensorSpec
from devices.virtual.faults import Fault, FaultKind
from devices.virtual.peripherals import Strap
from tests.durations import SOAK_HOURS
from tests.virtual.virtual_room import PATCH, STRAP, Room, Steady, in_virtual_time, room


@dataclass
class RecordingSink:
    """A sink that records everything with the time of the event loop."""

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

    def reported_states(self) -> list[str]:
        return [state.value for _, _, state, _ in self.states]


@asynccontextmanager
async def linked(there: Room, *specs: SensorSpec, sink: RecordingSink) -> AsyncIterator[None]:
    radio = there.shared_radio.radio()
    search = Search(radio)
    async with asyncio.TaskGroup() as tasks:
        links = [
            tasks.create_task(
                SensorLink(spec, sink, radio, search, random.Random(number)).run(), name=spec.label
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
def test_sensor_is_found_and_all_data_arrive(spec: SensorSpec) -> None:
    async def run() -> None:
        sink = RecordingSink()
        async with room() as there, linked(there, spec, PATCH_SPEC, sink=sink):
            await asyncio.sleep(600.5)
            sent = [payload for uuid, payload in there.strap.sent if uuid == "2A37"]
            assert sink.measured("strap", "2A37") == sent
            assert len(sent) > 590
            assert len(sink.measured("patch", "2A1C")) > 55
            assert sink.measured("strap", "2A19")[0] == bytes([95])
            assert sink.measured("strap", "2A29") == [b"physiomon"]
            assert sink.reported_states() == ["connected", "connected"]
            assert sink.times[0] < 5

    in_virtual_time(run())


def test_lost_sensor_is_reconnected_within_ten_seconds() -> None:
    async def run() -> None:
        sink = RecordingSink()
        async with room() as there, linked(there, BY_ADDRESS, sink=sink):
            await asyncio.sleep(60)
            for away_s in (5, 30, 120, 600):
                there.strap.fail(FaultKind.DROP_OUT, away_s)
                returns_s = asyncio.get_running_loop().time() + away_s
                await asyncio.sleep(away_s + 30.2)
                back_s = min(time for time in sink.times if time > returns_s)
                assert back_s - returns_s <= 10, away_s
            assert sink.measured("strap", "2A37") == [
                payload for uuid, payload in there.strap.sent if uuid == "2A37"
            ]
            assert sink.reported_states()[:3] == ["connected", "lost", "connected"]

    in_virtual_time(run())


def test_missing_sensor_is_reported_once_and_found_later() -> None:
    async def run() -> None:
        sink = RecordingSink()
        async with room(on=False) as there, linked(there, BY_ADDRESS, sink=sink):
            await asyncio.sleep(3600)
            assert sink.reported_states() == ["searching"]
            assert "check that it is on, worn and near" in sink.states[0][3]
            there.switch_on(there.strap)
            await asyncio.sleep(10)
            assert sink.reported_states() == ["searching", "connected"]

    in_virtual_time(run())


def test_silent_sensor_is_reported_and_reconnected() -> None:
    async def run() -> None:
        sink = RecordingSink()
        async with room() as there, linked(there, BY_ADDRESS, sink=sink):
            await asyncio.sleep(60)
            there.strap.fail(FaultKind.SILENT, 60)
            await asyncio.sleep(120)
            reported_states = sink.reported_states()
            assert reported_states[:3] == ["connected", "silent", "lost"]
            assert reported_states[-1] == "connected"
            silent_s = next(time for time, _, state, _ in sink.states if state is LinkState.SILENT)
            assert silent_s - 60 == pytest.approx(10, abs=2)
            assert "check that it is worn" in sink.states[1][3]
            assert sink.times[-1] > 170

    in_virtual_time(run())


def test_missing_sensors_do_not_delay_others() -> None:
    async def run() -> None:
        sink = RecordingSink()
        missing = [
            SensorSpec(label=f"m{n}", kind="heart-rate-strap", address=f"F0:00:00:00:09:{n:02X}")
            for n in range(20)
        ]
        async with room(on=False) as there, linked(there, *missing, BY_ADDRESS, sink=sink):
            await asyncio.sleep(300)
            there.switch_on(there.strap)
            on_s = asyncio.get_running_loop().time()
            await asyncio.sleep(30)
            assert sink.times[0] - on_s <= 10
            assert sink.measured("strap", "2A37")

    in_virtual_time(run())


def test_sensor_of_the_wrong_kind_is_reported() -> None:
    async def run() -> None:
        sink = RecordingSink()
        wrong = SensorSpec(label="strap", kind="heart-rate-strap", address=PATCH)
        async with room() as there, linked(there, wrong, sink=sink):
            await asyncio.sleep(30)
        assert (
            "does not offer heart rate: check that its kind is 'heart-rate-strap'"
            in sink.states[0][3]
        )

    in_virtual_time(run())


@pytest.mark.extended
def test_twenty_sensors_with_random_drop_outs() -> None:
    """All data that a sensor sent while subscribed arrive; nothing is leaked.

    `make soak` runs it for four hours.
    """
    soak_s = round(3600 * SOAK_HOURS)
    handles = len([*Path("/proc/self/fd").iterdir()])

    async def run() -> None:
        rng = random.Random(4)
        kinds = [FaultKind.DROP_OUT, FaultKind.SILENT]
        sink = RecordingSink()
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
            async with linked(there, *specs, sink=sink):
                await asyncio.sleep(soak_s)
            for strap in straps:
                sent = [payload for uuid, payload in strap.sent if uuid == "2A37"]
                got = sink.measured(strap.name, "2A37")
                # Data that a strap sends during a disconnection are lost.
                silent = sum(
                    s == strap.name and "still sends no data" in why for _, s, _, why in sink.states
                )
                assert is_subsequence(got, sent)
                assert len(sent) - len(got) <= silent
                assert len(sent) > soak_s / 2
            tasks = {task.get_name() for task in asyncio.all_tasks()}
            assert not tasks & {spec.label for spec in specs}
        assert asyncio.all_tasks() == {asyncio.current_task()}

    in_virtual_time(run())
    gc.collect()
    assert len([*Path("/proc/self/fd").iterdir()]) <= handles


def is_subsequence(part: list[bytes], whole: list[bytes]) -> bool:
    rest = iter(whole)
    return all(item in rest for item in part)


@pytest.mark.parametrize("moment_ms", [0, 1, 50, 120, 400, 401, 402, 403, 405, 410, 450, 900, 1500])
def test_cancellation_at_any_moment_leaks_nothing(moment_ms: int) -> None:
    async def run() -> None:
        async with room() as there:
            async with linked(there, BY_ADDRESS, PATCH_SPEC, sink=RecordingSink()):
                await asyncio.sleep(moment_ms / 1000)
            await asyncio.sleep(1)
            names = {task.get_name() for task in asyncio.all_tasks()}
            assert not names & {"strap", "patch"}
            # The sensor is free for the next client.
            sink = RecordingSink()
            async with linked(there, BY_ADDRESS, sink=sink):
                await asyncio.sleep(20)
            assert sink.measured("strap", "2A37")
        assert asyncio.all_tasks() == {asyncio.current_task()}

    in_virtual_time(run())


def test_scan_lists_sensors_with_their_configuration() -> None:
    async def look() -> None:
        async with room() as there:
            found = await scan(there.shared_radio.radio(), 5)
            assert {sensor.kind.name for sensor in found if sensor.kind} == {
                "heart-rate-strap",
                "core-patch",
                "room-thermometer",
            }
            assert config_lines(found)[STRAP] == (
                "[[sensor]]  # Strap; heart_rate, rr_interval, battery\n"
                'label = "strap"\nkind = "heart-rate-strap"\n'
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
        raise RuntimeError("it never started")


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
        (FileNotFoundError(2, "no such file"), "the Bluetooth service is not running"),
        (PermissionError(13, "denied"), "Bluetooth is not permitted"),
    ],
)
def test_bluetooth_error_is_one_sentence_and_does_not_end_the_link(
    error: BaseException, sentence: str
) -> None:
    async def run() -> None:
        radio = Radio(type("Broken", (_Broken,), {"error": error}))
        with pytest.raises(LinkError, match=sentence):
            await scan(radio, 1)
        sink = RecordingSink()
        link = SensorLink(BY_ADDRESS, sink, radio, Search(radio), random.Random(1))
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(link.run())
            await asyncio.sleep(600)
            assert not running.done()
            running.cancel()
        assert sink.reported_states() == ["searching"]
        assert sentence in sink.states[0][3]

    in_virtual_time(run())
