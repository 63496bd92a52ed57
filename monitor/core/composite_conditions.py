"""Composite conditions: `all` rules, whose parts may be on different channels. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from alerts.active_alarms import ActiveAlarms
from alerts.alarm import Alarm
from alerts.deadline_queue import SESSION
from alerts.evidence import Zone
from alerts.policy.conditions import All
from alerts.policy.rules import Rule
from monitor.core.channel import Channel
from monitor.facts import Fact

# Attributes of enumerations are slow before Python 3.12.
_VIOLATED, _NORMAL = Zone.VIOLATED, Zone.NORMAL


@dataclass(slots=True)
class _Seen:
    """Zone of a part of a composite condition on one channel, and how long it stands."""

    zone: Zone
    until_ns: int


class CompositeCondition:
    """The state of one `all` rule over the channels of a session.

    Attributes:
        alarm: of the rule, on the session.
    """

    def __init__(self, alarm: Alarm, parts: int) -> None:
        self.alarm = alarm
        self._seen: tuple[dict[str, _Seen], ...] = tuple({} for _ in range(parts))

    def see(self, part: int, channel: str, zone: Zone | None, until_ns: int) -> None:
        """Record the zone of a part on a channel until `until_ns`; None: unknown."""
        seen = self._seen[part]
        if zone is None:
            seen.pop(channel, None)
        elif (known := seen.get(channel)) is None:
            seen[channel] = _Seen(zone, until_ns)
        else:
            known.zone, known.until_ns = zone, until_ns

    def lose(self, channel: str) -> None:
        """Remove the zones that were seen on a channel."""
        for seen in self._seen:
            seen.pop(channel, None)

    @property
    def unseen(self) -> bool:
        """Return whether no channel shows a part, even one whose last value no longer stands."""
        return not all(self._seen)

    def zone(self, now_ns: int) -> tuple[Zone, int] | None:
        """Return the zone of the whole rule and until when; None while a part is unknown."""
        parts = [[each for each in seen.values() if each.until_ns >= now_ns] for seen in self._seen]
        if not all(parts):
            return None
        holding = [[each for each in part if each.zone is _VIOLATED] for part in parts]
        violated = all(holding)
        # It is violated while each part is on some channel, and normal while each part is known.
        decisive = holding if violated else parts
        until_ns = min(max(each.until_ns for each in part) for part in decisive)
        return (_VIOLATED if violated else Zone.NORMAL), until_ns


class CompositeRules:
    """The `all` rules of one session.

    Attributes:
        conditions: by number of the rule.
    """

    def __init__(self, alarms: ActiveAlarms) -> None:
        self.conditions: dict[int, CompositeCondition] = {}
        self._alarms = alarms

    def adopt(self, rules: Mapping[int, Rule], was: Mapping[int, Rule]) -> None:
        """Evaluate the rules of a policy; a condition that has not changed keeps its state.

        Args:
            rules: in force, by number.
            was: in force before.
        """
        known, self.conditions = self.conditions, {}
        for number, rule in rules.items():
            if isinstance(rule.condition, All):
                same = number in known and was[number].condition == rule.condition
                alarm = self._alarms.alarm(number, rule, SESSION)
                parts = len(rule.condition.conditions)
                self.conditions[number] = (
                    known[number] if same else CompositeCondition(alarm, parts)
                )

    def evaluate(self, now_ns: int, composite: CompositeCondition) -> list[Fact]:
        """Evaluate the alarm of a composite condition on the zones of its parts."""
        seen, alarm = composite.zone(now_ns), composite.alarm
        if seen is None:
            self._alarms.pause(now_ns, alarm)
            return []
        zone, until_ns = seen
        if zone is Zone.NORMAL and alarm.idle:
            return []
        return [*self._alarms.evaluate(now_ns, alarm, zone, valid_ns=until_ns - now_ns)]

    def evaluate_parts(
        self,
        now_ns: int,
        channel: Channel,
        at_ns: int,
        steps: int,
        until_ns: int,
        *,
        settling: bool,
        calm: bool,
    ) -> list[Fact]:
        """Evaluate the parts on a channel's last value, which is evidence `until_ns`.

        If it is one of its normal values, it is `calm`.
        """
        changed: dict[int, CompositeCondition] = {}
        for number, part, evaluator in channel.parts:
            if calm and evaluator.normal is not None:
                zone: Zone | None = _NORMAL
            else:
                waits = settling and evaluator.settles
                zone = None if waits else evaluator.evaluate(at_ns, steps)
            if zone is not None:
                evaluator.judged_ns = channel.seen_ns
            composite = self.conditions[number]
            composite.see(part, channel.name, zone, until_ns)
            if zone is _VIOLATED or not composite.alarm.idle:
                changed[number] = composite
        return [fact for each in changed.values() for fact in self.evaluate(now_ns, each)]

    def see_parts(
        self, now_ns: int, subject: str, zones: Mapping[tuple[int, int], Zone], until_ns: int
    ) -> list[Fact]:
        """Record the zones of parts, by number of the rule and part, until `until_ns`."""
        for (number, part), zone in zones.items():
            self.conditions[number].see(part, subject, zone, until_ns)
        numbers = dict.fromkeys(number for number, _ in zones)
        return [
            fact for number in numbers for fact in self.evaluate(now_ns, self.conditions[number])
        ]

    def lose_parts(self, now_ns: int, subject: str, numbers: Iterable[int]) -> list[Fact]:
        """Suspend the rules of which a part is no longer known."""
        facts: list[Fact] = []
        for number in numbers:
            composite = self.conditions[number]
            composite.lose(subject)
            if composite.unseen:  # else another source is enough
                facts += self._alarms.suspend(now_ns, composite.alarm)
        return facts
