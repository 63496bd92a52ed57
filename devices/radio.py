"""What a link needs from Bluetooth, and whom it tells."""

import enum
from dataclasses import dataclass, field
from typing import Protocol

from bleak.backends.client import BaseBleakClient
from bleak.backends.scanner import BaseBleakScanner

from devices.adapters import Adapters


class LinkState(enum.Enum):
    """Where a sensor's link stands."""

    SEARCHING = "searching"  # not found yet, or Bluetooth fails
    FAILED = "failed"  # found, but it could not be connected
    CONNECTED = "connected"  # subscribed; packets may come
    SILENT = "silent"  # connected, but nothing has come for too long
    LOST = "lost"  # the connection has ended
    WAITING = "waiting"  # it comes with its next measurement, and nothing is amiss


class Sink(Protocol):
    """Takes what links receive. Both calls return at once and never raise."""

    def packet(self, sensor: str, characteristic: str, payload: bytes) -> None:
        """Take a packet; when this returns, the packet is safe from a crash of the process."""
        ...

    def link(self, sensor: str, state: LinkState, reason: str, rssi: int | None) -> None:
        """Take a change of a link's state; `reason` is one sentence for a session monitor."""
        ...


@dataclass(frozen=True, slots=True)
class Radio:
    """The Bluetooth stack to use: None means the one of this machine.

    Attributes:
        adapters: which there are, and whose turn it is on each.
    """

    scanner: type[BaseBleakScanner] | None = None
    client: type[BaseBleakClient] | None = None
    adapters: Adapters = field(default_factory=Adapters)
