"""Schedule of the protocol's measurements, given the measurements and markers so far.

Pure, like the engine: each call gets the time. All times are engine time in UTC nanoseconds.
"""

from bisect import insort
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from alerts.active_alarms import ActiveAlarms
from alerts.alarm import Alarm
from alerts.deadline_queue import CONDITION_CLASS, SESSION, DeadlineKey, Deadlines
from alerts.evidence import Zone
from alerts.policy.conditions import Absent, Before, Condition, Every, MeasurementDue
from alerts.policy.rules import Rule
from devices.signals import SIGNALS
from monitor.core.condition_evaluators import ns
from monitor.facts import Fact


@dataclass(slots=True)
class ScheduledMeasurement:
    """Due times of one rule's measurements.

    Attributes:
        alarm: of the rule, on the session.
        condition: of the rule.
    """

    alarm: Alarm
    condition: MeasurementDue

    def due_ns(
        self, started_ns: int, moments: Mapping[str, int], measured: Sequence[int]
    ) -> int | None:
        """Return the time of the next measurement, or None if no time is set.

        Args:
            started_ns: start of the session.
            moments: time of each kind of marker: the first dose, the last of the others.
            measured: times of the signal's measurements, oldest first.
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

    def missed(self, marker: str, marked_ns: int, measured: Sequence[int]) -> bool:
        """Return whether there are too few measurements before a marker."""
        schedule = self.condition.schedule
        if isinstance(schedule, Every) or schedule.marker != marker:
            return False
        since_ns = 0 if schedule.within_s is None else marked_ns - ns(schedule.within_s)
        return sum(1 for at_ns in measured if since_ns <= at_ns <= marked_ns) < schedule.count


class MeasurementSchedule:
    """Scheduled measurements of one session: due, made or missed.

    Attributes:
        signals: with a schedule.
    """

    def __init__(self, alarms: ActiveAlarms, deadlines: Deadlines[DeadlineKey]) -> None:
        self.signals: frozenset[str] = frozenset()
        self._alarms = alarms
        self._deadlines = deadlines
        self._scheduled: dict[int, ScheduledMeasurement] = {}
        self._measured: dict[str, list[int]] = {}
        self._moments: dict[str, int] = {}
        self._started_ns = 0

    def adopt(self, now_ns: int, rules: Mapping[int, Rule], started_ns: int) -> None:
        """Put the schedules of rules in force, in a session that started at `started_ns`."""
        self._started_ns = started_ns
        self._scheduled = {
            number: ScheduledMeasurement(self._alarms.alarm(number, rule, SESSION), due)
            for number, rule in rules.items()
            if (due := _due(rule.condition)) is not None
        }
        self.signals = frozenset(due.condition.signal for due in self._scheduled.values())
        self._set_deadlines(now_ns)

    def next(self) -> list[tuple[Alarm, int | None]]:
        """Return the alarm of each rule, and the time of its next measurement."""
        return [(due.alarm, self._due_ns(due)) for due in self._scheduled.values()]

    def marked(self, now_ns: int, marker: str, given_ns: int) -> list[Fact]:
        """Apply a marker: measurements may have been due before it, or become due after it.

        Args:
            now_ns: engine time.
            marker: its kind.
            given_ns: time of the marked event, now or before.
        """
        known_ns = self._moments.get(marker)
        if known_ns is None or (marker != "dose" and known_ns < given_ns):
            self._moments[marker] = given_ns
        self._set_deadlines(now_ns)
        facts: list[Fact] = []
        for due in self._scheduled.values():
            if due.missed(marker, given_ns, self._measured.get(due.condition.signal, ())):
                facts += self._alarms.evaluate(now_ns, due.alarm, Zone.VIOLATED)
        return facts

    def unmarked(self, now_ns: int, marker: str, before_ns: int | None) -> list[Fact]:
        """Undo the last marker of a kind; the one before it counts, if there is one."""
        if before_ns is None:
            self._moments.pop(marker, None)
        else:
            self._moments[marker] = before_ns
        self._set_deadlines(now_ns)
        facts: list[Fact] = []
        for due in self._scheduled.values():
            due_ns = self._due_ns(due)
            schedule = due.condition.schedule
            if isinstance(schedule, Before):
                stands = schedule.marker != marker
            else:
                stands = due_ns is not None and due_ns <= now_ns
            if not stands and not due.alarm.idle:
                facts += self._alarms.evaluate(now_ns, due.alarm, Zone.NORMAL)
        return facts

    def measured(self, now_ns: int, signal: str, measured_ns: int) -> list[Fact]:
        """Record a measurement of a signal at `measured_ns`, now or before."""
        insort(self._measured.setdefault(signal, []), measured_ns)
        facts: list[Fact] = []
        for due in self._scheduled.values():
            mine = due.condition.signal == signal and not due.alarm.idle
            if mine and not self._stands(due, now_ns, measured_ns):
                facts += self._alarms.evaluate(now_ns, due.alarm, Zone.NORMAL)
        self._set_deadlines(now_ns)
        return facts

    def unmeasured(self, now_ns: int, signal: str, measured_ns: int) -> None:
        """Remove a measurement: it is due again."""
        known = self._measured.get(signal, [])
        if measured_ns in known:
            known.remove(measured_ns)
        self._set_deadlines(now_ns)

    def _stands(self, due: ScheduledMeasurement, now_ns: int, measured_ns: int) -> bool:
        """Return whether the alarm still holds after a measurement, which may be an old one."""
        schedule = due.condition.schedule
        if isinstance(schedule, Every):
            due_ns = self._due_ns(due)
            return due_ns is not None and due_ns <= now_ns
        marked_ns = self._moments.get(schedule.marker)
        if marked_ns is None or measured_ns > marked_ns:
            return False  # late, but done
        return due.missed(schedule.marker, marked_ns, self._measured[due.condition.signal])

    def wake(self, now_ns: int, number: int) -> list[Fact]:
        """Apply the deadline of a rule."""
        due = self._scheduled.get(number)
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

    def _set_deadlines(self, now_ns: int) -> None:
        for number, due in self._scheduled.items():
            due_ns = self._due_ns(due)
            if due_ns is not None:
                key = (CONDITION_CLASS, number, SESSION)
                self._deadlines.put(key, max(due_ns, now_ns))


def _due(condition: Condition) -> MeasurementDue | None:
    """Return a condition as a schedule, or None if it is not one.

    An absent spot measurement is one that is due again.
    """
    match condition:
        case MeasurementDue():
            return condition
        case Absent(signal=signal, after_s=after_s) if SIGNALS[signal].spot:
            return MeasurementDue(signal, Every(after_s))
        case _:
            return None


def _after(seconds: float, moments: Mapping[str, int]) -> int | None:
    dose_ns = moments.get("dose")
    return None if dose_ns is None else dose_ns + ns(seconds)
