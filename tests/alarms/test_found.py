"""What the random sessions found, and what was looked for beside them: one example of each."""

from dataclasses import replace

from devices.sensor import SensorSpec
from monitor.entries import EntryKind, body_bytes
from monitor.facts import AlarmFact
from tests.alarms.model import Rule, policy_text
from tests.alarms.rules import CORE, HEART, SYSTOLIC
from tests.engine.script import Script, spec

HIGH = Rule("hr-high", "above", 110, HEART, 105, 10, 5, "medium")
BOTH = Rule("both", "all", ((CORE, 38), (HEART, 120)), "", None, 20, 0, "high")
RECORDER = Rule("recorder", "trouble", "recorder-failure", priority="high")


def play(*rules: Rule) -> Script:
    return Script(policy_text("test", rules))


def change(script: Script, rule: str, **changes: object) -> None:
    script.tell(EntryKind.OVERRIDE, rule, changes=changes, by="Dr A", reason="agreed")


def adopt(script: Script, *rules: Rule) -> None:
    text = policy_text("other", rules)
    script.tell(EntryKind.POLICY, "other", text=text, by="Dr A", reason="amendment")


def test_what_nobody_has_done_is_not_done() -> None:
    latching = replace(HIGH, sustain=0, clear_after=0, latch=True)
    script = play(latching)
    script.at(1).heart(120)
    script.tell(EntryKind.ACKNOWLEDGE, f"hr-high@{HEART}", by="")
    script.at(2).heart(80)
    script.tell(EntryKind.RESET, f"hr-high@{HEART}", by="")
    assert script.alarms() == ["1 hr-high raised", "2 hr-high latched"]
    (alarm,) = script.engine.alarms.open()
    assert (alarm.state.value, alarm.acknowledged_by) == ("latched", None)


def test_a_rule_that_comes_back_is_held_to_its_new_terms() -> None:
    script = play(HIGH)
    script.hearts(0, 5, 80)
    change(script, "hr-high", enabled=False)
    change(script, "hr-high", sustain="3s", priority="high")
    script.hearts(5, 12, 112)
    assert script.alarms() == ["8 hr-high raised"]
    (fact,) = (fact for _, fact in script.facts if isinstance(fact, AlarmFact))
    assert fact.priority == "high"


def test_a_sustain_time_that_is_over_once_it_is_shortened_raises_now_and_not_in_the_past() -> None:
    script = play(HIGH)
    script.hearts(1, 9, 112)
    change(script, "hr-high", sustain="3s")
    script.until(20)
    assert script.alarms()[0] == "8 hr-high raised"
    times = [fact.at_ns for _, fact in script.facts if isinstance(fact, AlarmFact)]
    assert times[0] == script.entries[-1].received_ns


def test_the_clear_time_starts_over_when_its_sensor_was_lost() -> None:
    script = play(replace(HIGH, clear_after=15))
    script.hearts(1, 12, 120)
    script.hearts(12, 15, 80)
    script.until(40)
    script.hearts(40, 60, 80)
    assert script.alarms()[1:] == [
        "24 hr-high suspended",
        "40 hr-high resumed",
        "55 hr-high cleared",
    ]


def test_a_changed_all_rule_has_seen_nothing_of_its_new_parts_yet() -> None:
    at_once = replace(BOTH, sustain=0)
    script = play(at_once)
    script.at(1).core(38.5)
    script.at(2).heart(130)
    adopt(script, replace(at_once, what=((CORE, 39), (HEART, 110))))
    script.at(3).heart(100)  # the patch has not been seen under the new limit
    assert script.alarms() == ["2 both raised"]
    script.at(4).core(38.5)
    assert script.alarms() == ["2 both raised", "4 both cleared"]


def test_an_alarm_raised_under_latch_stays_latched_when_its_rule_is_changed() -> None:
    script = play(replace(HIGH, sustain=0, clear_after=0, latch=True))
    script.at(1).heart(120)
    change(script, "hr-high", latch=False)
    script.at(2).heart(80)
    assert script.alarms() == ["1 hr-high raised", "2 hr-high latched"]
    script.at(3).heart(120)  # a new occurrence, under the changed rule
    script.at(4).heart(80)
    assert script.alarms()[2:] == ["3 hr-high raised", "4 hr-high cleared"]


def test_trouble_that_persists_is_raised_under_the_next_policy_too() -> None:
    script = play(RECORDER)
    script.at(1).tell(EntryKind.TROUBLE, "recorder-failure", on=True, reason="disk full")
    script.at(2)
    adopt(script, replace(RECORDER, id="recording"))
    assert script.alarms() == ["1 recorder raised", "2 recorder withdrawn", "2 recording raised"]
    (alarm,) = script.engine.alarms.open()
    assert alarm.cause == "disk full"
    script.at(3)
    change(script, "recording", enabled=False)
    script.at(4)
    change(script, "recording")
    assert script.alarms("recording")[1:] == ["3 recording withdrawn", "4 recording raised"]
    script.at(5).tell(EntryKind.TROUBLE, "recorder-failure", on=False, reason="")
    script.at(6)
    adopt(script, RECORDER)
    assert script.alarms()[-1] == "5 recording cleared"


