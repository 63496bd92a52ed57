"""Roles and their rights: the minimum that each needs for its work."""

from dataclasses import dataclass
from enum import StrEnum


class Right(StrEnum):
    """A right that a page, a route or an action requires."""

    STATE = "state"  # see whether sensors work; no values, nor anything that reveals one
    VALUES = "values"  # see values, alarms, markers
    ATTEND = "attend"  # acknowledge, accept, reset, pause audio, mark, measure
    RULES = "rules"  # change a rule or the policy, set a new baseline
    RUN = "run"  # start and end a session, swap a sensor
    CALLS = "calls"  # test calls, who is on duty
    METRICS = "metrics"  # see the health and the metrics of the service; they reveal values


class Role(StrEnum):
    """A person's or program's role in a study."""

    MONITOR = "monitor"
    MEDICAL = "medical"
    RESEARCHER = "researcher"
    RATER = "rater"  # blinded: values would reveal which drug was given
    ADMIN = "admin"
    METRICS = "metrics"  # a program such as Prometheus

    def may(self, right: Right) -> bool:
        """Return whether the role has a right."""
        return right in RIGHTS[self]

    @property
    def acts(self) -> bool:
        """Return whether the role does more than read."""
        return bool(RIGHTS[self] - {Right.STATE, Right.VALUES, Right.METRICS})


RIGHTS = {
    Role.MONITOR: frozenset(Right) - {Right.RULES},
    Role.MEDICAL: frozenset(Right),
    Role.RESEARCHER: frozenset({Right.STATE, Right.VALUES}),
    Role.RATER: frozenset({Right.STATE}),
    Role.ADMIN: frozenset({Right.STATE, Right.VALUES, Right.RUN, Right.CALLS, Right.METRICS}),
    Role.METRICS: frozenset({Right.METRICS}),
}


@dataclass(frozen=True, slots=True)
class Person:
    """An authenticated person or program.

    Attributes:
        user: name of the account, or of the token.
        role: determines the rights.
    """

    user: str
    role: Role

    def may(self, right: Right) -> bool:
        """Return whether the person has a right."""
        return self.role.may(right)

    @property
    def signature(self) -> str:
        """Return the name under which actions are journaled: ``anna (medical)``."""
        return f"{self.user} ({self.role})"
