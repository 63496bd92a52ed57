"""Overrides: changes of a policy's rules for one participant, each made by a named person.

Pure. Only the last override of a rule counts; one without changes restores the rule.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pydantic import ValidationError

from alerts.policy.checks import without_firm_limit
from alerts.policy.conditions import Bound
from alerts.policy.expressions import allowed, number_text
from alerts.policy.rule_parser import rule_of
from alerts.policy.rule_text import keys
from alerts.policy.rules import Policy, Rule
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
    """An override that is not valid; the message says why, and what is allowed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """A change of one rule for this participant.

    Attributes:
        rule: id of the rule.
        changes: keys of a policy file with their new values, such as ``above = 120``;
            ``enabled = false`` disables the rule.
        by: who made the change.
        reason: why.
    """

    rule: str
    changes: Changes
    by: str
    reason: str


def amended(policy: Policy, overrides: Sequence[Override]) -> Policy:
    """Apply overrides to a policy.

    Raises:
        OverrideError: the rule is unknown, or the changed rule is not valid.
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
    # A recorded policy of an older version may lack a firm limit without any override.
    if removed := _without_firm_limit(rules) - _without_firm_limit(policy.rules):
        raise OverrideError(
            f"the limit of rule '{min(removed)}' is unknown before the dose, or follows a "
            "slow rise: leave a rule of the same signal with a number as limit in force"
        )
    return replace(policy, rules=rules)


def _without_firm_limit(rules: Sequence[Rule]) -> set[str]:
    enabled = [rule for rule in rules if rule.enabled]
    return {enabled[index].id for index in without_firm_limit(enabled)}


def words(changes: Changes) -> str:
    """Describe changes: ``above 120, clear 115``."""
    if changes.get("enabled") is False:
        return "switched off"
    said = (f"{key.replace('_', ' ')} {_text(value)}" for key, value in changes.items())
    return ", ".join(said) or "as in the policy"


def changeable(rule: Rule) -> dict[str, str]:
    """Return the keys of a rule that an override can change, with their present values."""
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
    """Refuse a change to another kind of condition under the same name and message."""
    for key in sorted(_CONDITIONS & changes.keys()):
        same_side = {"above", "at_least"} if key in ("above", "at_least") else {"below", "at_most"}
        held = same_side if key in _BOUNDS else {key}
        if not held & table.keys():
            raise OverrideError(f"{where}: the rule has no {key}; an override only changes values")


def _key(path: Sequence[str | int]) -> str:
    return f"{path[0]}: " if path else ""
