"""What the engine remembers of gateways: how far each was taken, and how wrong its clock is.

Pure. An entry that came through a gateway carries the gateway's own time as `measured_ns`. Within
one run of the gateway, its epoch, that time strictly increases, so it is also the number by which
an entry that arrives twice is known, before and after a restart of either side.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from devices.sensor import SensorSpec
from monitor.entries import Entry, EntryKind

DUPLICATE_GATEWAY = "duplicate-gateway"  # name of the fault
WRONG_NS = 10**9  # a clock that differs by more is an alarm


@dataclass(slots=True)
class Epoch:
    """One run of one gateway.

    Attributes:
        taken_ns: its own time of the last entry that was taken, 0 for none.
        offset_ns: what is to be added to its time; None while that is not known.
    """

    taken_ns: int = 0
    offset_ns: int | None = None


class Gateways:
    """The gateways of one session.

    Attributes:
        epoch: whose entries come now, by gateway.
        links: what a gateway said last of a sensor's link, by label.
    """

    def __init__(self) -> None:
        self.epoch: dict[str, str] = {}
        self.links: dict[str, Mapping[str, Any]] = {}
        self._of: dict[str, str] = {}
        self._epochs: dict[tuple[str, str], Epoch] = {}

    def expect(self, sensors: Iterable[SensorSpec]) -> None:
        """Take which sensors come through which gateway."""
        self._of = {each.label: each.gateway for each in sensors if each.gateway is not None}

    def labels(self, gateway: str) -> list[str]:
        """Return the sensors that come through a gateway."""
        return [label for label, of in self._of.items() if of == gateway]

    def of(self, label: str) -> str | None:
        """Return the gateway through which a sensor comes, if it does."""
        return self._of.get(label)

    def offset_ns(self, gateway: str) -> int:
        """Return what is added to the times of a gateway's present run, 0 while not known."""
        return self.state(gateway, self.epoch.get(gateway, "")).offset_ns or 0

    def state(self, gateway: str, epoch: str) -> Epoch:
        """Return what is known of one run of a gateway."""
        return self._epochs.setdefault((gateway, epoch), Epoch())

    def turn(self, gateway: str, body: Mapping[str, Any]) -> str | None:
        """Take an entry about the gateway itself; return what is wrong with its clock, if it is."""
        self.epoch[gateway] = body["epoch"]
        offset_ns = self.state(gateway, body["epoch"]).offset_ns = body["offset_ns"]
        if offset_ns is None or abs(offset_ns) <= WRONG_NS:
            return None
        side = "behind" if offset_ns > 0 else "ahead"
        return f"the clock of gateway '{gateway}' is {abs(offset_ns) / 1e9:.1f} s {side}"

    def take(self, entry: Entry) -> None:
        """Count an entry that may have come through a gateway."""
        if entry.measured_ns is None:
            return
        label = entry.source.partition("/")[0]
        gateway = self._of.get(label)
        if gateway is None:
            return
        state = self.state(gateway, self.epoch.get(gateway, ""))
        state.taken_ns = max(state.taken_ns, entry.measured_ns)
        if entry.kind == EntryKind.LINK:
            self.links[label] = entry.body()

    def measured_ns(self, entry: Entry) -> int:
        """Return when an entry was measured by the clock of this machine, never in the future."""
        if entry.measured_ns is None:
            return entry.received_ns
        gateway = self._of.get(entry.source.partition("/")[0])
        if gateway is None:
            return entry.measured_ns
        return min(entry.measured_ns + self.offset_ns(gateway), entry.received_ns)
