"""The Bluetooth adapters of this machine, and which link uses which."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path

from bleak.args.bluez import BlueZAdapterArgs

from devices.connection_queue import ConnectionQueue
from devices.link_errors import FaultSource

_SYSFS = Path("/sys/class/bluetooth")
# One that failed is left alone for a while, unless there is no other.
_UNAVAILABLE_S = {FaultSource.ADAPTER: 30.0, FaultSource.FULL: 60.0}

Names = Callable[[], Collection[str]]


def system_adapters() -> list[str]:
    """Return the adapters that Linux has, such as ``hci0``; empty where it cannot be told."""
    return sorted(entry.name for entry in _SYSFS.glob("hci*") if ":" not in entry.name)


@dataclass(eq=False, slots=True)
class Adapter:
    """One adapter.

    Attributes:
        name: such as ``hci0``; None: the one that the system chooses.
        turns: whose turn it is to scan or to connect.
        links: how many sensors use it.
        unfit_until_s: of the loop's time; it failed, or has no connection left.
    """

    name: str | None
    queue: ConnectionQueue = field(default_factory=ConnectionQueue)
    links: int = 0
    unavailable_until_s: float = 0.0

    @property
    def options(self) -> BlueZAdapterArgs:
        """Return what bleak wants to know to use it."""
        return {} if self.name is None else {"adapter": self.name}

    @property
    def description(self) -> str:
        """Return how people know it."""
        return f"adapter {self.name}" if self.name else "the adapter"

    def mark_failed(self, source: FaultSource, now_s: float) -> None:
        """Take that it failed, or is full."""
        self.unavailable_until_s = now_s + _UNAVAILABLE_S.get(source, 0.0)


@dataclass(eq=False, slots=True)
class Adapters:
    """All adapters; sensors spread over them.

    Attributes:
        names: asked each time, since adapters are plugged and unplugged.
    """

    names: Names = system_adapters
    _known: dict[str | None, Adapter] = field(default_factory=dict)

    def choose(
        self,
        preferred: str | None,
        current: Adapter | None,
        now_s: float,
        *,
        elsewhere: bool = False,
    ) -> Adapter:
        """Return the adapter for a sensor.

        The one that is wished for, or that it has, as long as that works; else the one that
        serves the fewest. Where none works the first choice is tried again.

        Args:
            preferred: name of the configured adapter, or None.
            current: adapter that the sensor used last, or None.
            now_s: time of the event loop.
            elsewhere: the current adapter does not hear the sensor; try another unless one is
                configured.
        """
        names: list[str | None] = [*self.names()] or [None]
        present = [self._known.setdefault(name, Adapter(name)) for name in names]
        preferred_adapter = self._known.get(preferred) if preferred is not None else None
        candidate = preferred_adapter if preferred_adapter in present else current
        if candidate not in present:
            candidate = None
        available = [adapter for adapter in present if adapter.unavailable_until_s <= now_s]
        if elsewhere and preferred_adapter not in available:
            available = [adapter for adapter in available if adapter is not current] or available
        elif candidate is not None and (candidate in available or not available):
            return candidate
        return min(available or present, key=lambda adapter: (adapter.links, adapter.name or ""))
