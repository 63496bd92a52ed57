"""Settings of rules to try: what is valid, and what a policy with them raises."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.policy.conditions import Compare
from alerts.policy.overrides import OverrideError
from alerts.policy.parser import load_shipped
from alerts.policy.rules import Policy, Rule
from monitor.analysis.rule_settings import Setting, parse_grid, with_settings
from monitor.errors import ConfigError

POLICY = load_shipped("mdma-session")


def rule(policy: Policy, name: str) -> Rule:
    (found,) = (each for each in policy.rules if each.id == name)
    return found


def limits(policy: Policy, name: str) -> tuple[float, float | None]:
    condition = rule(policy, name).condition
    assert isinstance(condition, Compare)
    return condition.limit.offset, condition.clear.offset if condition.clear else None


def tried(*texts: str) -> Policy:
    (settings,) = parse_grid(texts)
    return with_settings(POLICY, settings)


def test_grid_has_all_combinations_with_the_last_key_fastest() -> None:
    found = parse_grid(["hr-131.sustain=10s,20s", "hr-131.at_least=125,131"])
    assert [" ".join(map(str, each)) for each in found] == [
        "hr-131.sustain=10s hr-131.at_least=125",
        "hr-131.sustain=10s hr-131.at_least=131",
        "hr-131.sustain=20s hr-131.at_least=125",
        "hr-131.sustain=20s hr-131.at_least=131",
    ]


def test_values_of_the_policy_change_nothing() -> None:
    assert tried("hr-131.sustain=60s", "hr-131.at_least=131").rules == POLICY.rules


@given(st.integers(60, 200))
def test_clear_limit_keeps_its_distance(limit: int) -> None:
    assert limits(tried(f"hr-131.at_least={limit}"), "hr-131") == (limit, limit - 6)


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("ct-1.above=baseline + 1.5", "ct-1", (1.5, 1.3)),
        ("bp-low.at_most=85", "bp-low", (85, 90)),
        ("hr-110.at_least=120", "hr-110", (120, 115)),  # another form of the same side
        ("ct-1.above=38.2", "ct-1", None),  # the clear limit has another anchor: refused
    ],
)
def test_limits_of_all_forms_are_applied(
    text: str, name: str, expected: tuple[float, float | None] | None
) -> None:
    if expected is None:
        assert limits(tried(text), name) == (38.2, 0.8)
    else:
        assert limits(tried(text), name) == expected


def test_clear_limit_of_the_grid_is_used() -> None:
    assert limits(tried("hr-131.at_least=140", "hr-131.clear=120"), "hr-131") == (140, 120)


def test_other_rules_are_unchanged() -> None:
    changed = tried("hr-131.sustain=5s", "battery-20.enabled=false")
    assert rule(changed, "hr-131").sustain_s == 5
    assert not rule(changed, "battery-20").enabled
    others = {"hr-131", "battery-20"}
    assert [r for r in changed.rules if r.id not in others] == [
        r for r in POLICY.rules if r.id not in others
    ]


@pytest.mark.parametrize(
    "texts",
    [
        ["hr-131"],
        ["hr-131.sustain"],
        ["hr-131.sustain="],
        ["hr-131.sustain=10s,"],
        ["hr-131.sustain=10s,10s"],
        ["hr-131.message=a"],
        ["hr-131.sustain=1s", "hr-131.sustain=2s"],
        ["a.above=" + ",".join(map(str, range(40))), "b.above=" + ",".join(map(str, range(40)))],
    ],
)
def test_invalid_grid_is_refused(texts: list[str]) -> None:
    with pytest.raises(ConfigError):
        parse_grid(texts)


@pytest.mark.parametrize(
    "text",
    ["none.sustain=5s", "hr-131.sustain=5", "hr-131.at_least=x", "hr-131.rise=1 in 5min"],
)
def test_setting_not_possible_for_the_rule_is_refused(text: str) -> None:
    with pytest.raises(OverrideError):
        tried(text)


@given(st.floats(-1000, 1000).map(lambda x: round(x, 3)) | st.booleans())
def test_setting_text_round_trips(value: float | bool) -> None:
    (((setting),),) = parse_grid([str(Setting("r", "above", value))])
    assert setting == Setting("r", "above", value)
