"""Handlers of entries about the process, the computer's clock, faults and gateways. Pure."""

from collections.abc import Callable, Mapping

from alerts.call_plan import Plan
from alerts.deadline_queue import SESSION
from monitor.core.calling import Calling
from monitor.core.engine_failure import ENGINE_FAILURE
from monitor.core.gateways import DUPLICATE_GATEWAY, Gateways
from monitor.core.sensor_input import SensorInput
from monitor.core.standstill import PROCESS, STANDSTILL, Standstill
from monitor.core.system_faults import SystemFaults
from monitor.core.wall_clock import CLOCK_JUMP, WallClock
from monitor.entries import Entry, EntryKind
from monitor.facts import Fact, HeadFact

# Faults of one process: they end with it, and the next process reports its own.
_OF_PROCESS = frozenset(
    {
        "recorder-failure",
        "delivery-failure",
        "accounts-unreadable",
        "gateway-refused",
        CLOCK_JUMP,
        STANDSTILL,
        ENGINE_FAILURE,
        DUPLICATE_GATEWAY,
    }
)


class HostEvents:
    """Handlers of events of one session's process, its computer and its gateways.

    Args:
        wall_clock: of the computer.
        standstill: of the session.
        gateways: of the session.
        faults: of the session.
        sensors: of the session.
        calling: of the session.
    """

    def __init__(
        self,
        wall_clock: WallClock,
        standstill: Standstill,
        gateways: Gateways,
        faults: SystemFaults,
        sensors: SensorInput,
        calling: Calling,
    ) -> None:
        self._wall_clock = wall_clock
        self._standstill = standstill
        self._gateways = gateways
        self._faults = faults
        self._sensors = sensors
        self._calling = calling

    def handlers(self) -> Mapping[str, Callable[[int, Entry], list[Fact]]]:
        """Return the handler of each kind of entry."""
        return {
            EntryKind.RUN: self.run,
            EntryKind.CLOCK: self.clock,
            EntryKind.STANDSTILL: self.stand_still,
            EntryKind.FAULT: self.fault,
            EntryKind.GATEWAY: self.gateway,
            EntryKind.HEAD: self.head,
        }

    def run(self, now_ns: int, entry: Entry) -> list[Fact]:
        """Apply a RUN entry: a process has started to record."""
        body = entry.body()
        was_offset_ns = self._wall_clock.offset_ns
        facts = self._faults.end(now_ns, _OF_PROCESS)
        facts += self._wall_clock.run(now_ns, body)
        self._assume_clocks()
        facts += self._standstill.run(now_ns, body, was_offset_ns)
        if (plan := body.get("calls")) is not None:
            self._calling.use(now_ns, Plan.from_body(plan))
        return facts + self._sensors.search(entry.received_ns)

    def clock(self, now_ns: int, entry: Entry) -> list[Fact]:
        """Apply a CLOCK entry: the computer's clock was set."""
        facts = self._wall_clock.set(now_ns, entry.body())
        self._assume_clocks()
        return facts

    def _assume_clocks(self) -> None:
        self._sensors.assume_clock(-(self._wall_clock.offset_ns or 0))

    def stand_still(self, now_ns: int, entry: Entry) -> list[Fact]:
        """Apply a STANDSTILL entry, of the process or of a gateway."""
        body, standstill = entry.body(), self._standstill
        if entry.source != PROCESS:
            if body.get("over"):
                standstill.gateways.discard(entry.source)
                return []
            offset_ns = self._gateways.offset_ns(entry.source)
            since_ns, until_ns = body["since_ns"] + offset_ns, body["until_ns"] + offset_ns
            return standstill.gateway(now_ns, entry.source, since_ns, until_ns)
        if body.get("over"):
            return standstill.over()
        self._sensors.interrupt_beats()
        return standstill.begin(now_ns, body["since_ns"])

    def head(self, now_ns: int, entry: Entry) -> list[Fact]:
        """Apply a HEAD entry."""
        body = entry.body()
        return [
            HeadFact(
                subject=SESSION,
                at_ns=now_ns,
                entries=body["entries"],
                until_ns=body["until_ns"],
                hash=body["hash"],
                signature=body["signature"],
            )
        ]

    def fault(self, now_ns: int, entry: Entry) -> list[Fact]:
        """Apply a FAULT entry."""
        body = entry.body()
        cause = body["reason"] if body["on"] else None
        return self._faults.report(now_ns, entry.source, SESSION, cause)

    def gateway(self, now_ns: int, entry: Entry) -> list[Fact]:
        """Apply a GATEWAY entry: the offset of its clock, or another gateway with its id."""
        body, gateway, faults = entry.body(), entry.source, self._faults
        cause = self._gateways.turn(gateway, body)
        facts = faults.report(now_ns, "clock-offset", gateway, cause)
        second = (
            f"two gateways have the id '{gateway}': only data of the first is used; give each a "
            "different id, or switch one off"
        )
        cause = second if body.get("duplicate") else None
        return facts + faults.report(now_ns, DUPLICATE_GATEWAY, gateway, cause)
