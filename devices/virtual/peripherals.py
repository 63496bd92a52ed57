"""Virtual sensors: real GATT servers that send what a source measures, and fail on demand."""

import asyncio
import contextlib
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import ClassVar

from bumble import core, gatt, hci
from bumble.core import UUID, AdvertisingData
from bumble.device import Connection, Device

from devices.virtual import packets
from devices.virtual.air import Air, finished, hang_up
from devices.virtual.faults import Fault, FaultKind
from devices.virtual.sources import HeartSource, TemperatureSource

_ADVERTISE_EVERY_MS = 250.0  # 0.625 ms steps: Bumble waits 0.4 s
_CONFIRM_WITHIN_S = 5.0
_LEAST_S = 0.001  # a shorter wait may end before its time
_FLIGHT_S = 0.01  # until what is in the air has arrived
_BATTERY_EVERY_S = 60.0
_CORE_SERVICE = "00002100-5b1e-4347-b07c-97b514dae121"

_READ = gatt.Characteristic.Properties.READ
_NOTIFY = gatt.Characteristic.Properties.NOTIFY
_INDICATE = gatt.Characteristic.Properties.INDICATE
_READABLE = gatt.Characteristic.Permissions.READABLE

Characteristic = gatt.Characteristic[bytes]


class Peripheral:
    """A sensor that can be found, connected to and subscribed to while `run` runs.

    Attributes:
        ended: set when the source has no more samples.
        sent: measurements that a connected subscriber got, in order, as (characteristic, bytes).
    """

    def __init__(
        self,
        air: Air,
        name: str,
        address: str,
        *,
        maker: str,
        model: str,
        battery: float = 95.0,
        drain_per_hour: float = 1.0,
        faults: Sequence[Fault] = (),
        waits: bool = False,
    ) -> None:
        self.name = name
        self.address = address
        self.sent: list[tuple[str, bytes]] = []
        self.ended = asyncio.Event()
        self.faults = list(faults)
        self._air = air
        self._about = {"2A29": maker, "2A24": model, "2A26": "1.0.0"}
        self._battery = battery
        self._drain_per_hour = drain_per_hour
        self._connection: Connection | None = None
        self._changed = asyncio.Event()
        self._on_air = False
        self._started_s: float | None = None
        # A recording is played only while somebody listens: none of its samples may be lost.
        self._waits = waits
        self._listened = asyncio.Event()
        if not waits:
            self._listened.set()

    async def run(self) -> None:
        """Be switched on until cancelled, or until the battery is flat."""
        self._started_s = asyncio.get_running_loop().time()
        self._device = await self._air.power_on(self.name, self.address)
        try:
            self._add_services(self._device)
            self._device.on("connection", self._on_connection)
            async with asyncio.TaskGroup() as tasks:
                radio = tasks.create_task(self._keep_reachable(), name=f"{self.name}/radio")
                level = tasks.create_task(self._watch_battery(), name=f"{self.name}/battery")
                measure = tasks.create_task(self._play(), name=f"{self.name}/measure")
                await level  # flat: nothing more is measured or sent, and nobody can connect
                measure.cancel()
                radio.cancel()
        finally:
            await self._air.power_off(self._device)

    async def _play(self) -> None:
        await self._listened.wait()
        self._source_started_s = asyncio.get_running_loop().time()
        await self._measure()
        self.ended.set()

    def now_s(self) -> float:
        """Return the seconds since the sensor was switched on."""
        if self._started_s is None:
            return 0.0
        return asyncio.get_running_loop().time() - self._started_s

    def fails(self, kind: FaultKind) -> bool:
        """Tell whether a fault is under way."""
        now_s = self.now_s()
        return any(fault.kind is kind and fault.holds(now_s) for fault in self.faults)

    def fail(self, kind: FaultKind, for_s: float) -> None:
        """Begin a fault now."""
        self.faults.append(Fault(kind, self.now_s(), for_s))
        self._changed.set()

    @property
    def level(self) -> int:
        """Return the battery's charge in per cent."""
        now_s = self.now_s()
        level = self._battery - self._drain_per_hour * now_s / 3600
        for fault in self.faults:
            if fault.kind is FaultKind.FLAT and now_s >= fault.at_s:
                level *= max(0.0, 1 - (now_s - fault.at_s) / fault.for_s)
        return max(0, round(level))

    @abstractmethod
    def _add_services(self, device: Device) -> None:
        """Add the services of this kind of sensor."""

    @abstractmethod
    async def _measure(self) -> None:
        """Send what the source measures until it ends."""

    @abstractmethod
    def _advertised(self) -> list[tuple[int, bytes]]:
        """Return the advertised service UUIDs."""

    # Being reachable

    def _on_connection(self, connection: Connection) -> None:
        self._connection = connection
        self._on_air = False  # one link at a time, as most straps
        connection.on("disconnection", self._on_disconnection)

    def _on_disconnection(self, _reason: int) -> None:
        self._connection = None
        if self._waits:
            self._listened.clear()
        self._changed.set()

    async def _keep_reachable(self) -> None:
        while True:
            self._changed.clear()
            looked_s = self.now_s()
            away = self.fails(FaultKind.DROP_OUT)
            if away:
                await self._vanish()
            elif self._connection is None and not self._on_air:
                self._on_air = True
                await finished(
                    self._device.start_advertising(
                        advertising_data=self._advertisement(),
                        advertising_interval_min=_ADVERTISE_EVERY_MS,
                        advertising_interval_max=_ADVERTISE_EVERY_MS,
                    )
                )
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._until_change_s(looked_s)):
                    await self._changed.wait()

    async def _vanish(self) -> None:
        if self._on_air:
            await finished(self._device.stop_advertising())
            self._on_air = False
        await asyncio.sleep(_FLIGHT_S)
        if self._connection is not None:
            await hang_up(self._connection, hci.HCI_CONNECTION_TIMEOUT_ERROR)

    def _until_change_s(self, looked_s: float) -> float | None:
        """Return the time until a fault begins or ends that had not when we looked."""
        times = [t for f in self.faults for t in (f.at_s, f.at_s + f.for_s) if t > looked_s]
        return max(_LEAST_S, min(times) - self.now_s()) if times else None

    def _advertisement(self) -> bytes:
        return bytes(
            AdvertisingData(
                [
                    (AdvertisingData.FLAGS, bytes([0x06])),
                    *self._advertised(),
                    (AdvertisingData.COMPLETE_LOCAL_NAME, self.name.encode()),
                ]
            )
        )

    # Sending

    async def _send(self, characteristic: Characteristic, payload: bytes) -> None:
        """Notify or indicate a subscriber, if there is one."""
        connection = self._connection
        if connection is None or self.fails(FaultKind.SILENT) or self.fails(FaultKind.DROP_OUT):
            return
        asked = self._device.gatt_server.subscribers.get(connection, {}).get(characteristic.handle)
        if not asked or not any(asked):
            return
        notify = bool(asked[0] & 0x01)
        send = self._device.notify_subscriber if notify else self._device.indicate_subscriber
        self.sent.append((characteristic.uuid.to_hex_str(), payload))
        try:
            async with asyncio.timeout(_CONFIRM_WITHIN_S):
                await send(connection, characteristic, payload)
        except (TimeoutError, core.BaseBumbleError):
            return  # the link broke under it: the next measurement waits for the next link

    def _await_listener(self, characteristic: Characteristic) -> None:
        def subscribed(_bearer: object, notify: bool, indicate: bool) -> None:  # noqa: FBT001
            if notify or indicate:
                self._listened.set()

        characteristic.on(characteristic.EVENT_SUBSCRIPTION, subscribed)

    def _broken(self, payload: bytes, ways: Iterator[bytes]) -> bytes:
        return next(ways) if self.fails(FaultKind.MALFORMED) else payload

    async def _wait_until(self, at_s: float) -> None:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(max(0.0, at_s - (loop.time() - self._source_started_s)))
        if not self._listened.is_set():
            due_s = loop.time()
            await self._listened.wait()
            self._source_started_s += loop.time() - due_s

    # What every sensor has

    def _common_services(self) -> list[gatt.Service]:
        self._battery_level: Characteristic = gatt.Characteristic(
            UUID.from_16_bits(0x2A19),
            _READ | _NOTIFY,
            _READABLE,
            gatt.CharacteristicValue(read=lambda _connection: bytes([self.level])),
        )
        about = [
            gatt.Characteristic(UUID.from_16_bits(int(uuid, 16)), _READ, _READABLE, text.encode())
            for uuid, text in self._about.items()
        ]
        return [
            gatt.Service(UUID.from_16_bits(0x180F), [self._battery_level]),
            gatt.Service(UUID.from_16_bits(0x180A), about),
        ]

    async def _watch_battery(self) -> None:
        told = self.level
        while self.level > 0:
            await asyncio.sleep(_BATTERY_EVERY_S if told > 1 else 1.0)
            if self.level != told:
                told = self.level
                await self._send(self._battery_level, bytes([told]))


