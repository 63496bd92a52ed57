"""The Bluetooth service of the operating system, beside scanning and connecting.

bleak passes on what sensors send; this is what it does not: which devices the service holds, and
whether the service runs.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from devices.known_devices import KnownDevice


class BluetoothService(Protocol):
    """The Bluetooth service; its methods never raise."""

    @property
    def running(self) -> bool | None:
        """Return whether the service runs; None if that cannot be known."""
        ...

    @property
    def responds(self) -> bool:
        """Return whether the service answered the last call in time."""
        ...

    def blocked(self) -> bool:
        """Return whether a switch of this machine blocks Bluetooth."""
        ...

    async def devices(self) -> Sequence["KnownDevice"]:
        """Return all devices that it knows; empty if it does not answer."""
        ...

    async def scanning(self) -> bool:
        """Return whether any program scans."""
        ...

    async def restart_scan(self, adapter: str) -> None:
        """Start and stop a scan, which ends one that hangs."""
        ...

    async def disconnect(self, path: str) -> None:
        """End the connection of a device."""
        ...

    async def power_cycle(self, adapter: str) -> None:
        """Switch an adapter off and on."""
        ...

    def on_stop(self, call: Callable[[], None]) -> AbstractContextManager[None]:
        """Call `call` when the service ends or crashes, while the context is open."""
        ...

    async def expect_pairing(self, address: str) -> None:
        """Accept pairing with a device for the next minutes."""
        ...


class UnknownService:
    """A system whose Bluetooth service cannot be asked, such as macOS or the virtual radio."""

    running: bool | None = None
    responds = True

    def blocked(self) -> bool:
        """Return False."""
        return False

    async def devices(self) -> Sequence["KnownDevice"]:
        """Return no devices."""
        return ()

    async def scanning(self) -> bool:
        """Return False."""
        return False

    async def restart_scan(self, _adapter: str) -> None:
        """Do nothing."""

    async def disconnect(self, _path: str) -> None:
        """Do nothing."""

    async def power_cycle(self, _adapter: str) -> None:
        """Do nothing."""

    def on_stop(self, _call: Callable[[], None]) -> AbstractContextManager[None]:
        """Do nothing."""
        return nullcontext()

    async def expect_pairing(self, _address: str) -> None:
        """Do nothing."""
