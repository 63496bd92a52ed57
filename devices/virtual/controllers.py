"""Bluetooth controllers of virtual devices: in this process, over TCP, or real ones."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from bumble.transport import open_transport
from bumble.transport.common import AsyncPipeSink, Transport, TransportLostError

from devices.errors import LinkError
from devices.virtual.local_link import VirtualController, VirtualLink

_OPEN_WITHIN_S = 10.0
_KERNEL_SIDE = "vhci"  # a program that opens it is the controller and receives commands


@dataclass(frozen=True, slots=True, eq=False)
class ControllerLease:
    """A controller that one device drives over HCI.

    Attributes:
        source: source of its HCI packets, for Bumble.
        sink: sink of HCI packets to it.
        release: returns the controller.
        lost: done when the controller is lost; None if that cannot happen.
    """

    source: Any
    sink: Any
    release: Callable[[], Any]
    lost: asyncio.Future[None] | None = None

    @property
    def is_lost(self) -> bool:
        """Return whether the controller is lost."""
        return self.lost is not None and self.lost.done()


class Controllers(Protocol):
    """Provider of a separate controller for each device."""

    async def acquire(self, name: str) -> ControllerLease:
        """Return a controller.

        Raises:
            LinkError: no controller is available.
        """
        ...


class LocalControllers:
    """Virtual controllers in this process, all on the same radio."""

    def __init__(self) -> None:
        self._link = VirtualLink()

    async def acquire(self, name: str) -> ControllerLease:
        """Return a new virtual controller."""
        controller = VirtualController(name, link=self._link)

        async def release() -> None:
            controller.switch_off()

        return ControllerLease(controller, AsyncPipeSink(controller), release)


@dataclass(frozen=True, slots=True)
class TransportControllers:
    """Controllers behind a Bumble transport, such as ``tcp-client:127.0.0.1:7300`` or ``usb:0``.

    Each device opens the transport separately: a shared radio accepts many, an adapter one.
    """

    name: str

    async def acquire(self, name: str) -> ControllerLease:  # noqa: ARG002
        """Return the controller behind the transport.

        Raises:
            LinkError: the transport cannot be opened, or has no controller.
        """
        if self.name.partition(":")[0] == _KERNEL_SIDE:
            raise LinkError(
                f"'{self.name}' connects a controller to the kernel, but a sensor needs a "
                "controller: use an adapter (usb:0, hci-socket:0) or a shared radio"
            )
        try:
            async with asyncio.timeout(_OPEN_WITHIN_S):
                transport = await open_transport(self.name)
        except ConnectionRefusedError:
            raise LinkError(
                f"nothing answers at '{self.name}'; start a shared radio there with "
                "'physiomon virtual shared-radio'"
            ) from None
        except TimeoutError:
            raise LinkError(
                f"'{self.name}' does not respond within {_OPEN_WITHIN_S:g} s; check the address"
            ) from None
        # Bumble's transports raise different exceptions: a missing module, an invalid number.
        except Exception as error:
            reason = str(error) or type(error).__name__
            raise LinkError(f"the transport '{self.name}' cannot be opened: {reason}") from error
        lost = transport.source.terminated
        return ControllerLease(transport.source, _Sink(transport, lost), transport.close, lost)


class _Sink:
    """Sink that rejects packets after the transport is lost, since no response can arrive."""

    def __init__(self, transport: Transport, lost: asyncio.Future[None]) -> None:
        self._sink = transport.sink
        self._lost = lost

    def on_packet(self, packet: bytes) -> None:
        if self._lost.done():
            raise TransportLostError("the connection to the controller is lost")
        self._sink.on_packet(packet)
