"""Verdicts of people on past alarms, as facts."""

import enum
from dataclasses import dataclass
from typing import ClassVar


class Verdict(enum.StrEnum):
    """A judgement of one occurrence of an alarm."""

    USEFUL = "useful"  # it needed attention or an action
    FALSE = "false"  # the values were right, and nobody had to do anything
    ARTEFACT = "artefact"  # the values were wrong: movement, a loose sensor


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmReviewFact:
    """A person's verdict on one occurrence of an alarm; the last one counts."""

    kind: ClassVar[str] = "alarm-review"
    subject: str  # of the alarm: channel, sensor or session
    at_ns: int  # time of entry
    rule: str  # id of the alarm's rule
    raised_ns: int  # when the alarm was raised
    verdict: str  # a `Verdict`; empty: the last one was withdrawn
    by: str  # who judged it

    @property
    def key(self) -> str:
        """Return the key of the alarm: rule, ``@`` and subject."""
        return f"{self.rule}@{self.subject}"
