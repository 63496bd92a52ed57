"""The Bluetooth adapters of this machine, and their assignment to links."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path

from bleak.args.bluez import BlueZAdapterArgs

from devices.adapter_memory import Reputation, SensorMemory
from devices.adapter_recovery import Activity, Recovery
from devices.connection_queue import ConnectionQueue
from devices.link_faults import FaultSource, LinkFault

_SYSFS = Path("/sys/class/bluetooth")
# An adapter that failed is avoided for this long, unless there is no other.
_UNAVAILABLE_S = {FaultSource.ADAPTER: 30.0, FaultSource.FULL: 60.0}

Names = Callable[[], Collection[str]]


def system_adapters() -> list[str]:
    """Return the adapters that Linux lists, such as ``hci0``; empty on other systems."""
    return sorted(entry.name for entry in _SYSFS.glob("hci*") if ":" not in entry.name)


@dataclass(eq=False, slots=True)
class Adapter:
    """One adapter.

    Attributes:
        name: such as ``hci0``; None for the system default.
        queue: queue for scans and connection attempts.
        links: number of sensors that use it.
        unavailable_until_s: time of the event loop until which it is avoided, after it failed or
            had no free connection.
        recovery: the course of each fault that steps may end, for scans and for connections.
        reputation: how often sensors failed that work on other adapters.
    """

    name: str | None
    queue: ConnectionQueue = field(default_factory=ConnectionQueue)
    links: int = 0
    unavailable_until_s: float = 0.0
    recovery: dict[tuple[Activity, LinkFault], Recovery] = field(default_factory=dict)
    reputation: Reputation = field(default_factory=Reputation)

    @property
    def options(self) -> BlueZAdapterArgs:
        """Return the options by which bleak selects it."""
        return {} if self.name is None else {"adapter": self.name}

    @property
    def description(self) -> str:
        """Return its name in messages."""
        return f"adapter {self.name}" if self.name else "the adapter"

    def worked(self, activity: Activity) -> None:
        """Count a success: end the course of faults."""
        for (failed, _), recovery in self.recovery.items():
            if failed is activity:
                recovery.worked()

    def mark_failed(self, source: FaultSource, now_s: float) -> None:
        """Avoid the adapter for a while after a fault."""
        self.unavailable_until_s = now_s + _UNAVAILABLE_S.get(source, 0.0)


@dataclass(eq=False, slots=True)
class Adapters:
    """All adapters; sensors are spread over them.

    Attributes:
        names: called for each choice, because adapters come and go.
    """

    names: Names = system_adapters
    _known: dict[str | None, Adapter] = field(default_factory=dict)

    def get(self, name: str | None) -> Adapter:
        """Return an adapter by name."""
        return self._known.setdefault(name, Adapter(name))

    def choose(
        self,
        preferred: str | None,
        current: Adapter | None,
        now_s: float,
        memory: SensorMemory | None = None,
        *,
        elsewhere: bool = False,
    ) -> Adapter:
        """Return the adapter for a sensor.

        That is the configured or the current adapter while it is available and as good as any,
        else the one with the fewest sensors. If none is available, the first choice is tried again;
        if the sensor avoids all of them, the one that it has avoided for longest.

        Args:
            preferred: name of the configured adapter, or None.
            current: adapter that the sensor used last, or None.
            now_s: time of the event loop.
            memory: failed attempts of the sensor.
            elsewhere: the current adapter does not hear the sensor; try another unless one is
                configured.
        """
        names: list[str | None] = [*self.names()] or [None]
        present = [self.get(name) for name in names]
        preferred_adapter = self._known.get(preferred) if preferred is not None else None
        candidate = preferred_adapter if preferred_adapter in present else current
        if candidate not in present:
            candidate = None
        available = [adapter for adapter in present if adapter.unavailable_until_s <= now_s]
        if elsewhere and preferred_adapter not in available:
            available = [adapter for adapter in available if adapter is not current] or available
            candidate = None
        elif candidate is not None and not available:
            return candidate

        ranks = {adapter: _rank(adapter, now_s, memory) for adapter in available or present}
        best = [adapter for adapter in ranks if ranks[adapter] == min(ranks.values())]
        if candidate is not None and candidate in best:
            return candidate
        return min(best, key=lambda adapter: (adapter.links, adapter.name or ""))

    def better_than(self, current: Adapter, now_s: float, memory: SensorMemory) -> Adapter | None:
        """Return an available adapter that connects more reliably, or None."""
        available = [
            adapter
            for adapter in map(self.get, self.names())
            if adapter.unavailable_until_s <= now_s
            and _rank(adapter, now_s, memory) < _rank(current, now_s, memory)
        ]
        return min(available, key=lambda each: _rank(each, now_s, memory), default=None)


def _rank(adapter: Adapter, now_s: float, memory: SensorMemory | None) -> tuple[float, bool]:
    """Return how little a sensor should use an adapter."""
    avoided = memory.avoided_until(adapter.name, now_s) if memory is not None else 0.0
    return avoided, adapter.reputation.is_poor(now_s)
