"""One sensor's life: find, connect, subscribe, lose and reconnect, while the session lasts."""

import asyncio
import random
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import NoReturn

from bleak import BleakClient
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.exc import BleakError

from devices.catalog import KINDS, full_uuid
from devices.errors import LinkError
from devices.radio import LinkState, Radio, Sink, trouble_with
from devices.scanner import Found
from devices.search import Search
from devices.sensor import SensorSpec

_SEARCH_S = 20.0
_CONNECT_S = 15.0
_DISCONNECT_S = 5.0
_FIRST_WAIT_S = 1.0
# A sensor that comes back is to be connected within ten seconds, so waits grow no further.
_LONGEST_WAIT_S = 8.0
_HELD_S = 30.0
_LEAST_S = 0.001  # a shorter wait may end before its time


class SensorLink:
    """Keeps one sensor connected and hands everything it sends to a sink."""

    def __init__(
        self, spec: SensorSpec, sink: Sink, radio: Radio, search: Search, rng: random.Random
    ) -> None:
        self._spec = spec
        self._kind = KINDS[spec.kind]
        self._who = f"{self._kind.label} '{spec.label}'"
        self._sink = sink
        self._radio = radio
        self._search = search
        self._rng = rng
        self._told: tuple[LinkState, str] | None = None
        self._packet_s = 0.0
        self._rssi: int | None = None

    async def run(self) -> NoReturn:
        """Keep the sensor connected until cancelled; no failure of the radio ends it."""
        loop = asyncio.get_running_loop()
        wait_s = _FIRST_WAIT_S
        while True:
            began_s = loop.time()
            try:
                found = await self._search.find(self._is_ours, _SEARCH_S)
                if found is None:
                    self._tell(
                        LinkState.SEARCHING,
                        f"{self._who} is not found: is it on, worn and near? Still searching.",
                    )
                else:
                    self._rssi = found.rssi
                    reason = await self._stay_connected(found)
                    self._tell(LinkState.LOST, reason)
            except LinkError as error:
                self._tell(LinkState.SEARCHING, f"{self._who} cannot be reached: {error}.")
            if loop.time() - began_s > _SEARCH_S + _HELD_S:
                wait_s = _FIRST_WAIT_S
            await asyncio.sleep(wait_s * self._rng.uniform(0.5, 1.0))
            wait_s = min(2 * wait_s, _LONGEST_WAIT_S)

    def _is_ours(self, found: Found) -> bool:
        spec = self._spec
        if spec.address is not None:
            return found.address.lower() == spec.address.lower()
        if spec.name is not None:
            return found.name == spec.name
        return found.kind is self._kind

    async def _stay_connected(self, found: Found) -> str:
        """Be connected until that ends; return why it ended.

        Raises:
            LinkError: the sensor could not be connected or subscribed to.
        """
        lost = asyncio.Event()
        client = BleakClient(
            found.device, lambda _client: lost.set(), timeout=_CONNECT_S, backend=self._radio.client
        )
        try:
            try:
                async with self._radio.connecting, asyncio.timeout(_CONNECT_S):
                    await client.connect()
                async with asyncio.timeout(_CONNECT_S):
                    await self._subscribe(client)
                    for uuid, command in self._kind.start:
                        await _write(client, uuid, command)
            except TimeoutError:
                raise LinkError(
                    "it was heard, but does not answer: another phone or watch may hold it"
                ) from None
            except (BleakError, OSError, EOFError) as error:
                raise LinkError(_words(error)) from error
            self._tell(LinkState.CONNECTED, "")
            async with asyncio.TaskGroup() as tasks:
                asking = tasks.create_task(self._ask(client, lost), name=f"{self._spec.label}/ask")
                reason = await self._listen(lost)
                asking.cancel()
            return reason
        finally:
            await _disconnect(client, self._kind.stop)

    async def _subscribe(self, client: BleakClient) -> None:
        self._packet_s = asyncio.get_running_loop().time()
        for uuid in (*self._kind.subscribe, *self._kind.subscribe_if_there):
            characteristic = client.services.get_characteristic(full_uuid(uuid))
            if characteristic is not None and {"notify", "indicate"} & {*characteristic.properties}:
                await client.start_notify(characteristic, self._receiver(uuid))
            elif uuid in self._kind.subscribe:
                raise LinkError(
                    f"it does not offer {uuid}; is it really a {self._kind.label.lower()}?"
                )
        for uuid in self._kind.read_once:
            characteristic = client.services.get_characteristic(full_uuid(uuid))
            if characteristic is not None and "read" in characteristic.properties:
                self._sink.packet(
                    self._spec.label, uuid, bytes(await client.read_gatt_char(characteristic))
                )

    async def _ask(self, client: BleakClient, lost: asyncio.Event) -> None:
        """Ask for values as long as the sensor is connected, where it speaks only when asked."""
        if self._kind.ask is None:
            return
        uuid, question, every_s = self._kind.ask
        try:
            while True:
                await _write(client, uuid, question)
                await asyncio.sleep(every_s)
        except (LinkError, BleakError, OSError, EOFError):
            lost.set()  # connecting anew tells what is wrong

    def _receiver(self, uuid: str) -> Callable[[BleakGATTCharacteristic, bytearray], None]:
        label, sink, time_s = self._spec.label, self._sink, asyncio.get_running_loop().time

        def receive(_characteristic: BleakGATTCharacteristic, payload: bytearray) -> None:
            self._packet_s = time_s()
            sink.packet(label, uuid, bytes(payload))

        return receive

    async def _listen(self, lost: asyncio.Event) -> str:
        """Watch for loss and silence; return why the link ended."""
        silent_s = self._kind.silent_after_s
        # Off the beat of the sensor: what it sends while we hang up is lost.
        patience_s = 2 * silent_s + self._rng.uniform(0.0, 1.0)
        time_s = asyncio.get_running_loop().time
        while not lost.is_set():
            quiet_s = time_s() - self._packet_s
            if quiet_s >= patience_s:
                return f"{self._who} stays silent: connecting anew."
            if quiet_s >= silent_s:
                self._tell(
                    LinkState.SILENT,
                    f"{self._who} is connected but silent: check that it is worn.",
                )
                # Look again soon, so that a sensor which speaks again is told at once.
                look_again_s = min(patience_s - quiet_s, 1.0)
            else:
                self._tell(LinkState.CONNECTED, "")
                look_again_s = silent_s - quiet_s
            try:
                async with asyncio.timeout(max(look_again_s, _LEAST_S)):
                    await lost.wait()
            except TimeoutError:
                continue
        return f"{self._who} has disconnected: reconnecting."

    def _tell(self, state: LinkState, reason: str) -> None:
        if self._told != (state, reason):
            self._told = (state, reason)
            self._sink.link(self._spec.label, state, reason, self._rssi)


async def _write(client: BleakClient, uuid: str, command: bytes) -> None:
    characteristic = client.services.get_characteristic(full_uuid(uuid))
    if characteristic is None:
        raise LinkError(f"it does not offer {uuid}, where it takes commands")
    await client.write_gatt_char(
        characteristic, command, response="write" in characteristic.properties
    )


async def _disconnect(client: BleakClient, stop: Iterable[tuple[str, bytes]]) -> None:
    with suppress(TimeoutError, LinkError, BleakError, OSError, EOFError):
        if client.is_connected:
            async with asyncio.timeout(_DISCONNECT_S):
                for uuid, command in stop:
                    await _write(client, uuid, command)
    try:
        async with asyncio.timeout(_DISCONNECT_S):
            await client.disconnect()
    except (TimeoutError, BleakError, OSError, EOFError):
        pass  # it is gone already, or its adapter is


def _words(error: BaseException) -> str:
    text = trouble_with(error)
    if isinstance(error, BleakError) and text.startswith("Bluetooth fails"):
        return f"it was heard, but the connection failed ({error})"
    return text
