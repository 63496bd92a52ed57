"""Interruptions of monitoring: the process hung or slept, or none was running. Pure.

Deadlines of such a time fire afterwards, dated as they were due; `announced_ns` is the time at
which they could first be announced. Calls about them start then, not in the past.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, tzinfo
from typing import Any

from alerts.alarm import Alarm, Step
from alerts.alarm_fact import AlarmFact
from alerts.deadline_queue import SESSION
from alerts.time_format import clock, span, zone_name
from monitor.core.system_faults import SystemFaults
from monitor.entries import Entry, EntryKind
from monitor.facts import Fact

STANDSTILL = "standstill"
PROCESS = "physiomon"  # source of entries about the process itself

_INTERRUPTED = frozenset({EntryKind.RUN, EntryKind.STANDSTILL})
_REPORTED_NS = 5 * 10**9  # shorter breaks between two runs are not reported


class Standstill:
    """Standstills of one session.

    Attributes:
        standing: the process does not run normally yet; packets may have waited for long.
        gateways: ids of gateways in the same state.
        zone: time zone of its messages.
    """

    def __init__(self, faults: SystemFaults) -> None:
        self.standing = False
        self.gateways: set[str] = set()
        self.zone: tzinfo = UTC
        self._faults = faults
        self._announced: dict[str, tuple[int, int]] = {}  # alarm key: raised_ns, announced_ns

    def begin(self, now_ns: int, since_ns: int) -> list[Fact]:
        """Report that the process stood still until now."""
        self.standing = True
        why = "the process stood still, or the computer slept"
        sentence = self._sentence(since_ns, now_ns, why)
        return self._faults.event(now_ns, STANDSTILL, SESSION, sentence)

    def over(self) -> list[Fact]:
        """Treat packets as present again; the reported fault stays until it is acknowledged."""
        self.standing = False
        return []

    def gateway(self, now_ns: int, gateway: str, since_ns: int, until_ns: int) -> list[Fact]:
        """Report that a gateway stood still, in session time."""
        self.gateways.add(gateway)
        why = f"gateway '{gateway}' stood still, or its computer slept"
        sentence = self._sentence(since_ns, until_ns, why)
        return self._faults.event(now_ns, STANDSTILL, gateway, sentence)

    def run(self, now_ns: int, body: Mapping[str, Any], was_offset_ns: int | None) -> list[Fact]:
        """Apply a RUN entry: report how long no process was running.

        Args:
            now_ns: engine time.
            body: of the entry.
            was_offset_ns: of the computer's clock in the previous run, or None.
        """
        self.standing = False
        since_ns, offset_ns = body.get("since_ns"), body.get("offset_ns") or 0
        if since_ns is None:
            return []
        # The session's clock continues at the end of the previous run if the computer's is behind
        # it: only the computer's clock shows how long nothing ran, unless it was set.
        left_ns = since_ns + (was_offset_ns or 0)
        back_ns = now_ns + offset_ns
        why = "the service was not running"
        if back_ns <= left_ns - _REPORTED_NS:
            sentence = (
                f"monitoring was interrupted for an unknown time: {why}, and its clock was set back"
            )
        elif back_ns - left_ns < _REPORTED_NS:
            return []
        else:
            sentence = self._sentence(left_ns, back_ns, why)
        return self._faults.event(now_ns, STANDSTILL, SESSION, sentence)

    def announce(self, due_ns: int, now_ns: int, facts: list[Fact]) -> None:
        """Date the announcement of a deadline's facts `now_ns`."""
        for number, fact in enumerate(facts):
            if isinstance(fact, AlarmFact):
                facts[number] = replace(fact, announced_ns=now_ns)
                if fact.step == Step.RAISED.value:
                    self._announced[fact.key] = due_ns, now_ns

    def announced_ns(self, alarm: Alarm) -> int | None:
        """Return when an open alarm was first announced, if later than it was raised; else None."""
        raised_ns, announced_ns = self._announced.get(alarm.key, (None, None))
        return announced_ns if raised_ns == alarm.raised_ns else None

    def _sentence(self, since_ns: int, until_ns: int, why: str) -> str:
        since, until = clock(since_ns, self.zone), clock(until_ns, self.zone)
        lasted = span((until_ns - since_ns) / 1e9)
        zone = zone_name(until_ns, self.zone)
        return f"monitoring was interrupted from {since} to {until} {zone} ({lasted}): {why}"


def interrupted_since_ns(entry: Entry) -> int | None:
    """Return the start of the interruption that an entry reports, or None."""
    if entry.kind not in _INTERRUPTED or entry.source != PROCESS:
        return None
    since_ns: int | None = entry.body().get("since_ns")
    return since_ns