class Strap(Peripheral):
    """A chest strap: heart rate with RR intervals, contact and battery."""

    def __init__(
        self,
        air: Air,
        source: HeartSource,
        *,
        name: str,
        address: str,
        faults: Sequence[Fault] = (),
        tells_contact: bool = True,
        battery: float = 95.0,
        waits: bool = False,
    ) -> None:
        super().__init__(
            air,
            name,
            address,
            maker="physiomon",
            model="Virtual strap",
            faults=faults,
            battery=battery,
            waits=waits,
        )
        self._source = source
        self._tells_contact = tells_contact

    def _advertised(self) -> list[tuple[int, bytes]]:
        return [(AdvertisingData.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS, b"\x0d\x18\x0f\x18")]

    def _add_services(self, device: Device) -> None:
        self._heart_rate: Characteristic = gatt.Characteristic(
            UUID.from_16_bits(0x2A37), _NOTIFY, gatt.Characteristic.Permissions(0), b""
        )
        location: Characteristic = gatt.Characteristic(
            UUID.from_16_bits(0x2A38), _READ, _READABLE, bytes([1])
        )
        self._await_listener(self._heart_rate)
        services = [gatt.Service(UUID.from_16_bits(0x180D), [self._heart_rate, location])]
        device.add_services(services + self._common_services())

    async def _measure(self) -> None:
        ways = packets.garbage(bytes([0x16, 60]))
        last = packets.heart_rate(60, (), contact=None)
        for sample in self._source.heart():
            await self._wait_until(sample.at_s)
            if self.fails(FaultKind.OFF_BODY):
                payload = packets.heart_rate(0, (), contact=self._contact(on=False))
            elif self.fails(FaultKind.FROZEN):
                payload = last
            else:
                on = self._contact(on=True)
                payload = last = packets.heart_rate(sample.rate, sample.rr, contact=on)
            await self._send(self._heart_rate, self._broken(payload, ways))

    def _contact(self, *, on: bool) -> bool | None:
        return on if self._tells_contact else None


