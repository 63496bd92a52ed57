"""Alarm ladders through the engine, from journal entries to facts."""

import pytest

from alerts.active_alarms import AUDIO_PAUSE_NS
from monitor.core.engine import Engine
from monitor.entries import EntryKind
from monitor.facts import AlarmFact, payload
from tests.engine.scripted_session import START_NS, Script

HEART = "strap/heart_rate"


def rung(limit: int, sustain: int, priority: str, *, latch: bool = False) -> str:
    return f"""
[[rule]]
id = "hr-{limit}"
signal = "heart_rate"
above = {limit}
sustain = "{sustain}s"
clear_after = "5s"
priority = "{priority}"
latch = {str(latch).lower()}
message = "Heart rate above {limit} /min"
source = "test"
"""


LADDER = (
    'name = "ladder"\nversion = "1"\n'
    + rung(110, 20, "low")
    + rung(131, 20, "medium")
    + rung(150, 10, "high", latch=True)
)


def told(script: Script, since: int = 0) -> list[str]:
    """Return the steps after the first `since`, as ``second rule step (head) by``."""
    return [
        f"{(fact.at_ns - START_NS) / 1e9:g} {fact.rule} {fact.step}"
        f"{f' ({fact.head})' if fact.head else ''}{f' by {fact.by}' if fact.by else ''}"
        for fact in script.alarm_facts()[since:]
        if fact.subject == HEART and fact.rule.startswith("hr-")
    ]


def shown(script: Script) -> list[tuple[str, str, list[str]]]:
    return [
        (m.alarm.rule.id, m.alarm.shown.value, [each.rule.id for each in m.inside])
        for m in script.engine.alarms.groups()
    ]


def same_again(script: Script) -> bool:
    """Return whether a replay of the entries gives the same facts, byte for byte."""
    engine = Engine()
    facts = [each for entry in script.entries for each in engine.apply(entry)]
    facts += [(engine.seq, fact) for fact in engine.advance(script.engine.now_ns)]

    def rows(found: list[tuple[int, object]]) -> list[tuple[int, str]]:
        return [(seq, f"{fact!r} {payload(fact)}") for seq, fact in found]  # type: ignore[arg-type]

    return rows([*facts]) == rows([*script.facts])


def test_heart_rate_over_three_limits_shows_one_alarm() -> None:
    script = Script(LADDER)
    script.hearts(0, 10, 70)
    script.hearts(10, 60, 163)
    assert told(script) == [
        "20 hr-150 raised",
        "30 hr-110 raised (hr-150)",
        "30 hr-131 raised (hr-150)",
    ]
    assert shown(script) == [("hr-150", "active", ["hr-131", "hr-110"])]
    script.at(60).tell(EntryKind.ACKNOWLEDGE, f"hr-150@{HEART}", by="AB")
    before = len(script.alarm_facts())
    script.hearts(60, 80, 140)
    script.hearts(80, 100, 120)
    script.hearts(100, 120, 80)
    assert told(script, before) == [
        "65 hr-150 latched",
        "65 hr-131 uncovered",
        "65 hr-110 covered (hr-131)",
        "85 hr-131 cleared",
        "85 hr-110 uncovered",
        "105 hr-110 cleared",
    ]
    assert shown(script) == [("hr-150", "latched", [])]
    assert same_again(script)


def test_simultaneous_deadlines_announce_only_the_highest_alarm() -> None:
    script = Script(LADDER.replace('sustain = "10s"', 'sustain = "20s"'))
    script.hearts(0, 30, 163)
    assert told(script) == [
        "20 hr-110 raised (hr-150)",
        "20 hr-131 raised (hr-150)",
        "20 hr-150 raised",
    ]
    assert same_again(script)


def test_one_measurement_over_three_limits_shows_one_alarm() -> None:
    policy = LADDER.replace("heart_rate", "systolic").replace('sustain = "10s"', 'sustain = "0s"')
    script = Script(policy.replace('sustain = "20s"', 'sustain = "0s"'))
    script.tell(EntryKind.VITALS, "manual", values={"systolic": 186}, by="AB", role="")
    raised = [fact for fact in script.alarm_facts() if fact.step == "raised"]
    assert [fact.rule for fact in raised if not fact.head] == ["hr-150"]
    assert len(raised) == 3
    script.at(60).tell(EntryKind.ACKNOWLEDGE, shown_key(script), by="AB")
    assert all(alarm.acknowledged_by == "AB" for alarm in script.engine.alarms.open())


def shown_key(script: Script) -> str:
    return script.engine.alarms.groups()[0].alarm.key


