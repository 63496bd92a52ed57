"""Calls of one session in the engine: alarms and entries update the escalation.

Pure, like the engine. Faults of calls raise alarms by the policy's rules about them, and the
escalation decides whether those alarms call too.
"""

from collections import deque
from collections.abc import Iterable
from datetime import UTC, tzinfo
from typing import Any, Protocol

from alerts.active_alarms import ActiveAlarms
from alerts.alarm_fact import AlarmFact
from alerts.call_fact import CallStep
from alerts.call_plan import Plan
from alerts.deadline_queue import DeadlineKey, Deadlines
from alerts.duty import DUTY_ENDING, NOBODY_ON_DUTY, DutySource, Turn
from alerts.escalation import Escalation
from alerts.time_format import minute
from monitor.facts import Fact


class ReportFault(Protocol):
    """Callback that evaluates the rules about a fault; None as cause means that it is over."""

    def __call__(self, name: str, *, cause: str | None) -> list[Fact]:
        """Return the facts that follow."""
        ...


class Calling:
    """Passes alarms to the escalation, and its faults to the alarms.

    Attributes:
        escalation: of the session.
        zone: of the room, for times in causes.
    """

    def __init__(
        self, alarms: ActiveAlarms, deadlines: Deadlines[DeadlineKey], report_fault: ReportFault
    ) -> None:
        self.escalation = Escalation(deadlines)
        self.zone: tzinfo = UTC
        self._alarms = alarms
        self._report_fault = report_fault
        self._causes: dict[str, str | None] = {}
        self._idle = True  # nobody is to be called, and no fault holds

    def use(self, now_ns: int, plan: Plan) -> None:
        """Put a plan in force; call about open alarms that are not acknowledged."""
        self.escalation.use(now_ns, plan)
        self._idle = not plan.tiers and not any(self._causes.values())
        for group in reversed(self._alarms.groups()):
            alarm = group.alarm
            if alarm.waiting and alarm.key not in self.escalation.occurrences:
                self.escalation.open(now_ns, alarm)

    def follow(self, now_ns: int, facts: list[Fact]) -> list[Fact]:
        """Return facts, followed by those about the calls that result from them."""
        if self._idle:
            return facts
        out: list[Fact] = []
        todo = deque(facts)
        while True:
            while todo:
                fact = todo.popleft()
                out.append(fact)
                if isinstance(fact, AlarmFact):
                    self._follow(now_ns, fact)
            todo += self._changed_faults(now_ns)
            if not todo:
                self._idle = not self.escalation.plan.tiers and not any(self._causes.values())
                return out

    def wake(self, now_ns: int, key: DeadlineKey) -> list[Fact]:
        """Apply a deadline of a call."""
        return [*self.escalation.wake(now_ns, key)]

    def outcome(self, now_ns: int, call: int, body: dict[str, Any]) -> list[Fact]:
        """Apply the outcome of a call."""
        step = CallStep(body["outcome"])
        return [
            *self.escalation.outcome(
                now_ns,
                call,
                body["channel"],
                step,
                body["reason"],
                body["left"],
                transient=body.get("transient") is not False,
                retry_after_s=body.get("retry_after_s"),
            )
        ]

    def accept(self, now_ns: int, alarm: str, body: dict[str, Any]) -> list[Fact]:
        """Accept an alarm."""
        taken = self.escalation.hand_ons.accept(
            now_ns, body["call"], body["by"], body.get("arrives_ns")
        )
        if taken:
            return [*taken]
        found = self._alarms.find(alarm)
        quiet = found is None or not self._alarms.ladder(found)
        return [
            *self.escalation.answers.accept(
                now_ns,
                alarm,
                body["raised_ns"],
                body["by"],
                body["call"],
                quiet=quiet,
                arrives_ns=body.get("arrives_ns"),
            )
        ]

    def decline(self, now_ns: int, call: int, by: str) -> list[Fact]:
        """Decline a call, or a request to take over."""
        returned = self.escalation.hand_ons.give_back(now_ns, call, by)
        return [*(returned or self.escalation.answers.decline(now_ns, call, by))]

    def hand_on(self, now_ns: int, alarm: str, to: str) -> list[Fact]:
        """Ask a recipient to take over an alarm that somebody has accepted."""
        return [*self.escalation.hand_ons.order(now_ns, alarm, to)]

    def test(self, now_ns: int) -> list[Fact]:
        """Order test calls."""
        return [*self.escalation.test(now_ns)]

    def duty(self, now_ns: int, recipient: str, body: dict[str, Any]) -> None:
        """Put a recipient on or off duty; entries of older versions have neither end nor source."""
        source = DutySource(body.get("via", DutySource.HAND))
        turn = Turn(on=body["on"], until_ns=body.get("until_ns"), source=source)
        self.escalation.change_duty(now_ns, recipient, turn)

    def _follow(self, now_ns: int, fact: AlarmFact) -> None:
        alarm = self._alarms.find(fact.key)
        if alarm is not None:
            self.escalation.alarm(now_ns, fact, alarm, self._alarms.ladder(alarm))

    def _changed_faults(self, now_ns: int) -> Iterable[Fact]:
        """Report faults that have changed. Causes have no names: they go to databases too."""
        escalation = self.escalation
        duty, ending_ns = escalation.duty, escalation.duty.ending_ns(now_ns)
        lost, all_of_them = len(escalation.unreachable), len(escalation.on_duty)
        self._causes, before = (
            {
                "call-failure": f"{lost} of {all_of_them} on duty" if lost else None,
                "not-accepted": self._unanswered(),
                NOBODY_ON_DUTY: "nobody of tier 1 is on duty" if duty.nobody() else None,
                DUTY_ENDING: None if ending_ns is None else f"from {minute(ending_ns, self.zone)}",
            },
            self._causes,
        )
        facts: list[Fact] = []
        for name, cause in self._causes.items():
            if cause != before.get(name):
                facts += self._report_fault(name, cause=cause)
        return facts

    def _unanswered(self) -> str | None:
        unanswered = self.escalation.unanswered()
        alarm = self._alarms.find(unanswered[0].key) if unanswered else None
        return alarm.rule.message if alarm is not None else None