class _Thermometer(Peripheral):
    """What thermometers share: one characteristic, sent every few seconds."""

    _model: ClassVar[str]
    _usual_s: ClassVar[float]
    _measured: Characteristic

    def __init__(
        self,
        air: Air,
        source: TemperatureSource,
        *,
        name: str,
        address: str,
        every_s: float | None = None,
        faults: Sequence[Fault] = (),
        waits: bool = False,
    ) -> None:
        super().__init__(
            air, name, address, maker="physiomon", model=self._model, faults=faults, waits=waits
        )
        self._source = source
        self._every_s = self._usual_s if every_s is None else every_s

    @abstractmethod
    def _payload(self, celsius: float | None) -> bytes:
        """Return a measurement, or its absence, as bytes."""

    async def _measure(self) -> None:
        last: float | None = None
        ways = packets.garbage(self._payload(37.0))
        for sample in self._source.temperature(self._every_s):
            await self._wait_until(sample.at_s)
            celsius: float | None = sample.celsius
            if self.fails(FaultKind.OFF_BODY):
                celsius = None
            elif self.fails(FaultKind.FROZEN) and last is not None:
                celsius = last
            last = celsius
            await self._send(self._measured, self._broken(self._payload(celsius), ways))


class Patch(_Thermometer):
    """A core-temperature patch as greenTEG's CORE: 0x2A1C each 10 s, NaN off the body."""

    _model = "Virtual patch"
    _usual_s = 10.0

    def _advertised(self) -> list[tuple[int, bytes]]:
        return [
            (AdvertisingData.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS, b"\x09\x18"),
            (
                AdvertisingData.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS,
                UUID(_CORE_SERVICE).to_bytes(),
            ),
        ]

    def _add_services(self, device: Device) -> None:
        self._measured = gatt.Characteristic(
            UUID.from_16_bits(0x2A1C), _INDICATE, gatt.Characteristic.Permissions(0), b""
        )
        kind: Characteristic = gatt.Characteristic(
            UUID.from_16_bits(0x2A1D), _READ, _READABLE, bytes([2])
        )
        self._await_listener(self._measured)
        services = [gatt.Service(UUID.from_16_bits(0x1809), [self._measured, kind])]
        device.add_services(services + self._common_services())

    def _payload(self, celsius: float | None) -> bytes:
        return packets.temperature(celsius)


class SkinPatch(Patch):
    """A thermometer on the skin: as a patch, but nothing of it says that it measures the core."""

    def _advertised(self) -> list[tuple[int, bytes]]:
        return super()._advertised()[:1]


class RoomThermometer(_Thermometer):
    """A room thermometer: 0x2A6E."""

    _model = "Virtual room thermometer"
    _usual_s = 30.0

    def _advertised(self) -> list[tuple[int, bytes]]:
        return [(AdvertisingData.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS, b"\x1a\x18")]

    def _add_services(self, device: Device) -> None:
        self._measured = gatt.Characteristic(
            UUID.from_16_bits(0x2A6E),
            _READ | _NOTIFY,
            _READABLE,
            packets.ambient(20.0),
        )
        self._await_listener(self._measured)
        services = [gatt.Service(UUID.from_16_bits(0x181A), [self._measured])]
        device.add_services(services + self._common_services())

    def _payload(self, celsius: float | None) -> bytes:
        return b"\x00\x80" if celsius is None else packets.ambient(celsius)
