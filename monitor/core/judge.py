"""Readings held against the rules: channels, watches and deadlines of one session.

Pure, as the engine that it is a part of: time comes in with each call.
"""

from collections.abc import Iterable, Iterator, Mapping

from alerts.alarm import Alarm, Zone
from alerts.board import Board, DeadlineKey
from alerts.deadlines import Deadlines
from alerts.rules import Absent, All, Before, Condition, Due, Frozen, Invalid, Policy, Rule, Trouble
from devices.packets import Quality
from devices.signals import SIGNALS
from monitor.core.channel import BY_HAND, Channel, Watch
from monitor.core.due import DueWatch
from monitor.core.joint import Joint
from monitor.core.overdue import Overdue
from monitor.core.sensor import Sensor
from monitor.core.watch import CompareWatch, ns
from monitor.facts import AlarmFact, BaselineFact, Fact, ReadingFact

SESSION = "session"  # subject of what is about no single channel
CONDITION_CLASS = 0
_BY_HAND_HOLD_S = 3600.0  # measured now and then: stands for the present for an hour
_OFF_BODY = frozenset({Quality.NO_CONTACT, Quality.NO_VALUE})
_TAKEN_OFF_NS = 60 * 10**9  # less is a bad contact, not a sensor that has cooled down
_LOST = -1  # before every rule: a lost channel suspends its alarms before anything is judged


