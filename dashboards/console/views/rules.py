"""Rules in force, and those changed for a participant."""

from collections.abc import Mapping
from dataclasses import dataclass, field


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
        message: text of its alarm.
        unit: symbol of the unit of its limits, or empty.
        enabled: False if it is switched off.
        changeable: keys that can be changed, each with its current value in policy syntax.
        changed: keys that are changed for this participant, with their values.
    """

    id: str
    priority: str
    text: str
    enabled: bool
    changeable: Mapping[str, str]
    message: str = ""
    unit: str = ""
    changed: Mapping[str, str | float | bool] = field(default_factory=dict)
