"""The life of alarms, written from the words of `docs/policy.md`: slow, and obviously right.

It shares nothing with the engine. It has no deadlines, no heap and no windows: it looks at
everything, again and again, at each moment at which anything could become due. All durations are
whole seconds, so these moments are the fractions of a second at which something ever came.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

SECOND = 10**9
HOLD_S = {"strap/heart_rate": 10, "patch/core_temperature": 90, "manual/systolic": 3600}
RANK = {"info": 0, "low": 1, "medium": 2, "high": 3}
REMIND_S, PAUSE_S = 180, 120
TIMED = ("absent", "invalid", "frozen")


@dataclass(frozen=True)
class Rule:
    """A rule in the policy's words; times in seconds.

    `kind` is the key that says what is watched, `what` its value: a limit, a time, a trouble's
    name, or the (channel, limit) pairs of an `all`.
    """

    id: str
    kind: str
    what: Any
    channel: str = ""
    clear: float | None = None
    sustain: int = 0
    clear_after: int = 0
    priority: str = "low"
    latch: bool = False
    until: int | None = None  # of a `due`: so long after the dose

    def toml(self) -> str:
        """Return it as a policy file has it."""
        signal = self.channel.partition("/")[2]
        lines = [f'id = "{self.id}"', f'priority = "{self.priority}"', 'message = "m"']
        lines += [f'sustain = "{self.sustain}s"', f'clear_after = "{self.clear_after}s"']
        lines += ['source = "s"', "latch = true" if self.latch else "latch = false"]
        lines += [f'signal = "{signal}"'] if signal else []
        lines += [f"clear = {self.clear}"] if self.clear is not None else []
        match self.kind:
            case "all":
                parts = (f'"{c.partition("/")[2]} above {limit}"' for c, limit in self.what)
                lines.append(f"all = [{', '.join(parts)}]")
            case "due":
                until = f" until dose + {self.until}s" if self.until else ""
                lines.append(f'due = "every {self.what}s{until}"')
            case "before":
                lines.append(f'due = "1 within {self.what}s before supplement"')
            case "trouble":
                lines.append(f'trouble = "{self.what}"')
            case "absent" | "invalid" | "frozen":
                lines.append(f'{self.kind} = "{self.what}s"')
            case bound:
                lines.append(f"{bound} = {self.what}")
        return "[[rule]]\n" + "\n".join(lines) + "\n"

    @property
    def about(self) -> tuple[str, str]:
        """Return what has to stay the same for its alarm to go on under a changed rule."""
        if self.kind in ("above", "at_most"):
            return "limit", self.channel
        if self.kind in ("due", "before"):
            return "due", self.channel
        return self.kind, str(self.what) if self.kind == "trouble" else self.channel

    def changed(self, changes: Mapping[str, Any]) -> "Rule":
        """Return the rule under an override."""
        fields: dict[str, Any] = {}
        for key, value in changes.items():
            number = int(value[:-1].split()[-1]) if str(value).endswith("s") else value
            fields["what" if key == self.kind else key] = number
        return replace(self, **fields)

    def zone(self, value: float) -> str:
        """Return where a value lies: beyond the limit, safe behind the clear limit, or between."""
        clear = self.what if self.clear is None else self.clear
        if self.kind == "above":
            return "beyond" if value > self.what else "safe" if value < clear else "band"
        return "beyond" if value <= self.what else "safe" if value > clear else "band"


def policy_text(name: str, rules: Sequence[Rule]) -> str:
    """Return a policy file."""
    head = f'name = "{name}"\nversion = "1"\n'
    return head + "\n".join(rule.toml() for rule in rules)


class Told(NamedTuple):
    """One step of an alarm, as people hear of it."""

    at_ns: int
    rule: str
    subject: str
    step: str
    state: str
    suspended: bool
    by: str | None
    priority: str


@dataclass
class Alarm:
    """One rule on one subject: what was seen last without a break, and what people were told."""

    rule: Rule
    subject: str
    zone: str | None = None  # None: nothing is seen since the last break
    since: int = 0  # when the present zone began
    raised: bool = False
    raised_at: int = 0
    latched: bool = False
    suspended: bool = False
    by: str | None = None
    acknowledged_at: int | None = None
    reminders: int = 0
    told_at: int = 0

    @property
    def state(self) -> str:
        if self.raised:
            return "active" if self.acknowledged_at is None else "acknowledged"
        if self.latched:
            return "latched"
        return "pending" if self.zone == "beyond" else "inactive"

    @property
    def key(self) -> str:
        return f"{self.rule.id}@{self.subject}"


@dataclass
class Channel:
    """What has come from one sensor's signal, or from a person."""

    began: int
    good: int | None = None  # when the last valid value came
    bad_since: int | None = None
    value: float | None = None
    same_since: int = 0
    lost: bool = True