class Judge:
    """What the rules of a session's policy make of its readings.

    Attributes:
        board: the alarms.
        channels: by name, in the order in which they were first expected.
        policy: in force, or None before the session's first entry.
    """

    def __init__(self, deadlines: Deadlines[DeadlineKey], sensors: dict[str, Sensor]) -> None:
        self.board = Board(deadlines)
        self.channels: dict[str, Channel] = {}
        self.policy: Policy | None = None
        self._sensors = sensors
        self._deadlines = deadlines
        self._numbers: dict[str, int] = {}
        self._rules: dict[int, Rule] = {}
        self._joints: dict[int, Joint] = {}
        self._dues: dict[int, DueWatch] = {}
        self._due_signals: frozenset[str] = frozenset()
        self._measured: dict[str, list[int]] = {}
        self._moments: dict[str, int] = {}
        self._troubles: dict[tuple[str, str], str] = {}  # (name, subject): why
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
        facts: list[Fact] = []
        for number, rule in was.items():
            new = self._rules.get(number)
            if new is None or _about(new.condition) != _about(rule.condition):
                facts += self.board.withdraw(now_ns, number, by)
        for number, rule in self._rules.items():
            if was.get(number) != rule:  # one that comes back may have slept under older terms
                self.board.amend(now_ns, number, rule)
            if isinstance(rule.condition, Trouble):
                facts += self._still_troubled(now_ns, number, rule.condition.name)
        self._make_joints(was)
        self._make_dues(now_ns)
        for channel in self.channels.values():
            self._watch(now_ns, channel)
        return facts

    def _make_joints(self, was: Mapping[int, Rule]) -> None:
        known, self._joints = self._joints, {}
        for number, rule in self._rules.items():
            if isinstance(rule.condition, All):
                same = number in known and was[number].condition == rule.condition
                alarm = self._alarm(number, SESSION)
                parts = len(rule.condition.conditions)
                self._joints[number] = known[number] if same else Joint(alarm, parts)

    def _make_dues(self, now_ns: int) -> None:
        self._dues = {
            number: DueWatch(self._alarm(number, SESSION), rule.condition)
            for number, rule in self._rules.items()
            if isinstance(rule.condition, Due)
        }
        self._due_signals = frozenset(due.condition.signal for due in self._dues.values())
        self._book_dues(now_ns)

    def _watch(self, now_ns: int, channel: Channel) -> None:
        """Let a channel watch what the rules ask for, and start the clocks of what may not come."""
        rules = tuple(self._rules.items())
        if channel.by_hand:  # nobody promised values at any rate
            timed = (Absent, Invalid, Frozen)
            rules = tuple(each for each in rules if not isinstance(each[1].condition, timed))
        settling = dict(self.policy.settling) if self.policy else {}
        channel.settles_ns = ns(settling.get(channel.signal.name, 0.0))
        channel.adopt(rules, self._alarm)
        clocks: list[tuple[list[Overdue], int | None]] = [
            (channel.absent, channel.seen_ns),
            (channel.invalid, channel.bad_since_ns),
            (channel.frozen, None if channel.lost else channel.changed_ns),
        ]
        for overdues, since_ns in clocks:
            if since_ns is not None:
                running = [overdue for overdue in overdues if not overdue.fired]
                self._arm(channel, running, since_ns, now_ns)

    def channel(self, now_ns: int, name: str) -> Channel:
        """Return a channel; a new one starts the clocks that run until its first value."""
        channel = self.channels.get(name)
        if channel is None:
            label, _, of = name.partition("/")
            signal = SIGNALS[of]
            hold_s = max(signal.hold_s, _BY_HAND_HOLD_S) if label == BY_HAND else signal.hold_s
            channel = self.channels[name] = Channel(name, signal, now_ns, ns(hold_s))
            self._watch(now_ns, channel)
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
        if live and good and self._settles(now_ns, channel):
            quality = Quality.SETTLING
        channel.quality = quality
        facts: list[Fact] = [
            ReadingFact(subject=channel.name, at_ns=at_ns, value=value, quality=int(quality))
        ]
        if not good or value is None:
            if live:
                self._bad(now_ns, channel, quality)
            elif channel.rhythm is not None:
                channel.rhythm.bad(at_ns, quality)
            return facts
        was, returned = channel.steps, channel.lost
        steps = channel.add(at_ns, value)
        facts += channel.moved_limits(at_ns)
        facts += channel.trend(at_ns)
        if not live:
            # So that a slow rise is seen from its beginning.
            for watch in (*(each[1] for each in channel.watches), *(w for *_, w in channel.parts)):
                watch.look(at_ns, steps)
            return facts
        channel.seen_ns = now_ns
        if returned or channel.bad_since_ns is not None or channel.overdue:
            facts += self._returned(now_ns, channel)
        if steps != was or returned:
            facts += self._changed(now_ns, channel)
        if channel.by_hand or channel.signal.name in self._due_signals:
            facts += self._was_measured(now_ns, channel.signal.name)
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

    def _settles(self, now_ns: int, channel: Channel) -> bool:
        """Tell whether the sensor was put on too short a time ago to be held against limits."""
        off_ns = channel.off_since_ns
        if channel.worn_ns is None or (off_ns is not None and now_ns - off_ns >= _TAKEN_OFF_NS):
            channel.worn_ns = now_ns
        channel.off_since_ns = None
        return now_ns < channel.settled_ns

    def _held(self, now_ns: int, channel: Channel, at_ns: int, steps: int) -> list[Fact]:
        """Hold a GOOD value, which is in the windows by now, against the limits."""
        facts: list[Fact] = []
        low, high = channel.calm
        calm = low < steps < high and not channel.stirred
        for alarm, watch in channel.restless if calm else channel.watches:
            zone = watch.look(at_ns, steps)
            if zone is None or (zone is Zone.SAFE and alarm.idle):
                continue
            value, limit = watch.value, watch.limit
            signal = channel.signal
            facts += self.board.judge(
                now_ns,
                alarm,
                zone,
                value=None if value is None else signal.value(value),
                limit=None if limit is None else signal.value(limit),
            )
        if not calm:
            channel.stirred = not all(alarm.idle for alarm, _ in channel.watches)
        moved: dict[int, None] = {}
        for number, part, watch in channel.parts:
            if self._joints[number].see(part, channel.name, watch.look(at_ns, steps)):
                moved[number] = None
        for number in moved:
            joint = self._joints[number]
            zone = joint.zone
            if zone is Zone.BEYOND or (zone is Zone.SAFE and not joint.alarm.idle):
                facts += self.board.judge(now_ns, joint.alarm, zone)
        return facts

    def _bad(self, now_ns: int, channel: Channel, quality: Quality) -> None:
        if channel.rhythm is not None:
            channel.rhythm.bad(channel.at_ns, quality)
        if channel.off_since_ns is None and quality in _OFF_BODY:
            channel.off_since_ns = now_ns
        if channel.bad_since_ns is None:
            channel.bad_since_ns = now_ns
            self._arm(channel, channel.invalid, now_ns, now_ns)

    def _returned(self, now_ns: int, channel: Channel) -> list[Fact]:
        """A GOOD value after there was none, or none in time."""
        if channel.lost:
            channel.lost = False
            key = (CONDITION_CLASS, _LOST, channel.name)
            self._deadlines.put(key, now_ns + channel.hold_ns)
        facts: list[Fact] = []
        for overdue in channel.absent:
            if overdue.fired:
                facts += self._over(now_ns, overdue)
                self._arm(channel, [overdue], now_ns, now_ns)
        channel.bad_since_ns = None
        for overdue in channel.invalid:
            overdue.armed = False
            self._deadlines.drop((CONDITION_CLASS, overdue.alarm.number, channel.name))
            facts += self._over(now_ns, overdue)
        channel.overdue = False
        return facts

    def _changed(self, now_ns: int, channel: Channel) -> list[Fact]:
        """A GOOD value other than the one before."""
        channel.changed_ns = now_ns
        facts: list[Fact] = []
        for overdue in channel.frozen:
            if not overdue.armed:
                facts += self._over(now_ns, overdue)
                self._arm(channel, [overdue], now_ns, now_ns)
        return facts

    def _over(self, now_ns: int, overdue: Overdue) -> list[AlarmFact]:
        overdue.fired = False
        if overdue.alarm.idle:
            return []
        return self.board.judge(now_ns, overdue.alarm, Zone.SAFE)

    # What deadlines do

    def fire(self, now_ns: int, key: DeadlineKey) -> list[Fact]:
        """Do what is due behind a deadline of this judge or its board."""
        kind, number, subject = key
        if kind != CONDITION_CLASS:
            return [*self.board.wake(now_ns, key)]
        if subject == SESSION:
            return self._measurement_due(now_ns, number)
        channel = self.channels[subject]
        if number == _LOST:
            return self._lose(now_ns, channel)
        rules = (
            (channel.absent, channel.seen_ns),
            (channel.invalid, channel.bad_since_ns),
            (channel.frozen, channel.changed_ns),
        )
        for overdues, since_ns in rules:
            for overdue in overdues:
                if overdue.alarm.number == number and since_ns is not None:
                    return self._due(now_ns, channel, overdue, since_ns)
        return []

    def _due(self, now_ns: int, channel: Channel, overdue: Overdue, since_ns: int) -> list[Fact]:
        if since_ns + overdue.after_ns > now_ns:
            self._arm(channel, [overdue], since_ns, now_ns)
            return []
        overdue.armed = False
        label = channel.name.partition("/")[0]
        if overdue in channel.frozen:
            if channel.lost:
                return []  # nothing comes: that is another alarm
            cause = f"sensor '{label}' keeps sending the same value"
        else:
            channel.overdue = True
            cause = self._sensors[label].why_silent(channel.quality)
        overdue.fired = True
        return [*self.board.judge(now_ns, overdue.alarm, Zone.BEYOND, cause=cause)]

    def _lose(self, now_ns: int, channel: Channel) -> list[Fact]:
        """No value for too long: the channel's physiological alarms stand, unjudged."""
        due_ns = channel.seen_ns + channel.hold_ns
        if due_ns > now_ns:
            self._deadlines.put((CONDITION_CLASS, _LOST, channel.name), due_ns)
            return []
        channel.lost = True
        return self._unseen(now_ns, channel)

    def _unseen(self, now_ns: int, channel: Channel) -> list[Fact]:
        """Suspend what cannot be judged while nothing can be said of a channel."""
        channel.stirred = True
        facts: list[Fact] = []
        for alarm, _ in channel.watches:
            facts += self.board.suspend(now_ns, alarm)
        for number in dict.fromkeys(number for number, *_ in channel.parts):
            joint = self._joints[number]
            seen = joint.zone
            joint.lose(channel.name)
            # What another sensor sees neither ends what this one saw, nor lets it go on.
            if joint.zone is None or joint.zone is not seen:
                facts += self.board.suspend(now_ns, joint.alarm)
        return facts

    # What people measure

    def marked(self, now_ns: int, marker: str) -> list[Fact]:
        """Take a marker: measurements may have been due before it, or be due from it on."""
        if marker != "dose" or "dose" not in self._moments:
            self._moments[marker] = now_ns
        self._book_dues(now_ns)
        facts: list[Fact] = []
        for due in self._dues.values():
            if due.missed(marker, now_ns, self._measured.get(due.condition.signal, ())):
                facts += self.board.judge(now_ns, due.alarm, Zone.BEYOND)
        return facts

    def due(self) -> list[tuple[Alarm, int | None]]:
        """Return the alarm of each rule about measurements, and when the next one is due."""
        return [(due.alarm, self._due_ns(due)) for due in self._dues.values()]

    def _was_measured(self, now_ns: int, signal: str) -> list[Fact]:
        self._measured.setdefault(signal, []).append(now_ns)
        facts: list[Fact] = []
        for due in self._dues.values():
            if due.condition.signal == signal and not due.alarm.idle:
                facts += self.board.judge(now_ns, due.alarm, Zone.SAFE)
        self._book_dues(now_ns)
        return facts

    def _measurement_due(self, now_ns: int, number: int) -> list[Fact]:
        due = self._dues.get(number)
        due_ns = None if due is None else self._due_ns(due)
        if due is None or due_ns is None:
            return []
        if due_ns > now_ns:
            self._deadlines.put((CONDITION_CLASS, number, SESSION), due_ns)
            return []
        return [*self.board.judge(now_ns, due.alarm, Zone.BEYOND)]

    def _due_ns(self, due: DueWatch) -> int | None:
        measured = self._measured.get(due.condition.signal, ())
        return due.due_ns(self._started_ns, self._moments, measured)

    def _book_dues(self, now_ns: int) -> None:
        for number, due in self._dues.items():
            due_ns = self._due_ns(due)
            if due_ns is not None:
                key = (CONDITION_CLASS, number, SESSION)
                self._deadlines.put(key, max(due_ns, now_ns))

    # What is about no reading

    def trouble(self, now_ns: int, name: str, subject: str, cause: str | None) -> list[Fact]:
        """Judge the rules about trouble of this name; no cause means that it is over."""
        zone = Zone.SAFE if cause is None else Zone.BEYOND
        if cause is None:
            self._troubles.pop((name, subject), None)
        else:
            self._troubles[name, subject] = cause
        facts: list[Fact] = []
        for number, rule in self._rules.items():
            if isinstance(rule.condition, Trouble) and rule.condition.name == name:
                alarm = self.board.alarm(number, rule, subject)
                if zone is Zone.BEYOND or not alarm.idle:
                    facts += self.board.judge(now_ns, alarm, zone, cause=cause or "")
        return facts

    def _still_troubled(self, now_ns: int, number: int, name: str) -> list[AlarmFact]:
        """Let a rule see the trouble that began before it was put in force."""
        return [
            fact
            for (trouble, subject), cause in self._troubles.items()
            if trouble == name
            for fact in self.board.judge(
                now_ns, self._alarm(number, subject), Zone.BEYOND, cause=cause
            )
        ]

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
            channel.settle(frozen)
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
        yield from self.trouble(now_ns, "baseline-not-established", channel.name, missing)

    # What is taken back, or over

    def thaw(self, now_ns: int, by: str) -> list[Fact]:
        """Know no baseline any more: the dose was taken back in `by`'s name."""
        facts: list[Fact] = []
        for channel in self.channels.values():
            if channel.uses_baseline:
                facts += self._thaw(now_ns, channel, by)
        return facts

    def _thaw(self, now_ns: int, channel: Channel, by: str) -> Iterator[Fact]:
        coverage = channel.covered(now_ns)
        channel.settle(None)
        channel.stirred = True
        yield BaselineFact(
            subject=channel.name, at_ns=now_ns, value=None, spread=None, coverage=coverage, by=by
        )
        yield from channel.moved_limits(now_ns)
        yield from self.trouble(now_ns, "baseline-not-established", channel.name, None)
        numbers = [alarm.number for alarm, watch in channel.watches if _on_baseline(watch)]
        for number, part, watch in channel.parts:
            if _on_baseline(watch):
                self._joints[number].see(part, channel.name, None)
                numbers.append(number)
        for number in dict.fromkeys(numbers):
            yield from self.board.withdraw(now_ns, number, by)

    def unmarked(self, now_ns: int, marker: str, before_ns: int | None) -> list[Fact]:
        """Take that the last marker of a kind does not count; the one before it, if any, does."""
        if before_ns is None:
            self._moments.pop(marker, None)
        else:
            self._moments[marker] = before_ns
        self._book_dues(now_ns)
        facts: list[Fact] = []
        for due in self._dues.values():
            due_ns = self._due_ns(due)
            schedule = due.condition.schedule
            if isinstance(schedule, Before):
                stands = schedule.marker != marker
            else:
                stands = due_ns is not None and due_ns <= now_ns
            if not stands and not due.alarm.idle:
                facts += self.board.judge(now_ns, due.alarm, Zone.SAFE)
        return facts

    def mismeasured(self, now_ns: int, signal: str, measured_ns: int) -> None:
        """Take that a measurement was none: what was due is due again."""
        known = self._measured.get(signal, [])
        if measured_ns in known:
            known.remove(measured_ns)
        self._book_dues(now_ns)

    def exchanged(self, now_ns: int, channel: Channel) -> list[Fact]:
        """Take that another device sends a channel now: a gap, and settling begins anew."""
        facts: list[Fact] = []
        if channel.good_ns is not None:
            facts = self.reading(now_ns, channel, now_ns, None, Quality.NO_VALUE)
        channel.worn_ns = channel.off_since_ns = None
        return facts

    def close(self, now_ns: int, by: str) -> list[Fact]:
        """End all alarms: the session is over in `by`'s name."""
        return [fact for number in self._rules for fact in self.board.withdraw(now_ns, number, by)]

    def _alarm(self, number: int, subject: str) -> Alarm:
        return self.board.alarm(number, self._rules[number], subject)

    def _arm(
        self, channel: Channel, overdues: Iterable[Overdue], since_ns: int, now_ns: int
    ) -> None:
        for overdue in overdues:
            overdue.armed = True
            key = (CONDITION_CLASS, overdue.alarm.number, channel.name)
            self._deadlines.put(key, max(since_ns + overdue.after_ns, now_ns))


def _on_baseline(watch: Watch) -> bool:
    return isinstance(watch, CompareWatch) and watch.uses_baseline


def _about(condition: Condition) -> tuple[type[Condition], object]:
    """Return what a condition watches for, whatever its limits: the same alarm goes on."""
    subject = getattr(condition, "signal", None) or getattr(condition, "name", None)
    return type(condition), subject
