"""A sensor behind bleak's interface, without a radio, whose requests can fail in every way."""

import asyncio
import math
import random
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from bleak.assigned_numbers import CharacteristicPropertyName
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.client import BaseBleakClient, NotifyCallback
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData, BaseBleakScanner
from bleak.backends.service import BleakGATTService, BleakGATTServiceCollection
from bleak.exc import BleakError

from devices.adapters import Adapters
from devices.decoders import full_uuid, short_uuid
from devices.discovery import Search
from devices.link import SensorLink
from devices.radio import Radio
from devices.sensor import SensorSpec
from tests.links.test_link import RecordingSink
from tests.virtual.virtual_room import in_virtual_time

ADDRESS = "F0:00:00:00:07:01"
BEAT = b"\x10\x42\x9f\x03"  # 66 /min

# An operation (read, write, notify) on a characteristic.
Place = tuple[str, str]
# Service, characteristic and properties; "180F#2" is a second instance of a service.
Attribute = tuple[str, str, tuple[CharacteristicPropertyName, ...]]


class Hang(Exception):  # noqa: N818 - a fault, not an error
    """The sensor never responds."""


class Break(Exception):  # noqa: N818 - a fault, not an error
    """The sensor disconnects instead of responding."""


@dataclass
class Sensor:
    """A sensor that notifies its first characteristic every second.

    Attributes:
        attributes: its characteristics.
        faults: what happens at a place.
        tried: times of all requests by place.
        responses: what it notifies after a command, by characteristic.
        streams: what it notifies beside the first characteristic, by characteristic.
        silent_after_s: time after a connection at which the first characteristic stops.
    """

    attributes: list[Attribute]
    name: str = "Band"
    faults: dict[Place, BaseException] = field(default_factory=dict)
    tried: dict[Place, list[float]] = field(default_factory=dict)
    responses: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    streams: dict[str, bytes] = field(default_factory=dict)
    silent_after_s: float = math.inf
    connections: int = 0

    def radio(self) -> Radio:
        return Radio(
            type("Scanner", (_Scanner,), {"sensor": self}),
            type("Client", (_Client,), {"sensor": self}),
            Adapters(names=list),
        )

    def attempts(self, place: Place) -> int:
        return len(self.tried.get(place, ()))


def live(
    sensor: Sensor,
    kind: str,
    seconds: float,
    meanwhile: Callable[[RecordingSink], Coroutine[Any, Any, None]] | None = None,
) -> RecordingSink:
    """Return the output of a link to a sensor after some virtual time."""

    async def run() -> RecordingSink:
        sink, radio = RecordingSink(), sensor.radio()
        spec = SensorSpec(label="it", kind=kind, address=ADDRESS)
        link = SensorLink(spec, sink, radio, Search(radio), random.Random(1))
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(link.run())
            if meanwhile is not None:
                await meanwhile(sink)
            await asyncio.sleep(seconds)
            running.cancel()
        return sink

    return in_virtual_time(run())


