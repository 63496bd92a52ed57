"""Evaluation of a policy's rules on the readings of one session.

Pure, like the engine: each call gets the time.
"""

from alerts.active_alarms import ActiveAlarms
from alerts.deadline_queue import CONDITION_CLASS, SESSION, DeadlineKey
from alerts.evidence import Zone
from alerts.policy.conditions import Condition
from alerts.policy.rules import Policy, Rule
from alerts.policy.safeguards import with_safeguards
from devices.packets import Quality
from devices.signals import SIGNALS
from monitor.core.baselines import Baselines
from monitor.core.channel import Channel
from monitor.core.composite_conditions import CompositeRules
from monitor.core.condition_evaluators import ns
from monitor.core.judgement import Judgement, judgement
from monitor.core.measurement_schedule import MeasurementSchedule
from monitor.core.sensor import Sensor
from monitor.core.signal_loss import TAKEN_OFF_NS, SignalLoss
from monitor.core.spot_measurements import VALID_NS
from monitor.core.spot_rules import SpotRules, signal_of
from monitor.core.system_faults import SystemFaults
from monitor.facts import Fact, ReadingFact

# Attributes of enumerations are slow before Python 3.12, and these are needed for every value.
_GOOD = Quality.GOOD
_NORMAL, _VIOLATED = Zone.NORMAL, Zone.VIOLATED


