"""Rules changed for one participant."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.policy.conditions import Absent, Compare
from alerts.policy.overrides import Override, OverrideError, amended, changeable, words
from alerts.policy.parser import load_shipped, parse_policy
from alerts.policy.rules import Policy, Rule
from tests.policy.texts import CT, HR, written

MDMA = load_shipped("mdma-session")


def override(rule: str, **changes: str | float | bool) -> Override:
    return Override(rule=rule, changes=changes, by="Dr A", reason="agreed")


def rule_of(policy: Policy, name: str) -> Rule:
    (found,) = (rule for rule in policy.rules if rule.id == name)
    return found


def test_policy_without_overrides_is_unchanged() -> None:
    assert amended(MDMA, ()) == MDMA


def test_override_changes_only_the_limit() -> None:
    changed = amended(MDMA, [override("hr-110", above=120, clear=115)])
    rule, was = rule_of(changed, "hr-110"), rule_of(MDMA, "hr-110")
    assert isinstance(rule.condition, Compare)
    assert rule.condition.limit.offset == 120
    assert (rule.sustain_s, rule.priority) == (was.sustain_s, was.priority)
    assert rule.message == was.message
    others = [rule for rule in changed.rules if rule.id != "hr-110"]
    assert others == [rule for rule in MDMA.rules if rule.id != "hr-110"]


def test_override_may_use_at_least_for_above_but_not_below() -> None:
    changed = amended(MDMA, [override("hr-110", at_least=120)])
    assert isinstance(rule_of(changed, "hr-110").condition, Compare)
    with pytest.raises(OverrideError, match="the rule has no below; an override only"):
        amended(MDMA, [override("hr-110", below=50)])


def test_last_override_replaces_earlier_ones_and_an_empty_one_restores() -> None:
    first = override("hr-110", sustain="90s")
    second = override("hr-110", above=120)
    rule = rule_of(amended(MDMA, [first, second]), "hr-110")
    assert rule.sustain_s == 60
    assert amended(MDMA, [first, override("hr-110")]) == MDMA


def test_rule_is_disabled_and_enabled() -> None:
    changed = amended(MDMA, [override("hr-110", enabled=False)])
    assert not rule_of(changed, "hr-110").enabled
    assert rule_of(amended(MDMA, [override("hr-110", enabled=True)]), "hr-110").enabled


def test_override_changes_the_time_of_a_technical_rule() -> None:
    rule = rule_of(amended(MDMA, [override("no-hr", absent="20s")]), "no-hr")
    assert rule.condition == Absent("heart_rate", 20.0)


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        (override("hr-111", above=120), "the policy mdma-session has no such rule: did you mean"),
        (override("hr-110", above=1100), "above: 1100 is not a possible limit of heart_rate"),
        (override("hr-110", above=100), "clear: lies on the alarm's side"),
        (override("hr-110", sustain="soon"), "sustain: 'soon' is not a valid duration"),
        (override("hr-110", sustain=60), 'sustain must be a duration such as "10s"'),
        (override("hr-110", priority="urgent"), 'priority must be "info", "low"'),
        (override("hr-110", message="x"), "'message' cannot be changed"),
        (override("hr-110", signal="spo2"), "'signal' cannot be changed"),
        (override("hr-110", absent="9s"), "the rule has no absent"),
        (override("hr-110", enabled="no"), "enabled must be true or false"),
        (override("no-hr", latch=True), "latch: a rule about the equipment does not latch"),
    ],
)
def test_invalid_override_is_refused_with_a_reason(changed: Override, what: str) -> None:
    with pytest.raises(OverrideError) as caught:
        amended(MDMA, [changed])
    assert what in str(caught.value)
    assert changed.rule in str(caught.value)


@pytest.mark.parametrize("limit", ["rolling(5min) + 0.5", "baseline + 0.5"])
def test_last_fixed_rule_beside_a_moving_limit_cannot_be_disabled(limit: str) -> None:
    policy = parse_policy(written(CT + f'above = "{limit}"', CT + "above = 38.5"), "here")
    with pytest.raises(OverrideError, match="the limit of rule 'r0' is unknown before the dose"):
        amended(policy, [override("r1", enabled=False)])


def test_changes_are_described_in_words() -> None:
    assert words({"above": 120, "clear_after": "30s"}) == "above 120, clear after 30s"
    assert words({"above": 120.0}) == "above 120"
    assert words({"enabled": False}) == "switched off"
    assert words({}) == "as in the policy"


KEYS = st.sampled_from(["above", "clear", "sustain", "latch", "enabled", "x"])


def test_changeable_keys_have_their_current_values() -> None:
    assert changeable(rule_of(MDMA, "hr-110")) == {
        "above": "110",
        "clear": "105",
        "sustain": "60s",
        "clear_after": "30s",
        "priority": "low",
        "latch": "False",
    }
    for rule in MDMA.rules:
        for key, value in changeable(rule).items():
            if key != "latch":
                assert rule_of(amended(MDMA, [override(rule.id, **{key: value})]), rule.id) == rule


JUNK = st.one_of(st.text(max_size=9), st.floats(), st.booleans())


@given(st.dictionaries(KEYS, JUNK))
def test_any_change_gives_a_valid_rule_or_is_refused(
    changes: dict[str, str | float | bool],
) -> None:
    policy = parse_policy(written(HR + "above = 110\nclear = 100"), "here")
    try:
        changed = amended(policy, [override("r0", **changes)])
    except OverrideError:
        return
    assert isinstance(changed.rules[0].condition, Compare)
