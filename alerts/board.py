"""All alarms of a session: who is judged, woken, suspended, acknowledged, and in what order.

Pure: time comes in with each call, and every step that people must hear of comes out as an
`AlarmFact`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from alerts.alarm import Alarm, State, Step, Zone
from alerts.deadlines import Deadlines
from alerts.rules import Priority, Rule

AUDIO_PAUSE_NS = 120 * 10**9  # the longest pause. Source: RespiraWorks alarm subsystem; timed only

# (class, number, subject): at equal times conditions (class 0) are looked at before alarms
# (class 1), and each in the order of the policy.
DeadlineKey = tuple[int, int, str]
_ALARM_CLASS = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmFact:
    """One step in the life of an alarm, and the state after it.

    Attributes:
        subject: channel or sensor, or ``session``.
        at_ns: strictly increasing for each alarm.
        rule: id of its rule.
        step: a value of `alerts.alarm.Step`.
        state: a value of `alerts.alarm.State`.
        value: what was held against the limit, in the signal's unit.
        by: who acknowledged or reset it.
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


class Board:
    """The alarms of one session."""

    def __init__(self, deadlines: Deadlines[DeadlineKey]) -> None:
        self.audio_paused_until_ns = 0
        self._deadlines = deadlines
        self._rules: tuple[Rule, ...] = ()
        self._alarms: dict[tuple[int, str], Alarm] = {}
        self._last_ns: dict[str, int] = {}

    def rules(self, rules: Iterable[Rule]) -> None:
        """Set the policy's rules; from here on a rule goes by its index."""
        self._rules = tuple(rules)

    def open(self) -> list[Alarm]:
        """Return the alarms that people must see: highest priority first, then newest first."""
        return sorted(
            (alarm for alarm in self._alarms.values() if alarm.open),
            key=lambda alarm: (-alarm.rule.priority, -alarm.raised_ns, alarm.key),
        )

    def find(self, key: str) -> Alarm | None:
        """Return the alarm that people call by this key."""
        rule, _, subject = key.partition("@")
        for (_, name), alarm in self._alarms.items():
            if name == subject and alarm.rule.id == rule:
                return alarm
        return None

    def quiet(self, rule: int, subject: str) -> bool:
        """Tell whether a safe value would change nothing: the common case, made cheap."""
        alarm = self._alarms.get((rule, subject))
        return alarm is None or (alarm.state is State.INACTIVE and not alarm.suspended)

    def judge(
        self,
        now_ns: int,
        rule: int,
        subject: str,
        zone: Zone,
        *,
        value: float | None = None,
        limit: float | None = None,
        cause: str = "",
    ) -> list[AlarmFact]:
        """Hold one rule's condition on one subject against its alarm.

        Args:
            now_ns: engine time.
            rule: index of the rule.
            subject: what the condition was looked at on.
            zone: where it lies.
            value: what was looked at; kept for the facts.
            limit: what it was held against.
            cause: added to the rule's message.
        """
        alarm = self._alarms.get((rule, subject))
        if alarm is None:
            alarm = self._alarms[rule, subject] = Alarm(self._rules[rule], subject)
        alarm.value, alarm.limit, alarm.cause = value, limit, cause
        return self._told(now_ns, rule, alarm, alarm.judge(now_ns, zone))

    def wake(self, now_ns: int, key: DeadlineKey) -> list[AlarmFact]:
        """Do what is due for the alarm behind a deadline of this board."""
        _, rule, subject = key
        alarm = self._alarms[rule, subject]
        return self._told(now_ns, rule, alarm, alarm.wake(now_ns))

    def suspend(self, now_ns: int, rule: int, subject: str) -> list[AlarmFact]:
        """Take that a rule cannot be judged on a subject whose sensor is lost."""
        alarm = self._alarms.get((rule, subject))
        if alarm is None:
            return []
        return self._told(now_ns, rule, alarm, alarm.suspend())

    def acknowledge(self, now_ns: int, key: str, by: str) -> list[AlarmFact]:
        """Take that `by` has seen an alarm; empty when there is nothing to acknowledge."""
        return self._act(now_ns, key, by, reset=False)

    def reset(self, now_ns: int, key: str, by: str) -> list[AlarmFact]:
        """Put a latched alarm away in `by`'s name; empty when there is nothing to reset."""
        return self._act(now_ns, key, by, reset=True)

    def pause_audio(self, now_ns: int) -> None:
        """Silence alarm sounds for 120 s, or until a new alarm is raised."""
        self.audio_paused_until_ns = now_ns + AUDIO_PAUSE_NS

    def _act(self, now_ns: int, key: str, by: str, *, reset: bool) -> list[AlarmFact]:
        alarm = self.find(key)
        if alarm is None:
            return []
        steps = alarm.reset(by) if reset else alarm.acknowledge(now_ns, by)
        return self._told(now_ns, self._rules.index(alarm.rule), alarm, steps)

    def _told(self, now_ns: int, rule: int, alarm: Alarm, steps: list[Step]) -> list[AlarmFact]:
        """Book the alarm's next deadline and put its steps into words."""
        key = (_ALARM_CLASS, rule, alarm.subject)
        due_ns = alarm.due_ns
        if due_ns is None:
            self._deadlines.drop(key)
        else:
            self._deadlines.put(key, due_ns)
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
            message=alarm.message,
            value=alarm.value,
            limit=alarm.limit,
            by=alarm.by,
        )
