"""Alarms of a session: their evaluation, acknowledgement, reset and order.

Pure: each call gets the time, and returns every step that is announced as an `AlarmFact`.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from alerts import ladder
from alerts.alarm import Alarm, State, Step
from alerts.alarm_fact import AlarmFact
from alerts.deadline_queue import ALARM_CLASS, DeadlineKey, Deadlines
from alerts.evidence import Zone
from alerts.ladder import AlarmGroup
from alerts.policy.rules import Priority, Rule

FactT = TypeVar("FactT")

AUDIO_PAUSE_NS = 120 * 10**9  # the longest pause. Source: RespiraWorks alarm subsystem; timed only


class ActiveAlarms:
    """The alarms of one session.

    All that happens at one moment is one batch: `settle` determines the head of each ladder after
    it, so that of several alarms raised simultaneously only the highest is announced.

    Attributes:
        deadlines: of the alarms, and of others that are to fire in one order with them.
        touched: ladders that are to be settled.
    """

    def __init__(self, deadlines: Deadlines[DeadlineKey]) -> None:
        self.audio_paused_until_ns = 0
        self.deadlines = deadlines
        self._alarms: dict[tuple[int, str], Alarm] = {}
        self._last_ns: dict[str, int] = {}
        self.touched: dict[str, None] = {}

    def alarm(self, number: int, rule: Rule, subject: str) -> Alarm:
        """Return the alarm of a rule on a subject; create it as inactive if it is new."""
        alarm = self._alarms.get((number, subject))
        if alarm is None:
            alarm = self._alarms[number, subject] = Alarm(rule, subject, number)
        return alarm

    def open(self) -> list[Alarm]:
        """Return the alarms to show: highest priority first, then newest first."""
        return sorted(
            (alarm for alarm in self._alarms.values() if alarm.open),
            key=lambda alarm: (-alarm.rule.priority, -alarm.raised_ns, alarm.key),
        )

    def groups(self) -> list[AlarmGroup]:
        """Return the open alarms in the order of `open`, each with those that it covers."""
        opened = self.open()
        return [AlarmGroup(alarm, tuple(self._inside(alarm))) for alarm in opened if not alarm.head]

    def ladder(self, alarm: Alarm) -> list[Alarm]:
        """Return the alarms of an alarm's ladder that hold, the head first."""
        return ladder.holding(self._members(ladder.ladder(alarm)))

    def find(self, key: str) -> Alarm | None:
        """Return the alarm with this key, or None."""
        return next((alarm for alarm in self._alarms.values() if alarm.key == key), None)

    def state(self, alarm: Alarm) -> State:
        """Return the state of an alarm, if other things than alarms depend on it.

        A replay for several sets of alarms at once has to see that.
        """
        return alarm.state

    def explain(self, alarm: Alarm, cause: str) -> None:
        """Update the cause of an open alarm, without a separate step."""
        alarm.cause = cause

    def evaluate(
        self,
        now_ns: int,
        alarm: Alarm,
        zone: Zone,
        *,
        value: float | None = None,
        limit: float | None = None,
        cause: str = "",
        valid_ns: int | None = None,
    ) -> list[AlarmFact]:
        """Evaluate an alarm in the present zone of its condition.

        Args:
            now_ns: engine time.
            alarm: of this session.
            zone: where the condition lies.
            value: that was evaluated, in the signal's unit.
            limit: that it was compared with.
            cause: of a technical condition.
            valid_ns: time for which the value is evidence; None: until the next evaluation.
        """
        alarm.measure(now_ns, value, limit, cause)
        return self._facts(now_ns, alarm, alarm.evaluate(now_ns, zone, valid_ns))

    def wake(self, now_ns: int, key: DeadlineKey) -> list[AlarmFact]:
        """Apply the deadline of an alarm."""
        _, number, subject = key
        alarm = self._alarms[number, subject]
        return self._facts(now_ns, alarm, alarm.wake(now_ns))

    def suspend(self, now_ns: int, alarm: Alarm) -> list[AlarmFact]:
        """Suspend an alarm while its sensor is lost."""
        return self._facts(now_ns, alarm, alarm.suspend(now_ns))

    def pause(self, now_ns: int, alarm: Alarm) -> None:
        """Count no evidence for an alarm until it is evaluated again."""
        alarm.pause(now_ns)
        self._facts(now_ns, alarm, [])

    def amend(self, now_ns: int, number: int, rule: Rule) -> list[AlarmFact]:
        """Apply a changed rule to its alarms."""
        facts: list[AlarmFact] = []
        for alarm in self._of(number):
            self._touch(alarm)
            facts += self._facts(now_ns, alarm, alarm.amend(now_ns, rule))
            self._touch(alarm)  # its ladder may have changed
        return facts

    def withdraw(
        self, now_ns: int, number: int, by: str, subject: str | None = None
    ) -> list[AlarmFact]:
        """Withdraw the alarms of a rule, or the one on a subject, for `by`."""
        return [
            fact
            for alarm in self._of(number)
            if subject in (None, alarm.subject)
            for fact in self._facts(now_ns, alarm, alarm.withdraw(), by or None)
        ]

    def acknowledge(self, now_ns: int, key: str, by: str) -> list[AlarmFact]:
        """Acknowledge an alarm, and the active ones below it in its ladder, for `by`.

        Returns:
            The steps; empty if the alarm is not active.
        """
        alarm = self.find(key)
        if alarm is None or not by or alarm.state is not State.ACTIVE:
            return []
        return [
            fact
            for each in self._from(alarm)
            for fact in self._facts(now_ns, each, each.acknowledge(now_ns, by), by)
        ]

    def unacknowledge(self, now_ns: int, key: str, by: str) -> list[AlarmFact]:
        """Undo the acknowledgement of an alarm, and of those below it in its ladder, for `by`.

        Returns:
            The steps; empty if the alarm is not acknowledged, or only with a higher one.
        """
        alarm = self.find(key)
        if alarm is None or not by or not self.unacknowledgeable(alarm):
            return []
        return [
            fact
            for each in self._from(alarm)
            for fact in self._facts(now_ns, each, each.unacknowledge(), by)
        ]

    def unacknowledgeable(self, alarm: Alarm) -> bool:
        """Return whether an alarm is the highest acknowledged one of its ladder."""
        acknowledged = [each for each in self.ladder(alarm) if each.state is State.ACKNOWLEDGED]
        return bool(acknowledged) and acknowledged[0] is alarm

    def reset(self, now_ns: int, key: str, by: str) -> list[AlarmFact]:
        """Reset a latched alarm for `by`; return no step if it is not latched."""
        alarm = self.find(key)
        if alarm is None or not by:
            return []
        return self._facts(now_ns, alarm, alarm.reset(), by)

    def pause_audio(self, now_ns: int, *, on: bool = True) -> None:
        """Silence alarm sounds for 120 s, or until a new alarm is raised; or end that."""
        self.audio_paused_until_ns = now_ns + AUDIO_PAUSE_NS if on else 0

    def settle(self, now_ns: int, facts: Sequence[FactT]) -> list[FactT | AlarmFact]:
        """Determine the heads of all ladders in which something happened at this moment.

        Args:
            now_ns: engine time.
            facts: of this moment.

        Returns:
            The facts, with the head of each alarm, followed by a step for each other alarm that
            is now covered or uncovered.
        """
        if not self.touched:
            return list(facts)
        moved: list[Alarm] = []
        for name in self.touched:
            members = self._members(name)
            moved += ladder.settle(now_ns, members)
            for alarm in members:
                self._schedule(now_ns, alarm)
        self.touched.clear()
        settled: list[FactT | AlarmFact] = []
        told: set[str] = set()
        for fact in facts:
            if isinstance(fact, AlarmFact):
                told.add(fact.key)
                settled.append(self._placed(fact))
            else:
                settled.append(fact)
        for alarm in moved:
            if alarm.key not in told:
                step = Step.COVERED if alarm.head else Step.UNCOVERED
                settled.append(self._fact(now_ns, alarm, step, None))
        return settled

    def _placed(self, fact: AlarmFact) -> AlarmFact:
        """Return a step with the head of its alarm; a new alarm ends an audio pause."""
        alarm = self.find(fact.key)
        if alarm is None:
            return fact
        raised = fact.step == Step.RAISED.value
        new = raised or fact.step == Step.UNACKNOWLEDGED.value
        if new and not alarm.head and alarm.rule.priority > Priority.INFO:
            self.audio_paused_until_ns = 0  # a new alarm sounds
        # An alarm raised inside an acknowledged one is acknowledged at once.
        state = alarm.shown.value if raised and alarm.holds else fact.state
        return replace(fact, head=alarm.head, state=state)

    def _of(self, number: int) -> list[Alarm]:
        return [alarm for alarm in self._alarms.values() if alarm.number == number]

    def _members(self, name: str) -> list[Alarm]:
        return [alarm for alarm in self._alarms.values() if ladder.ladder(alarm) == name]

    def _inside(self, head: Alarm) -> list[Alarm]:
        return [alarm for alarm in self.ladder(head) if alarm.head == head.rule.id]

    def _from(self, alarm: Alarm) -> list[Alarm]:
        """Return an alarm and those below it in its ladder that hold, highest first."""
        return [each for each in self.ladder(alarm) if ladder.rank(each) <= ladder.rank(alarm)]

    def _touch(self, alarm: Alarm) -> None:
        self.touched[ladder.ladder(alarm)] = None

    def _schedule(self, now_ns: int, alarm: Alarm) -> None:
        """Set the next deadline of an alarm."""
        key = (ALARM_CLASS, alarm.number, alarm.subject)
        due_ns = alarm.due_ns
        if due_ns is None:
            self.deadlines.drop(key)
        else:
            self.deadlines.put(key, max(due_ns, now_ns))  # a changed rule may be due already

    def _facts(
        self, now_ns: int, alarm: Alarm, steps: list[Step], by: str | None = None
    ) -> list[AlarmFact]:
        """Set the next deadline of an alarm; return its steps as facts."""
        self._schedule(now_ns, alarm)
        if steps:
            self._touch(alarm)
        return [self._fact(now_ns, alarm, step, by) for step in steps]

    def _fact(self, now_ns: int, alarm: Alarm, step: Step, by: str | None) -> AlarmFact:
        at_ns = max(now_ns, self._last_ns.get(alarm.key, 0) + 1)
        self._last_ns[alarm.key] = at_ns
        return AlarmFact(
            subject=alarm.subject,
            at_ns=at_ns,
            rule=alarm.rule.id,
            step=step.value,
            state=alarm.shown.value,
            suspended=alarm.suspended,
            priority=alarm.rule.priority.name.lower(),
            technical=alarm.rule.technical,
            message=alarm.rule.message,
            value=alarm.value,
            limit=alarm.limit,
            by=by,
            cause=alarm.cause,
            extreme=alarm.extreme,
            seen_ns=alarm.seen_ns,
            head=alarm.head,
        )
