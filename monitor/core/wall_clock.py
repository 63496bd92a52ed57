"""Offset of the computer's clock from the session's: a fact, and a fault while they differ. Pure.

The session's clock never steps. Alarms use it, so they do not depend on the offset; the times that
people and databases see do.
"""

from collections.abc import Mapping
from typing import Any

from alerts.deadline_queue import SESSION
from alerts.time_format import span
from monitor.core.system_faults import SystemFaults
from monitor.facts import Fact, WallClockFact

CLOCK_JUMP = "clock-jump"
_DIFFERS_NS = 10**9


class WallClock:
    """The computer's clock according to the entries of the session.

    Attributes:
        offset_ns: added to session times to get the computer's; None: unknown.
    """

    def __init__(self, faults: SystemFaults) -> None:
        self.offset_ns: int | None = None
        self._faults = faults

    def run(self, now_ns: int, body: Mapping[str, Any]) -> list[Fact]:
        """Apply a RUN entry: the process reads the clock for the first time."""
        if (offset_ns := body.get("offset_ns")) is None:
            return []
        self.offset_ns = offset_ns
        return self._report(now_ns, offset_ns, 0)

    def set(self, now_ns: int, body: Mapping[str, Any]) -> list[Fact]:
        """Apply a CLOCK entry: the computer's clock was set."""
        offset_ns: int = body["offset_ns"]
        step_ns = offset_ns - (self.offset_ns or 0)
        self.offset_ns = offset_ns
        return self._report(now_ns, offset_ns, step_ns)

    def _report(self, now_ns: int, offset_ns: int, step_ns: int) -> list[Fact]:
        fact = WallClockFact(subject=SESSION, at_ns=now_ns, offset_ns=offset_ns, step_ns=step_ns)
        cause = _cause(offset_ns, step_ns) if abs(offset_ns) >= _DIFFERS_NS else None
        return [fact, *self._faults.report(now_ns, CLOCK_JUMP, SESSION, cause)]


def _cause(offset_ns: int, step_ns: int) -> str:
    """Return the difference of the clocks in one sentence.

    >>> _cause(-3_600 * 10**9, 0)
    "this session's times are 60 min ahead of the computer's clock; alarms are not affected"
    """
    was_set = f"it was set by {step_ns / 1e9:+.1f} s; " if step_ns else ""
    side = "ahead of" if offset_ns < 0 else "behind"
    return (
        f"{was_set}this session's times are {span(abs(offset_ns) / 1e9)} {side} the computer's "
        "clock; alarms are not affected"
    )
