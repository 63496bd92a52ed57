"""A room with virtual sensors, in virtual time."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from bleak import BleakClient
from bleak.backends.scanner import BaseBleakScanner

from devices.decoders import full_uuid
from devices.virtual.peripheral import Peripheral
from devices.virtual.peripherals import Patch, RoomThermometer, Strap
from devices.virtual.sample_sources import HeartSample, TemperatureSample
from devices.virtual.shared_radio import SharedRadio
from devices.virtual.virtual_time import VirtualTimeLoop

Result = TypeVar("Result")

STRAP, PATCH, ROOM = "F0:00:00:00:01:01", "F0:00:00:00:01:02", "F0:00:00:00:01:03"


def in_virtual_time(work: Coroutine[Any, Any, Result]) -> Result:
    """Run a coroutine in virtual time; fail if any callback raised an exception."""
    errors: list[dict[str, Any]] = []
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.get_loop().set_exception_handler(lambda _, error: errors.append(error))
        result = runner.run(work)
    assert errors == []
    return result


@dataclass(frozen=True)
class Steady:
    """A body whose n-th heart rate is 60 + n % 40."""

    def heart(self) -> Iterator[HeartSample]:
        for second in range(1, 10**6):
            yield HeartSample(at_s=second, rate=60 + second % 40, rr=(1000, 1024))

    def temperature(self, every_s: float) -> Iterator[TemperatureSample]:
        for number in range(1, 10**6):
            celsius = 36.5 + number % 50 / 100
            yield TemperatureSample(at_s=number * every_s, celsius=celsius)


@dataclass
class Room:
    shared_radio: SharedRadio
    strap: Strap
    patch: Patch
    thermometer: RoomThermometer
    tasks: asyncio.TaskGroup
    running: list[asyncio.Task[None]] = field(default_factory=list)

    def switch_on(self, *peripherals: Peripheral) -> None:
        self.running += [self.tasks.create_task(each.run()) for each in peripherals]


@asynccontextmanager
async def room(*, on: bool = True) -> AsyncIterator[Room]:
    """Yield a room with a strap, a patch and a thermometer, by default switched on."""
    async with SharedRadio() as shared_radio, asyncio.TaskGroup() as tasks:
        body = Steady()
        found = Room(
            shared_radio,
            Strap(shared_radio, body, name="Strap", address=STRAP),
            Patch(shared_radio, body, name="CORE", address=PATCH),
            RoomThermometer(shared_radio, body, name="Room", address=ROOM),
            tasks,
        )
        if on:
            found.switch_on(found.strap, found.patch, found.thermometer)
        yield found
        for task in found.running:
            task.cancel()


def collector(into: list[bytes]) -> Callable[[object, bytearray], None]:
    return lambda _, payload: into.append(bytes(payload))


def client(there: Room, address: str, **options: Any) -> BleakClient:
    return BleakClient(address, backend=there.shared_radio.radio().client, **options)


def scanner(there: Room) -> type[BaseBleakScanner]:
    backend = there.shared_radio.radio().scanner
    assert backend is not None
    return backend


async def listen(there: Room, address: str, uuid: str, seconds: float) -> list[bytes]:
    """Return the data that a subscriber receives within `seconds`."""
    got: list[bytes] = []
    async with client(there, address) as connected:
        await connected.start_notify(full_uuid(uuid), collector(got))
        await asyncio.sleep(seconds)
        await connected.stop_notify(full_uuid(uuid))
        told = len(got)
        await asyncio.sleep(30)
        assert len(got) == told, "nothing comes after unsubscribing"
    return got
