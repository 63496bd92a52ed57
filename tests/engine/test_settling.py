"""Sensors that settle on the body before their rates are evaluated."""

import pytest

from devices.packets import Quality
from monitor.entries import EntryKind
from monitor.facts import BaselineFact, ReadingFact
from tests.engine.scripted_session import POLICY, Script

SETTLING = POLICY.replace("[[rule]]", 'settling = { core_temperature = "15min" }\n\n[[rule]]', 1)
OFF_BODY = "04FFFF7F0002"


def cores(script: Script, start: int, stop: int, celsius: float) -> None:
    for second in range(start, stop, 10):
        script.at(second).core(celsius)


def warming(script: Script, start: int, stop: int) -> None:
    """A patch that warms up by a degree in ten minutes."""
    for second in range(start, stop, 10):
        script.at(second).core(round(36.0 + (second - start) / 600, 2))


def qualities(script: Script) -> list[int]:
    readings = [fact for _, fact in script.facts if isinstance(fact, ReadingFact)]
    return [fact.quality for fact in readings if fact.subject == "patch/core_temperature"]


def test_rate_alarm_is_not_raised_while_the_sensor_settles() -> None:
    script = Script(SETTLING)
    warming(script, 30, 930)
    assert script.alarms("ct-rate") == []
    assert qualities(script) == [Quality.SETTLING] * 90
    unsettled = Script()
    warming(unsettled, 30, 930)
    assert len(unsettled.alarms("ct-rate")) == 1


def test_upper_limit_alarm_is_raised_while_the_sensor_settles() -> None:
    script = Script(SETTLING)
    cores(script, 30, 60, 38.5)
    assert script.alarms("ct-high") == ["30 ct-high raised"]


@pytest.mark.parametrize("gap", [0, 40, 60, 300])
def test_short_loss_of_contact_does_not_restart_settling(gap: int) -> None:
    script = Script(SETTLING)
    cores(script, 0, 4000, 37.0)
    script.at(4000).raw("patch/2A1C", OFF_BODY)
    cores(script, 4010 + gap, 4100 + gap, 37.0)
    assert Quality.SETTLING not in qualities(script)[400:]


def test_new_policy_does_not_restart_settling_of_a_worn_sensor() -> None:
    script = Script()
    cores(script, 0, 1000, 37.0)
    body = {"text": SETTLING, "by": "Dr A", "reason": "amendment"}
    script.at(1000).tell(EntryKind.POLICY, "other", **body)
    cores(script, 1010, 1100, 37.0)
    assert Quality.SETTLING not in qualities(script)[101:]


@pytest.mark.parametrize("off", ["no value", "below range"])
def test_removed_sensor_settles_again_and_its_alarm_is_suspended(off: str) -> None:
    script = Script(SETTLING)
    cores(script, 10, 4000, 38.5)
    for second in range(4000, 4250, 10):
        script.at(second)
        if off == "no value":
            script.raw("patch/2A1C", OFF_BODY)
        else:
            script.core(28.0)
    warming(script, 4250, 5150)
    assert qualities(script)[-90:] == [Quality.SETTLING] * 90
    assert script.alarms("ct-rate") == []
    assert script.alarms("ct-high") == [
        "10 ct-high raised",
        "4080 ct-high suspended",
        "4250 ct-high resumed",
        "4250 ct-high cleared",
    ]


def test_sensor_silent_for_ten_minutes_settles_again() -> None:
    script = Script(SETTLING)
    cores(script, 0, 4000, 37.0)
    cores(script, 4600, 4610, 37.0)
    assert qualities(script)[-1] == Quality.SETTLING


def test_sensor_settles_at_most_once_an_hour() -> None:
    script = Script(SETTLING)
    for start in range(0, 6 * 3600, 1020):
        cores(script, start, start + 900, 37.0)
        for second in range(start + 900, start + 1020, 10):
            script.at(second).raw("patch/2A1C", OFF_BODY)
    settling = qualities(script).count(Quality.SETTLING)
    assert settling * 10 <= 6 * 900


def test_baseline_is_not_set_from_settling_values() -> None:
    rule = POLICY.replace('rise = "0.5 in 15min"', 'above = "baseline + 1.0"', 1)
    text = rule.replace("[[rule]]", 'settling = { core_temperature = "15min" }\n\n[[rule]]', 1)
    for dose_s, known in ((1100, False), (1300, True)):
        script = Script(text)
        cores(script, 0, 900, 35.0)
        cores(script, 900, dose_s, 37.0)
        script.tell(EntryKind.MARKER, "dose", text="", by="AB")
        facts = [f for _, f in script.facts if isinstance(f, BaselineFact) and "core" in f.subject]
        assert [fact.value for fact in facts] == [37.0 if known else None]


def test_rate_excludes_values_that_a_new_policy_counts_as_settling() -> None:
    script = Script()
    cores(script, 0, 600, 36.0)
    body = {"text": SETTLING, "by": "Dr A", "reason": "amendment"}
    script.at(600).tell(EntryKind.POLICY, "other", **body)
    cores(script, 1000, 1300, 37.0)
    assert script.alarms("ct-rate") == []
    same = Script()
    cores(same, 0, 600, 36.0)
    cores(same, 1000, 1300, 37.0)
    assert len(same.alarms("ct-rate")) == 1


def test_settling_starts_when_the_first_value_was_measured() -> None:
    script = Script(SETTLING)
    script.at(30).core(36.0, measured_s=0)  # it waited in a gateway
    cores(script, 40, 700, 37.0)
    shorter = SETTLING.replace('"15min" }', '"10min" }')
    script.at(700).tell(EntryKind.POLICY, "other", text=shorter, by="Dr A", reason="amendment")
    cores(script, 710, 800, 37.0)
    assert script.alarms("ct-rate") == []
