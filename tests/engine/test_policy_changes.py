"""Overrides and policy changes during a session."""

from monitor.analysis.replay import facts_of
from monitor.entries import EntryKind
from monitor.facts import AlarmFact, Fact, LimitFact, PolicyFact, payload
from tests.engine.scripted_session import POLICY, Script


def of(script: Script, kind: type[Fact]) -> list[Fact]:
    return [fact for _, fact in script.facts if isinstance(fact, kind)]


def change(script: Script, rule: str, **changes: object) -> None:
    script.tell(EntryKind.OVERRIDE, rule, changes=changes, by="Dr A", reason="agreed")


def test_raised_limit_clears_the_alarm_of_the_old_limit() -> None:
    script = Script()
    script.hearts(0, 20, 112)
    change(script, "hr-high", above=120, clear=115)
    script.hearts(20, 40, 112)
    assert script.alarms("hr-high") == ["10 hr-high raised", "24 hr-high cleared"]
    (told,) = of(script, PolicyFact)
    assert isinstance(told, PolicyFact)
    assert (told.subject, told.change, told.by) == ("hr-high", "above 120, clear 115", "Dr A")
    limits = [f for f in of(script, LimitFact) if isinstance(f, LimitFact) and f.rule == "hr-high"]
    assert [fact.upper for fact in limits] == [110, 120]


def test_lowered_limit_raises_immediately_if_already_sustained() -> None:
    script = Script()
    script.hearts(0, 20, 100)
    change(script, "hr-high", above=95, clear=90)
    script.hearts(20, 31, 100)
    assert script.alarms("hr-high") == ["29 hr-high raised"]


def test_shorter_sustain_time_counts_from_the_start_of_the_condition() -> None:
    script = Script()
    script.hearts(0, 6, 112)
    change(script, "hr-high", sustain="3s")
    script.hearts(6, 9, 112)
    assert script.alarms("hr-high") == ["5 hr-high raised"]


def test_disabling_a_rule_withdraws_its_alarm_and_names_the_person() -> None:
    script = Script()
    script.hearts(0, 20, 38)
    assert script.alarms("hr-low") == ["5 hr-low raised"]
    change(script, "hr-low", enabled=False)
    assert script.alarms("hr-low")[-1] == "19 hr-low withdrawn"
    last = [fact for fact in of(script, AlarmFact) if isinstance(fact, AlarmFact)][-1]
    assert (last.by, last.state) == ("Dr A", "inactive")
    script.hearts(20, 60, 38)
    assert len(script.alarms("hr-low")) == 2
    change(script, "hr-low")
    script.hearts(60, 70, 38)
    assert script.alarms("hr-low")[-1] == "64 hr-low raised"


def test_technical_rule_is_changed_and_disabled() -> None:
    script = Script()
    script.hearts(0, 10, 70)
    change(script, "no-hr", absent="30s")
    script.until(38)
    assert script.alarms("no-hr") == []
    script.until(39)
    assert script.alarms("no-hr") == ["39 no-hr raised"]
    change(script, "no-hr", enabled=False)
    assert script.alarms("no-hr")[-1] == "39 no-hr withdrawn"
    script.hearts(40, 45, 70)
    script.until(200)
    assert len(script.alarms("no-hr")) == 2
    script.at(200)
    change(script, "no-hr")
    script.until(201)
    assert script.alarms("no-hr")[-1] == "200 no-hr raised"


def test_new_rolling_limit_excludes_the_value_it_evaluates() -> None:
    script = Script()
    for second in range(1, 62):
        script.at(second).heart(163 if second % 2 else 72)
    # The median of the minute before the last value is 72; with it 117.5.
    change(script, "hr-jump", above="rolling(1min) + 60", sustain="0s")
    assert script.alarms("hr-jump")[-1] == "61 hr-jump raised"


def test_shorter_clear_time_clears_no_alarm_of_a_lost_sensor() -> None:
    script = Script()
    change(script, "hr-high", clear_after="30s")
    script.hearts(0, 20, 130)
    script.hearts(20, 30, 70)
    script.until(100)
    change(script, "hr-high", clear_after="5s")
    script.until(110)
    assert [step.split()[2] for step in script.alarms("hr-high")] == ["raised", "suspended"]
    script.hearts(110, 120, 70)
    assert script.alarms("hr-high")[-1].split()[2] == "cleared"


def test_shorter_times_change_no_alarm_while_the_new_limit_is_unknown() -> None:
    """Values that were seen under the old limit are not judged by the new one."""
    script = Script()
    script.hearts(0, 6, 130)
    script.until(9)  # the last value is no longer current, but its sensor is not lost
    change(script, "hr-high", above="rolling(5min) + 60", clear="rolling(5min)", sustain="0s")
    script.until(9.5)
    assert script.alarms("hr-high") == []
    change(script, "hr-high", clear_after="30s")
    script.hearts(10, 21, 130)
    script.hearts(21, 25, 70)
    script.until(28)
    assert script.alarms("hr-high") == ["13.5 hr-high raised"]
    change(script, "hr-high", above="rolling(5min) + 60", clear="rolling(5min)", clear_after="1s")
    script.until(28.5)
    assert script.alarms("hr-high") == ["13.5 hr-high raised"]


def test_new_policy_keeps_history_and_baseline_of_the_session() -> None:
    script = Script()
    script.hearts(0, 700, 70)
    script.tell(EntryKind.MARKER, "dose", text="", by="AB")
    script.hearts(700, 720, 112)
    other = POLICY.replace('name = "test"', 'name = "other"')
    other = other.replace('above = "rolling(1min) + 20"', 'above = "rolling(5min) + 20"')
    other = other.replace('id = "hr-high"', 'id = "hr-new"')
    script.tell(EntryKind.POLICY, "other", text=other, by="Dr A", reason="amendment 2")
    assert script.alarms("hr-high")[-1] == "719 hr-high withdrawn"
    script.hearts(720, 731, 112)
    assert script.alarms("hr-new") == ["729 hr-new raised"]
    assert script.alarms("hr-jump") == ["700 hr-jump raised"]  # five minutes were kept
    assert script.alarms("hr-rise")[:1] == ["710 hr-rise raised"]  # and the baseline
    assert script.engine.policy is not None
    assert script.engine.policy.name == "other"


def test_replay_with_policy_changes_derives_the_same_facts() -> None:
    script = Script()
    script.hearts(0, 30, 112)
    change(script, "hr-high", above=120, clear=115)
    script.hearts(30, 60, 122)
    change(script, "both", enabled=False)
    script.tell(EntryKind.POLICY, "test", text=POLICY, by="Dr A", reason="back")
    script.hearts(60, 90, 112)
    replayed = [row.payload for row in facts_of(type(script.engine)(), script.entries)]
    assert replayed == [payload(fact) for _, fact in script.facts]
