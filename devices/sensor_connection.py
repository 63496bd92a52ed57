"""One connection to a sensor: subscribe, receive data and detect silence until it ends."""

import asyncio
import random
from collections.abc import Callable

from bleak import BleakClient
from bleak.backends.characteristic import BleakGATTCharacteristic

from devices import gatt_client
from devices.decoders import SensorKind
from devices.errors import LinkError
from devices.link_errors import BLUETOOTH_ERRORS, diagnose
from devices.link_faults import FaultSource
from devices.radio import LinkState, Sink
from devices.sensor import SensorSpec

_LEAST_S = 0.001  # a shorter wait may end before its time


class MissingError(LinkError):
    """The sensor lacks a required characteristic."""


class SensorConnection:
    """A connected sensor; its packets go to a sink, changes of its state to `report`.

    Attributes:
        paired: `prepare` has paired with the sensor.
    """

    def __init__(
        self,
        client: BleakClient,
        spec: SensorSpec,
        kind: SensorKind,
        sink: Sink,
        report: Callable[[LinkState, str], None],
        rng: random.Random,
    ) -> None:
        self.paired = False
        self._client = client
        self._label = spec.label
        self._kind = kind
        self._sensor_name = sensor_name(spec, kind)
        self._sink = sink
        self._report = report
        self._rng = rng
        self._packet_s = 0.0

    async def prepare(self) -> None:
        """Subscribe and start the sensor; pair with it if it requires pairing.

        Raises:
            MissingError: the sensor lacks a required characteristic.
            LinkError: pairing failed, or a command characteristic is missing.
        """
        for uuid in self._kind.subscribe:
            if gatt_client.subscribable(self._client, uuid) is None:
                raise MissingError(
                    f"it lacks characteristic {uuid}: check that its kind is '{self._kind.name}'"
                )
        try:
            await self._subscribe()
        except BLUETOOTH_ERRORS as error:
            if diagnose(error).source is not FaultSource.BOND:
                raise
            await gatt_client.pair(self._client)
            self.paired = True
            await self._subscribe()
        for uuid, command in self._kind.start_commands:
            await gatt_client.write(self._client, uuid, command)

    async def _subscribe(self) -> None:
        self._packet_s = asyncio.get_running_loop().time()
        for uuid in (*self._kind.subscribe, *self._kind.subscribe_optional):
            characteristic = gatt_client.subscribable(self._client, uuid)
            if characteristic is not None:
                await self._client.start_notify(characteristic, self._receiver(uuid))
        async for uuid, value in gatt_client.read_present(self._client, self._kind.read_once):
            self._sink.packet(self._label, uuid, value)

    def _receiver(self, uuid: str) -> Callable[[BleakGATTCharacteristic, bytearray], None]:
        label, sink, time_s = self._label, self._sink, asyncio.get_running_loop().time

        def receive(_characteristic: BleakGATTCharacteristic, payload: bytearray) -> None:
            self._packet_s = time_s()
            sink.packet(label, uuid, bytes(payload))

        return receive

    async def run(self, lost: asyncio.Event) -> str:
        """Stay connected until `lost` is set or the sensor is silent; return why it ended."""
        self._report(LinkState.CONNECTED, "")
        async with asyncio.TaskGroup() as tasks:
            polling = tasks.create_task(
                gatt_client.poll(self._client, self._kind.poll, lost), name=f"{self._label}/poll"
            )
            reason = await self._monitor(lost)
            polling.cancel()
        return reason

    async def _monitor(self, lost: asyncio.Event) -> str:
        """Watch for disconnection and silence; return why the connection ended."""
        silent_s = self._kind.silent_after_s
        # Not in step with the sensor's interval: data sent during the disconnection are lost.
        patience_s = 2 * silent_s + self._rng.uniform(0.0, 1.0)
        time_s = asyncio.get_running_loop().time
        while not lost.is_set() and self._client.is_connected:
            quiet_s = time_s() - self._packet_s
            if quiet_s >= patience_s:
                return f"{self._sensor_name} still sends no data: reconnecting."
            if quiet_s >= silent_s:
                self._report_silence()
                # Check again soon, so that new data are reported at once.
                look_again_s = min(patience_s - quiet_s, 1.0)
            else:
                self._report(LinkState.CONNECTED, "")
                look_again_s = silent_s - quiet_s
            try:
                async with asyncio.timeout(max(look_again_s, _LEAST_S)):
                    await lost.wait()
            except TimeoutError:
                continue
        return f"{self._sensor_name} has disconnected: reconnecting."

    def _report_silence(self) -> None:
        if self._kind.connects_per_reading:
            self._report(
                LinkState.WAITING, f"{self._sensor_name} is waiting for its next measurement."
            )
        else:
            self._report(
                LinkState.SILENT,
                f"{self._sensor_name} is connected but sends no data: check that it is worn.",
            )


def sensor_name(spec: SensorSpec, kind: SensorKind) -> str:
    """Return the name of a sensor in messages."""
    return f"{kind.label} '{spec.label}'"
