"""The state of one alarm according to docs/alarms.md, from observed times of its condition.

It receives observations with their times, and calculates when it next changes without any.
"""

from dataclasses import dataclass, field

from tests.never_blind.rules import Rule

SECOND = 10**9
FOR_EVER = 2**63
REMIND = 180 * SECOND
FORGOTTEN_S = 300


@dataclass
class Alarm:
    """One rule on one subject.

    `violated` and `normal` are the observed times of its condition beyond the limit and on the
    safe side, up to `seen_at`; from then on `zone` is observed, until `seen_until` at most.
    """

    rule: Rule
    subject: str
    place: int  # of the rule in the session's order of rules
    violated: int = 0
    normal: int = 0
    zone: str = ""
    seen_at: int = 0
    seen_until: int = 0
    value_at: int = 0  # when the last value came
    raised: bool = False
    raised_at: int = 0
    latched: bool = False
    suspended: bool = False
    acknowledged_at: int | None = None
    by: str | None = None
    reminders: int = 0
    told_at: int = 0
    value: float | None = None
    extreme: float | None = None
    limit: float | None = None
    steps: list[str] = field(default_factory=list)

    @property
    def key(self) -> str:
        """Return its identifier in actions."""
        return f"{self.rule.id}@{self.subject}"

    @property
    def order(self) -> tuple[int, str]:
        """Return the sort key of alarms that change at the same time."""
        return self.place, self.subject

    @property
    def holds(self) -> bool:
        """Return whether it was raised and its condition is not over."""
        return self.raised

    @property
    def open(self) -> bool:
        """Return whether it is displayed."""
        return self.raised or self.latched

    @property
    def state(self) -> str:
        """Return its displayed state."""
        if self.raised:
            return "active" if self.acknowledged_at is None else "acknowledged"
        if self.latched:
            return "latched"
        return "pending" if self.violated or self.zone == "violated" else "inactive"

    def count(self, now: int) -> None:
        """Add the observed time up to now."""
        until = min(now, self.seen_until)
        seen = max(0, until - self.seen_at)
        if self.zone == "violated":
            self.violated += seen
        elif self.zone == "normal":
            self.normal += seen
        silence_s = max(FORGOTTEN_S, 3 * self.rule.sustain)
        if now - self.value_at >= silence_s * SECOND and now > self.seen_until:
            self.violated = self.normal = 0
        if not self.raised and self.zone == "normal" and self.normal >= self._clear_after:
            self.violated = 0
        self.seen_at = max(self.seen_at, until)

    def see(self, now: int, zone: str, stands: int) -> None:
        """Record an observation and how long it is valid."""
        self.count(now)
        if zone == "violated":
            self.normal = 0
        self.zone, self.seen_at, self.seen_until = zone, now, now + stands
        self.value_at = now
        if zone == "normal" and not self.raised and not self._clear_after:
            self.violated = 0

    def blind(self, now: int) -> None:
        """Record the end of observations; accumulated times remain."""
        self.count(now)
        self.seen_until = min(self.seen_until, now)

    @property
    def _sustain(self) -> int:
        return self.rule.sustain * SECOND

    @property
    def _clear_after(self) -> int:
        return self.rule.clear_after * SECOND

    def changes_at(self) -> int | None:
        """Return when it raises, ends or reminds without further observations; None: never."""
        times = []
        if self.zone == "violated" and not self.raised:
            times.append(self.seen_at + max(0, self._sustain - self.violated))
        if self.zone == "normal" and self.raised:
            times.append(self.seen_at + max(0, self._clear_after - self.normal))
        times = [at for at in times if at <= self.seen_until and not self.suspended]
        if self.acknowledged_at is not None:
            times.append(self.acknowledged_at + REMIND * (self.reminders + 1))
        return min(times, default=None)

    def step(self, now: int) -> str:
        """Apply the step that is due now; return raised, cleared, latched, reminder or ""."""
        self.count(now)
        seen = now <= self.seen_until and not self.suspended
        if seen and self.zone == "violated" and not self.raised and self.violated >= self._sustain:
            self.raised, self.raised_at = True, now
            self.latched = self.latched or self.rule.latch
            self.by = self.acknowledged_at = None
            self.normal = 0
            return "raised"
        if seen and self.zone == "normal" and self.raised and self.normal >= self._clear_after:
            self.raised = False
            self.by = self.acknowledged_at = None
            self.violated = self.normal = 0
            return "latched" if self.latched else "cleared"
        if self.acknowledged_at is not None:
            if now >= self.acknowledged_at + REMIND * (self.reminders + 1):
                self.reminders += 1
                return "reminder"
        return ""

    def forget(self) -> None:
        """Reset it to an alarm without observations."""
        self.raised = self.latched = False
        self.violated = self.normal = self.seen_at = self.seen_until = 0
        self.zone, self.acknowledged_at = "", None
