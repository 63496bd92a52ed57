"""Duty: who is on duty during a session, and until when. Pure."""

import enum
from dataclasses import dataclass

from alerts.call_plan import Plan
from alerts.deadline_queue import CALL_CLASS, DeadlineKey, Deadlines

NOTICE_NS = 30 * 60 * 10**9  # before the last one of the first tier goes off duty
DUTY = 5  # number of the deadline; those of `alerts.tiers` are lower
NOBODY_ON_DUTY, DUTY_ENDING = "nobody-on-duty", "duty-ending"  # faults
_ENDING: DeadlineKey = (CALL_CLASS, DUTY, "")


class DutySource(enum.StrEnum):
    """Origin of a change of duty."""

    HAND = "hand"  # a person has switched it
    HANDOVER = "hand-over"  # from one person to another
    ROSTER = "roster"


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Duty of one recipient since its last change.

    Attributes:
        on: whether the recipient is on duty.
        until_ns: time of the next planned change; None if there is none.
        source: of the change; None: at the start of the session.
    """

    on: bool
    until_ns: int | None = None
    source: DutySource | None = None


class Duty:
    """The duty of one session's recipients.

    Those who are called first are the recipients of the first tier whose channels confirm messages;
    if there are none, which the checklist reports, all of the first tier.

    Args:
        deadlines: of the session.

    Attributes:
        turns: of each recipient, by id.
        on: ids of the recipients on duty.
    """

    def __init__(self, deadlines: Deadlines[DeadlineKey]) -> None:
        self.turns: dict[str, Turn] = {}
        self.on: set[str] = set()
        self._first: set[str] = set()
        self._deadlines = deadlines

    def use(self, plan: Plan) -> None:
        """Put a plan in force; keep the turns of the recipients that were in the last one."""
        known = self.turns
        self.turns = {
            each.id: known.get(each.id, Turn(on=each.on_duty)) for each in plan.recipients
        }
        self.on = {name for name, turn in self.turns.items() if turn.on}
        confirms = {each.id for each in plan.recipients if each.confirms}
        first = {*plan.tiers[0].recipients} if plan.tiers else set()
        self._first = (first & confirms) or first

    def set(self, name: str, turn: Turn) -> bool:
        """Change the turn of a recipient; return whether they came on duty or went off duty."""
        known = self.turns.get(name)
        if known is None:
            return False
        self.turns[name] = turn
        (self.on.add if turn.on else self.on.discard)(name)
        return known.on != turn.on

    def stand_ins(self, name: str, plan: Plan) -> list[str]:
        """Return to whom a recipient on duty can hand over: those of all their tiers."""
        mine = [tier.recipients for tier in plan.tiers if name in tier.recipients]
        others = (each.id for each in plan.recipients if name in self.on and each.id != name)
        return [each for each in others if all(each in recipients for recipients in mine)]

    def nobody(self) -> bool:
        """Return whether none of those who are called first is on duty."""
        return bool(self._first) and self._first.isdisjoint(self.on)

    def ending_ns(self, now_ns: int, within_ns: int = NOTICE_NS) -> int | None:
        """Return the time from which none of them will be on duty, if it is soon; else None."""
        end_ns = self._end_ns(now_ns)
        return None if end_ns is None or end_ns - within_ns > now_ns else end_ns

    def watch(self, now_ns: int) -> None:
        """Set the deadline at which the end of duty is soon."""
        end_ns = self._end_ns(now_ns)
        if end_ns is None or end_ns - NOTICE_NS <= now_ns:
            self._deadlines.drop(_ENDING)
        else:
            self._deadlines.put(_ENDING, end_ns - NOTICE_NS)

    def _end_ns(self, now_ns: int) -> int | None:
        """Return the end of duty of those who are called first; None: not planned, or nobody is on.

        A recipient whose turn off duty has an end is on duty from then on.
        """
        turns = [self.turns[name] for name in self._first]
        on = [turn.until_ns for turn in turns if turn.on]
        ends_ns = [until_ns for until_ns in on if until_ns is not None]
        if not on or len(ends_ns) < len(on):
            return None
        end_ns = max(now_ns, *ends_ns)
        begins_ns = (turn.until_ns for turn in turns if not turn.on)
        if any(begin_ns is not None and begin_ns <= end_ns for begin_ns in begins_ns):
            return None  # somebody comes in time
        return end_ns
