"""A simple model of a session by the rules of docs/alarms.md, independent of the engine.

It keeps lists of received values and calculates medians, limits and baselines whenever it needs
one. It has no windows, no deadlines and no heap: it asks all parts for the next time at which
they could change, advances to it, and evaluates everything.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.never_blind.alarm import Alarm
from tests.never_blind.channel import Channel
from tests.never_blind.measurements import Measurements
from tests.never_blind.rules import RANK, Policy, Rule, safeguards


@dataclass
class Model(Measurements):
    """A session: `tell` applies an event, and `wait` advances time."""

    policy: Policy = field(default_factory=lambda: Policy("empty", ()))
    overrides: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Apply the first policy."""
        self.start = self.now
        self._adopt(None)

    # Time

    def wait(self, until: int) -> None:
        """Advance time, and evaluate at each time at which something could change."""
        while True:
            at = self._next()
            if at is None or at > until:
                break
            self.now = at
            self._look_around()
        self.now = until

    def tell(self, at: int, what: str, *args: Any, **more: Any) -> None:
        """Apply an event after all steps that are due by then."""
        self.wait(at)
        getattr(self, what)(*args, **more)
        self._look_around()

    def _next(self) -> int | None:
        times = [at for alarm in self.alarms.values() if (at := alarm.changes_at()) is not None]
        times += self.channel_times()
        times += [at for rule in self.scheduled if (at := self.due_at(rule)) is not None]
        times += [at for at, _ in self.lapses()]
        return min((at for at in times if at > self.now), default=None)

    def _look_around(self) -> None:
        """Evaluate everything: expired values, then conditions, then alarms."""
        for at, signal in self.lapses():
            if at <= self.now:
                self.lapse(signal)
        self.look_at_channels()
        for rule in self.scheduled:
            due = self.due_at(rule)
            if due is not None and due <= self.now:
                self.see(self.alarm(rule, "session"), "violated")
        for alarm in self.in_order():
            self.step(alarm)

    # Rules in force

    def change_policy(self, policy: Policy, by: str) -> None:
        """Apply another policy, which removes the overrides."""
        self.policy = policy
        self.overrides = {}
        self._adopt(by)

    def override(self, rule: str, changes: Mapping[str, Any], by: str) -> None:
        """Override one rule, or remove its override."""
        self.overrides.pop(rule, None)
        if changes:
            self.overrides[rule] = changes
        self._adopt(by)

    def _adopt(self, by: str | None) -> None:
        """Apply the rules of the policy and its overrides."""
        was, rules = self.rules, []
        for rule in self.policy.rules:
            changes = self.overrides.get(rule.id, {})
            if changes.get("enabled", True):
                rules.append(rule.changed(changes))
        rules += safeguards(rules)
        for rule in (*self.policy.rules, *rules):
            self.places.setdefault(rule.id, len(self.places))
        self.rules = {r.id: r for r in sorted(rules, key=lambda rule: self.places[rule.id])}
        self.settling = self.policy.settling
        self.group_rules()
        self.scheduled = [rule for rule in self.rules.values() if rule.kind == "every"]
        for alarm in self.in_order():
            old, new = was.get(alarm.rule.id), self.rules.get(alarm.rule.id)
            if old is not None and (new is None or new.about != old.about):
                self.withdraw(alarm, by)
                for channel in self.channels.values():
                    channel.fired.discard(alarm.rule.id)
                    channel.bad_told.discard(alarm.rule.id)
                    channel.same_for.pop(alarm.rule.id, None)
        for alarm in self.in_order():
            new = self.rules.get(alarm.rule.id)
            if new is not None and new != alarm.rule:
                self._change(alarm, new)
        for name, subject in self.faults:
            for rule in self.about(name):
                self.see(self.alarm(rule, subject), "violated")
        for name, rule in self.rules.items():
            if name not in was or was[name].what != rule.what:
                self.seen.pop(name, None)
                for channel in self.channels.values():  # a new rule has not evaluated any value
                    channel.known[name] = channel.judged_at
        for channel in list(self.channels.values()):
            channel.settling_s = self.settling.get(channel.signal, 0)
            self._try_baseline(channel)
            if channel.arrivals and self.now - channel.arrivals[-1] < channel.hold:
                self._evaluate(channel, channel.samples[-1][0])
        self.look_at_lists()
        self.report_doubts()

    def _change(self, alarm: Alarm, new: Rule) -> None:
        higher = RANK[new.priority] > RANK[alarm.rule.priority]
        alarm.count(self.now)
        alarm.rule = new
        if alarm.raised:
            alarm.latched = alarm.latched or new.latch
            if higher:
                self.raise_again(alarm)

    # Baseline

    def mark(self, kind: str, at: int) -> None:
        """Add a marker; the first dose sets the baseline of the 10 minutes before it."""
        first = self._dose() is None
        super().mark(kind, at)
        if kind == "dose" and first:
            self._take_baselines(at)

    def undo(self, at: int, by: str) -> None:
        """Remove a marker: from now on everything is as if it had not been set."""
        dose = self._dose()
        self.unmark(at)
        if dose is None or self._dose() == dose:
            return
        for channel in self.channels.values():
            if not self._on_baseline(channel):
                continue
            channel.baseline = None
            if self._dose() is None:
                self._report_baseline(channel, missing=False)
            for alarm in self.in_order():
                rule = self.rules.get(alarm.rule.id)
                if rule is None or not rule.on_baseline(channel.signal):
                    continue
                for part in self.seen.get(rule.id, []):
                    part.pop(channel.name, None)
                self.withdraw(alarm, by)
        next_dose = self._dose()
        if next_dose is not None:
            self._take_baselines(next_dose)

    def rebaseline(self) -> None:
        """Set the baseline of the last 10 minutes; if that fails, the old one remains."""
        self._take_baselines(self.now)

    def _dose(self) -> int | None:
        return next((at for at, kind in self.markers if kind == "dose"), None)

    def _on_baseline(self, channel: Channel) -> bool:
        return any(rule.on_baseline(channel.signal) for rule in self.rules.values())

    def _take_baselines(self, at: int) -> None:
        for channel in self.channels.values():
            if self._on_baseline(channel):
                self._take_baseline(channel, at)

    def _take_baseline(self, channel: Channel, at: int) -> None:
        new = channel.establish(at)
        if new is not None:
            channel.baseline = new
        self._report_baseline(channel, missing=new is None)

    def _try_baseline(self, channel: Channel) -> None:
        """Set the baseline before the dose if changed rules need one."""
        if not self._on_baseline(channel):
            self._report_baseline(channel, missing=False)
            return
        dose, fault = self._dose(), ("baseline-not-established", channel.name)
        if dose is not None and channel.baseline is None and fault not in self.faults:
            self._take_baseline(channel, dose)

    def _report_baseline(self, channel: Channel, *, missing: bool) -> None:
        fault = ("baseline-not-established", channel.name)
        if missing or fault in self.faults:
            self.fault(*fault, on=missing)

    # Sensors

    def sensor(self, label: str, signals: Sequence[str]) -> None:
        """Add or replace a sensor."""
        self.intervals[label] = []
        self.contradicts_since[label] = None
        for signal in signals:
            name = f"{label}/{signal}"
            known = name in self.channels
            channel = self.expect(name)
            if not known:
                self._try_baseline(channel)
            elif channel.samples:
                channel.measured(self.now)
                channel.packets.append((self.now, "off"))
                if channel.bad_since is None:
                    channel.bad_since = self.now
                channel.exchanged = True
