"""One alarm's life: inactive, pending, active, acknowledged, latched.

Pure: whoever holds the alarm says what time it is. Every change that people must hear of is a
`Step`; the alarm also says when it wants to be woken (`due_ns`).

A condition has three zones: violated (beyond its limit), normal (behind the clear limit), and
hysteresis between them. Violated for `sustain` raises; normal for `clear_after` ends; hysteresis
changes nothing.
"""

import enum
from dataclasses import dataclass, field

from alerts.policy.rules import Rule

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
    WITHDRAWN = "withdrawn"  # its rule was disabled or taken out of the policy


class Zone(enum.Enum):
    """Where a value lies: beyond its limit, between limit and clear limit, or behind both."""

    VIOLATED = "violated"
    HYSTERESIS = "hysteresis"
    NORMAL = "normal"


def _ns(seconds: float) -> int:
    return round(seconds * 1e9)


@dataclass(slots=True)
class Alarm:
    """One rule's occurrence on one subject.

    Attributes:
        rule: what raises it.
        subject: channel or sensor, or ``session``.
        number: of its rule; orders what happens at the same time.
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
    number: int = 0
    state: State = State.INACTIVE
    suspended: bool = False
    latched: bool = False
    raised_ns: int = 0
    value: float | None = None
    limit: float | None = None
    cause: str = ""
    by: str | None = None
    _pending_ns: int | None = field(default=None, repr=False)  # since when violated
    _normal_ns: int | None = field(default=None, repr=False)  # since when normal
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
        times = (self._raises_ns(), self._clears_ns(), self._reminds_ns)
        return min((time for time in times if time is not None), default=None)

    @property
    def idle(self) -> bool:
        """Tell whether a normal value would change nothing: the common case, made cheap."""
        return self.state is State.INACTIVE and not self.suspended

    def _raises_ns(self) -> int | None:
        return None if self._pending_ns is None else self._pending_ns + _ns(self.rule.sustain_s)

    def _clears_ns(self) -> int | None:
        return None if self._normal_ns is None else self._normal_ns + _ns(self.rule.clear_after_s)

    def evaluate(self, now_ns: int, zone: Zone) -> list[Step]:
        """Take where the value lies now; return what changes at once."""
        steps: list[Step] = []
        if self.suspended:
            self.suspended = False
            if self.state in (State.ACTIVE, State.ACKNOWLEDGED):
                steps.append(Step.RESUMED)
        match self.state:
            case State.INACTIVE | State.LATCHED if zone is Zone.VIOLATED:
                self.state, self._pending_ns = State.PENDING, now_ns
                return steps + (self.wake(now_ns) if not self.rule.sustain_s else [])
            case State.PENDING if zone is not Zone.VIOLATED:
                self._drop_pending()
            case State.ACTIVE | State.ACKNOWLEDGED if zone is not Zone.NORMAL:
                self._normal_ns = None
            case State.ACTIVE | State.ACKNOWLEDGED if self._normal_ns is None:
                self._normal_ns = now_ns
                return steps + (self.wake(now_ns) if not self.rule.clear_after_s else [])
        return steps

    def wake(self, now_ns: int) -> list[Step]:
        """Do what is due at `now_ns`."""
        if (raises_ns := self._raises_ns()) is not None and raises_ns <= now_ns:
            self._pending_ns = None
            self.state, self.raised_ns, self.by = State.ACTIVE, now_ns, None
            self.latched = self.rule.latch
            return [Step.RAISED]
        if (clears_ns := self._clears_ns()) is not None and clears_ns <= now_ns:
            self._normal_ns = self._reminds_ns = None
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
        self._normal_ns = None
        if self.state is State.PENDING:
            self._drop_pending()
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

    def amend(self, rule: Rule) -> None:
        """Go on under a changed rule: times that run are counted anew from where they began."""
        self.rule = rule
        if self.state in (State.ACTIVE, State.ACKNOWLEDGED):
            self.latched = self.latched or rule.latch

    def withdraw(self, by: str) -> list[Step]:
        """End it because `by` has disabled its rule: whatever is open is told, never just gone."""
        was_open = self.open
        self.state, self.latched, self.by = State.INACTIVE, False, by
        self._pending_ns = self._normal_ns = self._reminds_ns = None
        return [Step.WITHDRAWN] if was_open else []

    def _drop_pending(self) -> None:
        self._pending_ns = None
        self.state = State.LATCHED if self.latched else State.INACTIVE
