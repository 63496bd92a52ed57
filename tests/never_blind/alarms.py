"""All alarms of the model: their reported steps, their ladders, and user actions."""

from dataclasses import dataclass, field
from typing import NamedTuple

from tests.never_blind.alarm import FOR_EVER, Alarm
from tests.never_blind.rules import PER_UNIT, RANK, Rule

PAUSE = 120 * 10**9


class Told(NamedTuple):
    """One reported step of an alarm."""

    at_ns: int
    rule: str
    subject: str
    step: str
    state: str
    suspended: bool
    by: str | None
    priority: str


@dataclass
class Alarms:
    """The alarms of a session, and their reported steps."""

    now: int
    log: list[Told] = field(default_factory=list)
    alarms: dict[tuple[str, str], Alarm] = field(default_factory=dict)
    places: dict[str, int] = field(default_factory=dict)
    paused_until: int = 0

    def alarm(self, rule: Rule, subject: str) -> Alarm:
        """Return the alarm of a rule on a subject."""
        known = self.alarms.get((rule.id, subject))
        if known is None:
            known = Alarm(rule, subject, self.places[rule.id])
            self.alarms[rule.id, subject] = known
        return known

    def in_order(self) -> list[Alarm]:
        """Return all alarms in the order of changes at the same time."""
        return sorted(self.alarms.values(), key=lambda alarm: alarm.order)

    def open(self) -> list[Alarm]:
        """Return the displayed alarms: highest first, then newest."""
        shown = [alarm for alarm in self.alarms.values() if alarm.open]
        return sorted(shown, key=lambda a: (-RANK[a.rule.priority], -a.raised_at, a.key))

    # Observations

    def see(
        self,
        alarm: Alarm,
        zone: str,
        stands: int = FOR_EVER,
        value: float | None = None,
        limit: float | None = None,
    ) -> None:
        """Record the zone of a condition and how long it is valid."""
        resumed = alarm.suspended and alarm.raised
        first = len(self.log)
        alarm.suspended = False
        alarm.see(self.now, zone, stands)
        alarm.value, alarm.limit = value, limit
        if resumed:
            self.say(alarm, "resumed")
        at_once = alarm.rule.clear_after if alarm.raised else alarm.rule.sustain
        changes_at = alarm.changes_at()
        if at_once == 0 or (changes_at is not None and changes_at <= self.now):
            self.step(alarm)
        if resumed:  # and perhaps ended at the same time: the state is that after both steps
            self.log[first] = self.log[first]._replace(state=alarm.state)

    def step(self, alarm: Alarm) -> None:
        """Raise, end or remind if due."""
        step = alarm.step(self.now)
        if step:
            self.say(alarm, step)
        if step == "raised":
            if alarm.rule.priority != "info":
                self.paused_until = 0
            self._raised_inside(alarm)

    def suspend(self, alarm: Alarm) -> None:
        """Suspend an alarm: its condition is not observed."""
        alarm.blind(self.now)
        if not alarm.suspended:
            alarm.suspended = True
            if alarm.raised:
                self.say(alarm, "suspended")

    def withdraw(self, alarm: Alarm, by: str | None) -> None:
        """End an alarm whose rule was removed."""
        was_open = alarm.open
        alarm.forget()
        if was_open:
            self.say(alarm, "withdrawn", by)

    def raise_again(self, alarm: Alarm) -> None:
        """Raise an open alarm again because its priority was increased."""
        alarm.raised_at, alarm.by, alarm.acknowledged_at = self.now, None, None
        alarm.latched = alarm.latched or alarm.rule.latch
        self.paused_until = 0
        self.say(alarm, "raised")
        self._raised_inside(alarm)

    def say(self, alarm: Alarm, step: str, by: str | None = None) -> None:
        """Report a step; steps of one alarm are at least a nanosecond apart."""
        alarm.told_at = max(self.now, alarm.told_at + 1)
        rule = alarm.rule
        self.log.append(
            Told(
                alarm.told_at,
                rule.id,
                alarm.subject,
                step,
                alarm.state,
                alarm.suspended,
                by,
                rule.priority,
            )
        )

    # Ladders

    def matter(self, alarm: Alarm) -> tuple[str, ...]:
        """Return its ladder: a signal beyond limits on one side, signal loss, or its rule."""
        rule = alarm.rule
        if rule.kind == "compare":
            side = "upper" if rule.what.upper else "lower"
            return alarm.subject, rule.signal, side
        if rule.kind in ("absent", "invalid"):
            return alarm.subject, rule.signal, "unjudged"
        return rule.id, alarm.subject

    def rank(self, alarm: Alarm) -> tuple[int, float, int]:
        """Return the sort key within a ladder."""
        limit = float("-inf")
        if alarm.rule.kind == "compare" and alarm.limit is not None:
            limit = alarm.limit if alarm.rule.what.upper else -alarm.limit
        return RANK[alarm.rule.priority], limit, alarm.place

    def ladder(self, alarm: Alarm) -> list[Alarm]:
        """Return the raised alarms of a ladder, highest first."""
        matter = self.matter(alarm)
        found = [a for a in self.alarms.values() if a.raised and self.matter(a) == matter]
        return sorted(found, key=self.rank, reverse=True)

    def _raised_inside(self, alarm: Alarm) -> None:
        """Acknowledge an alarm raised below an acknowledged one."""
        for other in self.ladder(alarm):
            if other is alarm:
                return
            if other.acknowledged_at is not None:
                alarm.acknowledged_at, alarm.reminders = self.now, 0
                self.log[-1] = self.log[-1]._replace(state=alarm.state)
                return

    # User actions

    def acknowledge(self, key: str, by: str) -> None:
        """Acknowledge an alarm and all below it in its ladder."""
        for alarm in list(self.alarms.values()):
            if alarm.key == key and alarm.state == "active" and by:
                rank = self.rank(alarm)
                for each in self.ladder(alarm):
                    if self.rank(each) <= rank and each.state == "active":
                        each.by, each.acknowledged_at, each.reminders = by, self.now, 0
                        self.say(each, "acknowledged", by)
                return

    def unacknowledge(self, key: str, by: str) -> None:
        """Withdraw an acknowledgement."""
        for alarm in list(self.alarms.values()):
            if alarm.key == key and alarm.state == "acknowledged" and by:
                alarm.by = alarm.acknowledged_at = None
                self.say(alarm, "unacknowledged", by)

    def reset(self, key: str, by: str) -> None:
        """Reset a latched alarm."""
        for alarm in self.alarms.values():
            if alarm.key == key and alarm.latched and not alarm.raised and by:
                alarm.latched = False
                self.say(alarm, "reset", by)

    def pause(self) -> None:
        """Pause all sounds."""
        self.paused_until = self.now + PAUSE


def in_unit(signal: str, steps: float | None) -> float | None:
    """Return a number of steps in the signal's unit."""
    return None if steps is None else steps / PER_UNIT.get(signal, 1)
