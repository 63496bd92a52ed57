"""Roles and what each has the right to: the least that its work needs."""

from dataclasses import dataclass
from enum import StrEnum


class Right(StrEnum):
    """What a page, a route or an act asks for."""

    STATE = "state"  # see that sensors work; no value, nothing that tells of one
    VALUES = "values"  # see values, alarms, markers
    ATTEND = "attend"  # acknowledge, accept, reset, pause audio, mark, measure
    RULES = "rules"  # change a rule or the policy, take another baseline
    RUN = "run"  # start and end a session, swap a sensor
    CALLS = "calls"  # test calls, who is on duty


class Role(StrEnum):
    """What somebody is in a study."""

    MONITOR = "monitor"
    MEDICAL = "medical"
    RESEARCHER = "researcher"
    RATER = "rater"  # blinded: a value would tell which drug was given
    ADMIN = "admin"

    def may(self, right: Right) -> bool:
        """Tell whether the role has a right."""
        return right in _RIGHTS[self]


_RIGHTS = {
    Role.MONITOR: frozenset(Right) - {Right.RULES},
    Role.MEDICAL: frozenset(Right),
    Role.RESEARCHER: frozenset({Right.STATE, Right.VALUES}),
    Role.RATER: frozenset({Right.STATE}),
    Role.ADMIN: frozenset({Right.STATE, Right.VALUES, Right.RUN, Right.CALLS}),
}


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who has proven who they are.

    Attributes:
        user: name of the account, or of the token.
        role: what they are.
    """

    user: str
    role: Role

    def may(self, right: Right) -> bool:
        """Tell whether the person has a right."""
        return self.role.may(right)

    @property
    def signature(self) -> str:
        """Return what the journal says of who has acted: ``anna (medical)``."""
        return f"{self.user} ({self.role})"