class RuleEvaluator:
    """Evaluates the rules of a session's policy: channels, conditions and deadlines.

    Attributes:
        alarms: of the session.
        schedule: of measurements that people are to make.
        faults: of the monitor, links, clocks and baselines.
        composites: the rules of several parts.
        spot: the rules about spot measurements.
        channels: by name, in the order in which they were first expected.
        baselines: of the channels.
        policy: in force, safeguards included, or None before the session's first entry.
    """

    def __init__(self, alarms: ActiveAlarms, sensors: dict[str, Sensor]) -> None:
        self.alarms, deadlines = alarms, alarms.deadlines
        self.schedule = MeasurementSchedule(self.alarms, deadlines)
        self.faults = SystemFaults(self.alarms)
        self.composites = CompositeRules(self.alarms)
        self.spot = SpotRules(self.alarms, deadlines, self.schedule, self.composites)
        self.channels: dict[str, Channel] = {}
        self.policy: Policy | None = None
        self._numbers: dict[str, int] = {}
        self._rules: dict[int, Rule] = {}
        self._sensors = sensors
        self._signal_loss = SignalLoss(self.alarms, deadlines, sensors, self._suspend_alarms)
        self.baselines = Baselines(self.channels, self.faults, self._withdraw_on_baseline)
        self._started_ns = 0

    # Rules in force

    def adopt(self, now_ns: int, policy: Policy, by: str = "") -> list[Fact]:
        """Put the session's policy in force, or another one for `by`.

        A rule keeps the number of its id, so unchanged rules keep their state; alarms of rules that
        were removed or disabled are withdrawn. Rules are evaluated in the order of their numbers,
        as deadlines are.
        """
        self._started_ns = self._started_ns or now_ns
        was, self.policy = self._rules, with_safeguards(policy)
        rules = {
            self._numbers.setdefault(rule.id, len(self._numbers)): rule
            for rule in self.policy.rules
        }
        self._rules = {number: rules[number] for number in sorted(rules) if rules[number].enabled}
        self.faults.adopt(self._rules)
        facts: list[Fact] = []
        for number, rule in was.items():
            new = self._rules.get(number)
            if new is None or _about(new.condition) != _about(rule.condition):
                facts += self.alarms.withdraw(now_ns, number, by)
        for number, rule in self._rules.items():
            if was.get(number) != rule:  # an alarm of a rule enabled again may have an older one
                facts += self.alarms.amend(now_ns, number, rule)
            facts += self.faults.re_evaluate(now_ns, number)
        self.composites.adopt(self._rules, was)
        self.schedule.adopt(now_ns, self._rules, self._started_ns)
        for channel in self.channels.values():
            facts += self._adopt_rules(now_ns, channel)
        return facts + self.spot.adopt(now_ns, self._rules)

    def _adopt_rules(self, now_ns: int, channel: Channel) -> list[Fact]:
        """Put the rules about a channel in force, and evaluate the value that is still valid."""
        # Spot measurements have no expected rate; `spot` judges them.
        rules = () if channel.spot else tuple(self._rules.items())
        settling = dict(self.policy.settling) if self.policy else {}
        channel.settling.duration_ns = (
            0 if channel.spot else ns(settling.get(channel.signal.name, 0.0))
        )
        channel.adopt(rules, lambda n, subject: self.alarms.alarm(n, self._rules[n], subject))
        facts = self.baselines.adopt(now_ns, channel)
        if not channel.lost and channel.steps is not None and channel.good_ns is not None:
            left_ns = max(0, channel.seen_ns + channel.valid_ns - now_ns)
            settles = channel.settling.left_ns(now_ns) > 0
            facts += self._evaluate(
                now_ns, channel, channel.good_ns, channel.steps, left_ns, settling=settles
            )
        self._signal_loss.start_timers(now_ns, channel)
        return facts

    def expect(self, now_ns: int, name: str) -> list[Fact]:
        """Add a channel unless it is known; start the timers that run until its first value."""
        if name in self.channels:
            return []
        label, _, of = name.partition("/")
        signal = SIGNALS[of]
        spot = self._sensors[label].device.kind.is_spot(of)
        hold_ns = VALID_NS if spot else ns(signal.hold_s)
        channel = self.channels[name] = Channel(name, signal, now_ns, hold_ns, spot=spot)
        return self._adopt_rules(now_ns, channel)

    def judgement(self, now_ns: int, channel: Channel) -> Judgement:
        """Return whether a channel is judged, and what its rules wait for."""
        loss = self._signal_loss
        return judgement(now_ns, channel, self._rules, loss.why, loss.heard_share)

    # Readings

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
        """Evaluate a reading of a channel that was measured before now.

        A reading that is too late to show the present (not `live`) enters windows and charts; it
        raises, ends and postpones no alarm.
        """
        # Times of aligned beats may coincide; a series needs strictly increasing ones.
        at_ns = channel.at_ns = max(measured_ns, channel.at_ns + 1)
        good = quality is _GOOD and value is not None
        settling = False
        # Nearly always there is no loss of signal to end: a fast path.
        steady = channel.steady and now_ns - channel.judged_ns < channel.hold_ns
        if live and good:
            if not steady:
                self._signal_loss.good(now_ns, channel)
            channel.heard_ns = now_ns
            if channel.settling.duration_ns and channel.settling.left_ns(now_ns):
                settling, quality = True, Quality.SETTLING
        channel.quality = quality
        facts: list[Fact] = [
            ReadingFact(subject=channel.name, at_ns=at_ns, value=value, quality=int(quality))
        ]
        if not good or value is None:
            self._signal_loss.bad(now_ns, channel, value, quality, live=live)
            return facts
        before = channel.steps
        steps = channel.add(at_ns, value)
        if at_ns >= channel.facts.due_ns:
            facts += channel.facts.report(at_ns, channel.recent, channel.hold_ns, channel.rhythm)
        if not live:
            channel.late_ns = now_ns
            for evaluator in channel.evaluators:  # so that a slow rise includes these values
                evaluator.evaluate(at_ns, steps)
            return facts
        channel.arrivals.add(now_ns)
        channel.seen_ns = now_ns
        if channel.signal.name in self.schedule.signals and not channel.spot:
            facts += self.schedule.measured(now_ns, channel.signal.name, now_ns)
        judged_ns = channel.judged_ns
        if channel.watches or channel.parts:
            facts += self._evaluate(now_ns, channel, at_ns, steps, settling=settling)
        else:
            channel.judged_ns = now_ns  # no rule watches it
        if channel.timeouts.frozen:
            facts += self._signal_loss.changed(now_ns, channel, same=steps == before)
        if not steady:
            facts += self._signal_loss.judged(now_ns, channel, judged_ns)
        return facts

    def stored(self, channel: Channel, received_ns: int, value: float | None) -> ReadingFact:
        """Return a stored record as a fact, dated when it arrived; evaluate no rule."""
        channel.at_ns = max(received_ns, channel.at_ns + 1)
        if channel.quality is None or channel.lost:
            channel.quality = Quality.STORED
        return ReadingFact(
            subject=channel.name, at_ns=channel.at_ns, value=value, quality=int(Quality.STORED)
        )

    def _evaluate(
        self,
        now_ns: int,
        channel: Channel,
        at_ns: int,
        steps: int,
        left_ns: int | None = None,
        *,
        settling: bool,
    ) -> list[Fact]:
        """Evaluate the rules of a channel on its last GOOD value, already in its windows.

        The value is evidence for `left_ns`; if that is None, for as long as a new one.
        """
        facts: list[Fact] = []
        seen_ns = channel.seen_ns
        normal = channel.normal_values()
        calm = not settling and normal.contain(steps, seen_ns)
        for alarm, evaluator in normal.watches if calm else channel.watches:
            if settling and evaluator.settles:
                continue
            zone = evaluator.evaluate(at_ns, steps)
            if zone is None:
                continue
            evaluator.judged_ns = seen_ns
            idle = alarm.idle
            if idle and zone is not _VIOLATED:
                if zone is _NORMAL and calm and evaluator.normal is not None:
                    channel.normal = None  # its alarm has ended
                continue
            signal, value, limit = channel.signal, evaluator.value, evaluator.limit
            facts += self.alarms.evaluate(
                now_ns,
                alarm,
                zone,
                value=None if value is None else signal.value(value),
                limit=None if limit is None else signal.value(limit),
                valid_ns=channel.valid_ns if left_ns is None else left_ns,
            )
            if alarm.idle is not idle:
                channel.normal = None
        if channel.parts:
            until_ns = now_ns + (channel.valid_ns if left_ns is None else left_ns)
            facts += self.composites.evaluate_parts(
                now_ns, channel, at_ns, steps, until_ns, settling=settling, calm=calm
            )
        channel.judged(now_ns, calm=normal if calm else None)
        return facts

    # Deadlines

    def fire(self, now_ns: int, key: DeadlineKey) -> list[Fact]:
        """Apply a deadline of a condition or an alarm."""
        kind, number, subject = key
        if kind != CONDITION_CLASS:
            return [*self.alarms.wake(now_ns, key)]
        if subject == SESSION:
            return self.schedule.wake(now_ns, number)
        if (signal := signal_of(subject)) is not None:
            return self.spot.wake(now_ns, signal)
        return self._signal_loss.wake(now_ns, number, self.channels[subject])

    def _suspend_alarms(self, now_ns: int, channel: Channel) -> list[Fact]:
        """Suspend the alarms that cannot be evaluated while a channel has no values."""
        facts: list[Fact] = []
        channel.normal = None
        for alarm, _ in channel.watches:
            facts += self.alarms.suspend(now_ns, alarm)
        numbers = dict.fromkeys(number for number, *_ in channel.parts)
        return facts + self.composites.lose_parts(now_ns, channel.name, numbers)

    # Replaced devices, and the end

    def _withdraw_on_baseline(self, now_ns: int, channel: Channel, by: str) -> list[Fact]:
        numbers = [alarm.number for alarm, evaluator in channel.watches if evaluator.uses_baseline]
        for number, part, evaluator in channel.parts:
            if evaluator.uses_baseline:
                self.composites.conditions[number].see(part, channel.name, None, now_ns)
                numbers.append(number)
        return [
            fact
            for number in dict.fromkeys(numbers)
            for fact in self.alarms.withdraw(now_ns, number, by)
        ]

    def exchanged(self, now_ns: int, channel: Channel) -> list[Fact]:
        """Start a channel with another device: a gap, and it settles again."""
        facts: list[Fact] = []
        if channel.good_ns is not None:
            facts = self.reading(now_ns, channel, now_ns, None, Quality.NO_VALUE)
            channel.off_ns = (now_ns - TAKEN_OFF_NS, now_ns)
        return facts

    def close(self, now_ns: int, by: str) -> list[Fact]:
        """Withdraw all alarms at the end of the session for `by`."""
        return [fact for number in self._rules for fact in self.alarms.withdraw(now_ns, number, by)]


def _about(condition: Condition) -> tuple[type[Condition], object]:
    """Return what a condition is about, without limits: if it is the same, its alarm continues."""
    subject = getattr(condition, "signal", None) or getattr(condition, "name", None)
    return type(condition), subject
