"""Sensors that need time on the body before their values mean anything."""

from devices.packets import Quality
from monitor.entries import EntryKind
from monitor.facts import BaselineFact, ReadingFact
from tests.engine.script import POLICY, Script

SETTLING = POLICY.replace("[[rule]]", 'settling = { core_temperature = "15min" }\n\n[[rule]]', 1)
OFF_BODY = "04FFFF7F0002"


def cores(script: Script, start: int, stop: int, celsius: float) -> None:
    for second in range(start, stop, 10):
        script.at(second).core(celsius)


def qualities(script: Script) -> list[int]:
    readings = [fact for _, fact in script.facts if isinstance(fact, ReadingFact)]
    return [fact.quality for fact in readings if fact.subject == "patch/core_temperature"]


def test_nothing_is_raised_until_the_sensor_has_settled() -> None:
    script = Script(SETTLING)
    cores(script, 30, 1000, 38.5)
    assert script.alarms("ct-high") == ["930 ct-high raised"]
    assert qualities(script) == [Quality.SETTLING] * 90 + [Quality.GOOD] * 7


def test_a_bad_contact_is_not_a_sensor_that_was_taken_off() -> None:
    script = Script(SETTLING)
    cores(script, 0, 950, 37.0)
    script.at(950).raw("patch/2A1C", OFF_BODY)
    cores(script, 1000, 1010, 38.5)
    assert script.alarms("ct-high") == ["1000 ct-high raised"]


def test_a_sensor_that_was_taken_off_settles_anew_and_its_alarm_stands_meanwhile() -> None:
    script = Script(SETTLING)
    cores(script, 0, 950, 38.5)
    for second in range(950, 1200, 10):
        script.at(second).raw("patch/2A1C", OFF_BODY)
    cores(script, 1200, 2100, 36.0)
    assert script.alarms("ct-high") == ["910 ct-high raised", "1030 ct-high suspended"]
    cores(script, 2100, 2110, 37.0)
    assert script.alarms("ct-high")[2:] == ["2100 ct-high resumed", "2100 ct-high cleared"]


def test_a_lost_link_is_not_a_sensor_that_was_taken_off() -> None:
    script = Script(SETTLING)
    cores(script, 0, 950, 37.0)
    cores(script, 3000, 3010, 38.5)
    assert script.alarms("ct-high") == ["3000 ct-high raised"]


def test_no_baseline_is_taken_from_a_sensor_that_settles() -> None:
    rule = POLICY.replace("above = 38.0\npriority", 'above = "baseline + 1.0"\npriority', 1)
    text = rule.replace("[[rule]]", 'settling = { core_temperature = "15min" }\n\n[[rule]]', 1)
    for dose_s, known in ((1100, False), (1300, True)):
        script = Script(text)
        cores(script, 0, 900, 35.0)
        cores(script, 900, dose_s, 37.0)
        script.tell(EntryKind.MARKER, "dose", text="", by="AB")
        facts = [f for _, f in script.facts if isinstance(f, BaselineFact) and "core" in f.subject]
        assert [fact.value for fact in facts] == [37.0 if known else None]
