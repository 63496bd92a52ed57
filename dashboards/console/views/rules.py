"""Rules in force, and those changed for a participant."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideView:
    """A rule that is other for this participant, or switched off."""

    rule: str
    change: str
    off: bool
    by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleView:
    """A rule in force, for those who look at it or change it.

    Attributes:
        text: what it does, in a sentence.
        enabled: it watches; False: somebody has switched it off.
        changeable: what can be changed, each with its present value as a policy writes it.
    """

    id: str
    priority: str
    text: str
    enabled: bool
    changeable: Mapping[str, str]
