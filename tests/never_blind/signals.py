"""Sensor values in the model: evaluation by rules, and signal loss."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from statistics import median_low

from tests.never_blind.alarm import FOR_EVER
from tests.never_blind.alarms import in_unit
from tests.never_blind.channel import Channel
from tests.never_blind.faults import Faults
from tests.never_blind.rules import RANK, SPOT, TIMED, Part, Rule
from tests.never_blind.samples import SECOND, Sample, within

LATE_SUSPEND = 60 * SECOND  # how long a raised alarm remains with an unstable link
CALM = {1: 0, 2: 300 * SECOND}  # stable time that ends the n-th episode in an hour
CALM_LATER = 900 * SECOND
CONTRADICTS_S = 10


@dataclass(frozen=True)
class Reading:
    """One value of a packet; `says` is good, doubtful, off, invalid or stored."""

    signal: str
    steps: int | None
    says: str = "good"


@dataclass
class Signals(Faults):
    """Channels and the rules that watch them."""

    settling: Mapping[str, int] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    seen: dict[str, list[dict[str, tuple[str, int]]]] = field(default_factory=dict)
    intervals: dict[str, list[Sample]] = field(default_factory=dict)  # RR in ms, by label
    contradicts_since: dict[str, int | None] = field(default_factory=dict)
    start: int = 0
    standing: bool = False  # after a standstill of the process, packets may have waited

    def expect(self, name: str) -> Channel:
        """Return a channel; a new one is expected from now on."""
        channel = self.channels.setdefault(name, Channel(name, self.now))
        channel.settling_s = self.settling.get(channel.signal, 0)
        return channel

    def group_rules(self) -> None:
        """Group the current rules by signal and kind, for speed."""
        self.readers: dict[str, list[Rule]] = defaultdict(list)
        self.watchers: dict[str, list[Rule]] = defaultdict(list)
        self.timed: dict[str, list[Rule]] = defaultdict(list)
        for rule in self.rules.values():
            for signal in dict.fromkeys(rule.signals):
                if rule.kind in TIMED:
                    self.timed[signal].append(rule)
                if rule.physiological:
                    self.readers[signal].append(rule)
                if rule.physiological and RANK[rule.priority] >= RANK["low"]:
                    self.watchers[signal].append(rule)

    def watching(self, channel: Channel) -> list[Rule]:
        """Return the rules that have to evaluate a channel now."""
        found = self.watchers[channel.signal]
        if channel.baseline is None:
            found = [rule for rule in found if not rule.on_baseline(channel.signal)]
        if self.now < channel.settled():
            found = [rule for rule in found if not self._waits(rule, channel)]
        return found

    def _waits(self, rule: Rule, channel: Channel) -> bool:
        """Return whether a rule waits for a sensor to settle."""
        if not channel.settling_s or channel.settling_began is None:
            return False
        if self.now >= channel.settled():
            return False
        mine = [part for part in rule.parts if part.signal == channel.signal]
        return rule.kind == "rise" or any(not part.upper for part in mine)

    # Packets

    def stand_still(self) -> None:
        """Begin a standstill: packets may have waited for an unknown time."""
        self.standing = True
        self.event("standstill")

    def go_on(self) -> None:
        """End a standstill: packets are current again."""
        self.standing = False

    def packet(self, label: str, readings: Sequence[Reading], measured: int | None = None) -> None:
        """Process a packet, with its earlier time of measurement if a gateway reported one."""
        if (self.standing and measured is None) or (measured or self.start) < self.start:
            readings = [replace(each, says="stored") for each in readings]
        measured = self.now if measured is None else measured
        rate = next((each for each in readings if each.signal == "heart_rate"), None)
        stored = any(each.says == "stored" for each in readings)
        agrees = rate is None or stored or self._agrees(label, rate, readings)
        for reading in readings:
            if reading.signal == "rr_interval" or reading.signal in SPOT:
                continue
            channel = self.expect(f"{label}/{reading.signal}")
            live = self.now - measured <= channel.hold
            says = reading.says
            if reading.signal == "heart_rate" and not agrees:
                says = "doubtful"
            at = channel.measured(self.now if says == "stored" else measured)
            if says == "stored":
                continue
            if says == "good" and reading.steps is not None:
                self._valid(channel, at, reading.steps, live)
            elif live:
                channel.packets.append((self.now, says))
                if channel.bad_since is None:
                    channel.bad_since = self.now

    def _agrees(self, label: str, rate: Reading | None, readings: Sequence[Reading]) -> bool:
        """Return whether a rate agrees with its RR intervals, or has differed only briefly."""
        known = self.intervals.setdefault(label, [])
        for each in readings:
            if each.signal == "rr_interval" and each.says == "good" and each.steps:
                known.append((self.now, each.steps))
        recent = [count for _, count in within(known, self.now, CONTRADICTS_S)]
        differs = False
        if rate is not None and rate.says == "good" and rate.steps and sum(recent) >= 5 * 1024:
            own = Fraction(60 * 1024, median_low(recent))
            differs = abs(rate.steps - own) > own / 5
        since = self.contradicts_since.get(label)
        if not differs:
            self.contradicts_since[label] = None
        elif since is None:
            self.contradicts_since[label] = self.now
        return since is None or not differs or self.now - since < CONTRADICTS_S * SECOND

    def _valid(self, channel: Channel, at: int, steps: int, live: bool) -> None:
        """Process a valid value."""
        last, was = channel.last, channel.arrivals[-1] if channel.arrivals else None
        before = channel.judged_until
        stood = channel.stands()
        if live and channel.puts_on(self.now, at):
            channel.settlings.append(at)
        channel.add(at, steps)
        if not live:
            return
        channel.exchanged = channel.lost = False
        channel.packets.append((self.now, "good"))
        channel.arrivals.append(self.now)
        channel.bad_since = None
        channel.bad_told.clear()
        self._evaluate(channel, at)
        for rule in self.timed[channel.signal]:
            if rule.kind != "frozen":
                continue
            seen = channel.same_for.get(rule.id)
            if was is not None and last == steps and seen is not None:
                channel.same_for[rule.id] = seen + min(self.now - was, stood)
            else:
                channel.same_for[rule.id] = 0
            if last != steps:
                self._condition(rule, channel, "normal")
        self._judged(channel, before)

    def _condition(self, rule: Rule, channel: Channel, zone: str) -> None:
        """Record a condition without a limited validity."""
        alarm = self.alarm(rule, channel.name)
        if zone == "violated" or alarm.zone == "violated" or alarm.raised:
            self.see(alarm, zone)

    # Comparison with limits

    def _evaluate(self, channel: Channel, at: int) -> None:
        """Evaluate the last value, measured at `at`, by the rules for the channel."""
        came = channel.arrivals[-1]
        stands = max(0, came + channel.stands() - self.now)
        for rule in self.readers[channel.signal]:
            if self._waits(rule, channel):
                continue
            if rule.kind == "compare":
                zone, value, limit = self._zone(rule.what, channel, at)
                if zone:
                    channel.known[rule.id] = came
                    self.see(self.alarm(rule, channel.name), zone, stands, value, limit)
            elif rule.kind == "rise":
                rise = channel.rise_of(at, rule.what[1])
                if rise is not None:
                    channel.known[rule.id] = came
                    zone = "violated" if rise >= rule.what[0] else "normal"
                    self.see(self.alarm(rule, channel.name), zone, stands, rise, rule.what[0])
        for rule in self.readers[channel.signal]:
            if rule.kind == "all":
                self._evaluate_all(rule, channel, at, stands)
        self.judge(channel)

    def _zone(
        self, part: Part, channel: Channel, at: int
    ) -> tuple[str, float | None, float | None]:
        value = channel.value_of(part, at)
        limit = channel.limit_of(part.limit, at)
        if value is None or limit is None:
            return "", None, None
        clear = channel.limit_of(part.clear, at)
        zone = part.zone(value, limit, clear)
        signal = channel.signal
        return zone, in_unit(signal, float(value)), in_unit(signal, limit)

    def _evaluate_all(self, rule: Rule, channel: Channel, at: int, stands: int) -> None:
        parts = self.seen.setdefault(rule.id, [{} for _ in rule.what])
        came, known = channel.arrivals[-1], True
        for part, seen in zip(rule.what, parts, strict=True):
            if part.signal != channel.signal:
                continue
            zone, *_ = self._zone(part, channel, at)
            if zone:
                seen[channel.name] = zone, self.now + stands
            else:
                seen.pop(channel.name, None)
                known = False
        if known:
            channel.known[rule.id] = came
        alarm = self.alarm(rule, "session")
        zone, until = self._all_zone(rule)
        if zone:
            self.see(alarm, zone, until - self.now)
        else:
            alarm.blind(self.now)

    def _all_zone(self, rule: Rule) -> tuple[str, int]:
        """Return the zone of a whole `all` and its validity; '' while a part is unknown."""
        parts = [
            {name: seen for name, seen in part.items() if seen[1] >= self.now}
            for part in self.seen.get(rule.id, [])
        ]
        if not parts or not all(parts):
            return "", 0
        beyond = [[until for zone, until in p.values() if zone == "violated"] for p in parts]
        if all(beyond):
            return "violated", min(max(part) for part in beyond)
        return "normal", min(max(until for _, until in part.values()) for part in parts)

    # Signal loss

    def judge(self, channel: Channel) -> None:
        """Calculate the time up to which all rules have evaluated a channel."""
        last = channel.arrivals[-1]
        judged = [last]
        for rule in self.watching(channel):
            known = channel.known.get(rule.id, channel.began)
            if known < last:
                judged.append(known + rule.reach_s(channel.signal) * SECOND)
        channel.judged_at = max(channel.judged_at, min(judged))

    def _judged(self, channel: Channel, before: int) -> None:
        """Check whether all rules have evaluated the value received now."""
        if before <= self.now:
            channel.judged_since = None
        if channel.judged_at < self.now:
            return
        if before <= self.now:
            channel.unjudged.append((before, self.now))
        if channel.in_episode:
            if channel.judged_since is None:
                channel.judged_since = self.now
            if self._episode_over(channel) <= self.now:
                self._end_episode(channel)

    def _episode_over(self, channel: Channel) -> int:
        """Return when the current episode ends if the channel remains judged."""
        if not channel.in_episode or channel.judged_since is None:
            return FOR_EVER
        return channel.judged_since + CALM.get(channel.episode, CALM_LATER)

    def _end_episode(self, channel: Channel) -> None:
        channel.fired.clear()
        channel.in_episode = False
        for rule in self.rules.values():
            if rule.kind in ("absent", "invalid") and rule.signal == channel.signal:
                self._condition(rule, channel, "normal")

    def _suspends_at(self, channel: Channel) -> int:
        """Return when alarms are suspended without a value: later while the link is unstable."""
        last = channel.arrivals[-1] if channel.arrivals else channel.began
        unstable = channel.in_episode and channel.episode > 1
        return last + (max(channel.hold, LATE_SUSPEND) if unstable else channel.hold)

    def _blind(self, channel: Channel) -> None:
        """Suspend the alarms of an unjudged channel."""
        for rule in self.readers[channel.signal]:
            if rule.kind != "all":
                if (rule.id, channel.name) in self.alarms:
                    self.suspend(self.alarms[rule.id, channel.name])
                continue
            if channel.lost:
                continue  # values of other channels since then apply
            parts = self.seen.setdefault(rule.id, [{} for _ in rule.what])
            for part in parts:
                part.pop(channel.name, None)
            if not all(parts) and (rule.id, "session") in self.alarms:
                self.suspend(self.alarms[rule.id, "session"])
        channel.lost = True

    def _fires_at(self, rule: Rule, channel: Channel) -> int | None:
        """Return when an absent, invalid or frozen rule is violated; None: not yet known."""
        if rule.kind == "frozen":
            alarm = self.alarms.get((rule.id, channel.name))
            seen = channel.same_for.get(rule.id)
            if seen is None or (alarm is not None and alarm.zone == "violated"):
                return None
            last = channel.arrivals[-1]
            full = last + rule.what * SECOND - seen
            return max(full, last) if full <= last + channel.stands() else None
        if rule.kind == "invalid":
            if channel.bad_since is None or rule.id in channel.bad_told:
                return None
            return int(channel.bad_since + rule.what * SECOND)
        if rule.id in channel.fired:
            return None
        return channel.absent_at(rule.what)

    def channel_times(self) -> list[int]:
        """Return times at which channels may change without further values."""
        times: list[int] = []
        for channel in self.channels.values():
            if channel.signal in SPOT:
                continue
            times += [channel.judged_until, self._episode_over(channel)]
            times.append(self._suspends_at(channel))
            for rule in self.timed[channel.signal]:
                at = self._fires_at(rule, channel)
                if at is not None:
                    times.append(at)
        return times

    def look_at_channels(self) -> None:
        """Apply due changes of channels: signal loss, then the end of episodes, then conditions."""
        for name in sorted(self.channels):
            channel = self.channels[name]
            if channel.signal in SPOT:
                continue
            if self._suspends_at(channel) <= self.now:
                self._blind(channel)
            if channel.in_episode and not channel.is_unjudged(self.now):
                if self._episode_over(channel) <= self.now:
                    self._end_episode(channel)
        due = [
            (self.places[rule.id], name, rule)
            for name, channel in self.channels.items()
            for rule in self.timed[channel.signal]
            if (at := self._fires_at(rule, channel)) is not None and at <= self.now
        ]
        for _, name, rule in sorted(due, key=lambda each: each[:2]):
            self._fire(rule, self.channels[name])

    def _fire(self, rule: Rule, channel: Channel) -> None:
        if rule.kind != "frozen":
            if not channel.in_episode:
                channel.begin_episode(self.now)
            channel.judged_since = None
            channel.fired.add(rule.id)
            if rule.kind == "invalid":
                channel.bad_told.add(rule.id)
        self._condition(rule, channel, "violated")
