"""A radio shared by virtual devices: the adapter of one computer and any number of sensors.

Everything above the radio is real: HCI between host and controller, L2CAP, ATT and GATT in both.
Only the radio itself is a function call. Controllers must be created inside a running loop.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Self, TypeVar

from bumble import core, hci
from bumble.device import Advertisement, Connection, Device, Peer

from devices.adapters import Adapters
from devices.errors import LinkError
from devices.radio import Radio
from devices.virtual.controllers import ControllerLease, Controllers, LocalControllers

_ADAPTER_ADDRESS = "F0:00:00:00:00:01/P"
_CLOSE_WITHIN_S = 1.0
_ANSWERED_S = 0.01  # after which a command that was just sent has its response
_RESPOND_WITHIN_S = 20.0
_LOOK_AGAIN_S = 1.0  # interval of checks whether a response can still arrive
_MTU = 247  # as requested by BlueZ and phones

_USER_ENDED = hci.HCI_REMOTE_USER_TERMINATED_CONNECTION_ERROR

AdvertisementCallback = Callable[[Advertisement], None]
Result = TypeVar("Result")


class SharedRadio:
    """An async context with the adapter; sensors join it with `power_on`.

    `radio` returns the `devices.radio.Radio` for links and scans.
    """

    def __init__(
        self, controllers: Controllers | None = None, adapter: str = _ADAPTER_ADDRESS
    ) -> None:
        self._controllers: Controllers = controllers or LocalControllers()
        self._adapter_address = adapter
        self._adapter: Device | None = None
        self._leases: dict[Device, ControllerLease] = {}
        self._listeners: list[_Listener] = []
        self._connecting = asyncio.Lock()
        self._powering = asyncio.Lock()
        self._scanning = asyncio.Lock()
        self._scans: bool | None = None

    async def __aenter__(self) -> Self:
        await self._ready()
        return self

    async def __aexit__(self, *_: object) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_CLOSE_WITHIN_S):
                for device in [*self._leases][::-1]:
                    await self.power_off(device)

    def radio(self) -> Radio:
        """Return backends for bleak that use the adapter on this shared radio."""
        from devices.virtual.bleak_backend import client_of, scanner_of  # noqa: PLC0415 - they need SharedRadio

        return Radio(scanner_of(self), client_of(self), Adapters(names=list))

    @property
    def listeners(self) -> int:
        """Return the number of running scans."""
        return len(self._listeners)

    async def power_on(self, name: str, address: str) -> Device:
        """Switch a device on; its GATT services are added afterwards.

        Raises:
            LinkError: no controller is available or responds, or another device has the same
                address.
        """
        lease = await self._controllers.acquire(name)
        device = Device.with_hci(name, hci.Address(address), lease.source, lease.sink)
        self._leases[device] = lease
        if lease.lost is not None:
            lease.lost.add_done_callback(lambda _lost: _close_connections(device))
        loop = asyncio.get_running_loop()
        until_s = loop.time() + _RESPOND_WITHIN_S
        powering = loop.create_task(device.power_on())
        try:
            await _wait_done(powering, lambda: loop.time() < until_s)
        except asyncio.CancelledError:
            await self.power_off(device)
            if powering.cancelled() and loop.time() >= until_s:
                raise LinkError(
                    f"the controller does not respond within {_RESPOND_WITHIN_S:g} s: is it really "
                    "a Bluetooth controller, and not in use?"
                ) from None
            raise
        except hci.HCI_Error as error:
            await self.power_off(device)
            raise LinkError(
                f"the controller rejects address {address} ({error.error_name}): "
                "does another device on this shared radio have the same address?"
            ) from error
        except core.BaseBumbleError as error:
            await self.power_off(device)
            raise LinkError(f"the controller does not work: {error}") from error
        return device

    def is_on(self, device: Device) -> bool:
        """Return whether a device is on and its controller available."""
        return device in self._leases and not self._leases[device].is_lost

    async def wait_lost(self, device: Device) -> None:
        """Wait until the controller of a device is lost.

        Raises:
            LinkError: the controller is lost.
        """
        lost = self._leases[device].lost
        await asyncio.wait([lost or asyncio.get_running_loop().create_future()])
        raise LinkError("the connection to the shared radio or controller is lost")

    async def power_off(self, device: Device) -> None:
        """Switch a device off: break its connections and stop advertising.

        Idempotent.
        """
        lease = self._leases.pop(device, None)
        if lease is None:
            return
        with contextlib.suppress(core.BaseBumbleError, hci.HCI_Error):
            if not lease.is_lost and device.powered_on:
                await run_to_end(device.stop_advertising())
                for connection in list(device.connections.values()):
                    await close_connection(connection)
                await run_to_end(device.power_off())
        await lease.release()

    @contextlib.asynccontextmanager
    async def scanning(
        self, callback: AdvertisementCallback, *, active: bool
    ) -> AsyncIterator[None]:
        """Call `callback` for every advertisement while the context is open.

        Only an active scan requests scan responses; while one is running, all scans receive them.
        """
        listener = _Listener(callback, active)
        self._listeners.append(listener)
        try:
            await self._scan()
            yield
        finally:
            self._listeners.remove(listener)
            await self._scan()

    async def connect(self, address: str, timeout_s: float) -> tuple[Connection, Peer]:
        """Connect to a sensor and discover all its services.

        Raises:
            TimeoutError: the sensor does not advertise, or the adapter was busy.
            core.InvalidStateError: the connection broke during service discovery.
        """
        async with asyncio.timeout(timeout_s):
            async with self._connecting:  # one connection attempt at a time
                connection = await self._establish(address)
            known = False
            try:
                peer = Peer(connection)
                await run_while_connected(peer, peer.request_mtu(_MTU))
                await run_while_connected(peer, peer.discover_all())  # type: ignore[no-untyped-call]
                known = _is_connected(connection)
            finally:
                if not known:
                    await close_connection(connection)
            if not known:
                raise core.InvalidStateError(f"{address} disconnected")
            return connection, peer

    async def _establish(self, address: str) -> Connection:
        transport = core.PhysicalTransport.LE
        adapter = await self._ready()
        attempt = asyncio.get_running_loop().create_task(
            adapter.connect(hci.Address(address), transport, timeout=None)
        )
        try:
            await asyncio.wait([attempt])
        except asyncio.CancelledError:
            # Otherwise the controller would still connect.
            with contextlib.suppress(core.BaseBumbleError, hci.HCI_Error):
                await run_to_end(adapter.cancel_connection())  # type: ignore[no-untyped-call]
            await asyncio.wait([attempt], timeout=_ANSWERED_S)
            attempt.cancel()
            await asyncio.wait([attempt])
            if not attempt.cancelled() and attempt.exception() is None:
                await close_connection(attempt.result())  # established at the last moment
            raise
        return attempt.result()

    async def _scan(self) -> None:
        """Start or stop scanning as the running scans require: actively, passively or not."""
        async with self._scanning:
            wanted = any(each.active for each in self._listeners) if self._listeners else None
            adapter = self._adapter if wanted is None else await self._ready()
            if adapter is None or wanted is self._scans or not self.is_on(adapter):
                return
            if self._scans is not None:
                await run_to_end(adapter.stop_scanning())
            self._scans = wanted
            if wanted is not None:
                await run_to_end(adapter.start_scanning(active=wanted))

    async def _ready(self) -> Device:
        """Return the adapter, with a new controller if the last one was lost."""
        async with self._powering:
            if self._adapter is None or not self.is_on(self._adapter):
                if self._adapter is not None:
                    await self.power_off(self._adapter)
                self._adapter, self._scans = None, None
                self._adapter = await self.power_on("physiomon", self._adapter_address)
                self._adapter.on("advertisement", self._on_advertisement)
            return self._adapter

    def _on_advertisement(self, advertisement: Advertisement) -> None:
        for listener in list(self._listeners):
            listener.callback(advertisement)


@dataclass(frozen=True, slots=True, eq=False)
class _Listener:
    callback: AdvertisementCallback
    active: bool


async def run_to_end(exchange: Coroutine[Any, Any, Result]) -> Result:
    """Complete an exchange with a controller before a cancellation takes effect.

    Bumble cannot process a response that is no longer awaited, and `asyncio.wait_for`, which it
    uses, loses a cancellation that coincides with the response (Python 3.11).
    """
    return await _wait_done(asyncio.get_running_loop().create_task(exchange), lambda: True)


async def run_while_connected(peer: Peer, exchange: Coroutine[Any, Any, Result]) -> Result:
    """Complete an exchange with a peer like `run_to_end`, unless the link breaks.

    Raises:
        asyncio.CancelledError: the link broke, or the caller is cancelled.
    """
    connection = peer.connection
    task = asyncio.get_running_loop().create_task(exchange)

    def lost(_reason: int) -> None:
        task.cancel()

    connection.on("disconnection", lost)
    try:
        return await _wait_done(task, lambda: _is_connected(connection))
    finally:
        connection.remove_listener("disconnection", lost)


async def _wait_done(task: asyncio.Task[Result], can_finish: Callable[[], bool]) -> Result:
    """Wait until a task is done, even if the caller is cancelled meanwhile."""
    cancelled = False
    while not task.done():
        if not can_finish():
            task.cancel()
        try:
            await asyncio.wait([task], timeout=_LOOK_AGAIN_S)
        except asyncio.CancelledError:
            cancelled = True
    if cancelled:
        if not task.cancelled():
            task.exception()  # mark as retrieved
        raise asyncio.CancelledError
    return task.result()


async def close_connection(connection: Connection, reason: int = _USER_ENDED) -> None:
    """Close a connection unless it has already ended."""
    # For a connection that has ended, a controller does not respond, or closes a newer one with
    # the same handle.
    if _is_connected(connection):
        with contextlib.suppress(core.BaseBumbleError, hci.HCI_Error):
            await run_to_end(connection.disconnect(reason))


def _close_connections(device: Device) -> None:
    """Report to a device that its connections have ended because its controller is lost."""
    for handle in list(device.connections):
        device.host.emit("disconnection", handle, hci.HCI_CONNECTION_TIMEOUT_ERROR)


def _is_connected(connection: Connection) -> bool:
    return connection.device.connections.get(connection.handle) is connection
