"""Safeguards: rules that are added to every policy that lacks them."""

from dataclasses import replace

import pytest

from alerts.policy.overrides import changeable
from alerts.policy.parser import parse_policy
from alerts.policy.rules import Policy
from alerts.policy.safeguards import SAFEGUARD, with_safeguards

HEAD = 'name = "test"\nversion = "1"\n'
HIGH = '[[rule]]\nid = "high"\nsignal = "{signal}"\nabove = {limit}\npriority = "{priority}"\n'
HIGH += 'message = "m"\nsource = "s"\n'
ABSENT = '[[rule]]\nid = "absent"\nsignal = "heart_rate"\nabsent = "{after}"\n'
ABSENT += 'priority = "{priority}"\nmessage = "m"\nsource = "s"\n'
FAULTS = [
    "recorder-failure",
    "clock-jump",
    "standstill",
    "engine-failure",
    "duplicate-gateway",
    "not-accepted",
]


def added(*rules: str) -> dict[str, str]:
    """Return the priority of each rule that a policy gets, by id."""
    return _added(parse_policy(HEAD + "".join(rules), "test"))


def _added(policy: Policy) -> dict[str, str]:
    rules = with_safeguards(policy).rules[len(policy.rules) :]
    return {rule.id: rule.priority.name.lower() for rule in rules}


def high(signal: str = "heart_rate", limit: float | str = 110, priority: str = "low") -> str:
    return HIGH.format(signal=signal, limit=limit, priority=priority)


def absent(after: str, priority: str) -> str:
    return ABSENT.format(after=after, priority=priority)


def test_monitored_signal_gets_rules_for_signal_loss_and_faults() -> None:
    rules = added(high(), high("core_temperature", 38).replace("high", "warm"))
    assert rules["unjudged-heart_rate"] == rules["unjudged-core_temperature"] == "low"
    assert rules["unjudged-heart_rate-long"] == "medium"
    assert rules["unjudged-core_temperature-long"] == "medium"
    assert rules["frozen-heart_rate"] == "medium"
    assert set(FAULTS) <= rules.keys()


@pytest.mark.parametrize(
    ("rules", "missing"),
    [
        ((absent("30s", "low"),), {"unjudged-heart_rate-long"}),
        ((absent("30s", "medium"),), set()),
        ((absent("5min", "medium"),), {"unjudged-heart_rate"}),
        ((absent("1h", "high"),), {"unjudged-heart_rate", "unjudged-heart_rate-long"}),
        ((absent("5s", "info"),), {"unjudged-heart_rate", "unjudged-heart_rate-long"}),
    ],
)
def test_policy_rules_replace_the_safeguards_they_cover(
    rules: tuple[str, ...], missing: set[str]
) -> None:
    assert {name for name in added(high(), *rules) if name.startswith("unjudged")} == missing


def test_unmonitored_and_spot_signals_get_no_safeguards() -> None:
    assert not [name for name in added(high(priority="info")) if "unjudged" in name]
    assert not [name for name in added(high("systolic", 160)) if "unjudged" in name]


def test_disabled_rule_replaces_no_safeguard() -> None:
    policy = parse_policy(HEAD + high() + absent("10s", "medium"), "test")
    off = replace(policy, rules=(policy.rules[0], replace(policy.rules[1], enabled=False)))
    assert {"unjudged-heart_rate", "unjudged-heart_rate-long"} <= _added(off).keys()


def test_baseline_limit_adds_a_missing_baseline_rule() -> None:
    assert "baseline-not-established" in added(
        high(), high(limit='"baseline + 30"').replace("high", "rise")
    )
    assert "baseline-not-established" not in added(high())


def test_safeguards_cannot_be_changed() -> None:
    rules = with_safeguards(parse_policy(HEAD + high(), "test")).rules
    assert all(changeable(rule) == {} for rule in rules if rule.source == SAFEGUARD)
    assert all(changeable(rule) for rule in rules if rule.source != SAFEGUARD)
