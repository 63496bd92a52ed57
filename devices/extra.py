"""One thing that a sensor offers in addition to its vital signal: a value, updates or a stream."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

from bleak import BleakClient
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.exc import BleakDBusError, BleakGATTProtocolError, BleakGATTProtocolErrorCode

from devices import gatt_client
from devices.characteristic_names import characteristic_name
from devices.decoders import decode
from devices.errors import DecodeError, LinkError
from devices.link_errors import diagnose
from devices.link_faults import FaultSource
from devices.sensor_kinds.sensor_kind import Stream

UPDATES_OF = "updates of "

_RESPONSE_S = 5.0
_LONGEST_WAIT_S = 3600.0
_APPLICATION_ERRORS = range(0x80, 0xA0)
_LONGEST_TEXT = 100

Notified = Callable[[BleakGATTCharacteristic, bytearray], None]


class Receiver(Protocol):
    """Receives the data of a connected sensor."""

    def record(self, uuid: str, value: bytes) -> None:
        """Record a value; it does not end a silence of the sensor."""
        ...

    def subscriber(self, uuid: str) -> Notified:
        """Return a callback that records values, each of which ends a silence of the sensor."""
        ...


class NotOfferedError(LinkError):
    """The sensor lacks an extra; the message is empty if nobody misses it."""


class Extra:
    """An extra with its failures, which outlast a connection.

    Attributes:
        name: text shown to users, such as ``battery level``.
        verb: what is attempted, as a noun.
        uuid: characteristic that is subscribed to, or empty.
        problem: why it is missing; empty if it works or nobody misses it.
        due_s: time of the event loop before which it is not tried again.
    """

    verb = ""

    def __init__(self, name: str, uuid: str = "") -> None:
        self.name = name
        self.uuid = uuid
        self.problem = ""
        self.due_s = 0.0
        self._failures = 0

    async def attempt(self, client: BleakClient, receiver: Receiver) -> None:
        """Read it, subscribe to it or start it.

        Raises:
            NotOfferedError: the sensor lacks it.
            LinkError: the sensor rejects it.
        """
        raise NotImplementedError

    def why(self, error: BaseException) -> str:
        """Return why an attempt failed."""
        if isinstance(error, LinkError):
            return str(error)
        return f"{self.verb} {_outcome(error)}"

    def fail(self, problem: str, now_s: float, again_s: float) -> None:
        """Postpone the next attempt by a time that doubles with each failure."""
        self.problem = problem
        self.due_s = now_s + min(again_s * 2**self._failures, _LONGEST_WAIT_S)
        self._failures = min(self._failures + 1, 10)

    def succeed(self) -> None:
        """Forget earlier failures."""
        self.problem, self.due_s, self._failures = "", 0.0, 0


class Reading(Extra):
    """A value that is read once."""

    verb = "reading"

    def __init__(self, uuid: str) -> None:
        super().__init__(characteristic_name(uuid))
        self._read = uuid

    async def attempt(self, client: BleakClient, receiver: Receiver) -> None:
        """Read and record the value."""
        characteristic = gatt_client.readable(client, self._read)
        if characteristic is None:
            raise NotOfferedError
        receiver.record(self._read, bytes(await client.read_gatt_char(characteristic)))


class Subscription(Extra):
    """Values that the sensor sends by itself."""

    verb = "subscription"

    def __init__(self, uuid: str, *, also_read: bool) -> None:
        name = characteristic_name(uuid)
        super().__init__(f"{UPDATES_OF}{name}" if also_read else name, uuid)

    async def attempt(self, client: BleakClient, receiver: Receiver) -> None:
        """Subscribe."""
        characteristic = gatt_client.subscribable(client, self.uuid)
        if characteristic is None:
            raise NotOfferedError
        await client.start_notify(characteristic, receiver.subscriber(self.uuid))


class StreamStart(Extra):
    """A stream that a command starts.

    Attributes:
        stream: characteristics and commands.
        started: it may be running on the present connection.
    """

    verb = "start"

    def __init__(self, stream: Stream) -> None:
        super().__init__(stream.name)
        self.stream = stream
        self.started = False
        self._subscribed: set[str] = set()
        self._rejection: asyncio.Future[str] | None = None

    def connected(self) -> None:
        """Begin a connection, without subscriptions and without a running stream."""
        self.started = False
        self._subscribed.clear()

    async def attempt(self, client: BleakClient, receiver: Receiver) -> None:
        """Subscribe, write the command and wait for the first response or data."""
        found = {uuid: gatt_client.subscribable(client, uuid) for uuid in self.stream.subscribe}
        if gatt_client.writable(client, self.stream.commands) is None or None in found.values():
            raise NotOfferedError("the sensor does not offer it")
        for uuid, characteristic in found.items():
            if characteristic is not None and uuid not in self._subscribed:
                await client.start_notify(characteristic, self._subscriber(uuid, receiver))
                self._subscribed.add(uuid)
        self._rejection = asyncio.get_running_loop().create_future()
        self.started = True
        await gatt_client.write(client, self.stream.commands, self.stream.start)
        try:
            async with asyncio.timeout(_RESPONSE_S):
                rejection = await self._rejection
        except TimeoutError:
            raise LinkError("the sensor does not respond to its start") from None
        if rejection:
            raise LinkError(rejection)

    def _subscriber(self, uuid: str, receiver: Receiver) -> Notified:
        def notified(_characteristic: BleakGATTCharacteristic, payload: bytearray) -> None:
            receiver.record(uuid, bytes(payload))
            if self._rejection is None or self._rejection.done():
                return
            with suppress(DecodeError):  # not a response; the engine counts it
                self._rejection.set_result("; ".join(decode(uuid, bytes(payload)).warnings))

        return notified

    def why(self, error: BaseException) -> str:
        """Return why an attempt failed, with the remedy if it is a bond."""
        why = super().why(error)
        if isinstance(error, LinkError) or diagnose(error).source is not FaultSource.BOND:
            return why
        return f"{why}, set 'bond = true'"


def _outcome(error: BaseException) -> str:
    match error:
        case TimeoutError():
            return "timed out"
        case BleakGATTProtocolError():
            return f"was refused ({_att_error(int(error.args[0]))})"
        case BleakDBusError():
            parts = [error.dbus_error.rpartition(".")[2], *map(str, error.args[1:])]
        case _:
            parts = [str(error) or type(error).__name__]
    text = " ".join(": ".join(parts).split())
    return f"failed ({text[:_LONGEST_TEXT]})"


def _att_error(code: int) -> str:
    """Return code and name of an ATT error. Source: Core 5.2, Vol 3, Part F, table 3.4."""
    if code in _APPLICATION_ERRORS:
        return f"0x{code:02X} application error"
    known = {int(each): each.name for each in BleakGATTProtocolErrorCode}
    return f"0x{code:02X} {known.get(code, 'unknown error').lower().replace('_', ' ')}"
