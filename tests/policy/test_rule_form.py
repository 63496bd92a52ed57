"""The numbers of a rule's form, for every limit of the shipped policies."""

import pytest

from alerts.policy.overrides import Override, amended, changeable
from alerts.policy.parser import load_shipped, shipped
from dashboards.console.dialogs.rule_limits import BOUNDS, LimitNumber, limit_number, moved


@pytest.mark.parametrize("name", shipped())
def test_limit_is_tightened_together_with_its_clear_limit(name: str) -> None:
    policy = load_shipped(name)
    tightened = 0
    for rule in policy.rules:
        values = changeable(rule)
        bound = next((key for key in BOUNDS if key in values), None)
        limit = None if bound is None else limit_number(values[bound])
        clear = limit_number(values.get("clear", ""))
        if bound is None or limit is None or clear is None or clear.anchor != limit.anchor:
            continue
        by = -0.5 if bound in ("above", "at_least") else 0.5
        after = LimitNumber(limit.number + by, limit.anchor)
        ends = LimitNumber(moved(clear, limit, after.number), clear.anchor)
        changes = {bound: after.value, "clear": ends.value}
        override = Override(rule=rule.id, changes=changes, by="AB", reason="frail")
        in_force = next(one for one in amended(policy, [override]).rules if one.id == rule.id)
        assert limit_number(changeable(in_force)[bound]) == after
        assert limit_number(changeable(in_force)["clear"]) == ends
        tightened += 1
    assert tightened >= 3
