"""Sensors that are started, polled and stopped, over the virtual radio."""

import asyncio
import random
from collections.abc import Sequence
from itertools import pairwise

import pytest
from bumble import gatt
from bumble.core import UUID

from devices.discovery import Search
from devices.link import SensorLink
from devices.sensor import SensorSpec
from devices.sensor_kinds import KINDS
from devices.vendors import polar, polar_control, viatom
from devices.virtual.battery import Battery
from devices.virtual.characteristics import NOTIFY, Characteristic, Properties
from devices.virtual.peripheral import Peripheral
from devices.virtual.shared_radio import SharedRadio
from tests.links.test_link import RecordingSink
from tests.virtual.virtual_room import Room, in_virtual_time, room

ADDRESS = "F0:00:00:00:01:09"


class Commanded(Peripheral):
    """A sensor that records its commands with their times."""

    def __init__(self, shared_radio: SharedRadio, commands: str, notifies: Sequence[str]) -> None:
        super().__init__(
            shared_radio,
            name="Commanded",
            address=ADDRESS,
            model="Commanded",
            battery=Battery(),
            faults=(),
            waits_for_subscriber=False,
        )
        self.commanded: list[tuple[float, str]] = []
        self.answer: bytes | None = None
        self._offered = commands
        self._notifies = notifies

    def _advertised(self) -> list[tuple[int, bytes]]:
        return []

    def _services(self) -> list[gatt.Service]:
        def take(_connection: object, command: bytes) -> None:
            self.commanded.append((self.now_s(), command.hex()))
            self._written.set()

        self._written = asyncio.Event()
        self._values = [self._made(uuid, NOTIFY) for uuid in self._notifies]
        commands: Characteristic = gatt.Characteristic(
            UUID(self._offered),
            Properties.WRITE
            | (Properties.NOTIFY if self._offered == polar_control.CONTROL_POINT else 0),
            gatt.Characteristic.Permissions.WRITEABLE,
            gatt.CharacteristicValue(write=take),
        )
        return [gatt.Service(UUID(viatom.SERVICE), [commands, *self._values])]

    def _made(self, uuid: str, properties: Properties) -> Characteristic:
        return gatt.Characteristic(UUID(uuid), properties, gatt.Characteristic.READABLE, b"")

    async def _measure(self) -> None:
        while True:
            await self._written.wait()
            self._written.clear()
            if self.answer is not None:
                await self._send(self._values[-1], self.answer)


async def live(there: Room, kind: str, sink: RecordingSink, seconds: float) -> None:
    """Run a link to the sensor for a while."""
    radio = there.shared_radio.radio()
    spec = SensorSpec(label="it", kind=kind, address=ADDRESS)
    link = SensorLink(spec, sink, radio, Search(radio), random.Random(1))
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(link.run())
        await asyncio.sleep(seconds)
        running.cancel()
    await asyncio.sleep(10)


def test_polled_sensor_is_polled_until_the_end() -> None:
    async def run() -> None:
        sink = RecordingSink()
        async with room(on=False) as there:
            ring = Commanded(there.shared_radio, viatom.REQUESTS, [viatom.ANSWERS])
            ring.answer = bytes(7) + b"\x61\x48" + bytes(5) + b"\x55\x00\x03\x06\x01\x00"
            there.switch_on(ring)
            await live(there, "viatom-oximeter", sink, 120)
            assert {command for _, command in ring.commanded} == {viatom.POLL.hex()}
            times = [at_s for at_s, _ in ring.commanded]
            assert all(b - a == pytest.approx(2.0, abs=0.2) for a, b in pairwise(times))
            assert len(times) > 40
            answers = sink.measured("it", viatom.ANSWERS)
            assert set(answers) == {ring.answer}
            assert len(answers) > 40
            assert sink.reported_states() == ["connected"]

    in_virtual_time(run())


def test_stream_is_started_once_and_stopped_before_disconnecting() -> None:
    async def run() -> None:
        async with room(on=False) as there:
            strap = Commanded(there.shared_radio, polar_control.CONTROL_POINT, ["2A37", polar.DATA])
            there.switch_on(strap)
            await live(there, "polar-h10-ecg", RecordingSink(), 14)
            [ecg] = KINDS["polar-h10-ecg"].streams
            assert [command for _, command in strap.commanded] == [ecg.start.hex(), ecg.stop.hex()]

    in_virtual_time(run())


def test_sensor_without_its_command_characteristic_is_reported() -> None:
    async def run() -> None:
        sink = RecordingSink()
        async with room(on=False) as there:
            there.switch_on(Commanded(there.shared_radio, polar.DATA, [viatom.ANSWERS]))
            await live(there, "viatom-oximeter", sink, 30)
            assert "it does not offer commands" in sink.states[0][3]

    in_virtual_time(run())
