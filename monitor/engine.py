"""The engine: journal entries in, derived facts out.

A pure state machine. Time comes in with each entry; before an entry is applied, every deadline
that is due by then fires, stamped with its own due time. `advance` does the same without an entry,
so it makes no difference to what comes out when, or whether, a timer calls it: live, replayed and
recovered sessions give the same facts in the same order.
"""

from collections.abc import Callable

from alerts.alarm import Zone
from alerts.board import Board, DeadlineKey
from alerts.deadlines import Deadlines
from alerts.rules import Absent, All, Frozen, Invalid, Trouble
from devices.catalog import KINDS, decode
from devices.errors import DecodeError
from devices.packets import Quality, Reading
from devices.signals import SIGNALS
from monitor.channel import Channel
from monitor.entries import Entry, EntryKind
from monitor.facts import BaselineFact, Fact, MarkerFact, ReadingFact
from monitor.sensor import Sensor
from monitor.session_spec import SessionSpec
from monitor.watch import Sight, ns

SESSION = "session"  # subject of what is about no single channel
_CONDITION_CLASS = 0
_LOST = -1  # before every rule: a lost channel suspends its alarms before anything is judged


class Engine:
    """One session's state.

    Attributes:
        seq: of the entry applied last.
        now_ns: engine time.
        started_ns: when the session began.
        spec: of the session; None before its first entry.
        board: its alarms.
        channels: by name, in the order in which they were first expected.
        sensors: by label.
        dose_ns: when the dose was given, or None.
        markers: in order.
    """

    def __init__(self) -> None:
        self.seq = 0
        self.now_ns = 0
        self.started_ns = 0
        self.spec: SessionSpec | None = None
        self.channels: dict[str, Channel] = {}
        self.sensors: dict[str, Sensor] = {}
        self.dose_ns: int | None = None
        self.markers: list[MarkerFact] = []
        self._deadlines: Deadlines[DeadlineKey] = Deadlines()
        self.board = Board(self._deadlines)
        self._handlers: dict[str, Callable[[Entry], list[Fact]]] = {
            EntryKind.SESSION: self._session,
            EntryKind.RUN: self._run,
            EntryKind.PACKET: self._packet,
            EntryKind.LINK: self._link,
            EntryKind.TROUBLE: self._trouble,
            EntryKind.MARKER: self._marker,
            EntryKind.ACKNOWLEDGE: self._acknowledge,
            EntryKind.RESET: self._reset,
            EntryKind.PAUSE: self._pause,
            EntryKind.REBASELINE: self._rebaseline,
        }

    def apply(self, entry: Entry) -> list[Fact]:
        """Take the next entry of the journal; return what follows from it.

        Raises:
            ValueError: the entry is not the next one, or not the first of a session.
        """
        if entry.seq != self.seq + 1 or (entry.seq == 1) != (entry.kind == EntryKind.SESSION):
            raise ValueError(f"entry {entry.seq} ({entry.kind}) cannot follow entry {self.seq}")
        facts = self.advance(entry.received_ns)
        self.seq = entry.seq
        handler = self._handlers.get(entry.kind)
        return facts + handler(entry) if handler else facts

    def advance(self, now_ns: int) -> list[Fact]:
        """Let time pass: fire what is due up to and at `now_ns`, each at its own due time."""
        facts: list[Fact] = []
        while (due := self._deadlines.pop(now_ns)) is not None:
            self.now_ns, key = due
            facts += self._fire(key)
        self.now_ns = max(self.now_ns, now_ns)
        return facts

    def next_due_ns(self) -> int | None:
        """Return a time before which `advance` would do nothing, or None."""
        return self._deadlines.next_ns()

    # What entries do

    def _session(self, entry: Entry) -> list[Fact]:
        self.started_ns = entry.received_ns
        spec = self.spec = SessionSpec.from_body(entry.body())
        self.board.rules(spec.policy.rules)
        for sensor in spec.sensors:
            kind = KINDS[sensor.kind]
            self.sensors[sensor.label] = Sensor(sensor.label, kind)
            for signal in kind.signals:
                self._channel(f"{sensor.label}/{signal}")
        return []

    def _run(self, entry: Entry) -> list[Fact]:
        return [
            sensor.change(entry.received_ns, "searching", "", None)
            for sensor in self.sensors.values()
        ]

    def _packet(self, entry: Entry) -> list[Fact]:
        label, _, characteristic = entry.source.partition("/")
        sensor = self.sensors[label]
        facts: list[Fact] = [*sensor.count(entry.received_ns)]
        try:
            decoded = decode(characteristic, entry.payload, sensor.kind)
        except DecodeError as error:
            sensor.malformed += 1
            cause = f"sensor '{label}' sends what cannot be read ({error})"
            return facts + (self._troubled("decode-errors", label, cause) if sensor.failing else [])
        if sensor.failing:
            facts += self._troubled("decode-errors", label, None)
        sensor.malformed = 0
        measured_ns = entry.received_ns if entry.measured_ns is None else entry.measured_ns
        for reading in decoded.readings:
            facts += self._reading(sensor, reading, measured_ns - reading.age_ns)
        return facts

    def _link(self, entry: Entry) -> list[Fact]:
        body = entry.body()
        sensor = self.sensors[entry.source]
        return [sensor.change(entry.received_ns, body["state"], body["reason"], body["rssi"])]

    def _trouble(self, entry: Entry) -> list[Fact]:
        body = entry.body()
        return self._troubled(entry.source, SESSION, body["reason"] if body["on"] else None)

    def _marker(self, entry: Entry) -> list[Fact]:
        body = entry.body()
        marker = MarkerFact(
            subject=entry.source, at_ns=entry.received_ns, text=body["text"], by=body["by"]
        )
        self.markers.append(marker)
        if entry.source != "dose" or self.dose_ns is not None:
            return [marker]
        self.dose_ns = entry.received_ns
        return [marker, *self._freeze(body["by"])]

    def _acknowledge(self, entry: Entry) -> list[Fact]:
        return [*self.board.acknowledge(self.now_ns, entry.source, entry.body()["by"])]

    def _reset(self, entry: Entry) -> list[Fact]:
        return [*self.board.reset(self.now_ns, entry.source, entry.body()["by"])]

    def _pause(self, _entry: Entry) -> list[Fact]:
        self.board.pause_audio(self.now_ns)
        return []

    def _rebaseline(self, entry: Entry) -> list[Fact]:
        return self._freeze(entry.body()["by"])

    # What readings do

    def _channel(self, name: str) -> Channel:
        """Make a channel and start the clocks that run until its first value."""
        assert self.spec is not None  # noqa: S101 - the first entry made it
        signal = SIGNALS[name.partition("/")[2]]
        channel = self.channels[name] = Channel(name, signal, self.spec.policy, self.now_ns)
        for rule, after_ns in channel.absent:
            self._deadlines.put((_CONDITION_CLASS, rule, name), self.now_ns + after_ns)
        return channel

    def _reading(self, sensor: Sensor, reading: Reading, measured_ns: int) -> list[Fact]:
        name = f"{sensor.label}/{reading.signal}"
        channel = self.channels.get(name) or self._channel(name)
        # Beats laid back may fall on the one before; a series keeps its order and its points.
        at_ns = channel.at_ns = max(measured_ns, channel.at_ns + 1)
        channel.quality = reading.quality
        facts: list[Fact] = [
            ReadingFact(
                subject=name, at_ns=at_ns, value=reading.value, quality=int(reading.quality)
            )
        ]
        if reading.quality is not Quality.GOOD or reading.value is None:
            self._bad(channel)
            return facts
        if reading.signal == "battery":
            sensor.battery = reading.value
        return facts + self._good(channel, at_ns, reading.value)

    def _bad(self, channel: Channel) -> None:
        if channel.bad_since_ns is None:
            channel.bad_since_ns = self.now_ns
            for rule, after_ns in channel.invalid:
                key = (_CONDITION_CLASS, rule, channel.name)
                self._deadlines.put(key, self.now_ns + after_ns)

    def _good(self, channel: Channel, at_ns: int, value: float) -> list[Fact]:
        name, was, returned = channel.name, channel.steps, channel.lost
        steps = channel.add(at_ns, value)
        facts: list[Fact] = [*channel.moved_limits(at_ns), *channel.trend(at_ns)]
        channel.lost, channel.bad_since_ns = False, None
        self._deadlines.put(
            (_CONDITION_CLASS, _LOST, name), self.now_ns + ns(channel.signal.hold_s)
        )
        for rule, after_ns in channel.absent:
            self._deadlines.put((_CONDITION_CLASS, rule, name), self.now_ns + after_ns)
            facts += self._judge(rule, name, Sight(Zone.SAFE, None, None))
        for rule, _ in channel.invalid:
            self._deadlines.drop((_CONDITION_CLASS, rule, name))
            facts += self._judge(rule, name, Sight(Zone.SAFE, None, None))
        for rule, after_ns in channel.frozen:
            if steps != was or returned:
                self._deadlines.put((_CONDITION_CLASS, rule, name), self.now_ns + after_ns)
                facts += self._judge(rule, name, Sight(Zone.SAFE, None, None))
        for rule, watch in channel.watches:
            facts += self._judge(rule, name, watch.after(at_ns, steps), channel)
        for part, inner in channel.parts:
            channel.sights[part] = inner.after(at_ns, steps)
        for rule in dict.fromkeys(rule for (rule, _), _ in channel.parts):
            facts += self._judge_all(rule)
        return facts

    # What deadlines do

    def _fire(self, key: DeadlineKey) -> list[Fact]:
        kind, rule, subject = key
        if kind != _CONDITION_CLASS:
            return [*self.board.wake(self.now_ns, key)]
        channel = self.channels[subject]
        if rule == _LOST:
            return self._lose(channel)
        return self._overdue(rule, channel)

    def _lose(self, channel: Channel) -> list[Fact]:
        """No value for too long: the channel's physiological alarms stand, unjudged."""
        channel.lost = True
        facts: list[Fact] = []
        for rule, _ in channel.watches:
            facts += self.board.suspend(self.now_ns, rule, channel.name)
        for rule in dict.fromkeys(rule for (rule, _), _ in channel.parts):
            if self._seen(rule) is None:
                facts += self.board.suspend(self.now_ns, rule, SESSION)
        return facts

    def _overdue(self, rule: int, channel: Channel) -> list[Fact]:
        """An absent, invalid or frozen condition has held for its time."""
        assert self.spec is not None  # noqa: S101 - a rule has fired
        label = channel.name.partition("/")[0]
        match self.spec.policy.rules[rule].condition:
            case Absent() | Invalid():
                cause = self.sensors[label].why_silent(channel.quality)
            case Frozen() if channel.lost:
                return []  # nothing comes: that is another alarm
            case _:
                cause = f"sensor '{label}' keeps sending the same value"
        return [*self.board.judge(self.now_ns, rule, channel.name, Zone.BEYOND, cause=cause)]

    # How alarms are judged

    def _judge(
        self, rule: int, subject: str, sight: Sight, channel: Channel | None = None
    ) -> list[Fact]:
        if sight.zone is None:
            return []
        if sight.zone is not Zone.BEYOND and self.board.quiet(rule, subject):
            return []
        value, limit = sight.value, sight.limit
        if channel is not None:
            value = None if value is None else channel.signal.value(value)
            limit = None if limit is None else channel.signal.value(limit)
        return [*self.board.judge(self.now_ns, rule, subject, sight.zone, value=value, limit=limit)]

    def _judge_all(self, rule: int) -> list[Fact]:
        beyond = self._seen(rule)
        if beyond is None:
            return []
        return self._judge(rule, SESSION, Sight(Zone.BEYOND if beyond else Zone.SAFE, None, None))

    def _seen(self, rule: int) -> bool | None:
        """Tell whether all parts of a rule hold, or None while one of them cannot be seen."""
        assert self.spec is not None  # noqa: S101 - a rule is judged
        condition = self.spec.policy.rules[rule].condition
        assert isinstance(condition, All)  # noqa: S101 - only these have parts
        parts = range(len(condition.conditions))
        live = [channel for channel in self.channels.values() if not channel.lost]
        zones = [
            [s.zone for c in live if (s := c.sights.get((rule, part))) and s.zone is not None]
            for part in parts
        ]
        if not all(zones):
            return None
        return all(Zone.BEYOND in seen for seen in zones)

    def _troubled(self, name: str, subject: str, cause: str | None) -> list[Fact]:
        """Judge the rules about trouble of this name; no cause means that it is over."""
        if self.spec is None:
            return []
        facts: list[Fact] = []
        for rule, words in enumerate(self.spec.policy.rules):
            if isinstance(words.condition, Trouble) and words.condition.name == name:
                zone = Zone.SAFE if cause is None else Zone.BEYOND
                if zone is Zone.BEYOND or not self.board.quiet(rule, subject):
                    facts += self.board.judge(self.now_ns, rule, subject, zone, cause=cause or "")
        return facts

    def _freeze(self, by: str) -> list[Fact]:
        """Freeze the baseline of every channel that some rule hangs on."""
        facts: list[Fact] = []
        for channel in self.channels.values():
            if not channel.uses_baseline:
                continue
            frozen = channel.establish(self.now_ns)
            if frozen is not None or channel.baseline is None:
                channel.settle(frozen)
            signal = channel.signal
            facts.append(
                BaselineFact(
                    subject=channel.name,
                    at_ns=self.now_ns,
                    value=None if frozen is None else signal.value(frozen.median),
                    spread=None if frozen is None else signal.value(frozen.spread),
                    coverage=channel.covered(self.now_ns),
                    by=by,
                )
            )
            facts += channel.moved_limits(self.now_ns)
            cause = "fewer than 5 valid minutes, or less than 70 % of the time, before the dose"
            missing = cause if channel.baseline is None else None
            facts += self._troubled("baseline-not-established", channel.name, missing)
        return facts
