"""Alarms of a session under several sustain times, in one replay. Pure.

Sustain times change what alarms make of their conditions, not the conditions. So one engine
evaluates these, and all that it applies to its alarms is applied to those of each other sustain
time as well. The result equals that of separate replays; what depends on alarms otherwise, such as
calls, is left to them.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from alerts.active_alarms import ActiveAlarms, FactT
from alerts.alarm import Alarm, State
from alerts.alarm_fact import AlarmFact
from alerts.deadline_queue import DeadlineKey, Deadlines
from alerts.evidence import Zone
from alerts.policy.conditions import All
from alerts.policy.rules import Policy, Rule
from alerts.policy.safeguards import with_safeguards
from monitor.analysis.link_figures import Packets
from monitor.analysis.whatif import WhatIfEngine, alarm_steps, continuous
from monitor.core.engine import Engine
from monitor.core.policy_changes import Instead
from monitor.entries import Entry, EntryKind

# Attributes of enumerations are slow before Python 3.12.
_INACTIVE, _PACKET, _VIOLATED = State.INACTIVE, EntryKind.PACKET, Zone.VIOLATED


class SustainTimes(NamedTuple):
    """Result of one replay for several sustain times.

    Attributes:
        alarms: steps of the alarms under each policy, in order; None: this needs a replay.
        packets: of each sensor that sent some, by label; None: not all were decoded.
    """

    alarms: Sequence[list[AlarmFact] | None]
    packets: Mapping[str, Packets] | None


def alarms_by_sustain(
    variants: Sequence[Instead], entries: Iterable[Entry], until_ns: int
) -> SustainTimes:
    """Return the alarms under each policy.

    Args:
        variants: policies to evaluate instead of the one in force, see `whatif.alarms_under`;
            at any time they differ only in sustain times.
        entries: of one session, from its first.
        until_ns: end of the recording; timers run until then.
    """
    if not variants:
        return SustainTimes([], None)
    needs_replays = SustainTimes([None for _ in variants], None)
    alarms = _CopiedAlarms(variants[1:])

    def instead(in_force: Policy) -> Policy:
        for copy in alarms.copies:
            copy.adopt(in_force)
        return variants[0](in_force)

    engine = WhatIfEngine(instead, alarms)
    steps: list[AlarmFact] = []
    unread: set[str] = set()  # signals whose readings are ignored
    for entry in entries:
        packet = entry.kind == _PACKET
        if not packet and not continuous(entry):
            alarms.alike.clear()
        steps += [fact for _, fact in engine.apply(entry) if isinstance(fact, AlarmFact)]
        if packet:
            continue
        unread |= _ignore_unread(engine)
        if not unread.isdisjoint(_signals(engine.policy)):  # a new policy reads them
            return needs_replays
        if engine.calling.escalation.plan.tiers:
            return needs_replays
    steps += alarm_steps(engine.advance(until_ns))
    if engine.failure is not None:
        alarms.alike.clear()
    found = [steps, *(copy.steps if copy in alarms.alike else None for copy in alarms.copies)]
    return SustainTimes(found, _packets(engine) if engine.failure is None else None)


def _packets(engine: Engine) -> Mapping[str, Packets]:
    return {
        label: Packets(sensor.packets, sensor.faulty_before + sensor.faulty)
        for label, sensor in engine.sensors.items()
        if sensor.packets
    }


def _ignore_unread(engine: Engine) -> set[str]:
    """Ignore the readings of signals that no rule names, enabled or not; return these signals.

    Only rules about them depend on them, and beats are half of all readings.
    """
    signals, ignored = _signals(engine.policy), set()
    for channel in engine.channels.values():
        if not channel.spot and channel.signal.name not in signals:
            channel.ignored, channel.rhythm = True, None  # beats need no times either
            ignored.add(channel.signal.name)
    return ignored


def _signals(policy: Policy | None) -> set[str | None]:
    """Return the signals that the rules of a policy name."""
    conditions = [rule.condition for rule in policy.rules] if policy else []
    return {
        getattr(part, "signal", None)
        for condition in conditions
        for part in (condition.conditions if isinstance(condition, All) else (condition,))
    }


class _Copy:
    """The alarms of a session under another sustain time.

    Attributes:
        alarms: whose deadlines are among those of the engine.
        steps: so far.
    """

    def __init__(self, name: str, instead: Instead, deadlines: Deadlines[DeadlineKey]) -> None:
        self.alarms = ActiveAlarms(_CopyDeadlines(name, deadlines))
        self.steps: list[AlarmFact] = []
        self._instead = instead
        self._rules: dict[str, Rule] = {}
        self._moment: list[AlarmFact] = []  # steps that are not settled yet

    def adopt(self, in_force: Policy) -> None:
        """Apply the sustain times to the rules in force."""
        rules = with_safeguards(self._instead(in_force)).rules
        self._rules = {rule.id: rule for rule in rules}

    def rule(self, rule: Rule) -> Rule:
        """Return a rule of the engine with the sustain time of this copy."""
        return self._rules[rule.id]

    def twin(self, alarm: Alarm) -> Alarm:
        """Return the alarm that corresponds to one of the engine."""
        return self.alarms.alarm(alarm.number, alarm.rule, alarm.subject)

    def add(self, steps: Iterable[AlarmFact]) -> None:
        """Add steps of this moment."""
        self._moment += steps

    def settle(self, now_ns: int) -> None:
        """Determine the heads of ladders after the steps of this moment."""
        if self._moment or self.alarms.touched:
            self.steps += self.alarms.settle(now_ns, self._moment)
            self._moment.clear()


class _CopyDeadlines(Deadlines[DeadlineKey]):
    """The deadlines of a copy among those of the engine, which fire together at one moment."""

    def __init__(self, name: str, deadlines: Deadlines[DeadlineKey]) -> None:
        super().__init__()
        self._name = name
        self._deadlines = deadlines
        self._named: dict[DeadlineKey, DeadlineKey] = {}

    def put(self, key: DeadlineKey, due_ns: int) -> None:
        if key not in self._named:
            kind, number, subject = key
            self._named[key] = kind, number, f"{self._name}\n{subject}"
        self._deadlines.put(self._named[key], due_ns)

    def drop(self, key: DeadlineKey) -> None:
        if key in self._named:
            self._deadlines.drop(self._named[key])


class _CopiedAlarm(Alarm):
    """An alarm of the engine, which is evaluated for as long as one of its copies needs that."""

    __slots__ = ("twins",)
    twins: list[Alarm]

    @property
    def idle(self) -> bool:
        if self.state is not _INACTIVE or self.suspended:
            return False
        for twin in self.twins:  # noqa: SIM110 - a generator takes three times as long
            if twin.state is not _INACTIVE or twin.suspended:
                return False
        return True


class _CopiedAlarms(ActiveAlarms):
    """The alarms of the engine, and copies to which all is applied that is applied to them.

    Attributes:
        copies: one for each other sustain time.
        alike: those for which the engine has decided nothing by alarms in another state.
    """

    def __init__(self, others: Iterable[Instead]) -> None:
        super().__init__(Deadlines())
        named = enumerate(others)
        self.copies = [_Copy(str(number), each, self.deadlines) for number, each in named]
        self.alike = set(self.copies)

    def alarm(self, number: int, rule: Rule, subject: str) -> Alarm:
        alarm = self._alarms.get((number, subject))
        if alarm is None:
            alarm = self._alarms[number, subject] = copied = _CopiedAlarm(rule, subject, number)
            copied.twins = [
                each.alarms.alarm(number, each.rule(rule), subject) for each in self.copies
            ]
        return alarm

    def state(self, alarm: Alarm) -> State:
        for copy in self.copies:
            twin = copy.twin(alarm)
            if (twin.state, twin.latched) != (alarm.state, alarm.latched):
                self.alike.discard(copy)
        return super().state(alarm)

    def explain(self, alarm: Alarm, cause: str) -> None:
        for copy in self.copies:
            copy.alarms.explain(copy.twin(alarm), cause)
        super().explain(alarm, cause)

    def evaluate(self, now_ns: int, alarm: Alarm, zone: Zone, **seen: Any) -> list[AlarmFact]:
        for copy in self.copies:
            twin = copy.twin(alarm)
            if zone is _VIOLATED or not twin.idle:
                copy.add(copy.alarms.evaluate(now_ns, twin, zone, **seen))
        return super().evaluate(now_ns, alarm, zone, **seen)

    def wake(self, now_ns: int, key: DeadlineKey) -> list[AlarmFact]:
        kind, number, subject = key
        name, _, of = subject.rpartition("\n")
        if not name:
            return super().wake(now_ns, key)
        copy = self.copies[int(name)]
        copy.add(copy.alarms.wake(now_ns, (kind, number, of)))
        return []

    def suspend(self, now_ns: int, alarm: Alarm) -> list[AlarmFact]:
        for copy in self.copies:
            copy.add(copy.alarms.suspend(now_ns, copy.twin(alarm)))
        return super().suspend(now_ns, alarm)

    def pause(self, now_ns: int, alarm: Alarm) -> None:
        for copy in self.copies:
            copy.alarms.pause(now_ns, copy.twin(alarm))
        super().pause(now_ns, alarm)

    def amend(self, now_ns: int, number: int, rule: Rule) -> list[AlarmFact]:
        for copy in self.copies:
            copy.add(copy.alarms.amend(now_ns, number, copy.rule(rule)))
        return super().amend(now_ns, number, rule)

    def withdraw(
        self, now_ns: int, number: int, by: str, subject: str | None = None
    ) -> list[AlarmFact]:
        for copy in self.copies:
            copy.add(copy.alarms.withdraw(now_ns, number, by, subject))
        return super().withdraw(now_ns, number, by, subject)

    def acknowledge(self, now_ns: int, key: str, by: str) -> list[AlarmFact]:
        for copy in self.copies:
            copy.add(copy.alarms.acknowledge(now_ns, key, by))
        return super().acknowledge(now_ns, key, by)

    def unacknowledge(self, now_ns: int, key: str, by: str) -> list[AlarmFact]:
        for copy in self.copies:
            copy.add(copy.alarms.unacknowledge(now_ns, key, by))
        return super().unacknowledge(now_ns, key, by)

    def reset(self, now_ns: int, key: str, by: str) -> list[AlarmFact]:
        for copy in self.copies:
            copy.add(copy.alarms.reset(now_ns, key, by))
        return super().reset(now_ns, key, by)

    def settle(self, now_ns: int, facts: Sequence[FactT]) -> list[FactT | AlarmFact]:
        for copy in self.copies:
            copy.settle(now_ns)
        return super().settle(now_ns, facts)
