"""The radio side of a virtual sensor: advertising, connections, notifications and faults."""

import asyncio
import contextlib
import random
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar

from bumble import core, gatt, hci
from bumble.core import UUID, AdvertisingData
from bumble.device import Connection

from devices.advertisement import parse
from devices.decoders import full_uuid, short_uuid
from devices.virtual import packets
from devices.virtual.advertising import service_list
from devices.virtual.battery import Battery
from devices.virtual.characteristics import Characteristic, constant, level
from devices.virtual.faults import ANY, Fault, FaultKind
from devices.virtual.shared_radio import SharedRadio, close_connection, run_to_end

_ADVERTISE_EVERY_MS = 250.0  # 0.625 ms steps: Bumble waits 0.4 s
_LONGEST_NAME = 29  # bytes: a scan response has 31
_CONFIRM_WITHIN_S = 5.0
_FLIGHT_S = 0.01  # until packets on their way have arrived
_BATTERY_EVERY_S = 60.0
_LOOK_AGAIN_S = 1.0
_LEAST_S = 0.001  # a shorter wait may end early


class Peripheral(ABC):
    """A sensor that can be found, connected to and subscribed to while `run` runs.

    Attributes:
        FAULTS: faults that it can have.
        is_on: set when it can be found.
        ended: set when the source has no more samples.
        sent: measurements sent to a connected subscriber, in order, as (characteristic, bytes).
        advertised_services: services that identify its kind; the first one is advertised unless
            this sensor advertises one of them anyway.
    """

    FAULTS: ClassVar[frozenset[FaultKind]] = ANY | {FaultKind.OFF_BODY}

    def __init__(
        self,
        shared_radio: SharedRadio,
        *,
        name: str,
        address: str,
        model: str,
        battery: Battery,
        faults: Sequence[Fault],
        waits_for_subscriber: bool,
    ) -> None:
        if len(name.encode()) > _LONGEST_NAME:
            raise ValueError(f"'{name}' does not fit a scan response of {_LONGEST_NAME} bytes")
        self.name = name
        self.address = address
        self.sent: list[tuple[str, bytes]] = []
        self.is_on = asyncio.Event()
        self.ended = asyncio.Event()
        self.faults = list(faults)
        self.advertised_services: Sequence[str] = ()
        self._shared_radio = shared_radio
        self._device_information = {0x2A29: "physiomon", 0x2A24: model, 0x2A26: "1.0.0"}
        self._battery = battery
        self._rng = random.Random(address)  # noqa: S311 - what a broken sensor sends
        self._connection: Connection | None = None
        self._advertising = False
        self._discoverable = True
        self._links_changed = asyncio.Event()
        self._faults_changed = asyncio.Event()
        self._started_s: float | None = None
        self._source_began_s = 0.0
        # A recording is played only while there is a subscriber, so that no sample is lost.
        self._waits_for_subscriber = waits_for_subscriber
        self._subscribed = asyncio.Event()
        if not waits_for_subscriber:
            self._subscribed.set()

    async def run(self) -> None:
        """Run the sensor until cancelled or until its battery is flat.

        Raises:
            LinkError: no controller is available.
            ExceptionGroup: the controller is lost; contains a LinkError.
        """
        self._started_s = asyncio.get_running_loop().time()
        self._advertising = False
        self._device = await self._shared_radio.power_on(self.name, self.address)
        try:
            self._device.add_services([*self._services(), *self._common_services()])
            self._device.on("connection", self._on_connection)
            async with asyncio.TaskGroup() as tasks:
                radio = tasks.create_task(self._manage_advertising(), name=f"{self.name}/radio")
                battery = tasks.create_task(self._drain(), name=f"{self.name}/battery")
                measure = tasks.create_task(self._run_source(), name=f"{self.name}/measure")
                gone = tasks.create_task(
                    self._shared_radio.wait_lost(self._device), name=f"{self.name}/gone"
                )
                self.is_on.set()
                await battery  # flat: stop measuring, sending and advertising
                measure.cancel()
                radio.cancel()
                gone.cancel()
        finally:
            self.is_on.clear()
            await self._shared_radio.power_off(self._device)

    def fail(self, kind: FaultKind, for_s: float) -> None:
        """Start a fault now."""
        self.faults.append(Fault(kind, self.now_s(), for_s))
        self._links_changed.set()
        self._faults_changed.set()

    def fails(self, kind: FaultKind) -> bool:
        """Return whether a fault is active."""
        now_s = self.now_s()
        return any(fault.kind is kind and fault.holds(now_s) for fault in self.faults)

    def now_s(self) -> float:
        """Return the seconds since the sensor was switched on."""
        if self._started_s is None:
            return 0.0
        return asyncio.get_running_loop().time() - self._started_s

    @property
    def level(self) -> int:
        """Return the charge of the battery in %."""
        return self._battery.level(self.now_s(), self.faults)

    @abstractmethod
    def _services(self) -> list[gatt.Service]:
        """Return the services of this kind of sensor."""

    @abstractmethod
    async def _measure(self) -> None:
        """Send measurements until the source ends."""

    @abstractmethod
    def _advertised(self) -> list[tuple[int, bytes]]:
        """Return the advertised service UUIDs."""

    # Advertising and connections

    def _on_connection(self, connection: Connection) -> None:
        self._connection = connection
        self._advertising = False  # one connection at a time, like most straps
        connection.on("disconnection", self._on_disconnection)

    def _on_disconnection(self, _reason: int) -> None:
        self._connection = None
        self._links_changed.set()

    async def _manage_advertising(self) -> None:
        while True:
            self._links_changed.clear()
            looked_s = self.now_s()
            if self.fails(FaultKind.DROP_OUT):
                await self._drop_out()
            elif not self._discoverable:
                await self._stop_advertising()
            elif self._connection is None and not self._advertising:
                self._advertising = True
                await self._advertise()
            await _wait_for(self._links_changed, self._until_change_s(looked_s))

    async def _advertise(self) -> None:
        flags = (AdvertisingData.FLAGS, bytes([0x06]))
        name = (AdvertisingData.COMPLETE_LOCAL_NAME, self.name.encode())
        await run_to_end(
            self._device.start_advertising(
                advertising_data=bytes(AdvertisingData([flags, *self._service_lists()])),
                scan_response_data=bytes(AdvertisingData([name])),
                advertising_interval_min=_ADVERTISE_EVERY_MS,
                advertising_interval_max=_ADVERTISE_EVERY_MS,
            )
        )

    def _service_lists(self) -> list[tuple[int, bytes]]:
        advertised = self._advertised()
        wanted = [full_uuid(service) for service in self.advertised_services]
        if not wanted or {*wanted} & {*parse(bytes(AdvertisingData(advertised))).services}:
            return advertised
        return [service_list(self.advertised_services[0])]

    async def _stop_advertising(self) -> None:
        if self._advertising:
            await run_to_end(self._device.stop_advertising())
            self._advertising = False

    def _set_discoverable(self, *, wanted: bool) -> None:
        """Start or stop advertising; keep an existing connection."""
        self._discoverable = wanted
        self._links_changed.set()

    async def _disconnect(self) -> None:
        if self._connection is not None:
            await close_connection(self._connection)

    async def _drop_out(self) -> None:
        await self._stop_advertising()
        await asyncio.sleep(_FLIGHT_S)
        if self._connection is not None:
            await close_connection(self._connection, hci.HCI_CONNECTION_TIMEOUT_ERROR)

    def _until_change_s(self, looked_s: float) -> float | None:
        """Return the time until the next start or end of a fault after `looked_s`."""
        times = [t for f in self.faults for t in (f.at_s, f.at_s + f.for_s) if t > looked_s]
        return min(times) - self.now_s() if times else None

    # Sending

    async def _run_source(self) -> None:
        await self._subscribed.wait()
        self._source_began_s = self.now_s()
        await self._measure()
        self.ended.set()

    async def _wait_until(self, at_s: float) -> None:
        """Wait for a time of the source, which starts with the first subscription."""
        await asyncio.sleep(max(0.0, self._source_began_s + at_s - self.now_s()))

    async def _send_measurement(self, characteristic: Characteristic, payload: bytes) -> None:
        """Send a measurement; a source that waits pauses until a subscriber has received it."""
        payload = self._malformed_now(payload)
        due_s = self.now_s()
        while not await self._send(characteristic, payload) and self._waits_for_subscriber:
            self._subscribed.clear()
            await _wait_for(self._subscribed, _LOOK_AGAIN_S)  # the sensor may have been silent
        if self._waits_for_subscriber:
            self._source_began_s += self.now_s() - due_s

    def _malformed_now(self, payload: bytes) -> bytes:
        """Return a measurement, or malformed bytes during that fault."""
        if self.fails(FaultKind.MALFORMED):
            return packets.malformed(payload, self._rng)
        return payload

    async def _send(self, characteristic: Characteristic, payload: bytes) -> bool:
        """Notify or indicate a subscriber; return whether there was one and it confirmed."""
        connection = self._connection
        if connection is None or self.fails(FaultKind.SILENT) or self.fails(FaultKind.DROP_OUT):
            return False
        server = self._device.gatt_server
        asked = server.subscribers.get(connection, {}).get(characteristic.handle)
        if not asked or not any(asked):
            return False
        notify = bool(asked[0] & 0x01)
        send = self._device.notify_subscriber if notify else self._device.indicate_subscriber
        self.sent.append((short_uuid(characteristic.uuid.to_hex_str("-")), payload))
        try:
            async with asyncio.timeout(_CONFIRM_WITHIN_S):
                await send(connection, characteristic, payload)
        except (TimeoutError, core.BaseBumbleError):
            # The link broke. Bumble has dropped the connection by now, and then stored a
            # confirmation that will never arrive.
            server.pending_confirmations.pop(connection, None)
            return False
        return True

    # Common services

    def _common_services(self) -> list[gatt.Service]:
        self._battery_level = level(0x2A19, lambda: bytes([self.level]))
        about = [constant(uuid, text.encode()) for uuid, text in self._device_information.items()]
        return [
            gatt.Service(UUID.from_16_bits(0x180F), [self._battery_level]),
            gatt.Service(UUID.from_16_bits(0x180A), about),
        ]

    async def _drain(self) -> None:
        """Notify changes of the battery level until it is empty."""
        sent_level = self.level
        while (left_s := self._battery.empty_s(self.faults) - self.now_s()) > 0:
            await _wait_for(self._faults_changed, min(left_s, _BATTERY_EVERY_S))
            self._faults_changed.clear()
            if self.level != sent_level:
                sent_level = self.level
                await self._send(self._battery_level, bytes([sent_level]))
        await asyncio.sleep(_FLIGHT_S)


async def _wait_for(event: asyncio.Event, within_s: float | None) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(None if within_s is None else max(within_s, _LEAST_S)):
            await event.wait()