class _Scanner(BaseBleakScanner):
    sensor: Sensor

    def __init__(
        self, detection_callback: Any, service_uuids: list[str] | None, *_: Any, **__: Any
    ) -> None:
        super().__init__(detection_callback, service_uuids)
        self._timer: asyncio.TimerHandle | None = None

    async def start(self) -> None:
        self.seen_devices = {}
        self._timer = asyncio.get_running_loop().call_later(0.5, self._hear)

    async def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _hear(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(0.5, self._hear)
        data = AdvertisementData(self.sensor.name, {}, {}, [], None, -60, ())
        device = self.create_or_update_device(ADDRESS, ADDRESS, self.sensor.name, None, data)
        self.call_detection_callbacks(device, data)


class _Client(BaseBleakClient):
    sensor: Sensor

    def __init__(self, device: BLEDevice | str, **options: Any) -> None:
        super().__init__(device, **options)
        self._connected = False
        self._connected_s = 0.0
        self._beats: asyncio.TimerHandle | None = None
        self._subscribers: dict[str, NotifyCallback] = {}

    @property
    def mtu_size(self) -> int:
        return 23

    @property
    def is_connected(self) -> bool:
        return self._connected

    async def connect(self, pair: bool, **_: Any) -> None:  # noqa: ARG002
        self._connected = True
        self._connected_s = asyncio.get_running_loop().time()
        self.sensor.connections += 1
        self.services = BleakGATTServiceCollection()
        services: dict[str, BleakGATTService] = {}
        for number, (service, uuid, properties) in enumerate(self.sensor.attributes):
            if service not in services:
                shared = service.partition("#")[0]
                services[service] = BleakGATTService(None, 1000 + number, full_uuid(shared))
                self.services.add_service(services[service])
            self.services.add_characteristic(
                BleakGATTCharacteristic(
                    None,
                    number,
                    full_uuid(uuid),
                    list(properties),
                    lambda: 20,
                    services[service],
                )
            )

    async def disconnect(self) -> None:
        self._end()

    async def pair(self, *_: Any, **__: Any) -> None:
        raise BleakError("this sensor cannot be paired")

    async def unpair(self) -> None:
        raise RuntimeError("nobody asked for this")

    async def read_gatt_char(self, characteristic: BleakGATTCharacteristic, **_: Any) -> bytearray:
        await self._ask("read", characteristic)
        return bytearray([characteristic.handle])

    async def read_gatt_descriptor(self, *_: Any, **__: Any) -> bytearray:
        raise RuntimeError("nobody reads descriptors")

    async def write_gatt_descriptor(self, *_: Any, **__: Any) -> None:
        raise RuntimeError("nobody writes descriptors")

    async def write_gatt_char(
        self, characteristic: BleakGATTCharacteristic, *_: Any, **__: Any
    ) -> None:
        await self._ask("write", characteristic)
        response = self.sensor.responses.get(short_uuid(characteristic.uuid))
        if response is not None:
            self._notify(*response)

    async def start_notify(
        self, characteristic: BleakGATTCharacteristic, callback: NotifyCallback, **_: Any
    ) -> None:
        await self._ask("notify", characteristic)
        uuid = short_uuid(characteristic.uuid)
        if uuid in self._subscribers:
            raise RuntimeError("some backends refuse to subscribe twice")
        self._subscribers[uuid] = callback
        if uuid == self.sensor.attributes[0][1]:
            self._beat()

    async def stop_notify(self, *_: Any) -> None:
        raise RuntimeError("nobody unsubscribes")

    def _beat(self) -> None:
        loop = asyncio.get_running_loop()
        if loop.time() - self._connected_s < self.sensor.silent_after_s:
            self._notify(self.sensor.attributes[0][1], BEAT)
        for uuid, payload in self.sensor.streams.items():
            self._notify(uuid, payload)
        self._beats = loop.call_later(1.0, self._beat)

    def _notify(self, uuid: str, payload: bytes) -> None:
        if uuid in self._subscribers:
            self._subscribers[uuid](bytearray(payload))

    async def _ask(self, operation: str, characteristic: BleakGATTCharacteristic) -> None:
        if not self._connected:
            raise BleakError("Not connected")
        place = (operation, short_uuid(characteristic.uuid))
        self.sensor.tried.setdefault(place, []).append(asyncio.get_running_loop().time())
        match self.sensor.faults.get(place):
            case Hang():
                await asyncio.Event().wait()
            case Break():
                await asyncio.sleep(0.1)
                self._end()
                raise BleakError("Not connected")
            case None:
                await asyncio.sleep(0.01)
            case error:
                raise error

    def _end(self) -> None:
        if self._beats is not None:
            self._beats.cancel()
        if self._connected:
            self._connected = False
            if self._disconnected_callback is not None:
                self._disconnected_callback()
