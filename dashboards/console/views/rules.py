"""Rules in force, and those changed for a participant."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideView:
    """A rule that is changed for this participant, or switched off."""

    rule: str
    change: str
    off: bool
    by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleView:
    """A rule in force, with the values that can be changed.

    Attributes:
        text: its effect in one sentence.
        enabled: False if it is switched off.
        changeable: keys that can be changed, each with its current value in policy syntax.
    """

    id: str
    priority: str
    text: str
    enabled: bool
    changeable: Mapping[str, str]
