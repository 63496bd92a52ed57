"""All alarms of a session: evaluated, woken, suspended, acknowledged, and in what order.

Pure: time comes in with each call, and every step that people must hear of comes out as an
`AlarmFact`.
"""

from dataclasses import dataclass
from typing import ClassVar

from alerts.alarm import Alarm, Step, Zone
from alerts.deadlines import ALARM_CLASS, DeadlineKey, Deadlines
from alerts.policy.rules import Priority, Rule

AUDIO_PAUSE_NS = 120 * 10**9  # the longest pause. Source: RespiraWorks alarm subsystem; timed only


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmFact:
    """One step in the life of an alarm, and the state after all that happens to it at once.

    Attributes:
        subject: channel or sensor, or ``session``.
        at_ns: strictly increasing for each alarm.
        rule: id of its rule.
        step: a value of `alerts.alarm.Step`.
        state: a value of `alerts.alarm.State`.
        value: what was held against the limit, in the signal's unit.
        by: who acknowledged, reset or withdrew it.
        cause: why a technical condition holds, or empty; may quote a radio or a path.
        announced_ns: when people could first be told, if that was later than `at_ns`.
    """

    kind: ClassVar[str] = "alarm"
    subject: str
    at_ns: int
    rule: str
    step: str
    state: str
    suspended: bool
    priority: str
    technical: bool
    message: str
    value: float | None
    limit: float | None
    by: str | None
    cause: str = ""
    announced_ns: int | None = None


class ActiveAlarms:
    """The alarms of one session."""

    def __init__(self, deadlines: Deadlines[DeadlineKey]) -> None:
        self.audio_paused_until_ns = 0
        self._deadlines = deadlines
        self._alarms: dict[tuple[int, str], Alarm] = {}
        self._last_ns: dict[str, int] = {}

    def alarm(self, number: int, rule: Rule, subject: str) -> Alarm:
        """Return the alarm of a rule on a subject, which sleeps if it is new."""
        alarm = self._alarms.get((number, subject))
        if alarm is None:
            alarm = self._alarms[number, subject] = Alarm(rule, subject, number)
        return alarm

    def open(self) -> list[Alarm]:
        """Return the alarms that people must see: highest priority first, then newest first."""
        return sorted(
            (alarm for alarm in self._alarms.values() if alarm.open),
            key=lambda alarm: (-alarm.rule.priority, -alarm.raised_ns, alarm.key),
        )

    def find(self, key: str) -> Alarm | None:
        """Return the alarm that people call by this key."""
        return next((alarm for alarm in self._alarms.values() if alarm.key == key), None)

    def evaluate(
        self,
        now_ns: int,
        alarm: Alarm,
        zone: Zone,
        *,
        value: float | None = None,
        limit: float | None = None,
        cause: str = "",
        stands_ns: int | None = None,
    ) -> list[AlarmFact]:
        """Evaluate an alarm in the present zone of its condition.

        Args:
            now_ns: engine time.
            alarm: of this session.
            zone: where the condition lies.
            value: what was looked at; kept for the facts.
            limit: what it was held against.
            cause: why a technical condition holds.
            stands_ns: for how long the value is evidence; None: until the next evaluation.
        """
        alarm.value, alarm.limit, alarm.cause = value, limit, cause
        return self._facts(now_ns, alarm, alarm.evaluate(now_ns, zone, stands_ns))

    def wake(self, now_ns: int, key: DeadlineKey) -> list[AlarmFact]:
        """Do what is due for the alarm behind a deadline."""
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
        """Go on under a changed rule."""
        return [
            fact
            for alarm in self._of(number)
            for fact in self._facts(now_ns, alarm, alarm.amend(now_ns, rule))
        ]

    def withdraw(
        self, now_ns: int, number: int, by: str, subject: str | None = None
    ) -> list[AlarmFact]:
        """End the alarms of a rule that `by` has disabled, or the one on a subject."""
        return [
            fact
            for alarm in self._of(number)
            if subject in (None, alarm.subject)
            for fact in self._facts(now_ns, alarm, alarm.withdraw(by))
        ]

    def acknowledge(self, now_ns: int, key: str, by: str) -> list[AlarmFact]:
        """Take that `by` has seen an alarm; empty when there is nothing to acknowledge."""
        return self._act(now_ns, key, by, reset=False)

    def reset(self, now_ns: int, key: str, by: str) -> list[AlarmFact]:
        """Put a latched alarm away in `by`'s name; empty when there is nothing to reset."""
        return self._act(now_ns, key, by, reset=True)

    def pause_audio(self, now_ns: int) -> None:
        """Silence alarm sounds for 120 s, or until a new alarm is raised."""
        self.audio_paused_until_ns = now_ns + AUDIO_PAUSE_NS

    def _of(self, number: int) -> list[Alarm]:
        return [alarm for alarm in self._alarms.values() if alarm.number == number]

    def _act(self, now_ns: int, key: str, by: str, *, reset: bool) -> list[AlarmFact]:
        alarm = self.find(key)
        if alarm is None or not by:  # what nobody has done is not done
            return []
        steps = alarm.reset(by) if reset else alarm.acknowledge(now_ns, by)
        return self._facts(now_ns, alarm, steps)

    def _facts(self, now_ns: int, alarm: Alarm, steps: list[Step]) -> list[AlarmFact]:
        """Set the next deadline of an alarm; return its steps as facts."""
        key = (ALARM_CLASS, alarm.number, alarm.subject)
        due_ns = alarm.due_ns
        if due_ns is None:
            self._deadlines.drop(key)
        else:
            self._deadlines.put(key, max(due_ns, now_ns))  # never back: a rule may be amended
        return [self._fact(now_ns, alarm, step) for step in steps]

    def _fact(self, now_ns: int, alarm: Alarm, step: Step) -> AlarmFact:
        if step is Step.RAISED and alarm.rule.priority > Priority.INFO:
            self.audio_paused_until_ns = 0  # a new alarm sounds, whoever paused the old ones
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
            by=alarm.by,
            cause=alarm.cause,
        )
