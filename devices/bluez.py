"""BlueZ, the Bluetooth service of Linux, over D-Bus."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from dbus_fast import BusType, Message, MessageType, Variant, unpack_variants
from dbus_fast.aio import MessageBus
from dbus_fast.errors import DBusFastError

from devices import pairing_agent
from devices.errors import PhysiomonError
from devices.known_devices import KnownDevice, is_scanning, known_devices
from devices.pairing_agent import PairingAgent
from devices.rfkill import blocked_switches

_BLUEZ = "org.bluez"
_DAEMON = "org.freedesktop.DBus"
_ANSWERS_WITHIN_S = 2.0
_CONNECT_AGAIN_S = 2.0
_LOOKS_EVERY_S = 5.0
_POWER_SETTLES_S = 1.0
_SAME_WITHIN_S = 0.5  # one answer serves the links that ask at the same time
_ERRORS = (DBusFastError, OSError, EOFError)

log = logging.getLogger(__name__)


class BlueZ:
    """A connection to BlueZ that outlives restarts of BlueZ and of D-Bus."""

    def __init__(self, answers_within_s: float) -> None:
        self._answers_within_s = answers_within_s
        self._responds = True
        self._bus: MessageBus | None = None
        self._running: bool | None = None
        self._watchers: list[Callable[[], None]] = []
        self._asking = asyncio.Lock()
        self._agent = PairingAgent()
        self._state: tuple[float, tuple[Sequence[KnownDevice], bool]] | None = None

    @property
    def running(self) -> bool | None:
        """Return whether BlueZ runs; None without D-Bus."""
        return self._running

    @property
    def responds(self) -> bool:
        """Return whether BlueZ answered the last call in time."""
        return self._responds

    @property
    def name(self) -> str | None:
        """Return the unique name of the connection; None without D-Bus."""
        return None if self._bus is None else self._bus.unique_name

    def blocked(self) -> bool:
        """Return whether an rfkill switch blocks Bluetooth."""
        return any(blocked_switches())

    async def devices(self) -> Sequence[KnownDevice]:
        """Return all devices that BlueZ knows; empty if it does not answer."""
        return (await self._look())[0]

    async def scanning(self) -> bool:
        """Return whether any program scans."""
        return (await self._look())[1]

    async def _look(self) -> tuple[Sequence[KnownDevice], bool]:
        time_s = asyncio.get_running_loop().time
        async with self._asking:
            if self._state is None or time_s() - self._state[0] > _SAME_WITHIN_S:
                reply = await self.call("/", "org.freedesktop.DBus.ObjectManager.GetManagedObjects")
                objects = unpack_variants(reply[0]) if reply else {}
                self._state = (time_s(), (tuple(known_devices(objects)), is_scanning(objects)))
            return self._state[1]

    @contextmanager
    def on_stop(self, call: Callable[[], None]) -> Iterator[None]:
        """Call `call` when BlueZ ends or crashes, while the context is open."""
        self._watchers.append(call)
        try:
            yield
        finally:
            self._watchers.remove(call)

    async def restart_scan(self, adapter: str) -> None:
        """Start and stop a scan, which ends one that hangs."""
        for member in ("StartDiscovery", "StopDiscovery"):
            await self.call(f"/org/bluez/{adapter}", f"org.bluez.Adapter1.{member}")

    async def disconnect(self, path: str) -> None:
        """End the connection of a device."""
        await self.call(path, "org.bluez.Device1.Disconnect")

    async def power_cycle(self, adapter: str) -> None:
        """Switch an adapter off and on."""
        for on in (False, True):
            await self.call(
                f"/org/bluez/{adapter}",
                "org.freedesktop.DBus.Properties.Set",
                "ssv",
                "org.bluez.Adapter1",
                "Powered",
                Variant("b", on),
            )
            await asyncio.sleep(_POWER_SETTLES_S)

    async def expect_pairing(self, address: str) -> None:
        """Accept pairing with a device for two minutes."""
        self._agent.expect(address, asyncio.get_running_loop().time())
        if not self._agent.registered:
            self._agent.registered = True  # other links need not try meanwhile
            self._agent.registered = await self.register_agent()

    async def register_agent(self) -> bool:
        """Become the agent that BlueZ asks; return whether BlueZ accepts that."""
        path = pairing_agent.PATH
        await self._agent_call("RegisterAgent", "os", path, pairing_agent.CAPABILITY)
        # This fails unless it has been registered, now or before.
        return await self._agent_call("RequestDefaultAgent", "o", path) is not None

    async def look_after(self) -> None:
        """Notice when BlueZ hangs, and when the agent of a desktop can take over again."""
        while True:
            await asyncio.sleep(_LOOKS_EVERY_S)
            await self.ping()
            if self._agent.registered and not self._agent.expects_any(
                asyncio.get_running_loop().time()
            ):
                self._agent.registered = False
                await self._agent_call("UnregisterAgent", "o", pairing_agent.PATH)

    async def ping(self) -> None:
        """Call BlueZ to see whether it responds."""
        await self.call("/", f"{_DAEMON}.Peer.Ping")

    async def _agent_call(self, member: str, signature: str, *body: str) -> list[Any] | None:
        method = f"org.bluez.AgentManager1.{member}"
        return await self.call("/org/bluez", method, signature, *body)

    async def call(
        self, path: str, method: str, signature: str = "", *body: Any, to: str = _BLUEZ
    ) -> list[Any] | None:
        """Call a method of BlueZ; return the values of its reply, or None if it failed.

        Args:
            path: object that has the method.
            method: its name, after that of its interface and a dot.
            signature: D-Bus types of the arguments.
            body: arguments.
            to: service that is called.
        """
        if self._bus is None or (to == _BLUEZ and not self._running):
            return None
        interface, _, member = method.rpartition(".")
        message = Message(
            destination=to,
            path=path,
            interface=interface,
            member=member,
            signature=signature,
            body=[*body],
        )
        try:
            async with asyncio.timeout(self._answers_within_s):
                reply = await self._bus.call(message)
        except _ERRORS as error:
            self._responds &= to != _BLUEZ or not isinstance(error, TimeoutError)
            log.debug("%s: %r", method, error)
            return None
        self._responds |= to == _BLUEZ
        if reply is None or reply.message_type is MessageType.ERROR:
            log.debug("%s: %s", method, reply and (reply.error_name, reply.body))
            return None
        return [*reply.body]

    async def watch(self, ready: asyncio.Event) -> None:
        """Stay connected to D-Bus until cancelled; set `ready` after the first attempt."""
        while True:
            try:
                await self._stay_connected(ready)
            except _ERRORS as error:
                log.debug("D-Bus: %r", error)
            ready.set()
            self._set_running(running=None)
            await asyncio.sleep(_CONNECT_AGAIN_S)

    async def _stay_connected(self, ready: asyncio.Event) -> None:
        bus, time_s = MessageBus(bus_type=BusType.SYSTEM), asyncio.get_running_loop().time
        try:
            async with asyncio.timeout(_ANSWERS_WITHIN_S):
                await bus.connect()
            bus.add_message_handler(self._on_message)
            bus.add_message_handler(lambda message: self._agent.answer(message, time_s()))
            self._bus = bus
            await self._watch_owner()
            ready.set()
            await bus.wait_for_disconnect()  # type: ignore[no-untyped-call]
        finally:
            self._bus = None
            bus.disconnect()

    async def _watch_owner(self) -> None:
        rule = (
            f"type='signal',sender='{_DAEMON}',interface='{_DAEMON}',member='NameOwnerChanged',"
            f"arg0='{_BLUEZ}'"
        )
        path = "/org/freedesktop/DBus"
        await self.call(path, f"{_DAEMON}.AddMatch", "s", rule, to=_DAEMON)
        owned = await self.call(path, f"{_DAEMON}.NameHasOwner", "s", _BLUEZ, to=_DAEMON)
        self._set_running(running=owned[0] if owned else None)

    def _on_message(self, message: Message) -> None:
        if (message.sender, message.member) != (_DAEMON, "NameOwnerChanged"):
            return  # anybody on the bus may send a signal
        if message.body[0] == _BLUEZ:
            self._set_running(running=bool(message.body[2]))

    def _set_running(self, *, running: bool | None) -> None:
        stopped = self._running and not running
        self._running, self._state, self._agent.registered = running, None, False
        self._responds = True
        if stopped:
            for call in list(self._watchers):
                call()


@asynccontextmanager
async def bluez(answers_within_s: float = _ANSWERS_WITHIN_S) -> AsyncIterator[BlueZ]:
    """Yield a connection to BlueZ, which is closed afterwards."""
    service, ready = BlueZ(answers_within_s), asyncio.Event()
    failure: Exception | None = None  # of the user: a task group would wrap it in a group
    async with asyncio.TaskGroup() as tasks:
        running = [
            tasks.create_task(service.watch(ready), name="bluez"),
            tasks.create_task(service.look_after(), name="bluez/look after"),
        ]
        try:
            await ready.wait()
            yield service
        except (PhysiomonError, OSError) as error:
            failure = error
        finally:
            for task in running:
                task.cancel()
    if failure is not None:
        raise failure
