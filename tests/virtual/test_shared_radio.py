"""Clients receive all data that sensors send."""

import asyncio
from functools import partial
from pathlib import Path

import pytest
from bumble.transport.common import AsyncPipeSink, BaseSource

from devices.decoders import decode, full_uuid
from devices.errors import LinkError
from devices.virtual.controllers import ControllerLease
from devices.virtual.faults import FaultKind
from devices.virtual.local_link import VirtualController, VirtualLink
from devices.virtual.peripherals import Strap
from devices.virtual.recording import read_recording
from devices.virtual.shared_radio import SharedRadio
from devices.virtual.virtual_time import VirtualTimeLoop
from tests.virtual.virtual_room import (
    PATCH,
    ROOM,
    STRAP,
    Steady,
    client,
    collector,
    in_virtual_time,
    listen,
    room,
)

DATA = Path(__file__).parents[1] / "data"


@pytest.mark.parametrize(
    ("address", "uuid", "signal", "every_s"),
    [
        (STRAP, "2A37", "heart_rate", 1),
        (PATCH, "2A1C", "body_temperature", 10),
        (ROOM, "2A6E", "ambient_temperature", 30),
    ],
)
def test_hour_of_measurements_is_received_as_sent(
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


class SilentControllers:
    """Controllers that take commands and never respond."""

    def __init__(self) -> None:
        self.released = 0

    async def acquire(self, name: str) -> ControllerLease:
        async def release() -> None:
            self.released += 1

        sink = AsyncPipeSink(VirtualController(name, link=VirtualLink()))
        return ControllerLease(BaseSource(), sink, release)


def test_controller_that_never_responds_is_reported() -> None:
    async def switch_on() -> None:
        controllers = SilentControllers()
        with pytest.raises(LinkError, match="the controller does not respond within 20 s"):
            await SharedRadio(controllers).power_on("strap", STRAP)
        assert controllers.released == 1

    in_virtual_time(switch_on())


def test_data_of_twenty_simultaneous_sensors_is_received() -> None:
    async def many() -> None:
        async with room(on=False) as there:
            straps = [
                Strap(there.shared_radio, Steady(), name=f"S{n}", address=f"F0:00:00:00:02:{n:02X}")
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


def test_recording_is_sent_completely_from_its_first_sample() -> None:
    recording = read_recording(DATA / "ride_indoor.csv")

    async def play() -> list[float | None]:
        async with room(on=False) as there:
            strap = Strap(
                there.shared_radio, recording, name="Ride", address=STRAP, waits_for_subscriber=True
            )
            there.switch_on(strap)
            await asyncio.sleep(100)  # no subscriber yet
            got = await listen(there, STRAP, "2A37", recording.duration_s + 5)
            assert strap.ended.is_set()
        return [decode("2A37", payload).readings[0].value for payload in got]

    lines = (DATA / "ride_indoor.csv").read_text().split("\n")[1:]
    recorded = [float(line.split(",")[1]) for line in lines if line and line.split(",")[1]]
    assert in_virtual_time(play()) == recorded


def test_recording_pauses_without_a_subscriber() -> None:
    recording = read_recording(DATA / "ride_indoor.csv")

    async def play() -> list[bytes]:
        async with room(on=False) as there:
            strap = Strap(
                there.shared_radio, recording, name="Ride", address=STRAP, waits_for_subscriber=True
            )
            there.switch_on(strap)
            got: list[bytes] = []
            while not strap.ended.is_set():
                lost = asyncio.Event()
                async with client(
                    there, STRAP, timeout=60, disconnected_callback=lambda _, s=lost: s.set()
                ) as connected:
                    await connected.start_notify(full_uuid("2A37"), collector(got))
                    await asyncio.sleep(200)
                    strap.fail(FaultKind.SILENT, 30)
                    await asyncio.sleep(99)
                    strap.fail(FaultKind.DROP_OUT, 20)
                    await lost.wait()
        return got

    played = in_virtual_time(play())
    values = [decode("2A37", payload).readings[0].value for payload in played]
    assert values == [sample.rate or None for sample in recording.hearts]


def test_result_is_the_same_at_every_speed() -> None:
    async def two_minutes() -> tuple[list[bytes], list[bytes]]:
        async with room() as there, asyncio.TaskGroup() as tasks:
            heart = tasks.create_task(listen(there, STRAP, "2A37", 60))
            core = tasks.create_task(listen(there, PATCH, "2A1C", 60))
        return heart.result(), core.result()

    received = []
    for speed in (600.0, 1e9):
        with asyncio.Runner(loop_factory=partial(VirtualTimeLoop, speed)) as runner:
            received.append(runner.run(two_minutes()))
    received.append(in_virtual_time(two_minutes()))
    assert received[0] == received[1] == received[2]
    assert [len(got) for got in received[0]] == [60, 6]
