"""A policy with rules changed for one participant, each change in a person's name.

Pure. An override says what is other than in the policy's text; the last one for a rule counts
alone, and one without changes puts the rule back.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pydantic import ValidationError

from alerts.policy.checks import alone
from alerts.policy.expressions import allowed, number_text
from alerts.policy.rule_parser import rule_of
from alerts.policy.rule_text import keys
from alerts.policy.rules import Bound, Policy, Rule
from alerts.policy.safeguards import SAFEGUARD
from alerts.policy.tables import RuleTable, with_current_keys
from devices.errors import PhysiomonError

_BOUNDS = frozenset(bound.value for bound in Bound)
CHANGEABLE = (
    *sorted(_BOUNDS),
    "clear",
    "repeated",
    "rise",
    "absent",
    "invalid",
    "frozen",
    "due",
    "sustain",
    "clear_after",
    "priority",
    "latch",
    "enabled",
)
_CONDITIONS = frozenset({*_BOUNDS, "rise", "absent", "invalid", "frozen", "due", "fault", "all"})

Changes = Mapping[str, str | float | bool]


class OverrideError(PhysiomonError):
    """An override that cannot be used; says why, and what is allowed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """What is other for this participant.

    Attributes:
        rule: id of the rule.
        changes: keys of a policy file with their new values, such as ``above = 120``;
            ``enabled = false`` switches the rule off.
        by: who has decided it.
        reason: why.
    """

    rule: str
    changes: Changes
    by: str
    reason: str


def amended(policy: Policy, overrides: Sequence[Override]) -> Policy:
    """Return the policy with the overrides in force.

    Raises:
        OverrideError: there is no such rule, or what the override makes of it is no sound rule.
    """
    last = {override.rule: override for override in overrides}
    known = {rule.id: rule for rule in policy.rules}
    for override in last.values():
        if override.rule not in known:
            raise OverrideError(
                f"override of rule '{override.rule}': the policy {policy.name} has no such rule: "
                f"{allowed(override.rule, known)}"
            )
    written = map(with_current_keys, tomllib.loads(policy.text)["rule"])
    tables = {table["id"]: table for table in written}
    rules = tuple(
        _amended(tables[rule.id], last[rule.id]) if rule.id in last else rule
        for rule in policy.rules
    )
    for index in alone([rule for rule in rules if rule.enabled]):
        enabled = [rule for rule in rules if rule.enabled]
        raise OverrideError(
            f"rule '{enabled[index].id}' would stand alone with a rolling limit, which a slow "
            "rise drags along: leave a fixed limit of the same signal in force"
        )
    return replace(policy, rules=rules)


def words(changes: Changes) -> str:
    """Return changes in words: ``above 120, clear 115``."""
    if changes.get("enabled") is False:
        return "switched off"
    said = (f"{key.replace('_', ' ')} {_text(value)}" for key, value in changes.items())
    return ", ".join(said) or "as in the policy"


def changeable(rule: Rule) -> dict[str, str]:
    """Return what of a rule an override can change, each with its present value."""
    if rule.source == SAFEGUARD:
        return {}
    return {key: _text(value) for key, value in keys(rule).items() if key in CHANGEABLE}


def _text(value: object) -> str:
    return number_text(value) if isinstance(value, float) else str(value)


def _amended(table: Mapping[str, object], override: Override) -> Rule:
    where = f"override of rule '{override.rule}'"
    changes = dict(override.changes)
    enabled = changes.pop("enabled", True)
    if not isinstance(enabled, bool):
        raise OverrideError(f"{where}: enabled must be true or false")
    for key in changes:
        if key not in CHANGEABLE:
            raise OverrideError(f"{where}: '{key}' cannot be changed: {allowed(key, CHANGEABLE)}")
    _refuse_another_condition(where, table, changes)
    kept = {key: value for key, value in table.items() if key not in _BOUNDS}
    if not _BOUNDS & changes.keys():
        kept = dict(table)
    try:
        checked = RuleTable.model_validate({**kept, **changes})
    except ValidationError as error:
        key = str(error.errors(include_url=False)[0]["loc"][0])
        raise OverrideError(f"{where}: {key} must be {RuleTable.form(key)}") from None
    wrong: list[str] = []
    rule = rule_of(checked, lambda path, what: wrong.append(f"{_key(path)}{what}"))
    if rule is None or wrong:
        raise OverrideError(f"{where}: {wrong[0]}")
    return replace(rule, enabled=enabled)


def _refuse_another_condition(
    where: str, table: Mapping[str, object], changes: Mapping[str, object]
) -> None:
    """Refuse what would make it watch for something else under the same name and message."""
    for key in sorted(_CONDITIONS & changes.keys()):
        same_side = {"above", "at_least"} if key in ("above", "at_least") else {"below", "at_most"}
        held = same_side if key in _BOUNDS else {key}
        if not held & table.keys():
            raise OverrideError(f"{where}: it has no {key}; an override changes what is there")


def _key(path: Sequence[str | int]) -> str:
    return f"{path[0]}: " if path else ""