def test_a_rule_that_watches_for_something_else_has_seen_nothing_of_it_yet() -> None:
    """It had raised for want of a value; as another kind of rule, and back, it must raise anew."""
    absent = Rule("no-hr", "absent", 10, HEART)
    script = play(absent)
    script.until(10)
    adopt(script, replace(absent, kind="invalid"))
    script.at(20)
    adopt(script, absent)
    script.until(21)
    assert script.alarms() == ["10 no-hr raised", "10 no-hr withdrawn", "20 no-hr raised"]


def test_what_was_measured_while_its_rule_was_off_is_not_due_when_it_is_on_again() -> None:
    script = play(Rule("bp-due", "due", 120, SYSTOLIC))
    script.at(10)
    change(script, "bp-due", enabled=False)
    script.at(100).tell(EntryKind.VITALS, "manual", values={"systolic": 120}, by="AB", role="")
    change(script, "bp-due")
    script.until(219)
    assert script.alarms() == []
    script.until(221)
    assert script.alarms() == ["220 bp-due raised"]


class TwoStraps(Script):
    """Somebody wears two straps and a patch."""

    def __post_init__(self) -> None:
        second = SensorSpec(label="spare", kind="heart-rate-strap")
        session = spec(self.policy)
        session = replace(session, sensors=(*session.sensors, second))
        self.enter(EntryKind.SESSION, "s1", body_bytes(session.body()))

    def spare(self, second: float, bpm: int) -> None:
        self.at(second)
        self.enter(EntryKind.PACKET, "spare/2A37", bytes([0x06, bpm]))


def test_what_only_a_lost_sensor_saw_raises_nothing() -> None:
    """The strap saw 130 once, the spare sees 80: after the strap is lost nothing holds."""
    script = TwoStraps(policy_text("test", [BOTH]))
    script.at(0).core(38.5)
    script.at(1).heart(130)
    for second in range(2, 40):
        script.spare(second, 80)
    assert script.alarms() == []


def test_what_a_lost_sensor_raised_stands_while_another_sees_nothing_of_it() -> None:
    script = TwoStraps(policy_text("test", [replace(BOTH, sustain=0)]))
    script.at(0).core(38.5)
    script.at(1).heart(130)
    for second in range(2, 40):
        script.spare(second, 80)
    assert script.alarms() == ["1 both raised", "11 both suspended"]
    script.at(40).heart(90)
    assert script.alarms()[2:] == ["40 both resumed", "40 both cleared"]


SETTLING = 'settling = { core_temperature = "15min" }\n[[rule]]'


def settling(*rules: Rule) -> Script:
    return Script(policy_text("test", rules).replace("[[rule]]", SETTLING, 1))


def warm(script: Script, start: int, stop: int) -> None:
    for second in range(start, stop, 10):
        script.at(second).core(38.5)


def test_a_sensor_that_settles_raises_nothing_of_what_it_saw_before() -> None:
    """Off the body for 60 s is less than its hold: it is never lost, and yet must settle anew."""
    script = settling(Rule("ct", "above", 38, CORE, None, 300))
    for second in range(0, 1000, 10):
        script.at(second).core(37.0)
    script.at(1000).core(38.5)
    script.at(1005).raw("patch/2A1C", "04 FFFF7F00 02")
    warm(script, 1070, 1960)
    assert script.alarms() == []
    warm(script, 1970, 2290)
    assert script.alarms() == ["2270 ct raised"]


def test_what_was_raised_before_a_sensor_settles_stands_unjudged() -> None:
    script = settling(Rule("ct", "above", 38, CORE, None))
    warm(script, 0, 1000)
    script.at(1005).raw("patch/2A1C", "04 FFFF7F00 02")
    warm(script, 1070, 1980)
    assert script.alarms() == ["910 ct raised", "1070 ct suspended", "1970 ct resumed"]


def test_a_sensor_worn_for_long_does_not_settle_anew_under_another_policy() -> None:
    rule = Rule("ct", "above", 38, CORE, None)
    script = play(rule)
    warm(script, 0, 1000)
    text = policy_text("other", [rule]).replace("[[rule]]", SETTLING, 1)
    script.tell(EntryKind.POLICY, "other", text=text, by="Dr A", reason="amendment")
    script.at(1000).core(37.0)
    assert script.alarms()[1:] == ["1000 ct cleared"]
