"""Spot measurements of the model, manual and by cuffs: one list for each signal."""

from dataclasses import dataclass, field

from tests.never_blind.alarm import Alarm
from tests.never_blind.alarms import in_unit
from tests.never_blind.rules import Part, Rule
from tests.never_blind.samples import SECOND
from tests.never_blind.signals import Signals

STANDS = 3600 * SECOND


@dataclass
class Measurement:
    """One valid value; `number` is that of its entry."""

    number: int
    signal: str
    value: int
    measured_at: int


@dataclass
class Doubtful:
    """A doubtful or stored value of a cuff that is not confirmed yet."""

    number: int
    channel: str
    values: dict[str, int]
    at: int


@dataclass
class Measurements(Signals):
    """Spot measurements, due measurements and markers."""

    measurements: list[Measurement] = field(default_factory=list)
    doubtful: list[Doubtful] = field(default_factory=list)
    markers: list[tuple[int, str]] = field(default_factory=list)  # in the order of entries

    def counting(self, signal: str) -> list[Measurement]:
        """Return the valid measurements of a signal, oldest first."""
        mine = [each for each in self.measurements if each.signal == signal]
        return sorted(mine, key=lambda each: (each.measured_at, each.number))

    def measure(self, number: int, values: dict[str, int], measured_at: int) -> None:
        """Add confirmed values."""
        for signal, value in values.items():
            self.measurements.append(Measurement(number, signal, value, measured_at))
            self._made(signal, measured_at)
        for signal in values:
            self._look_at(signal)

    def correct(self, number: int, by_number: int, signal: str, value: int | None, by: str) -> None:
        """Void a value or replace it; the time remains."""
        for wrong in self.counting(signal):
            if wrong.number == number:
                self.measurements.remove(wrong)
                if value is not None:
                    new = Measurement(by_number, signal, value, wrong.measured_at)
                    self.measurements.append(new)
                    self._made(signal, new.measured_at)
                self._withdraw_unfounded(signal, by)
                self._look_at(signal)
                return

    # Unconfirmed values

    def doubt(self, number: int, channel: str, values: dict[str, int]) -> None:
        """Add doubtful, stored or garbled values of a cuff, which require confirmation."""
        self.doubtful.append(Doubtful(number, channel, values, self.now))
        self._report_doubt(channel, again=True)

    def settle(self, number: int, *, valid: bool) -> None:
        """Confirm or reject an unconfirmed value."""
        found = next(each for each in self.doubtful if each.number == number)
        self.doubtful.remove(found)
        if valid:
            self.measure(found.number, found.values, found.at)
        self._report_doubt(found.channel)

    def _report_doubt(self, channel: str, *, again: bool = False) -> None:
        here = [each for each in self.doubtful if each.channel == channel]
        grave = [each for each in here if self._beyond_something(each)]
        plain, violation = "unconfirmed-measurement", "unconfirmed-violation"
        name = violation if grave and self.about(violation) else plain
        for each in (plain, violation):
            if (each, channel) in self.faults and (each != name or not here):
                self.fault(each, channel, on=False)
        if here:
            self.fault(name, channel, on=True, again=again)

    def report_doubts(self) -> None:
        """Evaluate all unconfirmed values again under changed rules."""
        for channel in dict.fromkeys(each.channel for each in self.doubtful):
            self._report_doubt(channel)

    def _beyond_something(self, doubtful: Doubtful) -> bool:
        return any(
            part.signal == signal and part.zone(value, part.limit.offset, None) == "violated"
            for rule in self.rules.values()
            for part in rule.parts
            for signal, value in doubtful.values.items()
        )

    # Rules for measurements

    def _compares(self, signal: str) -> list[Rule]:
        return [r for r in self.readers[signal] if r.kind == "compare"]

    def _look_at(self, signal: str) -> None:
        """Evaluate the rules for a signal; the newest value is valid for an hour."""
        known = self.counting(signal)
        until = known[-1].measured_at + STANDS if known else 0
        for rule in self._compares(signal):
            alarm = self.alarm(rule, f"session/{signal}")
            if until <= self.now:
                self.suspend(alarm)
                continue
            zone = _zone(rule.what, known)
            if zone != "normal" or alarm.state != "inactive" or alarm.suspended:
                value = in_unit(signal, known[-1].value)
                self.see(alarm, zone, until - self.now, value, rule.what.limit.offset)

    def look_at_lists(self) -> None:
        """Evaluate all valid measurements under changed rules."""
        for signal in dict.fromkeys(each.signal for each in self.measurements):
            if self.counting(signal)[-1].measured_at + STANDS > self.now:
                self._look_at(signal)

    def lapses(self) -> list[tuple[int, str]]:
        """Return when the newest value of each signal expires."""
        signals = dict.fromkeys(each.signal for each in self.measurements)
        return [(self.counting(s)[-1].measured_at + STANDS, s) for s in signals]

    def lapse(self, signal: str) -> None:
        """Suspend the alarms of a signal without a measurement for an hour."""
        for rule in self._compares(signal):
            self.suspend(self.alarm(rule, f"session/{signal}"))

    def _withdraw_unfounded(self, signal: str, by: str) -> None:
        """Withdraw the alarms that the remaining measurements would not have raised."""
        known = self.counting(signal)
        stands = bool(known) and known[-1].measured_at + STANDS > self.now
        for rule in self._compares(signal):
            alarm = self.alarm(rule, f"session/{signal}")
            if alarm.state in ("inactive", "latched"):
                continue
            course = [_zone(rule.what, known[: n + 1]) for n in range(len(known))]
            holds = False
            for zone in course:
                holds = zone == "violated" or (holds and zone != "normal")
            if holds or (stands and course[-1] == "normal"):
                continue
            if alarm.latched and "violated" in course:
                self.see(alarm, "normal")
            else:
                self.withdraw(alarm, by)

    # Measurements required by the protocol

    def mark(self, kind: str, at: int) -> None:
        """Add a marker, which may be dated back."""
        self.markers.append((at, kind))
        for rule in self.rules.values():
            if rule.kind == "before" and rule.what[1] == kind and self._missed(rule, at):
                self.see(self.alarm(rule, "session"), "violated")

    def unmark(self, at: int) -> str:
        """Remove a marker; return its kind."""
        kind = next(kind for marked, kind in self.markers if marked == at)
        self.markers.remove((at, kind))
        for rule in self.rules.values():
            if rule.kind == "before" and rule.what[1] == kind:
                self._end(self.alarm(rule, "session"))
        return kind

    def _missed(self, rule: Rule, at: int) -> bool:
        since = at - rule.what[0] * SECOND
        made = [each.measured_at for each in self.counting(rule.signal)]
        return not [when for when in made if since <= when <= at]

    def _made(self, signal: str, at: int) -> None:
        """End the reminders that this measurement fulfils."""
        for rule in self.rules.values():
            if rule.signal != signal:
                continue
            if rule.kind == "every" and self._due(rule) > self.now:
                self._end(self.alarm(rule, "session"))
            if rule.kind == "before":
                marked = max((m for m, kind in self.markers if kind == rule.what[1]), default=None)
                if marked is None or at > marked or not self._missed(rule, marked):
                    self._end(self.alarm(rule, "session"))

    def _end(self, alarm: Alarm) -> None:
        if alarm.raised or alarm.zone == "violated":
            self.see(alarm, "normal")

    def _due(self, rule: Rule) -> int:
        made = [each.measured_at for each in self.counting(rule.signal)]
        at: int = max([self.start, *made]) + rule.what * SECOND
        return at

    def due_at(self, rule: Rule) -> int | None:
        """Return when a measurement is due, or None if it is already due."""
        alarm = self.alarms.get((rule.id, "session"))
        if alarm is not None and alarm.zone == "violated":
            return None
        return self._due(rule)


def _zone(part: Part, known: list[Measurement]) -> str:
    """Return the zone of a condition after measurements, including required repetitions."""
    clear = None if part.clear is None else part.clear.offset
    zones = [part.zone(each.value, part.limit.offset, clear) for each in known]
    if zones[-1] != "violated" or part.repeated == 1:
        return zones[-1]
    run = known[-part.repeated :]
    again = len(run) == part.repeated and set(zones[-part.repeated :]) == {"violated"}
    soon = run[-1].measured_at - run[0].measured_at <= part.within_s * SECOND
    return "violated" if again and soon else "hysteresis"