def test_higher_alarm_ends_the_audio_pause_and_needs_acknowledgement() -> None:
    script = Script(LADDER)
    script.hearts(0, 30, 120)
    script.at(30).tell(EntryKind.ACKNOWLEDGE, f"hr-110@{HEART}", by="AB")
    script.tell(EntryKind.PAUSE, "audio", by="AB")
    paused_ns = script.entries[-1].received_ns + AUDIO_PAUSE_NS
    script.hearts(31, 50, 135)
    assert script.engine.alarms.audio_paused_until_ns == paused_ns
    script.hearts(50, 60, 135)
    assert shown(script) == [("hr-131", "active", ["hr-110"])]
    assert script.engine.alarms.audio_paused_until_ns == 0
    assert same_again(script)


def test_end_of_an_acknowledged_alarm_names_no_person() -> None:
    script = Script(LADDER)
    script.hearts(0, 30, 163)
    script.at(30).tell(EntryKind.ACKNOWLEDGE, f"hr-150@{HEART}", by="AB")
    script.hearts(31, 60, 80)
    ended = [fact for fact in script.alarm_facts() if fact.step in ("cleared", "latched")]
    assert len(ended) == 3
    assert {fact.by for fact in ended} == {None}
    script.tell(EntryKind.RESET, f"hr-150@{HEART}", by="CD")
    assert script.alarm_facts()[-1].by == "CD"
    assert shown(script) == []


def test_acknowledgement_is_undone_for_the_whole_ladder() -> None:
    script = Script(LADDER)
    script.hearts(0, 30, 163)
    key = f"hr-150@{HEART}"
    script.at(30).tell(EntryKind.UNACKNOWLEDGE, key, by="AB", reason="")  # nothing to undo
    assert told(script)[-1] == "20 hr-131 raised (hr-150)"
    script.tell(EntryKind.ACKNOWLEDGE, key, by="AB")
    before = len(script.alarm_facts())
    script.hearts(31, 60, 163)
    script.at(60).tell(EntryKind.UNACKNOWLEDGE, key, by="CD", reason="wrong room")
    assert told(script, before) == [
        "60 hr-150 unacknowledged by CD",
        "60 hr-131 unacknowledged (hr-150) by CD",
        "60 hr-110 unacknowledged (hr-150) by CD",
    ]
    script.hearts(61, 300, 163)
    assert not [fact for fact in script.alarm_facts() if fact.step == "reminder"]
    assert shown(script)[0][:2] == ("hr-150", "active")
    assert same_again(script)


def test_reminder_of_a_suspended_alarm_has_the_age_of_the_value() -> None:
    """160 /min for two minutes, acknowledged, then the strap is silent for 27 min."""
    script = Script(LADDER)
    script.hearts(0, 120, 160)
    script.at(120).tell(EntryKind.ACKNOWLEDGE, f"hr-150@{HEART}", by="AB")
    script.until(120 + 27 * 60)
    reminders = [fact for fact in script.alarm_facts() if fact.step == "reminder"]
    assert [fact.rule for fact in reminders] == ["hr-150"] * 9
    assert [fact.public_text for fact in (reminders[0], reminders[-1])] == [
        "Heart rate above 150 /min - last value 161, 3 min ago",
        "Heart rate above 150 /min - last value 161, 27 min ago",
    ]
    assert same_again(script)


def test_rule_that_becomes_a_lower_limit_changes_its_ladder() -> None:
    low = LADDER.replace("above = 131", "at_most = 131")
    script = Script(LADDER)
    script.hearts(0, 40, 163)
    script.at(40).tell(EntryKind.POLICY, "low", text=low, by="Dr A", reason="amendment")
    script.hearts(40, 60, 163)
    assert shown(script) == [("hr-150", "active", ["hr-110"])]
    assert same_again(script)


@pytest.mark.parametrize("priority", ["high", "info"])
def test_priority_override_moves_an_alarm_within_its_ladder(priority: str) -> None:
    script = Script(LADDER)
    script.hearts(0, 40, 135)
    changes = {"priority": priority}
    script.at(40).tell(EntryKind.OVERRIDE, "hr-110", changes=changes, by="Dr A", reason="agreed")
    script.hearts(40, 45, 135)
    heads = {"high": ("hr-110", ["hr-131"]), "info": ("hr-131", ["hr-110"])}
    name, inside = heads[priority]
    assert shown(script) == [(name, "active", inside)]
    assert same_again(script)


def test_two_rules_on_one_silent_channel_show_one_alarm() -> None:
    """The default rules of every policy: not judged for 10 s, and for a minute."""
    script = Script(LADDER)
    script.hearts(0, 10, 70)
    script.until(30)
    key = "unjudged-heart_rate@strap/heart_rate"
    script.at(30).tell(EntryKind.ACKNOWLEDGE, key, by="AB")
    script.until(100)
    facts = [fact for fact in script.alarm_facts() if fact.subject == HEART]
    assert [(fact.rule, fact.step, fact.head) for fact in facts] == [
        ("unjudged-heart_rate", "raised", ""),
        ("unjudged-heart_rate", "acknowledged", ""),
        ("unjudged-heart_rate-long", "raised", ""),
        ("unjudged-heart_rate", "covered", "unjudged-heart_rate-long"),
    ]
    assert isinstance(facts[0], AlarmFact)
