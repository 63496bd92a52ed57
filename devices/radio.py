"""What a link needs from Bluetooth, whom it tells, and what to say when Bluetooth fails."""

import asyncio
import enum
from dataclasses import dataclass, field
from typing import Protocol

from bleak.backends.client import BaseBleakClient
from bleak.backends.scanner import BaseBleakScanner
from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakBluetoothNotAvailableReason,
    BleakDBusError,
)


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
        connecting: adapters fail when two connects, or a scan and a connect, overlap; whoever
            scans for a link or connects one holds this lock.
    """

    scanner: type[BaseBleakScanner] | None = None
    client: type[BaseBleakClient] | None = None
    connecting: asyncio.Lock = field(default_factory=asyncio.Lock)


def trouble_with(error: BaseException) -> str:
    """Say in one sentence what is wrong with Bluetooth and what to do."""
    if isinstance(error, BleakBluetoothNotAvailableError):
        match error.reason:
            case BleakBluetoothNotAvailableReason.NO_BLUETOOTH:
                return "this computer has no Bluetooth adapter: plug one in"
            case BleakBluetoothNotAvailableReason.POWERED_OFF:
                return "Bluetooth is off: switch it on (bluetoothctl power on)"
            case BleakBluetoothNotAvailableReason.DENIED_BY_USER:
                return "Bluetooth is not permitted: allow it in the system's settings"
    if isinstance(error, BleakDBusError) and "AccessDenied" in error.dbus_error:
        return "Bluetooth is not permitted: add this user to the group 'bluetooth'"
    if isinstance(error, FileNotFoundError | ConnectionRefusedError):
        return "the Bluetooth service does not run: start it (systemctl start bluetooth)"
    return f"Bluetooth fails ({str(error) or type(error).__name__})"
