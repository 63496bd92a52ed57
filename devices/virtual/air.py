"""The air between virtual radios: one computer's adapter and any number of sensors.

Everything above it is real: HCI between host and controller, L2CAP, ATT and GATT in both. Only
the radio itself is a function call. Controllers must be made inside a running loop.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any, Self, TypeVar

from bumble import core, hci, ll
from bumble.controller import Controller
from bumble.device import Advertisement, Connection, Device, Peer
from bumble.link import LocalLink
from bumble.transport.common import AsyncPipeSink

from devices.radio import Radio

_ADAPTER_ADDRESS = "F0:00:00:00:00:01/P"
_CLOSE_WITHIN_S = 1.0
_ANSWERED_S = 0.01  # after which a command that was just sent has its answer
_MTU = 247  # what BlueZ and phones ask for

_USER_ENDED = hci.HCI_REMOTE_USER_TERMINATED_CONNECTION_ERROR

Heard = Callable[[Advertisement], None]
Result = TypeVar("Result")


class _Ether(LocalLink):
    """Carries advertisements only to whom they matter: a room of sensors is no n-squared shout."""

    def send_advertising_pdu(
        self, sender_controller: Controller, packet: ll.AdvertisingPdu
    ) -> None:
        loop = asyncio.get_running_loop()
        for controller in self.controllers:
            if controller is sender_controller:
                continue
            if isinstance(packet, ll.ConnectInd):
                wanted = packet.advertiser_address == controller.random_address
            else:
                wanted = controller.le_scan_enable or controller.pending_le_connection is not None
            if wanted:
                loop.call_soon(controller.on_ll_advertising_pdu, packet)


class Air:
    """An async context that holds the adapter; sensors join it with `power_on`.

    Use `radio` where a `devices.radio.Radio` is wanted.
    """

    def __init__(self) -> None:
        self._listeners: list[Heard] = []
        self._connecting = asyncio.Lock()
        self._scanning = asyncio.Lock()

    async def __aenter__(self) -> Self:
        self._ether = _Ether()  # type: ignore[no-untyped-call]
        self._controllers: dict[Device, Controller] = {}
        self._adapter = await self.power_on("physiomon", _ADAPTER_ADDRESS)
        self._adapter.on("advertisement", self._on_advertisement)
        return self

    async def __aexit__(self, *_: object) -> None:
        for device in [*self._controllers][::-1]:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_CLOSE_WITHIN_S):
                    await self.power_off(device)

    def radio(self) -> Radio:
        """Return backends for bleak that use this air's adapter."""
        from devices.virtual.backend import client_of, scanner_of  # noqa: PLC0415 - they need Air

        return Radio(scanner_of(self), client_of(self))

    async def power_on(self, name: str, address: str) -> Device:
        """Switch a device on in this air; its GATT services are added to it afterwards."""
        controller = Controller(name, link=self._ether)
        device = Device.with_hci(name, hci.Address(address), controller, AsyncPipeSink(controller))
        self._controllers[device] = controller
        await finished(device.power_on())
        return device

    async def power_off(self, device: Device) -> None:
        """Switch a device off: its connections break, and it advertises no more."""
        controller = self._controllers.pop(device)
        await finished(device.stop_advertising())
        for connection in list(device.connections.values()):
            await hang_up(connection)
        await finished(device.power_off())
        controller.le_scan_enable = False
        self._ether.remove_controller(controller)

    @contextlib.asynccontextmanager
    async def hearing(self, heard: Heard, *, active: bool) -> AsyncIterator[None]:
        """Hand every advertisement to `heard` while the context is open."""
        self._listeners.append(heard)
        try:
            await self._scan(active=active)
            yield
        finally:
            self._listeners.remove(heard)
            await self._scan(active=active)

    async def connect(self, address: str, timeout_s: float) -> tuple[Connection, Peer]:
        """Connect to a sensor and learn all its services.

        Raises:
            TimeoutError: it does not advertise.
            core.InvalidStateError: the connection broke while services were discovered.
        """
        async with self._connecting:  # the adapter makes one connection at a time
            connection = await self._establish(address, timeout_s)
        known = False
        try:
            peer = Peer(connection)
            await peer.request_mtu(_MTU)
            await peer.discover_all()  # type: ignore[no-untyped-call]
            known = connection.handle in self._adapter.connections
        finally:
            if not known:
                await hang_up(connection)
        if not known:
            raise core.InvalidStateError(f"{address} disconnected")
        return connection, peer

    async def _establish(self, address: str, timeout_s: float) -> Connection:
        transport = core.PhysicalTransport.LE
        attempt = asyncio.get_running_loop().create_task(
            self._adapter.connect(hci.Address(address), transport, timeout=None)
        )
        try:
            await asyncio.wait([attempt], timeout=timeout_s)
        finally:
            if not attempt.done():
                # The controller would go on to connect, for nobody; Bumble's own way to call it
                # off waits for an event that the virtual controller never sends.
                self._controllers[self._adapter].pending_le_connection = None
                await asyncio.wait([attempt], timeout=_ANSWERED_S)
                attempt.cancel()
                await asyncio.wait([attempt])
        if attempt.cancelled():
            raise TimeoutError(f"{address} does not answer")
        return attempt.result()

    async def _scan(self, *, active: bool) -> None:
        """Let the adapter scan while somebody listens."""
        async with self._scanning:
            wanted = bool(self._listeners)
            if wanted == self._adapter.is_scanning or not self._adapter.powered_on:
                return
            if wanted:
                await finished(self._adapter.start_scanning(active=active))
            else:
                await finished(self._adapter.stop_scanning())

    def _on_advertisement(self, advertisement: Advertisement) -> None:
        for heard in list(self._listeners):
            heard(advertisement)


async def finished(exchange: Coroutine[Any, Any, Result]) -> Result:
    """Await an exchange with a controller to its end, and only then take a cancellation.

    Bumble cannot take an answer that nobody awaits any more.
    """
    task = asyncio.get_running_loop().create_task(exchange)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise


async def hang_up(connection: Connection, reason: int = _USER_ENDED) -> None:
    """End a connection, if it has not ended by itself."""
    with contextlib.suppress(core.BaseBumbleError, hci.HCI_Error):
        await finished(connection.disconnect(reason))
