"""State machine of one alarm: inactive, pending, active, acknowledged, latched.

Pure: the caller gives the time. Each change that is announced is a `Step`; `due_ns` is the time at
which the caller is to call `wake`. For how long a condition was seen: see `alerts.evidence`.
"""

import enum
import math
from dataclasses import dataclass, field

from alerts.evidence import Evidence, Zone
from alerts.policy.conditions import Absent, Compare, Invalid
from alerts.policy.rules import Rule

REMIND_AFTER_NS = 180 * 10**9  # acknowledged and persisting. Source: Philips practice, 2 or 3 min
# Evidence expires when nothing was seen for the longer of this and three times `sustain`.
FORGET_AFTER_NS = 300 * 10**9
_FORGET_SUSTAINS = 3


class State(enum.Enum):
    """State of an alarm. LATCHED: its condition is over, but it has not been reset."""

    INACTIVE = "inactive"
    PENDING = "pending"
    ACTIVE = "active"
    ACKNOWLEDGED = "acknowledged"
    LATCHED = "latched"


# Attributes of enumerations are slow before Python 3.12.
_INACTIVE, _PENDING, _LATCHED = State.INACTIVE, State.PENDING, State.LATCHED
_HOLDS = (State.ACTIVE, State.ACKNOWLEDGED)
_VIOLATED, _NORMAL = Zone.VIOLATED, Zone.NORMAL


class Step(enum.Enum):
    """A change of an alarm that is announced."""

    RAISED = "raised"
    ACKNOWLEDGED = "acknowledged"
    LATCHED = "latched"
    CLEARED = "cleared"
    RESET = "reset"
    SUSPENDED = "suspended"
    RESUMED = "resumed"
    REMINDER = "reminder"
    WITHDRAWN = "withdrawn"  # its rule was disabled or removed from the policy
    UNACKNOWLEDGED = "unacknowledged"  # the acknowledgement was undone
    COVERED = "covered"  # a higher alarm of its ladder holds and shows it inside
    UNCOVERED = "uncovered"  # no higher alarm of its ladder holds any more


