"""What happens first of what happens at the same time; the words are those of docs/policy.md."""

from dataclasses import replace

from monitor.entries import EntryKind
from monitor.facts import AlarmFact
from tests.alarms.model import Rule, policy_text
from tests.alarms.rules import CORE, HEART, SYSTOLIC
from tests.engine.script import START_NS, Script

HIGH = Rule("hr-high", "above", 110, HEART, 105, 10, 5, "medium")
NO_HR = Rule("no-hr", "absent", 10, HEART)
NO_CT = Rule("no-ct", "absent", 90, CORE)


def play(*rules: Rule) -> Script:
    return Script(policy_text("test", rules))


def told(script: Script, second: float) -> list[str]:
    """Return what happened at a second, entries of the same moment included."""
    at_ns = START_NS + round(second * 1e9)
    return [
        f"{fact.rule} {fact.step}"
        for _, fact in script.facts
        if isinstance(fact, AlarmFact) and at_ns <= fact.at_ns < at_ns + 1000
    ]


def test_a_lost_sensor_suspends_before_anything_is_judged() -> None:
    """At 20 s the sustain time is over, and the value no longer stands: nothing is raised."""
    script = play(HIGH, NO_HR)
    script.at(10).heart(120)
    script.until(60)
    assert script.alarms() == ["10 no-hr raised", "10 no-hr cleared", "20 no-hr raised"]


def test_what_is_raised_is_suspended_before_the_loss_is_told() -> None:
    script = play(NO_HR, replace(HIGH, sustain=0))
    script.at(5).heart(120)
    script.until(15)
    assert told(script, 15) == ["hr-high suspended", "no-hr raised"]


def test_several_lost_sensors_go_by_their_names() -> None:
    script = play(replace(HIGH, sustain=0), Rule("ct", "above", 38, CORE))
    script.at(10).core(38.5)
    script.at(90).heart(120)
    script.until(100)
    assert told(script, 100) == ["ct suspended", "hr-high suspended"]


def test_conditions_come_before_alarms_whatever_their_place_in_the_policy() -> None:
    script = play(HIGH, NO_CT)
    script.at(80).heart(120)
    script.at(81).heart(120)
    script.until(90)
    assert told(script, 90) == ["no-ct raised", "hr-high raised"]


def test_conditions_go_by_the_order_of_the_policy() -> None:
    due = Rule("due", "due", 90, SYSTOLIC)
    for rules in ((NO_CT, due), (due, NO_CT)):
        script = play(*rules)
        script.until(90)
        assert told(script, 90) == [f"{rule.id} raised" for rule in rules]


def test_alarms_go_by_the_order_of_the_policy() -> None:
    """Their conditions began at different moments; they are raised at one."""
    early = Rule("early", "above", 110, HEART, None, 9)
    late = Rule("late", "above", 130, HEART, None, 4)
    for rules in ((early, late), (late, early)):
        script = play(*rules)
        script.at(1).heart(120)
        script.at(6).heart(140)
        script.until(10)
        assert told(script, 10) == [f"{rule.id} raised" for rule in rules]


def test_one_rule_on_several_subjects_goes_by_their_names() -> None:
    script = play(Rule("battery", "below", 20, "strap/battery", sustain=5))
    script.at(1).raw("strap/2A19", "0A")
    script.at(1).raw("patch/2A19", "0A")
    script.until(6.5)
    subjects = [fact.subject for _, fact in script.facts if isinstance(fact, AlarmFact)]
    assert subjects == ["strap/battery", "patch/battery"]  # the strap's came a nanosecond before
    same = play(Rule("absent", "absent", 10, "any/battery"))
    same.until(10)
    subjects = [fact.subject for _, fact in same.facts if isinstance(fact, AlarmFact)]
    assert subjects == ["patch/battery", "strap/battery"]


def test_a_value_ends_what_was_missing_and_is_then_held_against_limits() -> None:
    jointly = Rule("both", "all", ((HEART, 110), (HEART, 115)))
    at_once = replace(HIGH, sustain=0)
    script = play(jointly, at_once, Rule("off-body", "invalid", 5, HEART), NO_HR)
    script.at(1).heart(70, flags=0x04)
    script.until(19)
    script.at(20).heart(120)
    assert told(script, 20) == [
        "no-hr cleared",
        "off-body cleared",
        "hr-high raised",
        "both raised",
    ]


def test_what_is_due_at_the_moment_of_an_entry_comes_before_it() -> None:
    script = play(HIGH)
    script.at(1).heart(120)
    script.at(6).heart(120)
    script.at(11).tell(EntryKind.ACKNOWLEDGE, f"hr-high@{HEART}", by="AB")
    assert told(script, 11) == ["hr-high raised", "hr-high acknowledged"]
    other = play(HIGH)
    other.at(1).heart(120)
    other.at(6).heart(120)
    other.at(11).heart(80)  # it held for ten seconds: that it is over comes a moment later
    assert told(other, 11) == ["hr-high raised"]


def test_an_alarm_that_ends_when_a_reminder_is_due_only_ends() -> None:
    script = play(HIGH)
    script.hearts(1, 12, 120)
    script.tell(EntryKind.ACKNOWLEDGE, f"hr-high@{HEART}", by="AB")
    script.hearts(12, 186, 120)
    script.at(186).heart(80)
    script.until(191)
    assert script.alarms()[-1] == "191 hr-high cleared"
    assert "reminder" not in " ".join(script.alarms())


def test_steps_of_one_alarm_at_one_moment_are_a_nanosecond_apart() -> None:
    script = play(replace(HIGH, sustain=0, clear_after=0))
    script.at(1).heart(120)
    script.until(20)
    script.at(20).heart(80)
    resumed, cleared = [fact for _, fact in script.facts if isinstance(fact, AlarmFact)][-2:]
    assert (resumed.step, cleared.step) == ("resumed", "cleared")
    assert cleared.at_ns == resumed.at_ns + 1
    assert resumed.state == cleared.state == "inactive"  # where it stands after that moment


def test_a_rule_keeps_its_place_when_the_policy_changes() -> None:
    one, two, three = (Rule(name, "above", 110, HEART, None, 5) for name in ("one", "two", "three"))
    script = play(one, two)
    text = policy_text("other", [three, two, one])
    script.at(1).tell(EntryKind.POLICY, "other", text=text, by="AB", reason="amendment")
    script.at(2).heart(120)
    script.until(7)
    assert told(script, 7) == ["one raised", "two raised", "three raised"]
    at_once = policy_text("again", [replace(rule, sustain=0) for rule in (three, two, one)])
    script.at(8).tell(EntryKind.POLICY, "again", text=at_once, by="AB", reason="amendment")
    script.at(9).heart(80)
    assert told(script, 9) == ["one cleared", "two cleared", "three cleared"]


def test_withdrawn_alarms_come_before_those_that_a_new_rule_raises() -> None:
    recorder = Rule("recorder", "trouble", "recorder-failure")
    script = play(replace(HIGH, sustain=0), recorder)
    script.at(1).heart(120)
    script.at(2).tell(EntryKind.TROUBLE, "recorder-failure", on=True, reason="full")
    text = policy_text("other", [replace(recorder, id="recording"), NO_HR])
    script.at(3).tell(EntryKind.POLICY, "other", text=text, by="AB", reason="amendment")
    assert told(script, 3) == ["hr-high withdrawn", "recorder withdrawn", "recording raised"]
