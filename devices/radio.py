"""What a link needs from Bluetooth, and whom it tells."""

import asyncio
import enum
from dataclasses import dataclass, field
from typing import Protocol

from bleak.backends.client import BaseBleakClient
from bleak.backends.scanner import BaseBleakScanner


class LinkState(enum.Enum):
    """Where a sensor's link stands."""

    SEARCHING = "searching"  # not found yet, or between two attempts
    CONNECTED = "connected"  # subscribed; packets may come
    SILENT = "silent"  # connected, but nothing has come for too long
    LOST = "lost"  # the connection has ended


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
        connecting: adapters fail when two connects or a scan and a connect overlap; every link
            that uses this radio holds this lock while it finds and connects its sensor.
    """

    scanner: type[BaseBleakScanner] | None = None
    client: type[BaseBleakClient] | None = None
    connecting: asyncio.Lock = field(default_factory=asyncio.Lock)
