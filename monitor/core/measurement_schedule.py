"""Schedule the measurements of the protocol, from what has been measured and marked so far.

Pure, like the engine: time comes in with each call. All times are engine time in UTC nanoseconds.
"""

from bisect import insort
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from alerts.active_alarms import ActiveAlarms
from alerts.alarm import Alarm
from alerts.deadlines import CONDITION_CLASS, SESSION, DeadlineKey, Deadlines
from alerts.evidence import Zone
from alerts.policy.rules import Absent, Before, Condition, Every, MeasurementDue, Rule
from devices.signals import SIGNALS
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
    condition: MeasurementDue

    def due_ns(
        self, started_ns: int, moments: Mapping[str, int], measured: Sequence[int]
    ) -> int | None:
        """Return when the next measurement is due, or None where no time says so.

        Args:
            started_ns: when the session began.
            moments: when each kind of marker was given: the first dose, the last of the others.
            measured: when measurements of the signal were made, oldest first.
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
        """Tell whether there are fewer measurements before a marker than there should be."""
        schedule = self.condition.schedule
        if isinstance(schedule, Every) or schedule.marker != marker:
            return False
        since_ns = 0 if schedule.within_s is None else marked_ns - ns(schedule.within_s)
        return sum(1 for at_ns in measured if since_ns <= at_ns <= marked_ns) < schedule.count


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
            number: ScheduledMeasurement(self._alarms.alarm(number, rule, SESSION), due)
            for number, rule in rules.items()
            if (due := _due(rule.condition)) is not None
        }
        self.signals = frozenset(due.condition.signal for due in self._dues.values())
        self._book(now_ns)

    def next(self) -> list[tuple[Alarm, int | None]]:
        """Return the alarm of each rule, and when the next measurement is due."""
        return [(due.alarm, self._due_ns(due)) for due in self._dues.values()]

    def marked(self, now_ns: int, marker: str, given_ns: int) -> list[Fact]:
        """Take a marker: measurements may have been due before it, or be due from it on.

        Args:
            now_ns: engine time.
            marker: its kind.
            given_ns: when what it marks has happened, now or before.
        """
        known_ns = self._moments.get(marker)
        if known_ns is None or (marker != "dose" and known_ns < given_ns):
            self._moments[marker] = given_ns
        self._book(now_ns)
        facts: list[Fact] = []
        for due in self._dues.values():
            if due.missed(marker, given_ns, self._measured.get(due.condition.signal, ())):
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

    def measured(self, now_ns: int, signal: str, measured_ns: int) -> list[Fact]:
        """Take that a signal was measured at `measured_ns`, now or before."""
        insort(self._measured.setdefault(signal, []), measured_ns)
        facts: list[Fact] = []
        for due in self._dues.values():
            mine = due.condition.signal == signal and not due.alarm.idle
            if mine and not self._stands(due, now_ns, measured_ns):
                facts += self._alarms.evaluate(now_ns, due.alarm, Zone.NORMAL)
        self._book(now_ns)
        return facts

    def unmeasured(self, now_ns: int, signal: str, measured_ns: int) -> None:
        """Take that there was no such measurement: what was due is due again."""
        known = self._measured.get(signal, [])
        if measured_ns in known:
            known.remove(measured_ns)
        self._book(now_ns)

    def _stands(self, due: ScheduledMeasurement, now_ns: int, measured_ns: int) -> bool:
        """Return whether something is still due after a measurement that may be an old one."""
        schedule = due.condition.schedule
        if isinstance(schedule, Every):
            due_ns = self._due_ns(due)
            return due_ns is not None and due_ns <= now_ns
        marked_ns = self._moments.get(schedule.marker)
        if marked_ns is None or measured_ns > marked_ns:
            return False  # later than it should be, but there it is
        return due.missed(schedule.marker, marked_ns, self._measured[due.condition.signal])

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


def _due(condition: Condition) -> MeasurementDue | None:
    """Return the condition as a schedule, if it is one.

    That a measurement that is made now and then is absent means that it is due again.
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
