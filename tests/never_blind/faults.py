"""Faults of the model, and events whose alarms remain until acknowledged."""

from dataclasses import dataclass, field

from tests.never_blind.alarms import Alarms
from tests.never_blind.rules import Rule

OF_PROCESS = ("recorder-failure", "clock-jump", "delivery-failure", "standstill")


@dataclass
class Faults(Alarms):
    """Faults by name and subject, and the rules about them."""

    rules: dict[str, Rule] = field(default_factory=dict)  # in force, in their order
    faults: dict[tuple[str, str], None] = field(default_factory=dict)
    events: set[tuple[str, str]] = field(default_factory=set)  # over and not acknowledged

    def about(self, name: str) -> list[Rule]:
        """Return the rules about a fault."""
        return [r for r in self.rules.values() if r.kind == "fault" and r.what == name]

    def fault(self, name: str, subject: str, on: bool, *, again: bool = False) -> None:
        """Record the start or end of a fault; `again`: it occurred again."""
        self.faults.pop((name, subject), None)
        self.events.discard((name, subject))
        if on:
            self.faults[name, subject] = None
        for rule in self.about(name):
            alarm = self.alarm(rule, subject)
            if again and alarm.state == "acknowledged":
                self.see(alarm, "normal")
            if on or alarm.raised or alarm.zone == "violated":
                self.see(alarm, "violated" if on else "normal")

    def event(self, name: str) -> None:
        """Record a past fault, whose alarm remains until acknowledged."""
        self.fault(name, "session", on=False)
        self.fault(name, "session", on=True)
        self.events.add((name, "session"))

    def acknowledge(self, key: str, by: str) -> None:
        """Acknowledge an alarm, which ends its event."""
        super().acknowledge(key, by)
        for name, subject in sorted(self.events):
            alarms = [self.alarm(rule, subject) for rule in self.about(name)]
            if not [alarm for alarm in alarms if alarm.state == "active"]:
                self.fault(name, subject, on=False)

    def run(self, offset_s: float, pause_s: float | None) -> None:
        """Begin another run of the process.

        Args:
            offset_s: difference of the computer's clock and the session's.
            pause_s: time without evaluation by the computer's clock; None: unknown.
        """
        for name, subject in list(self.faults):
            if name in OF_PROCESS:
                self.fault(name, subject, on=False)
        self.standing = False
        self.clock(offset_s)
        if pause_s is None or pause_s >= 5:
            self.event("standstill")

    def clock(self, offset_s: float) -> None:
        """Record the difference of the computer's clock and the session's."""
        self.fault("clock-jump", "session", on=abs(offset_s) >= 1)
