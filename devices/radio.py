"""Interfaces of links: the Bluetooth stack below and the sink of packets above."""

import enum
from dataclasses import dataclass, field
from typing import Protocol

from bleak.backends.client import BaseBleakClient
from bleak.backends.scanner import BaseBleakScanner

from devices.adapters import Adapters
from devices.bluetooth_service import BluetoothService, UnknownService


class LinkState(enum.Enum):
    """State of the link to a sensor."""

    SEARCHING = "searching"  # not found, or Bluetooth fails
    FAILED = "failed"  # found, but the connection failed
    CONNECTED = "connected"  # subscribed; packets may come
    SILENT = "silent"  # connected, but without data for too long
    LOST = "lost"  # the connection has ended
    WAITING = "waiting"  # connects with its next measurement; not a fault


class Sink(Protocol):
    """Receiver of packets and link states. Its methods return at once and never raise."""

    def packet(self, sensor: str, characteristic: str, payload: bytes) -> None:
        """Store a packet; after the return it survives a crash of the process."""
        ...

    def link(self, sensor: str, state: LinkState, reason: str, rssi: int | None) -> None:
        """Record a change of a link's state; `reason` is one sentence for users."""
        ...


@dataclass(frozen=True, slots=True)
class Radio:
    """The Bluetooth stack to use.

    Attributes:
        scanner: backend of bleak; None for the one of this machine.
        client: backend of bleak; None for the one of this machine.
        adapters: adapters with their queues.
        service: the Bluetooth service of this machine.
        may_power_cycle: whether an adapter that does not recover may be switched off and on.
        claimed: addresses of sensors that links of this process use.
    """

    scanner: type[BaseBleakScanner] | None = None
    client: type[BaseBleakClient] | None = None
    adapters: Adapters = field(default_factory=Adapters)
    service: BluetoothService = field(default_factory=UnknownService)
    may_power_cycle: bool = False
    claimed: set[str] = field(default_factory=set)
