"""Rules, overrides and policies that change during a session."""

import pytest

from monitor.entries import EntryKind
from tests.scenarios.play import MDMA, PATCH, STRAP, Play

ONE_MORE = (
    MDMA
    + """
[[rule]]
id = "ct-mean"
signal = "core_temperature"
statistic = "mean(60s)"
above = 38.2
sustain = "5min"
priority = "low"
message = "Core temperature high"
source = "test"
"""
)
HIGH = "hr-150@strap/heart_rate"


def test_added_rule_with_the_same_window_affects_no_other() -> None:
    unchanged = Play(PATCH).cores(0, 1800, 36.9).cores(1800, 3600, 39.6)
    changed = Play(PATCH).cores(0, 1800, 36.9)
    changed.at(1799.5).change_policy(ONE_MORE)
    changed.cores(1800, 3600, 39.6)
    assert changed.steps("ct-38", "ct-385", "ct-39", "ct-rate") == unchanged.alarms()
    assert changed.raised("ct-mean") == [2120]
    changed.cores(3600, 3700, 41.5)
    assert changed.raised("ct-40") == [3680]
    assert changed.holds()


def test_open_alarms_clear_under_a_policy_with_an_added_rule() -> None:
    play = Play(PATCH).cores(0, 1800, 39.6)
    play.change_policy(ONE_MORE)
    play.cores(1800, 2000, 36.9)
    assert play.standing() == ["ct-39@patch/core_temperature latched"]


def test_rolling_limit_by_override_affects_no_other_rule() -> None:
    play = Play(PATCH).cores(0, 1800, 36.9)
    play.at(1799.5).override("ct-38", above="rolling(1min) + 0.5", clear="rolling(1min) + 0.3")
    play.cores(1800, 2400, 40.6)
    assert play.raised("ct-40") == [1890]
    assert play.raised("ct-39") == [1950]
    assert play.raised("ct-38") == []  # the limit follows within a minute: what was asked for


def test_re_enabled_rule_restarts_its_sustain_time() -> None:
    play = Play(STRAP).rates(0, [160, 161] * 20)
    play.override("hr-150", enabled=False)
    play.rates(40, [160, 161] * 10)
    play.override("hr-150")
    play.rates(60, [160, 161] * 15)
    assert play.steps("hr-150") == [
        "20 hr-150 raised",
        "39 hr-150 withdrawn",
        "79 hr-150 raised",
    ]
    assert play.holds()


def test_same_policy_set_during_sustain_changes_nothing() -> None:
    play = Play(STRAP).rates(0, [160, 161] * 5)
    play.change_policy(MDMA)
    assert play.rates(10, [160, 161] * 10).raised("hr-150") == [20]


def test_rule_is_disabled_and_enabled_while_its_sensor_is_lost() -> None:
    play = Play(STRAP).rates(0, [160, 161] * 20).until(60)
    play.at(61).override("hr-150", enabled=False)
    play.at(62).override("hr-150")
    play.rates(63, [160, 161] * 15)
    assert play.steps("hr-150") == [
        "20 hr-150 raised",
        "49 hr-150 suspended",
        "61 hr-150 withdrawn",
        "83 hr-150 raised",
    ]
    assert play.holds()


def test_new_policy_withdraws_alarms_of_rules_it_lacks() -> None:
    play = Play(STRAP).rates(0, [160, 161] * 20)
    play.at(40).tell(EntryKind.ACKNOWLEDGE, HIGH, by="AB")
    play.at(41).change_policy(MDMA.replace('id = "hr-150"', 'id = "hr-150-new"'))
    assert play.steps("hr-150")[-1] == "41 hr-150 withdrawn"
    assert play.rates(42, [160, 161] * 15).raised("hr-150-new") == [62]
    assert play.holds()


@pytest.mark.parametrize("priority", ["medium", "high"])
def test_higher_priority_raises_an_open_alarm_again(priority: str) -> None:
    play = Play(STRAP).rates(0, [115, 116] * 50)
    play.at(100).override("hr-110", priority=priority)
    play.rates(101, [115, 116] * 250)
    assert play.raised("hr-110") == [60, 100]
    assert play.holds()


def test_lower_priority_does_not_raise_an_open_alarm_again() -> None:
    play = Play(STRAP).rates(0, [135, 136] * 50)
    play.at(100).override("hr-131", priority="low")
    assert play.rates(101, [135, 136] * 50).raised("hr-131") == [60]
