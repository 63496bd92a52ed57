"""Faults of the monitor, a link, a clock or a baseline. Pure."""

from collections.abc import Collection, Mapping

from alerts.active_alarms import ActiveAlarms
from alerts.alarm import State
from alerts.evidence import Zone
from alerts.policy.conditions import FaultCondition
from alerts.policy.rules import Rule
from monitor.facts import Fact


class SystemFaults:
    """Faults of a session and the rules about them."""

    def __init__(self, alarms: ActiveAlarms) -> None:
        self._alarms = alarms
        self._rules: dict[int, tuple[Rule, FaultCondition]] = {}
        self._causes: dict[tuple[str, str], str] = {}  # by name and subject
        self._events: set[tuple[str, str]] = set()  # over, but not acknowledged yet

    def adopt(self, rules: Mapping[int, Rule]) -> None:
        """Put rules about faults in force."""
        self._rules = {
            number: (rule, rule.condition)
            for number, rule in rules.items()
            if isinstance(rule.condition, FaultCondition)
        }

    def watched(self, name: str) -> bool:
        """Return whether a rule in force is about a fault."""
        return any(condition.name == name for _, condition in self._rules.values())

    def report(
        self, now_ns: int, name: str, subject: str, cause: str | None, *, again: bool = False
    ) -> list[Fact]:
        """Evaluate the rules about a fault.

        Args:
            now_ns: engine time.
            name: of the fault.
            subject: that it is about.
            cause: one sentence; None: the fault is over.
            again: it has happened again: an acknowledged alarm is raised again.
        """
        zone = Zone.NORMAL if cause is None else Zone.VIOLATED
        self._events.discard((name, subject))
        if cause is None:
            cause = self._causes.pop((name, subject), "")  # a latched alarm keeps it
        else:
            self._causes[name, subject] = cause
        facts: list[Fact] = []
        for number, (rule, condition) in self._rules.items():
            if condition.name != name:
                continue
            alarm = self._alarms.alarm(number, rule, subject)
            if again and self._alarms.state(alarm) is State.ACKNOWLEDGED:
                facts += self._alarms.evaluate(now_ns, alarm, Zone.NORMAL)
            if zone is Zone.VIOLATED or not alarm.idle:
                facts += self._alarms.evaluate(now_ns, alarm, zone, cause=cause)
        return facts

    def event(self, now_ns: int, name: str, subject: str, cause: str) -> list[Fact]:
        """Evaluate the rules about a past fault: it stays until it is acknowledged."""
        if self._causes.get((name, subject)) == cause:
            return []
        facts = self.report(now_ns, name, subject, None)  # each event raises a separate alarm
        facts += self.report(now_ns, name, subject, cause)
        self._events.add((name, subject))
        return facts

    def seen(self, now_ns: int) -> list[Fact]:
        """End the past faults whose alarms are acknowledged."""
        facts: list[Fact] = []
        for name, subject in sorted(self._events):
            alarms = (
                self._alarms.alarm(number, rule, subject)
                for number, (rule, condition) in self._rules.items()
                if condition.name == name
            )
            if all(self._alarms.state(alarm) is not State.ACTIVE for alarm in alarms):
                facts += self.report(now_ns, name, subject, None)
        return facts

    def end(self, now_ns: int, names: Collection[str]) -> list[Fact]:
        """End faults by name, for all subjects."""
        return [
            fact
            for name, subject in [*self._causes]
            if name in names
            for fact in self.report(now_ns, name, subject, None)
        ]

    def re_evaluate(self, now_ns: int, number: int) -> list[Fact]:
        """Evaluate a rule on the faults that started before it was in force."""
        if number not in self._rules:
            return []
        rule, condition = self._rules[number]
        return [
            fact
            for (name, subject), cause in self._causes.items()
            if name == condition.name
            for fact in self._alarms.evaluate(
                now_ns, self._alarms.alarm(number, rule, subject), Zone.VIOLATED, cause=cause
            )
        ]