@dataclass
class Model:
    """A session's alarms. Tell it events with `tell`, let time pass with `wait`."""

    start: int
    base: Sequence[Rule]
    now: int = 0
    log: list[Told] = field(default_factory=list)
    paused_until: int = 0
    overrides: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.now = self.start
        self.channels = {
            name: Channel(self.start) for name in HOLD_S if not name.startswith("manual")
        }
        self.alarms: dict[tuple[str, str], Alarm] = {}
        self.rules: dict[str, Rule] = {}
        self.places: dict[str, int] = {}
        self.seen: dict[str, dict[int, str]] = {}  # of each `all`: the zone of each part
        self.troubles: dict[str, None] = {}
        self.measured: list[int] = []
        self.dose: int | None = None
        self.fractions = {self.start % SECOND}
        self._adopt("")

    # What the test asks

    def open(self) -> list[tuple[str, str, bool, bool, str | None]]:
        """Return what people must see: highest first, then newest."""
        shown = [a for a in self.alarms.values() if a.raised or a.latched]
        shown.sort(key=lambda a: (-RANK[a.rule.priority], -a.raised_at, a.key))
        return [(a.key, a.state, a.suspended, a.latched, a.by) for a in shown]

    @property
    def paused_s(self) -> float:
        return max(0, self.paused_until - self.now) / SECOND

    # Time

    def wait(self, until: int) -> None:
        """Let time pass: look at everything at each moment that could matter."""
        for second in range(self.now - self.now % SECOND, until + 1, SECOND):
            for fraction in sorted(self.fractions):
                if self.now < second + fraction <= until:
                    self.now = second + fraction
                    self._look_around()
        self.now = until

    def tell(self, at: int, what: str, *args: Any) -> None:
        """Take an event: what is due by then comes first, what it makes due at once after it."""
        self.wait(at)
        self.fractions.add(at % SECOND)
        getattr(self, f"_{what}")(*args)
        self._look_around()

    def _look_around(self) -> None:
        """First the sensors that are lost, then conditions, then alarms."""
        for name in sorted(self.channels):
            channel = self.channels[name]
            if not channel.lost and self._age(channel.good) >= HOLD_S[name]:
                channel.lost = True
                self._suspend(name)
        for rule in self._ordered():
            if rule.kind in ("due", *TIMED) and self._holds(rule):
                self._see(self._alarm(rule), "beyond")
        for alarm in self._in_order():
            self._step(alarm)

    def _age(self, since: int | None) -> float:
        return -1 if since is None else (self.now - since) / SECOND

    def _ordered(self) -> list[Rule]:
        return sorted(self.rules.values(), key=lambda rule: self.places[rule.id])

    def _in_order(self) -> list[Alarm]:
        return sorted(self.alarms.values(), key=lambda a: (self.places[a.rule.id], a.subject))

    def _holds(self, rule: Rule) -> bool:
        """Tell whether something that should have happened has not."""
        if rule.kind == "due":
            last = max([self.start, *self.measured])
            due: int = last + rule.what * SECOND
            over = self.dose is not None and rule.until and due > self.dose + rule.until * SECOND
            return self.now >= due and not over
        channel, long = self.channels[rule.channel], float(rule.what)
        match rule.kind:
            case "absent":
                good = channel.began if channel.good is None else channel.good
                return self._age(good) >= long
            case "invalid":
                return self._age(channel.bad_since) >= long
        return not channel.lost and self._age(channel.same_since) >= long

    # One alarm

    def _alarm(self, rule: Rule) -> Alarm:
        subject = rule.channel if rule.kind in ("above", "at_most", *TIMED) else "session"
        return self.alarms.setdefault((rule.id, subject), Alarm(rule, subject))

    def _see(self, alarm: Alarm, zone: str) -> None:
        """See where a condition lies; what needs no time happens at once."""
        first, resumed = len(self.log), alarm.suspended and alarm.raised
        alarm.suspended = False
        if resumed:
            self._say(alarm, "resumed")
        if alarm.zone != zone:
            alarm.zone, alarm.since = zone, self.now
            at_once = alarm.rule.clear_after if alarm.raised else alarm.rule.sustain
            if at_once == 0:
                self._step(alarm)
        if resumed:  # and perhaps ended at the same moment: its state is that after both
            self.log[first] = self.log[first]._replace(state=alarm.state)

    def _step(self, alarm: Alarm) -> None:
        """Raise, end or remind, if it is time."""
        rule, lasts = alarm.rule, self._age(alarm.since)
        if not alarm.raised and alarm.zone == "beyond" and lasts >= rule.sustain:
            alarm.raised, alarm.raised_at, alarm.latched = True, self.now, rule.latch
            alarm.by = alarm.acknowledged_at = None
            if rule.priority != "info":
                self.paused_until = 0
            self._say(alarm, "raised")
        elif alarm.raised and alarm.zone == "safe" and lasts >= rule.clear_after:
            alarm.raised = False
            alarm.acknowledged_at = None
            self._say(alarm, "latched" if alarm.latched else "cleared")
        elif alarm.acknowledged_at is not None and self._age(alarm.acknowledged_at) >= REMIND_S * (
            alarm.reminders + 1
        ):
            alarm.reminders += 1
            self._say(alarm, "reminder")

    def _suspend(self, name: str) -> None:
        """A sensor is lost: what is pending is withdrawn, what is raised stands unjudged."""
        limits = [r for r in self._ordered() if r.kind in ("above", "at_most")]
        joint = [r for r in self._ordered() if r.kind == "all"]
        for rule in (*limits, *joint):
            parts = [rule.channel] if rule.kind != "all" else [c for c, _ in rule.what]
            if name not in parts:
                continue
            if rule.kind == "all":
                self.seen[rule.id].pop(parts.index(name), None)
            alarm = self._alarm(rule)
            if not alarm.suspended:
                alarm.suspended, alarm.zone = True, None
                if alarm.raised:
                    self._say(alarm, "suspended")

    def _say(self, alarm: Alarm, step: str) -> None:
        alarm.told_at = max(self.now, alarm.told_at + 1)
        rule = alarm.rule
        state, suspended, by = alarm.state, alarm.suspended, alarm.by
        told = (alarm.told_at, rule.id, alarm.subject, step, state, suspended, by, rule.priority)
        self.log.append(Told(*told))

    # Events

    def _reading(self, name: str, value: float | None) -> None:
        channel = self.channels.setdefault(name, Channel(self.now))
        if value is None:
            channel.bad_since = self.now if channel.bad_since is None else channel.bad_since
            return
        returned, other = channel.lost, value != channel.value
        channel.good, channel.value, channel.bad_since, channel.lost = self.now, value, None, False
        if returned or other:
            channel.same_since = self.now
        on_it = [rule for rule in self._ordered() if rule.channel == name]
        for kind in ("absent", "invalid", *(["frozen"] if returned or other else [])):
            for rule in on_it:
                if rule.kind == kind:
                    self._see(self._alarm(rule), "safe")
        if name == "manual/systolic":
            self.measured.append(self.now)
            for rule in on_it:
                if rule.kind in ("due", "before"):
                    self._see(self._alarm(rule), "safe")
        for rule in on_it:
            if rule.kind in ("above", "at_most"):
                self._see(self._alarm(rule), rule.zone(value))
        for rule in self._ordered():
            if rule.kind == "all" and name in dict(rule.what):
                self._see_all(rule, name, value)

    def _see_all(self, rule: Rule, name: str, value: float) -> None:
        seen = self.seen[rule.id]
        for part, (channel, limit) in enumerate(rule.what):
            if channel == name:
                seen[part] = "beyond" if value > limit else "safe"
        if len(seen) == len(rule.what):
            holds = all(zone == "beyond" for zone in seen.values())
            self._see(self._alarm(rule), "beyond" if holds else "safe")

    def _acknowledge(self, key: str, by: str) -> None:
        for alarm in self.alarms.values():
            if alarm.key == key and alarm.state == "active" and by:
                alarm.by, alarm.acknowledged_at, alarm.reminders = by, self.now, 0
                self._say(alarm, "acknowledged")

    def _reset(self, key: str, by: str) -> None:
        for alarm in self.alarms.values():
            if alarm.key == key and alarm.state == "latched" and by:
                alarm.latched, alarm.by = False, by
                self._say(alarm, "reset")

    def _pause(self) -> None:
        self.paused_until = self.now + PAUSE_S * SECOND

    def _trouble(self, name: str, on: bool) -> None:
        self.troubles.pop(name, None)
        if on:
            self.troubles[name] = None
        for rule in self._ordered():
            if rule.kind == "trouble" and rule.what == name:
                self._see(self._alarm(rule), "beyond" if on else "safe")

    def _marker(self, kind: str) -> None:
        if kind == "dose" and self.dose is None:
            self.dose = self.now
        for rule in self._ordered():
            soon = [
                at for at in self.measured if rule.kind == "before" and self._age(at) <= rule.what
            ]
            if kind == "supplement" and rule.kind == "before" and not soon:
                self._see(self._alarm(rule), "beyond")

    def _override(self, rule: str, changes: Mapping[str, Any], by: str) -> None:
        self.overrides.pop(rule, None)
        if changes:
            self.overrides[rule] = changes
        self._adopt(by)

    def _policy(self, rules: Sequence[Rule], by: str) -> None:
        self.base = rules
        self.overrides.clear()
        self._adopt(by)

    def _adopt(self, by: str) -> None:
        """Put the rules in force that the policy and its overrides make."""
        was, self.rules = self.rules, {}
        for rule in self.base:
            self.places.setdefault(rule.id, len(self.places))
            changes = self.overrides.get(rule.id, {})
            if changes.get("enabled", True):
                self.rules[rule.id] = rule.changed(changes)
        for alarm in self._in_order():
            old, new = was.get(alarm.rule.id), self.rules.get(alarm.rule.id)
            if old is None:
                continue
            if new is None or new.about != old.about:
                self._withdraw(alarm, by)
        for alarm in self.alarms.values():
            new = self.rules.get(alarm.rule.id)
            if new is not None:
                alarm.rule = new
                alarm.latched = alarm.latched or (alarm.raised and new.latch)
        for rule in self._ordered():
            old = was.get(rule.id)
            if rule.kind == "all" and (old is None or old.what != rule.what):
                self.seen[rule.id] = {}
            if rule.kind == "trouble" and old is None and rule.what in self.troubles:
                self._see(self._alarm(rule), "beyond")

    def _withdraw(self, alarm: Alarm, by: str) -> None:
        shown = alarm.raised or alarm.latched
        alarm.zone, alarm.raised, alarm.latched, alarm.by = None, False, False, by
        alarm.acknowledged_at = None
        if shown:
            self._say(alarm, "withdrawn")
