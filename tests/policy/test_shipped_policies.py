"""The policies that come with physiomon."""

import re

import pytest

from alerts.policy.conditions import Absent, Compare, FaultCondition
from alerts.policy.fault_names import FAULT_NAMES
from alerts.policy.limits import limit_text
from alerts.policy.parser import load_shipped, shipped
from alerts.policy.rule_text import in_words
from alerts.policy.rules import Policy, Priority
from devices.signals import SIGNALS

MDMA = load_shipped("mdma-session")


@pytest.fixture(params=shipped())
def policy(request: pytest.FixtureRequest) -> Policy:
    """Return each shipped policy in turn."""
    return load_shipped(str(request.param))


def test_is_an_unreviewed_template(policy: Policy) -> None:
    assert not policy.reviewed_by
    assert policy.text.startswith("# TEMPLATE, NOT REVIEWED: needs sign-off by the study physician")


def test_every_rule_has_a_text(policy: Policy) -> None:
    for rule in policy.rules:
        assert re.fullmatch(
            r"Raises an? (info|low|medium|high) alarm when .+; .+\.", in_words(rule)
        )


def test_every_physiological_rule_has_sustain_and_hysteresis(policy: Policy) -> None:
    for rule in policy.rules:
        if not rule.technical:
            # A single manual value is a finding.
            spot = isinstance(rule.condition, Compare) and SIGNALS[rule.condition.signal].spot
            assert (rule.sustain_s > 0 and rule.clear_after_s > 0) or spot
            assert not isinstance(rule.condition, Compare) or rule.condition.clear is not None


def test_only_high_physiological_alarms_latch(policy: Policy) -> None:
    for rule in policy.rules:
        assert rule.latch == (rule.priority is Priority.HIGH and not rule.technical), rule.id


def test_every_fault_has_a_rule(policy: Policy) -> None:
    conditions = [rule.condition for rule in policy.rules]
    faults = [each.name for each in conditions if isinstance(each, FaultCondition)]
    assert sorted(faults) == sorted(FAULT_NAMES)


def test_every_monitored_signal_has_an_absence_rule(policy: Policy) -> None:
    watched = {
        rule.condition.signal
        for rule in policy.rules
        if isinstance(rule.condition, Compare)
        and not rule.technical
        and not SIGNALS[rule.condition.signal].spot
    }
    absent = {rule.condition.signal for rule in policy.rules if isinstance(rule.condition, Absent)}
    assert watched <= absent


def test_skin_temperature_has_no_rule(policy: Policy) -> None:
    """It falls while the core warms, so an alarm on it would mislead."""
    assert "skin_temperature" not in {
        getattr(rule.condition, "signal", None) for rule in policy.rules
    }


@pytest.mark.parametrize(
    ("name", "bound", "limit", "clear", "sustain_s", "priority"),
    [
        ("hr-rise", "at_least", "baseline + 30", "baseline + 25", 120, Priority.INFO),
        ("hr-110", "above", "110", "105", 60, Priority.LOW),
        ("hr-131", "at_least", "131", "125", 60, Priority.MEDIUM),
        ("hr-150", "above", "150", "140", 20, Priority.HIGH),
        ("hr-low-50", "at_most", "50", "53", 60, Priority.LOW),
        ("hr-low-40", "at_most", "40", "43", 20, Priority.HIGH),
        ("ct-1", "above", "baseline + 1", "baseline + 0.8", 300, Priority.LOW),
        ("ct-38", "above", "38", "37.8", 600, Priority.LOW),
        ("ct-385", "above", "38.5", "38.3", 300, Priority.MEDIUM),
        ("ct-39", "at_least", "39", "38.7", 120, Priority.HIGH),
        ("ct-40", "at_least", "40", "39.5", 60, Priority.HIGH),
    ],
)
def test_session_policy_has_its_designed_limits(
    name: str, bound: str, limit: str, clear: str, sustain_s: float, priority: Priority
) -> None:
    (rule,) = (rule for rule in MDMA.rules if rule.id == name)
    assert isinstance(rule.condition, Compare)
    assert rule.condition.clear is not None
    assert rule.condition.bound.value == bound
    assert limit_text(rule.condition.limit) == limit
    assert limit_text(rule.condition.clear) == clear
    assert rule.sustain_s == sustain_s
    assert rule.priority is priority


@pytest.mark.parametrize(
    ("name", "bound", "limit", "priority"),
    [
        # Heart rate comes in whole numbers, so these are the bands as NEWS2 has them.
        ("hr-91", "at_least", "91", Priority.LOW),
        ("hr-111", "at_least", "111", Priority.MEDIUM),
        ("hr-131", "at_least", "131", Priority.HIGH),
        ("hr-low-50", "at_most", "50", Priority.LOW),
        ("hr-low-40", "at_most", "40", Priority.HIGH),
        # Temperature does not: a value between two bands gets the higher score.
        *((f"{site}-381", "above", "38", Priority.LOW) for site in ("ct", "bt")),
        *((f"{site}-391", "above", "39", Priority.MEDIUM) for site in ("ct", "bt")),
        *((f"{site}-low-36", "at_most", "36", Priority.LOW) for site in ("ct", "bt")),
        *((f"{site}-low-35", "at_most", "35", Priority.HIGH) for site in ("ct", "bt")),
    ],
)
def test_resting_policy_has_the_bands_of_news2(
    name: str, bound: str, limit: str, priority: Priority
) -> None:
    """Source: NEWS2, Royal College of Physicians 2017; score 1 is low, 2 medium, 3 high."""
    (rule,) = (rule for rule in load_shipped("resting-adult").rules if rule.id == name)
    assert isinstance(rule.condition, Compare)
    assert rule.condition.bound.value == bound
    assert limit_text(rule.condition.limit) == limit
    assert rule.priority is priority
    score = {Priority.LOW: 1, Priority.MEDIUM: 2, Priority.HIGH: 3}[priority]
    assert rule.source.startswith("NEWS2 scores ")
    assert f" as {score}; " in rule.source


def test_single_thermometer_reading_can_raise_an_alarm(policy: Policy) -> None:
    """A reading expires after its hold time: a longer sustain time could never be reached."""
    for rule in policy.rules:
        if isinstance(rule.condition, Compare) and rule.condition.signal == "body_temperature":
            assert rule.sustain_s < SIGNALS["body_temperature"].hold_s


def test_sources_of_rules_mark_their_times_as_proposals(policy: Policy) -> None:
    """No publication gives times: a source with a publication also has 'proposal'."""
    for rule in policy.rules:
        if policy.name in ("resting-adult", "exercise"):
            assert "proposal" in rule.source, rule.id
