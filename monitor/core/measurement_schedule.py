"""Schedule the measurements of the protocol, from what has been measured and marked so far.

Pure, like the engine: time comes in with each call. All times are engine time in UTC nanoseconds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from alerts.active_alarms import ActiveAlarms
from alerts.alarm import Alarm, Zone
from alerts.deadlines import CONDITION_CLASS, SESSION, DeadlineKey, Deadlines
from alerts.policy.rules import Before, Due, Every, Rule
from monitor.core.condition_evaluators import ns
from monitor.facts import Fact


@dataclass(slots=True)
class ScheduledMeasurement:
    """Compute when the measurements of one rule are due.

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


class MeasurementSchedule:
    """Track the measurements of one session: due, made or missed.

    Attributes:
        signals: that some rule asks for.
    """

    def __init__(self, alarms: ActiveAlarms, deadlines: Deadlines[DeadlineKey]) -> None:
        self.signals: frozenset[str] = frozenset()
        self._alarms = alarms
        self._deadlines = deadlines
        self._dues: dict[int, ScheduledMeasurement] = {}
        self._measured: dict[str, list[int]] = {}
        self._moments: dict[str, int] = {}
        self._started_ns = 0

    def adopt(self, now_ns: int, rules: Mapping[int, Rule], started_ns: int) -> None:
        """Watch what the rules ask for in a session that began at `started_ns`."""
        self._started_ns = started_ns
        self._dues = {
            number: ScheduledMeasurement(self._alarms.alarm(number, rule, SESSION), rule.condition)
            for number, rule in rules.items()
            if isinstance(rule.condition, Due)
        }
        self.signals = frozenset(due.condition.signal for due in self._dues.values())
        self._book(now_ns)

    def next(self) -> list[tuple[Alarm, int | None]]:
        """Return the alarm of each rule, and when the next measurement is due."""
        return [(due.alarm, self._due_ns(due)) for due in self._dues.values()]

    def marked(self, now_ns: int, marker: str) -> list[Fact]:
        """Take a marker: measurements may have been due before it, or be due from it on."""
        if marker != "dose" or "dose" not in self._moments:
            self._moments[marker] = now_ns
        self._book(now_ns)
        facts: list[Fact] = []
        for due in self._dues.values():
            if due.missed(marker, now_ns, self._measured.get(due.condition.signal, ())):
                facts += self._alarms.evaluate(now_ns, due.alarm, Zone.VIOLATED)
        return facts

    def unmarked(self, now_ns: int, marker: str, before_ns: int | None) -> list[Fact]:
        """Take that the last marker of a kind does not count; the one before it, if any, does."""
        if before_ns is None:
            self._moments.pop(marker, None)
        else:
            self._moments[marker] = before_ns
        self._book(now_ns)
        facts: list[Fact] = []
        for due in self._dues.values():
            due_ns = self._due_ns(due)
            schedule = due.condition.schedule
            if isinstance(schedule, Before):
                stands = schedule.marker != marker
            else:
                stands = due_ns is not None and due_ns <= now_ns
            if not stands and not due.alarm.idle:
                facts += self._alarms.evaluate(now_ns, due.alarm, Zone.NORMAL)
        return facts

    def measured(self, now_ns: int, signal: str) -> list[Fact]:
        """Take that a signal was measured."""
        self._measured.setdefault(signal, []).append(now_ns)
        facts: list[Fact] = []
        for due in self._dues.values():
            if due.condition.signal == signal and not due.alarm.idle:
                facts += self._alarms.evaluate(now_ns, due.alarm, Zone.NORMAL)
        self._book(now_ns)
        return facts

    def mismeasured(self, now_ns: int, signal: str, measured_ns: int) -> None:
        """Take that a measurement was none: what was due is due again."""
        known = self._measured.get(signal, [])
        if measured_ns in known:
            known.remove(measured_ns)
        self._book(now_ns)

    def wake(self, now_ns: int, number: int) -> list[Fact]:
        """Do what is due behind the deadline of a rule."""
        due = self._dues.get(number)
        due_ns = None if due is None else self._due_ns(due)
        if due is None or due_ns is None:
            return []
        if due_ns > now_ns:
            self._deadlines.put((CONDITION_CLASS, number, SESSION), due_ns)
            return []
        return [*self._alarms.evaluate(now_ns, due.alarm, Zone.VIOLATED)]

    def _due_ns(self, due: ScheduledMeasurement) -> int | None:
        measured = self._measured.get(due.condition.signal, ())
        return due.due_ns(self._started_ns, self._moments, measured)

    def _book(self, now_ns: int) -> None:
        for number, due in self._dues.items():
            due_ns = self._due_ns(due)
            if due_ns is not None:
                key = (CONDITION_CLASS, number, SESSION)
                self._deadlines.put(key, max(due_ns, now_ns))


def _after(seconds: float, moments: Mapping[str, int]) -> int | None:
    dose_ns = moments.get("dose")
    return None if dose_ns is None else dose_ns + ns(seconds)
