"""One alarm's life: inactive, pending, active, acknowledged, latched.

Pure: whoever holds the alarm says what time it is. Every change that people must hear of is a
`Step`; the alarm also says when it wants to be woken (`due_ns`).

A condition has three zones: beyond its limit, safe (behind the clear limit), and the band
between. Beyond for `sustain` raises; safe for `clear_after` ends; the band changes nothing.
"""

import enum
from dataclasses import dataclass, field

from alerts.rules import Rule

REMIND_AFTER_NS = 180 * 10**9  # acknowledged and persisting. Source: Philips practice, 2 or 3 min


class State(enum.Enum):
    """Where an alarm stands. LATCHED: its condition is over, it waits for a reset."""

    INACTIVE = "inactive"
    PENDING = "pending"
    ACTIVE = "active"
    ACKNOWLEDGED = "acknowledged"
    LATCHED = "latched"


class Step(enum.Enum):
    """A change that people must hear of."""

    RAISED = "raised"
    ACKNOWLEDGED = "acknowledged"
    LATCHED = "latched"
    CLEARED = "cleared"
    RESET = "reset"
    SUSPENDED = "suspended"
    RESUMED = "resumed"
    REMINDER = "reminder"


class Zone(enum.Enum):
    """Where a value lies."""

    BEYOND = "beyond"
    BAND = "band"
    SAFE = "safe"


def _ns(seconds: float) -> int:
    return round(seconds * 1e9)


@dataclass(slots=True)
class Alarm:
    """One rule's occurrence on one subject.

    Attributes:
        rule: what raises it.
        subject: channel or sensor, or ``session``.
        state: where it stands.
        suspended: its sensor is lost, so that it can be neither raised nor cleared.
        latched: raised before and not yet reset (only rules that latch).
        raised_ns: when it was raised last.
        value: at its last step, in the signal's unit.
        limit: what the value was held against then.
        cause: why a technical condition holds, for people; empty where the rule says it all.
        by: who acknowledged it.
    """

    rule: Rule
    subject: str
    state: State = State.INACTIVE
    suspended: bool = False
    latched: bool = False
    raised_ns: int = 0
    value: float | None = None
    limit: float | None = None
    cause: str = ""
    by: str | None = None
    _sustained_ns: int | None = field(default=None, repr=False)
    _clears_ns: int | None = field(default=None, repr=False)
    _reminds_ns: int | None = field(default=None, repr=False)

    @property
    def key(self) -> str:
        """Return the name under which people refer to it."""
        return f"{self.rule.id}@{self.subject}"

    @property
    def message(self) -> str:
        """Return what is wrong, in a sentence for people."""
        return f"{self.rule.message}: {self.cause}" if self.cause else self.rule.message

    @property
    def open(self) -> bool:
        """Tell whether people must see it."""
        return self.state in (State.ACTIVE, State.ACKNOWLEDGED, State.LATCHED) or self.latched

    @property
    def shown(self) -> State:
        """Return the state as people see it: a latched alarm that is pending anew is latched."""
        return State.LATCHED if self.latched and self.state is State.PENDING else self.state

    @property
    def due_ns(self) -> int | None:
        """Return when `wake` is to be called if nothing else happens before."""
        times = (self._sustained_ns, self._clears_ns, self._reminds_ns)
        return min((time for time in times if time is not None), default=None)

    def judge(self, now_ns: int, zone: Zone) -> list[Step]:
        """Take where the value lies now; return what changes at once."""
        steps: list[Step] = []
        if self.suspended:
            self.suspended = False
            if self.state in (State.ACTIVE, State.ACKNOWLEDGED):
                steps.append(Step.RESUMED)
        match self.state:
            case State.INACTIVE | State.LATCHED if zone is Zone.BEYOND:
                self.state = State.PENDING
                self._sustained_ns = now_ns + _ns(self.rule.sustain_s)
            case State.PENDING if zone is not Zone.BEYOND:
                self._withdraw()
            case State.ACTIVE | State.ACKNOWLEDGED if zone is not Zone.SAFE:
                self._clears_ns = None
            case State.ACTIVE | State.ACKNOWLEDGED if self._clears_ns is None:
                self._clears_ns = now_ns + _ns(self.rule.clear_after_s)
        due = [time for time in (self._sustained_ns, self._clears_ns) if time == now_ns]
        return steps + (self.wake(now_ns) if due else [])

    def wake(self, now_ns: int) -> list[Step]:
        """Do what is due at `now_ns`."""
        if self._sustained_ns is not None and self._sustained_ns <= now_ns:
            self._sustained_ns = None
            self.state, self.raised_ns, self.by = State.ACTIVE, now_ns, None
            self.latched = self.rule.latch
            return [Step.RAISED]
        if self._clears_ns is not None and self._clears_ns <= now_ns:
            self._clears_ns = self._reminds_ns = None
            self.state = State.LATCHED if self.latched else State.INACTIVE
            return [Step.LATCHED if self.latched else Step.CLEARED]
        if self._reminds_ns is not None and self._reminds_ns <= now_ns:
            self._reminds_ns = now_ns + REMIND_AFTER_NS
            return [Step.REMINDER]
        return []

    def suspend(self) -> list[Step]:
        """Its sensor is lost: a pending alarm is withdrawn, an active one stands, unjudged."""
        if self.suspended:
            return []
        self.suspended = True
        self._clears_ns = None
        if self.state is State.PENDING:
            self._withdraw()
        return [Step.SUSPENDED] if self.state in (State.ACTIVE, State.ACKNOWLEDGED) else []

    def acknowledge(self, now_ns: int, by: str) -> list[Step]:
        """Take that `by` has seen an active alarm; nothing changes in any other state."""
        if self.state is not State.ACTIVE:
            return []
        self.state, self.by = State.ACKNOWLEDGED, by
        self._reminds_ns = now_ns + REMIND_AFTER_NS
        return [Step.ACKNOWLEDGED]

    def reset(self, by: str) -> list[Step]:
        """Put a latched alarm away; nothing changes while its condition still holds."""
        if self.shown is not State.LATCHED:
            return []
        self.latched, self.by = False, by
        if self.state is State.LATCHED:
            self.state = State.INACTIVE
        return [Step.RESET]

    def _withdraw(self) -> None:
        self._sustained_ns = None
        self.state = State.LATCHED if self.latched else State.INACTIVE
