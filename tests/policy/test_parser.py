"""Parsed policies, from texts, files and the package."""

import hashlib
from pathlib import Path

import pytest

from alerts.policy.conditions import (
    Absent,
    All,
    Anchor,
    AnchorName,
    Bound,
    Compare,
    Condition,
    FaultCondition,
    Frozen,
    Invalid,
    Limit,
    Rise,
    Statistic,
    StatisticName,
)
from alerts.policy.overrides import Override, amended
from alerts.policy.parser import PolicyError, load_policy, load_shipped, parse_policy
from alerts.policy.policy_reader import Problem
from alerts.policy.rules import Policy, Priority, Rule
from tests.policy.texts import BP, HR, written

LAST = Statistic(StatisticName.LAST)
MEDIAN = Statistic(StatisticName.MEDIAN, 60.0)


def condition(rule: str) -> Condition:
    """Return the condition of a rule, read beside one with a firm limit."""
    return parse_policy(written(rule, HR + "above = 180"), "here").rules[0].condition


def test_reads_every_field_of_a_rule() -> None:
    text = """\
name = "site-7"
version = "2026-03"
reviewed_by = "Dr. A. Example"

[[rule]]
id = "ct-1"
signal = "core_temperature"
statistic = "median(60s)"
above = "baseline + 1.0"
sustain = "5min"
clear = "baseline + 0.8"
clear_after = "90s"
priority = "high"
latch = true
message = "Warm"
source = "Somebody 2020"

[[rule]]
id = "ct-38"
signal = "core_temperature"
above = 38
priority = "low"
message = "Warm"
source = "Somebody 2020"
"""
    baseline = Anchor(AnchorName.BASELINE)
    rule = Rule(
        id="ct-1",
        condition=Compare(
            "core_temperature", MEDIAN, Bound.ABOVE, Limit(baseline, 1.0), Limit(baseline, 0.8)
        ),
        sustain_s=300.0,
        clear_after_s=90.0,
        priority=Priority.HIGH,
        latch=True,
        message="Warm",
        source="Somebody 2020",
    )
    policy = parse_policy(text, "here")
    assert policy == Policy(
        name="site-7",
        version="2026-03",
        reviewed_by="Dr. A. Example",
        rules=(rule, policy.rules[1]),
        digest=hashlib.sha256(text.encode()).hexdigest(),
        text=text,
    )


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (HR + "above = 110", Compare("heart_rate", LAST, Bound.ABOVE, Limit(None, 110.0))),
        (HR + "at_least = 110.5", Compare("heart_rate", LAST, Bound.AT_LEAST, Limit(None, 110.5))),
        (HR + 'below = "50"', Compare("heart_rate", LAST, Bound.BELOW, Limit(None, 50.0))),
        (HR + "at_most = 50", Compare("heart_rate", LAST, Bound.AT_MOST, Limit(None, 50.0))),
        (HR + 'rise = "30 in 15min"', Rise("heart_rate", 30.0, 900.0)),
        (HR + 'absent = "10s"', Absent("heart_rate", 10.0)),
        (HR + 'invalid = "5s"', Invalid("heart_rate", 5.0)),
        (HR + 'frozen = "5min"', Frozen("heart_rate", 300.0)),
        ('fault = "clock-jump"', FaultCondition("clock-jump")),
        (
            'all = ["median(60s) of core_temperature above 38.0", "heart_rate rise 30 in 15min"]',
            All(
                (
                    Compare("core_temperature", MEDIAN, Bound.ABOVE, Limit(None, 38.0)),
                    Rise("heart_rate", 30.0, 900.0),
                )
            ),
        ),
        (
            HR + 'rise = "30 in 15min"\nall = ["heart_rate at_least baseline + 20"]',
            All(
                (
                    Rise("heart_rate", 30.0, 900.0),
                    Compare(
                        "heart_rate",
                        LAST,
                        Bound.AT_LEAST,
                        Limit(Anchor(AnchorName.BASELINE), 20.0),
                    ),
                )
            ),
        ),
    ],
)
def test_reads_every_kind_of_condition(rule: str, expected: Condition) -> None:
    assert condition(rule) == expected


def test_digest_of_a_file_is_that_of_its_bytes(tmp_path: Path) -> None:
    file = tmp_path / "p.toml"
    file.write_bytes(written(HR + "above = 99").replace("\n", "\r\n").encode())
    policy = load_policy(file)
    assert policy.digest == hashlib.sha256(file.read_bytes()).hexdigest()
    assert parse_policy(policy.text, "journal") == policy


def test_missing_file_is_reported(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match=r"cannot read the policy .*: No such file"):
        load_policy(tmp_path / "none.toml")


def test_file_that_is_not_utf8_is_reported(tmp_path: Path) -> None:
    file = tmp_path / "p.toml"
    file.write_bytes(b'name = "p"\nversion = "\xff"\n')
    with pytest.raises(PolicyError, match=r"p.toml, line 2, text: is not UTF-8") as caught:
        load_policy(file)
    assert caught.value.problems == (
        Problem(2, "text", "is not UTF-8; save the file in that encoding"),
    )


def test_recorded_policy_may_use_the_old_name_of_a_key() -> None:
    old = written('trouble = "clock-jump"')  # prose: ignore
    policy = parse_policy(old, "journal", recorded=True)
    assert policy.rules[0].condition == FaultCondition("clock-jump")
    changed = Override(rule=policy.rules[0].id, changes={"priority": "high"}, by="A", reason="B")
    assert amended(policy, [changed]).rules[0].condition == FaultCondition("clock-jump")


def test_unknown_shipped_policy_is_reported() -> None:
    with pytest.raises(PolicyError, match="did you mean mdma-session"):
        load_shipped("mdma-sesion")


@pytest.mark.parametrize(
    ("keys", "message", "seconds"),
    [
        ('measure_again = "90s"', "Systolic pressure high", 90.0),
        ('measure_again = "2min"', "High: measure again in 5 minutes", 2 * 60.0),
        ("", "High: measure again within 5 minutes", 5 * 60.0),  # of a policy without the key
        ("", "High: measure again", None),
    ],
)
def test_measurement_that_a_rule_asks_for(keys: str, message: str, seconds: float | None) -> None:
    text = written(f"{BP}above = 160\n{keys}").replace('"m"', f'"{message}"')
    (rule,) = parse_policy(text, "here").rules
    assert rule.measure_again_s == seconds
    # A rule that is changed for a participant keeps it.
    lower = Override(rule="r0", changes={"above": 150}, by="AB", reason="why")
    changed = amended(parse_policy(text, "here"), [lower])
    assert changed.rules[0].measure_again_s == seconds
    # Not said about a signal that is measured all the time.
    other = written(f"{HR}above = 120").replace('"m"', '"Again: measure again in 5 minutes"')
    assert parse_policy(other, "here").rules[0].measure_again_s is None


def test_message_for_a_physician() -> None:
    keys = 'physician_message = "Look at the person"'
    (rule,) = parse_policy(written(f"{HR}above = 120\n{keys}"), "here").rules
    assert rule.physician_message == "Look at the person"


def test_policy_of_a_file_is_not_read_again_for_its_session() -> None:
    text = written(f"{HR}above = 120")
    assert parse_policy(text, "/etc/p.toml") is parse_policy(text, "policy p")
    for origin in ("a.toml", "b.toml"):
        with pytest.raises(PolicyError, match=origin):
            parse_policy("name = 1", origin)
