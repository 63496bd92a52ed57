"""Times in which nobody was judging: the process hung or slept, or none was running. Pure.

What was due in such a time is made up for, dated as it was due; `announced_ns` says when people
could first be told. Calls about it begin then, and not in the past.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, tzinfo
from typing import Any

from alerts.alarm import Alarm, Step
from alerts.alarm_fact import AlarmFact
from alerts.deadlines import SESSION
from alerts.time_format import clock, span, zone_name
from monitor.core.system_faults import SystemFaults
from monitor.entries import Entry, EntryKind
from monitor.facts import Fact

STANDSTILL = "standstill"
PROCESS = "physiomon"  # source of entries about the process itself

_REPORTED_NS = 5 * 10**9  # a break between two runs that is shorter concerns nobody


class Standstill:
    """The standstills of one session.

    Attributes:
        standing: the process has not run normally again; packets may have waited for long.
        gateways: ids of those of which the same holds.
        zone: of the times in its sentences.
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
        """Take packets as present again; what was reported stands until somebody has seen it."""
        self.standing = False
        return []

    def gateway(self, now_ns: int, gateway: str, since_ns: int, until_ns: int) -> list[Fact]:
        """Report that a gateway stood still, by the clock here."""
        self.gateways.add(gateway)
        why = f"gateway '{gateway}' stood still, or its computer slept"
        sentence = self._sentence(since_ns, until_ns, why)
        return self._faults.event(now_ns, STANDSTILL, gateway, sentence)

    def run(self, now_ns: int, body: Mapping[str, Any], was_offset_ns: int | None) -> list[Fact]:
        """Apply a RUN entry: report how long no process was running.

        Args:
            now_ns: engine time.
            body: of the entry.
            was_offset_ns: of the computer's clock in the run before, or None.
        """
        self.standing = False
        since_ns, offset_ns = body.get("since_ns"), body.get("offset_ns") or 0
        if since_ns is None:
            return []
        # The session's clock goes on at the end of the run before, if the computer's is behind
        # it: only the computer's clock can tell for how long nothing ran, if nobody has set it.
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
        """Date the facts of a deadline at which nobody could be told, but can at `now_ns`."""
        for number, fact in enumerate(facts):
            if isinstance(fact, AlarmFact):
                facts[number] = replace(fact, announced_ns=now_ns)
                if fact.step == Step.RAISED.value:
                    self._announced[fact.key] = due_ns, now_ns

    def announced_ns(self, alarm: Alarm) -> int | None:
        """Return when an open alarm was first announced, if that was not when it was raised."""
        raised_ns, announced_ns = self._announced.get(alarm.key, (None, None))
        return announced_ns if raised_ns == alarm.raised_ns else None

    def _sentence(self, since_ns: int, until_ns: int, why: str) -> str:
        since, until = clock(since_ns, self.zone), clock(until_ns, self.zone)
        lasted = span((until_ns - since_ns) / 1e9)
        zone = zone_name(until_ns, self.zone)
        return f"monitoring was interrupted from {since} to {until} {zone} ({lasted}): {why}"


def unheard_since_ns(entry: Entry) -> int | None:
    """Return since when nobody could be told of alarms before this entry; None: always."""
    if entry.kind not in (EntryKind.RUN, EntryKind.STANDSTILL) or entry.source != PROCESS:
        return None
    since_ns: int | None = entry.body().get("since_ns")
    return since_ns
