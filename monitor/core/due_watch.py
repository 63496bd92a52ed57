"""When a measurement of the protocol is due, from what has been measured and marked so far.

Pure; all times are engine time in UTC nanoseconds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from alerts.alarm import Alarm
from alerts.policy.rules import Before, Due, Every
from monitor.core.watch import ns


@dataclass(slots=True)
class DueWatch:
    """One rule about measurements that are due.

    Attributes:
        alarm: of the rule, on the session.
        condition: as the policy says it.
    """

    alarm: Alarm
    condition: Due

    def due_ns(
        self, started_ns: int, moments: Mapping[str, int], measured: Sequence[int]
    ) -> int | None:
        """Return when the next measurement is due, or None where no time says so.

        Args:
            started_ns: when the session began.
            moments: when each kind of marker was set: the first dose, the last of the others.
            measured: when measurements of the signal were made, in order.
        """
        schedule = self.condition.schedule
        if isinstance(schedule, Before):
            return None
        began_ns = _after(schedule.from_s, moments) if schedule.from_s is not None else started_ns
        if began_ns is None:
            return None
        last_ns = max(began_ns, measured[-1]) if measured else began_ns
        due_ns = last_ns + ns(schedule.every_s)
        if schedule.until_s is None:
            return due_ns
        until_ns = _after(schedule.until_s, moments)
        return due_ns if until_ns is None or due_ns <= until_ns else None

    def missed(self, marker: str, now_ns: int, measured: Sequence[int]) -> bool:
        """Tell whether a marker that is set now finds fewer measurements than it should."""
        schedule = self.condition.schedule
        if isinstance(schedule, Every) or schedule.marker != marker:
            return False
        if schedule.within_s is None:
            return len(measured) < schedule.count
        since_ns = now_ns - ns(schedule.within_s)
        return sum(1 for at_ns in measured if at_ns >= since_ns) < schedule.count


def _after(seconds: float, moments: Mapping[str, int]) -> int | None:
    dose_ns = moments.get("dose")
    return None if dose_ns is None else dose_ns + ns(seconds)
