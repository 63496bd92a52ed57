"""Duty: who is on duty during a session, and until when. Pure."""

import enum
from collections.abc import Iterable
from dataclasses import dataclass

from alerts.call_plan import Plan


class DutySource(enum.StrEnum):
    """Origin of a change of duty."""

    HAND = "hand"  # a person has switched it
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

    Attributes:
        turns: of each recipient, by id.
        on: ids of the recipients on duty.
    """

    def __init__(self) -> None:
        self.turns: dict[str, Turn] = {}
        self.on: set[str] = set()

    def use(self, plan: Plan) -> None:
        """Put a plan in force; keep the turns of the recipients that were in the last one."""
        known = self.turns
        self.turns = {
            each.id: known.get(each.id, Turn(on=each.on_duty)) for each in plan.recipients
        }
        self.on = {name for name, turn in self.turns.items() if turn.on}

    def set(self, name: str, turn: Turn) -> bool:
        """Change the turn of a recipient; return whether they came on duty or went off duty."""
        known = self.turns.get(name)
        if known is None:
            return False
        self.turns[name] = turn
        (self.on.add if turn.on else self.on.discard)(name)
        return known.on != turn.on

    def covered_until_ns(self, now_ns: int, names: Iterable[str]) -> int | None:
        """Return the time from which none of some recipients is on duty; None: not planned.

        A recipient whose turn off duty has an end is on duty from then on.
        """
        turns = [self.turns[name] for name in names if name in self.turns]
        if any(turn.on and turn.until_ns is None for turn in turns):
            return None
        ends_ns = [turn.until_ns or now_ns for turn in turns if turn.on]
        end_ns = max(ends_ns, default=now_ns)
        begins_ns = (turn.until_ns for turn in turns if not turn.on)
        if any(begin_ns is not None and begin_ns <= end_ns for begin_ns in begins_ns):
            return None  # somebody comes in time
        return end_ns