@dataclass(slots=True)
class Alarm:
    """One rule's occurrence on one subject.

    Attributes:
        rule: what raises it.
        subject: channel or sensor, or ``session``.
        number: of its rule; orders what happens at the same time.
        state: of the alarm.
        suspended: its sensor is lost, so it can be neither raised nor cleared.
        latched: raised before and not yet reset (only rules that latch).
        raised_ns: time at which it was raised last.
        value: evaluated last, in the signal's unit.
        limit: that the value was compared with.
        seen_ns: time at which the value was evaluated.
        extreme: highest value since it was raised; the lowest for a lower limit.
        reach: limit when it was raised; orders alarms of one priority in their ladder.
        head: id of the rule whose alarm covers it, or empty; see `alerts.ladder`.
        cause: of a technical condition; empty if the rule's message is enough.
        acknowledged_by: who acknowledged this occurrence, or the alarm of its ladder inside
            which it was raised.
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
    seen_ns: int | None = None
    extreme: float | None = None
    reach: float = 0.0
    head: str = ""
    cause: str = ""
    acknowledged_by: str | None = None
    _seen: Evidence = field(default_factory=Evidence, repr=False)
    _reminds_ns: int | None = field(default=None, repr=False)
    _amended_ns: int = field(default=0, repr=False)  # its rule in force completes nothing before

    @property
    def key(self) -> str:
        """Return its key: rule, ``@`` and subject."""
        return f"{self.rule.id}@{self.subject}"

    @property
    def holds(self) -> bool:
        """Return whether its condition holds, as far as is known."""
        return self.state in _HOLDS

    @property
    def open(self) -> bool:
        """Return whether it is shown."""
        return self.holds or self.state is State.LATCHED or self.latched

    @property
    def waiting(self) -> bool:
        """Return whether it is not acknowledged: active, or over and never acknowledged."""
        return self.state is State.ACTIVE or (self.latched and self.acknowledged_by is None)

    @property
    def shown(self) -> State:
        """Return the state to show: a latched alarm that is pending again is latched."""
        return State.LATCHED if self.latched and self.state is State.PENDING else self.state

    @property
    def due_ns(self) -> int | None:
        """Return the time at which to call `wake` if nothing else happens before, or None."""
        due_ns = self._clears_ns() if self.holds else self._raises_ns()
        if due_ns is None or self._reminds_ns is None:
            return self._reminds_ns if due_ns is None else due_ns
        return min(due_ns, self._reminds_ns)

    @property
    def idle(self) -> bool:
        """Return whether only a violation would change anything: a fast path."""
        return self.state is _INACTIVE and not self.suspended

    def _raises_ns(self) -> int | None:
        if self.state is not _PENDING or self.suspended:
            return None
        return self._seen.full_ns(_VIOLATED, self.rule.sustain_ns, self._amended_ns)

    def _clears_ns(self) -> int | None:
        if not self.holds or self.suspended:  # a changed rule may need less than was seen
            return None
        return self._seen.full_ns(_NORMAL, self.rule.clear_after_ns, self._amended_ns)

    def measure(self, now_ns: int, value: float | None, limit: float | None, cause: str) -> None:
        """Record what `evaluate` evaluates next: a value, its limit and a cause."""
        self.value, self.limit, self.cause = value, limit, cause
        self.seen_ns = None if value is None else now_ns
        if self.holds:
            self._extend()

    def evaluate(self, now_ns: int, zone: Zone, valid_ns: int | None = None) -> list[Step]:
        """Evaluate the zone of the present value; return the steps that follow.

        Args:
            now_ns: engine time.
            zone: of the value.
            valid_ns: time for which the value is evidence; None: until the next evaluation.
        """
        steps: list[Step] = []
        if self.suspended:
            self.suspended = False
            if self.holds:
                steps.append(Step.RESUMED)
        self._end_pending_if_normal(now_ns)
        if self.state is _INACTIVE or self.state is _LATCHED:
            if zone is not _VIOLATED:
                return steps
            self.state, self._seen = _PENDING, Evidence()
        forget_ns = max(FORGET_AFTER_NS, _FORGET_SUSTAINS * self.rule.sustain_ns)
        self._seen.see(now_ns, zone, valid_ns, forget_ns)
        self._end_pending_if_normal(now_ns)
        due_ns = self._clears_ns() if self.holds else self._raises_ns()
        return steps + (self.wake(now_ns) if due_ns is not None and due_ns <= now_ns else [])

    def wake(self, now_ns: int) -> list[Step]:
        """Raise, clear or remind if that is due at `now_ns`."""
        if (raises_ns := self._raises_ns()) is not None and raises_ns <= now_ns:
            return [self._raise(now_ns)]
        if (clears_ns := self._clears_ns()) is not None and clears_ns <= now_ns:
            self._reminds_ns = None
            self._end()
            return [Step.LATCHED if self.latched else Step.CLEARED]
        if self._reminds_ns is not None and self._reminds_ns <= now_ns:
            self._reminds_ns = now_ns + REMIND_AFTER_NS
            return [Step.REMINDER]
        return []

    def pause(self, now_ns: int) -> None:
        """Stop counting the last value: the condition is unknown from now on."""
        self._seen.pause(now_ns)

    def suspend(self, now_ns: int) -> list[Step]:
        """Suspend it while its sensor is lost: an active alarm stays, evidence is not counted."""
        self.pause(now_ns)
        if self.suspended:
            return []
        self.suspended = True
        return [Step.SUSPENDED] if self.holds else []

    def acknowledge(self, now_ns: int, by: str) -> list[Step]:
        """Acknowledge an active alarm for `by`; do nothing in any other state."""
        if self.state is not State.ACTIVE:
            return []
        self.state, self.acknowledged_by = State.ACKNOWLEDGED, by
        self._reminds_ns = now_ns + REMIND_AFTER_NS
        return [Step.ACKNOWLEDGED]

    def unacknowledge(self) -> list[Step]:
        """Make an acknowledged alarm active again; do nothing in any other state."""
        if self.state is not State.ACKNOWLEDGED:
            return []
        self.state, self.acknowledged_by, self._reminds_ns = State.ACTIVE, None, None
        return [Step.UNACKNOWLEDGED]

    def cover(self, now_ns: int, head: str, by: str | None) -> None:
        """Set the head of its ladder.

        Args:
            now_ns: engine time.
            head: id of the rule whose alarm covers it; empty: it is the head itself.
            by: who acknowledged a higher alarm of the ladder, and this one with it; None: nobody.
        """
        self.head = head
        if by is not None and self.state is State.ACTIVE:
            self.state, self.acknowledged_by = State.ACKNOWLEDGED, by
        if head or self.state is not State.ACKNOWLEDGED:
            self._reminds_ns = None  # only the head of a ladder reminds
        elif self._reminds_ns is None:
            self._reminds_ns = now_ns + REMIND_AFTER_NS

    def reset(self) -> list[Step]:
        """Reset a latched alarm; do nothing while its condition still holds."""
        if self.shown is not State.LATCHED:
            return []
        self.latched, self.acknowledged_by = False, None
        if self.state is State.LATCHED:
            self.state = State.INACTIVE
        return [Step.RESET]

    def amend(self, now_ns: int, rule: Rule) -> list[Step]:
        """Apply a changed rule; a higher priority raises an open alarm again."""
        worse = rule.priority > self.rule.priority
        self.rule, self._amended_ns = rule, now_ns
        if not self.holds:
            return []
        self.latched = self.latched or rule.latch
        return [self._raise(now_ns)] if worse else []

    def withdraw(self) -> list[Step]:
        """End it because its rule was disabled; an open alarm never ends without a step."""
        was_open = self.open
        self.state, self.latched, self.acknowledged_by = State.INACTIVE, False, None
        self._reminds_ns = None
        return [Step.WITHDRAWN] if was_open else []

    def _raise(self, now_ns: int) -> Step:
        if not self.holds:
            self.extreme = None
        self._extend()
        self.reach = self._reach()
        self.state, self.raised_ns, self.acknowledged_by = State.ACTIVE, now_ns, None
        self.latched, self._reminds_ns = self.latched or self.rule.latch, None
        return Step.RAISED

    def _end_pending_if_normal(self, now_ns: int) -> None:
        """End a pending alarm that was seen normal for long enough."""
        if self.state is not _PENDING:
            return
        normal_ns = self._seen.full_ns(_NORMAL, self.rule.clear_after_ns)
        if normal_ns is not None and normal_ns <= now_ns:
            self._end()

    def _end(self) -> None:
        self.state = State.LATCHED if self.latched else State.INACTIVE

    def _extend(self) -> None:
        """Update the highest or lowest value."""
        value, extreme = self.value, self.extreme
        if value is None:
            return
        if extreme is not None and extreme != value:
            condition = self.rule.condition
            upper = not isinstance(condition, Compare) or condition.bound.upper
            value = max(value, extreme) if upper else min(value, extreme)
        self.extreme = value

    def _reach(self) -> float:
        match self.rule.condition:
            case Compare(bound=bound):
                if self.limit is None:
                    return -math.inf
                return self.limit if bound.upper else -self.limit
            case Absent(after_s=after_s) | Invalid(after_s=after_s):
                return after_s
            case _:
                return 0.0
