"""One connection to a sensor: the vital signal first, then extras, until it ends."""

import asyncio
import random
from collections.abc import Callable

from bleak import BleakClient
from bleak.backends.characteristic import BleakGATTCharacteristic

from devices import gatt_client
from devices.characteristic_names import characteristic_name
from devices.decoders import KINDS
from devices.errors import LinkError
from devices.extras import Extras
from devices.link_errors import BLUETOOTH_ERRORS, diagnose
from devices.link_faults import FaultSource
from devices.radio import LinkState, Sink
from devices.sensor import SensorSpec

# A sensor that neither accepts nor refuses a subscription often refuses to pair.
_SUBSCRIBE_S = 10.0
_LEAST_S = 0.001  # a shorter wait may end before its time


class MissingError(LinkError):
    """The sensor does not offer the vital signal of its kind."""


class SubscriptionTimeoutError(TimeoutError):
    """The sensor neither accepted nor refused the subscription to its vital signal."""


class SensorConnection:
    """A connected sensor; its packets go to a sink, changes of its state to `report`.

    Attributes:
        paired: `subscribe` has paired with the sensor.
    """

    def __init__(
        self,
        client: BleakClient,
        spec: SensorSpec,
        sink: Sink,
        extras: Extras,
        report: Callable[[LinkState, str], None],
        rng: random.Random,
    ) -> None:
        self.paired = False
        self._client = client
        self._label = spec.label
        self._kind = KINDS[spec.kind]
        self._sensor_name = sensor_name(spec)
        self._sink = sink
        self._extras = extras
        self._report = report
        self._rng = rng
        self._packet_s = 0.0
        self._subscribed: list[str] = []

    # Receiver of the extras

    def record(self, uuid: str, value: bytes) -> None:
        """Record a value that the sensor does not send by itself, or only as part of a stream."""
        self._sink.packet(self._label, uuid, value)

    def subscriber(self, uuid: str) -> Callable[[BleakGATTCharacteristic, bytearray], None]:
        """Return a callback that records values and ends a silence of the sensor."""
        label, sink, time_s = self._label, self._sink, asyncio.get_running_loop().time

        def receive(_characteristic: BleakGATTCharacteristic, payload: bytearray) -> None:
            self._packet_s = time_s()
            sink.packet(label, uuid, bytes(payload))

        return receive

    async def subscribe(self) -> None:
        """Subscribe to the vital signal; pair with the sensor if it requires pairing.

        Raises:
            MissingError: the sensor does not offer the vital signal.
            LinkError: pairing failed.
        """
        poll = self._kind.poll
        if poll is not None and gatt_client.writable(self._client, poll[0]) is None:
            raise self._missing_error(poll[0])
        try:
            await self._subscribe()
        except BLUETOOTH_ERRORS as error:
            if diagnose(error).source is not FaultSource.BOND:
                raise
            await gatt_client.pair(self._client)
            self.paired = True
            await self._subscribe()

    async def _subscribe(self) -> None:
        """Subscribe to one characteristic of the vital signal; the others are extras."""
        failure: BaseException = self._missing_error(self._kind.subscribe[0])
        for uuid in self._kind.subscribe:
            characteristic = gatt_client.subscribable(self._client, uuid)
            if characteristic is None:
                continue
            self._packet_s = asyncio.get_running_loop().time()
            try:
                async with asyncio.timeout(_SUBSCRIBE_S):
                    await self._client.start_notify(characteristic, self.subscriber(uuid))
            except TimeoutError:
                raise SubscriptionTimeoutError from None
            except BLUETOOTH_ERRORS as error:
                failure = error
            else:
                self._subscribed.append(uuid)
                return
        raise failure

    def _missing_error(self, uuid: str) -> MissingError:
        return MissingError(
            f"it does not offer {characteristic_name(uuid)}: check that its kind is "
            f"'{self._kind.name}'"
        )

    async def run(self, lost: asyncio.Event) -> str:
        """Stay connected until `lost` is set or the sensor is silent; return why it ended."""
        self._report_connected()
        async with asyncio.TaskGroup() as tasks:
            others = [
                tasks.create_task(
                    gatt_client.poll(self._client, self._kind.poll, lost),
                    name=f"{self._label}/poll",
                ),
                tasks.create_task(
                    self._extras.run(self._client, self, self._subscribed, self._report_extras),
                    name=f"{self._label}/extras",
                ),
            ]
            reason = await self._monitor(lost)
            if lost.is_set():
                self._extras.connection_lost()
            for task in others:
                task.cancel()
        return reason

    def _report_extras(self) -> None:
        if asyncio.get_running_loop().time() - self._packet_s < self._kind.silent_after_s:
            self._report_connected()

    def _report_connected(self) -> None:
        missing = self._extras.missing()
        text = f"{self._sensor_name} is connected: {missing}." if missing else ""
        self._report(LinkState.CONNECTED, text)

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
                self._report_connected()
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


def sensor_name(spec: SensorSpec) -> str:
    """Return the name of a sensor in messages."""
    return f"{KINDS[spec.kind].label} '{spec.label}'"
