"""Evaluate the rules of a policy on the readings of one session.

Pure, like the engine: time comes in with each call.
"""

from collections.abc import Iterator, Mapping

from alerts.active_alarms import ActiveAlarms
from alerts.alarm import Alarm, Zone
from alerts.deadlines import CONDITION_CLASS, SESSION, DeadlineKey, Deadlines
from alerts.policy.rules import Absent, All, Condition, Frozen, Invalid, Policy, Rule
from devices.packets import Quality
from devices.signals import SIGNALS
from monitor.core.channel import BY_HAND, Channel, Evaluator
from monitor.core.condition_evaluators import CompareEvaluator, CompositeCondition, ns
from monitor.core.measurement_schedule import MeasurementSchedule
from monitor.core.sensor import Sensor
from monitor.core.signal_loss import SignalLoss
from monitor.core.system_faults import SystemFaults
from monitor.facts import BaselineFact, Fact, ReadingFact

_BY_HAND_HOLD_S = 3600.0  # measured now and then: stands for the present for an hour


class RuleEvaluator:
    """Evaluate the rules of a session's policy: channels, conditions and deadlines.

    Attributes:
        alarms: of the session.
        schedule: the measurements that people are to make.
        faults: that no reading shows.
        channels: by name, in the order in which they were first expected.
        policy: in force, or None before the session's first entry.
    """

    def __init__(self, deadlines: Deadlines[DeadlineKey], sensors: dict[str, Sensor]) -> None:
        self.alarms = ActiveAlarms(deadlines)
        self.schedule = MeasurementSchedule(self.alarms, deadlines)
        self.faults = SystemFaults(self.alarms)
        self.channels: dict[str, Channel] = {}
        self.policy: Policy | None = None
        self._numbers: dict[str, int] = {}
        self._rules: dict[int, Rule] = {}
        self._composites: dict[int, CompositeCondition] = {}
        self._signal_loss = SignalLoss(self.alarms, deadlines, sensors, self._unseen)
        self._started_ns = 0

    # Which rules there are

    def adopt(self, now_ns: int, policy: Policy, by: str = "") -> list[Fact]:
        """Take the session's policy, or put another in its place in `by`'s name.

        A rule goes by the number of its id, so what has not changed goes on; alarms of rules that
        are no more, or are switched off, are withdrawn. Whatever is looked at in the order of
        rules is so in that of their numbers, as deadlines are.
        """
        self._started_ns = self._started_ns or now_ns
        was, self.policy = self._rules, policy
        rules = {
            self._numbers.setdefault(rule.id, len(self._numbers)): rule for rule in policy.rules
        }
        self._rules = {number: rules[number] for number in sorted(rules) if rules[number].enabled}
        self.faults.adopt(self._rules)
        facts: list[Fact] = []
        for number, rule in was.items():
            new = self._rules.get(number)
            if new is None or _about(new.condition) != _about(rule.condition):
                facts += self.alarms.withdraw(now_ns, number, by)
        for number, rule in self._rules.items():
            if was.get(number) != rule:  # one that comes back may have slept under older terms
                self.alarms.amend(now_ns, number, rule)
            facts += self.faults.re_evaluate(now_ns, number)
        self._make_composites(was)
        self.schedule.adopt(now_ns, self._rules, self._started_ns)
        for channel in self.channels.values():
            self._adopt_rules(now_ns, channel)
        return facts

    def _make_composites(self, was: Mapping[int, Rule]) -> None:
        known, self._composites = self._composites, {}
        for number, rule in self._rules.items():
            if isinstance(rule.condition, All):
                same = number in known and was[number].condition == rule.condition
                alarm = self._alarm(number, SESSION)
                parts = len(rule.condition.conditions)
                self._composites[number] = (
                    known[number] if same else CompositeCondition(alarm, parts)
                )

    def _adopt_rules(self, now_ns: int, channel: Channel) -> None:
        """Let a channel watch what the rules ask for, and start the clocks of what may not come."""
        rules = tuple(self._rules.items())
        if channel.by_hand:  # nobody promised values at any rate
            timed = (Absent, Invalid, Frozen)
            rules = tuple(each for each in rules if not isinstance(each[1].condition, timed))
        settling = dict(self.policy.settling) if self.policy else {}
        channel.settles_ns = ns(settling.get(channel.signal.name, 0.0))
        channel.adopt(rules, self._alarm)
        self._signal_loss.start_timers(now_ns, channel)

    def channel(self, now_ns: int, name: str) -> Channel:
        """Return a channel; a new one starts the clocks that run until its first value."""
        channel = self.channels.get(name)
        if channel is None:
            label, _, of = name.partition("/")
            signal = SIGNALS[of]
            hold_s = max(signal.hold_s, _BY_HAND_HOLD_S) if label == BY_HAND else signal.hold_s
            channel = self.channels[name] = Channel(name, signal, now_ns, ns(hold_s))
            self._adopt_rules(now_ns, channel)
        return channel

    # What readings do

    def reading(
        self,
        now_ns: int,
        channel: Channel,
        measured_ns: int,
        value: float | None,
        quality: Quality,
        *,
        live: bool = True,
    ) -> list[Fact]:
        """Take a reading of a channel that was measured at some time before now.

        One that comes so late that it says nothing about the present (not `live`) fills windows
        and charts; it raises, ends and postpones no alarm.
        """
        # Beats laid back may fall on the one before; a series keeps its order and its points.
        at_ns = channel.at_ns = max(measured_ns, channel.at_ns + 1)
        good = quality is Quality.GOOD and value is not None
        if live and good and self._signal_loss.settles(now_ns, channel):
            quality = Quality.SETTLING
        channel.quality = quality
        facts: list[Fact] = [
            ReadingFact(subject=channel.name, at_ns=at_ns, value=value, quality=int(quality))
        ]
        if not good or value is None:
            if live:
                self._signal_loss.bad(now_ns, channel, quality)
            elif channel.rhythm is not None:
                channel.rhythm.bad(at_ns, quality)
            return facts
        was, returned = channel.steps, channel.lost
        steps = channel.add(at_ns, value)
        facts += channel.moved_limits(at_ns)
        facts += channel.trend(at_ns)
        if not live:
            # So that a slow rise is seen from its beginning.
            for evaluator in (
                *(each[1] for each in channel.evaluators),
                *(w for *_, w in channel.parts),
            ):
                evaluator.evaluate(at_ns, steps)
            return facts
        channel.seen_ns = now_ns
        if returned or channel.bad_since_ns is not None or channel.timed_out:
            facts += self._signal_loss.returned(now_ns, channel)
        if steps != was or returned:
            facts += self._signal_loss.changed(now_ns, channel)
        if channel.by_hand or channel.signal.name in self.schedule.signals:
            facts += self.schedule.measured(now_ns, channel.signal.name)
        if quality is Quality.SETTLING:
            return facts + self._unseen(now_ns, channel)
        return facts + self._held(now_ns, channel, at_ns, steps)

    def stored(self, channel: Channel, received_ns: int, value: float | None) -> ReadingFact:
        """Take a record of the past: it is told when it came, and nothing follows from it."""
        channel.at_ns = max(received_ns, channel.at_ns + 1)
        if channel.quality is None:
            channel.quality = Quality.STORED
        return ReadingFact(
            subject=channel.name, at_ns=channel.at_ns, value=value, quality=int(Quality.STORED)
        )

    def _held(self, now_ns: int, channel: Channel, at_ns: int, steps: int) -> list[Fact]:
        """Hold a GOOD value, which is in the windows by now, against the limits."""
        facts: list[Fact] = []
        low, high = channel.calm
        calm = low < steps < high and not channel.stirred
        for alarm, evaluator in channel.restless if calm else channel.evaluators:
            zone = evaluator.evaluate(at_ns, steps)
            if zone is None or (zone is Zone.NORMAL and alarm.idle):
                continue
            value, limit = evaluator.value, evaluator.limit
            signal = channel.signal
            facts += self.alarms.evaluate(
                now_ns,
                alarm,
                zone,
                value=None if value is None else signal.value(value),
                limit=None if limit is None else signal.value(limit),
            )
        if not calm:
            channel.stirred = not all(alarm.idle for alarm, _ in channel.evaluators)
        moved: dict[int, None] = {}
        for number, part, evaluator in channel.parts:
            if self._composites[number].update(
                part, channel.name, evaluator.evaluate(at_ns, steps)
            ):
                moved[number] = None
        for number in moved:
            composite = self._composites[number]
            zone = composite.zone
            if zone is Zone.VIOLATED or (zone is Zone.NORMAL and not composite.alarm.idle):
                facts += self.alarms.evaluate(now_ns, composite.alarm, zone)
        return facts

    # What deadlines do

    def fire(self, now_ns: int, key: DeadlineKey) -> list[Fact]:
        """Do what is due behind a deadline of a condition or an alarm."""
        kind, number, subject = key
        if kind != CONDITION_CLASS:
            return [*self.alarms.wake(now_ns, key)]
        if subject == SESSION:
            return self.schedule.wake(now_ns, number)
        return self._signal_loss.wake(now_ns, number, self.channels[subject])

    def _unseen(self, now_ns: int, channel: Channel) -> list[Fact]:
        """Suspend the alarms that cannot be evaluated while a channel has no values."""
        channel.stirred = True
        facts: list[Fact] = []
        for alarm, _ in channel.evaluators:
            facts += self.alarms.suspend(now_ns, alarm)
        for number in dict.fromkeys(number for number, *_ in channel.parts):
            composite = self._composites[number]
            seen = composite.zone
            composite.lose(channel.name)
            # What another sensor sees neither ends what this one saw, nor lets it go on.
            if composite.zone is None or composite.zone is not seen:
                facts += self.alarms.suspend(now_ns, composite.alarm)
        return facts

    # Baselines

    def freeze(self, now_ns: int, by: str) -> list[Fact]:
        """Freeze the baseline of every channel that some rule hangs on, in `by`'s name."""
        facts: list[Fact] = []
        for channel in self.channels.values():
            if channel.uses_baseline:
                facts += self._freeze(now_ns, channel, by)
        return facts

    def _freeze(self, now_ns: int, channel: Channel, by: str) -> Iterator[Fact]:
        frozen = channel.establish(now_ns)
        if frozen is not None or channel.baseline is None:
            channel.set_baseline(frozen)
        signal = channel.signal
        yield BaselineFact(
            subject=channel.name,
            at_ns=now_ns,
            value=None if frozen is None else signal.value(frozen.median),
            spread=None if frozen is None else signal.value(frozen.spread),
            coverage=channel.covered(now_ns),
            by=by,
        )
        yield from channel.moved_limits(now_ns)
        cause = "fewer than 5 valid minutes, or less than 70 % of the time, before the dose"
        missing = cause if channel.baseline is None else None
        yield from self.faults.report(now_ns, "baseline-not-established", channel.name, missing)

    # What is taken back, or over

    def clear_baseline(self, now_ns: int, by: str) -> list[Fact]:
        """Clear all baselines: `by` has undone the dose."""
        facts: list[Fact] = []
        for channel in self.channels.values():
            if channel.uses_baseline:
                facts += self._clear_baseline(now_ns, channel, by)
        return facts

    def _clear_baseline(self, now_ns: int, channel: Channel, by: str) -> Iterator[Fact]:
        coverage = channel.covered(now_ns)
        channel.set_baseline(None)
        channel.stirred = True
        yield BaselineFact(
            subject=channel.name, at_ns=now_ns, value=None, spread=None, coverage=coverage, by=by
        )
        yield from channel.moved_limits(now_ns)
        yield from self.faults.report(now_ns, "baseline-not-established", channel.name, None)
        numbers = [
            alarm.number for alarm, evaluator in channel.evaluators if _on_baseline(evaluator)
        ]
        for number, part, evaluator in channel.parts:
            if _on_baseline(evaluator):
                self._composites[number].update(part, channel.name, None)
                numbers.append(number)
        for number in dict.fromkeys(numbers):
            yield from self.alarms.withdraw(now_ns, number, by)

    def exchanged(self, now_ns: int, channel: Channel) -> list[Fact]:
        """Take that another device sends a channel now: a gap, and settling begins anew."""
        facts: list[Fact] = []
        if channel.good_ns is not None:
            facts = self.reading(now_ns, channel, now_ns, None, Quality.NO_VALUE)
        channel.worn_ns = channel.off_since_ns = None
        return facts

    def close(self, now_ns: int, by: str) -> list[Fact]:
        """End all alarms: the session is over in `by`'s name."""
        return [fact for number in self._rules for fact in self.alarms.withdraw(now_ns, number, by)]

    def _alarm(self, number: int, subject: str) -> Alarm:
        return self.alarms.alarm(number, self._rules[number], subject)


def _on_baseline(evaluator: Evaluator) -> bool:
    return isinstance(evaluator, CompareEvaluator) and evaluator.uses_baseline


def _about(condition: Condition) -> tuple[type[Condition], object]:
    """Return what a condition watches for, whatever its limits: the same alarm goes on."""
    subject = getattr(condition, "signal", None) or getattr(condition, "name", None)
    return type(condition), subject
