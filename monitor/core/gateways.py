"""State of gateways: the last entry received from each, and the offset of its clock.

Pure. An entry from a gateway has the gateway's own time as `measured_ns`. Within one run of the
gateway, its epoch, that time strictly increases, so it also identifies an entry that arrives twice,
before and after a restart of either side.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from devices.sensor import SensorSpec
from monitor.entries import Entry, EntryKind

DUPLICATE_GATEWAY = "duplicate-gateway"  # name of the fault
WRONG_NS = 10**9  # a larger offset raises an alarm


@dataclass(slots=True)
class Epoch:
    """One run of one gateway.

    Attributes:
        taken_ns: its own time of the last entry received; 0: none.
        offset_ns: added to its time to get session time; None while unknown.
    """

    taken_ns: int = 0
    offset_ns: int | None = None


class Gateways:
    """The gateways of one session.

    Attributes:
        epoch: present epoch by gateway.
        links: last link state of each sensor from its gateway, by label.
    """

    def __init__(self) -> None:
        self.epoch: dict[str, str] = {}
        self.links: dict[str, Mapping[str, Any]] = {}
        self._of: dict[str, str] = {}
        self._epochs: dict[tuple[str, str], Epoch] = {}

    def expect(self, sensors: Iterable[SensorSpec]) -> None:
        """Assign sensors to their gateways."""
        self._of = {each.label: each.gateway for each in sensors if each.gateway is not None}

    def labels(self, gateway: str) -> list[str]:
        """Return the labels of a gateway's sensors."""
        return [label for label, of in self._of.items() if of == gateway]

    def of(self, label: str) -> str | None:
        """Return the gateway of a sensor, or None."""
        return self._of.get(label)

    def offset_ns(self, gateway: str) -> int:
        """Return the clock offset of a gateway's present run; 0 while unknown."""
        return self.state(gateway, self.epoch.get(gateway, "")).offset_ns or 0

    def state(self, gateway: str, epoch: str) -> Epoch:
        """Return the state of one run of a gateway."""
        return self._epochs.setdefault((gateway, epoch), Epoch())

    def turn(self, gateway: str, body: Mapping[str, Any]) -> str | None:
        """Apply an entry about the gateway itself; return the fault of its clock, or None."""
        self.epoch[gateway] = body["epoch"]
        offset_ns = self.state(gateway, body["epoch"]).offset_ns = body["offset_ns"]
        if offset_ns is None or abs(offset_ns) <= WRONG_NS:
            return None
        side = "behind" if offset_ns > 0 else "ahead"
        return f"the clock of gateway '{gateway}' is {abs(offset_ns) / 1e9:.1f} s {side}"

    def take(self, entry: Entry) -> None:
        """Record an entry that may be from a gateway."""
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
        """Return the measurement time of an entry in session time, never in the future."""
        if entry.measured_ns is None:
            return entry.received_ns
        gateway = self._of.get(entry.source.partition("/")[0])
        if gateway is None:
            return entry.measured_ns
        return min(entry.measured_ns + self.offset_ns(gateway), entry.received_ns)
