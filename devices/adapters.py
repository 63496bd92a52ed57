"""The Bluetooth adapters of this machine, and which link uses which."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path

from bleak.args.bluez import BlueZAdapterArgs

from devices.connection_queue import Turns
from devices.link_errors import Blame

_SYSFS = Path("/sys/class/bluetooth")
# One that failed is left alone for a while, unless there is no other.
_UNFIT_S = {Blame.ADAPTER: 30.0, Blame.FULL: 60.0}

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
    turns: Turns = field(default_factory=Turns)
    links: int = 0
    unfit_until_s: float = 0.0

    @property
    def options(self) -> BlueZAdapterArgs:
        """Return what bleak wants to know to use it."""
        return {} if self.name is None else {"adapter": self.name}

    @property
    def words(self) -> str:
        """Return how people know it."""
        return f"adapter {self.name}" if self.name else "the adapter"

    def failed(self, blame: Blame, now_s: float) -> None:
        """Take that it failed, or is full."""
        self.unfit_until_s = now_s + _UNFIT_S.get(blame, 0.0)


@dataclass(eq=False, slots=True)
class Adapters:
    """All adapters; sensors spread over them.

    Attributes:
        names: asked each time, since adapters are plugged and unplugged.
    """

    names: Names = system_adapters
    _known: dict[str | None, Adapter] = field(default_factory=dict)

    def choose(
        self, wish: str | None, now: Adapter | None, now_s: float, *, elsewhere: bool = False
    ) -> Adapter:
        """Return the adapter for a sensor.

        The one that is wished for, or that it has, as long as that works; else the one that
        serves the fewest. Where none works the first choice is tried again.

        Args:
            wish: as configured, or None.
            now: what the sensor used last, or None.
            now_s: the loop's time.
            elsewhere: what it used last does not hear it; try another where none is wished for.
        """
        names: list[str | None] = [*self.names()] or [None]
        there = [self._known.setdefault(name, Adapter(name)) for name in names]
        wished = self._known.get(wish) if wish is not None else None
        wanted = wished if wished in there else now
        if wanted not in there:
            wanted = None
        fit = [adapter for adapter in there if adapter.unfit_until_s <= now_s]
        if elsewhere and wished not in fit:
            fit = [adapter for adapter in fit if adapter is not now] or fit
        elif wanted is not None and (wanted in fit or not fit):
            return wanted
        return min(fit or there, key=lambda adapter: (adapter.links, adapter.name or ""))
