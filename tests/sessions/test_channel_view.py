"""Judgement of channels in the view, with start and reason while not judged."""

import pytest

from dashboards.console.views.channels import ChannelView, WaitView
from dashboards.console.views.session import SessionView
from monitor.entries import EntryKind
from monitor.facts import AlarmFact
from monitor.sessions.alarm_history import AlarmHistory
from monitor.sessions.view import session_view
from tests.engine.scripted_session import POLICY, START_NS, Script

S = 10**9
BASELINE = """
[[rule]]
id = "hr-relative"
signal = "heart_rate"
above = "baseline + 40"
priority = "low"
message = "Heart rate 40 above baseline"
source = "test"
"""
SETTLING = POLICY.replace(
    'reviewed_by = ""', 'reviewed_by = ""\nsettling = { core_temperature = "15min" }', 1
)


def shown(script: Script) -> SessionView:
    """Return what the page shows at the second of a script."""
    return session_view(script.engine, START_NS + round(script.second * S), (), ())


def channel(script: Script, name: str = "strap/heart_rate") -> ChannelView:
    return next(each for each in shown(script).channels if each.channel == name)


def connect(script: Script) -> None:
    script.tell(EntryKind.LINK, "strap", state="connected", reason="", rssi=-60)


def fragments(script: Script, seconds: int, heard: int = 4, period: int = 20) -> None:
    """Let a strap be heard for the first seconds of each period."""
    for second in range(seconds):
        if second % period < heard:
            script.at(second).heart(120 + second % 2)
        script.until(second + 0.9)


def test_channel_waits_a_bounded_time_for_its_first_value() -> None:
    first = channel(Script().until(4))
    assert (first.state, first.reason) == ("waiting", "")
    assert first.waits == [WaitView(what="first value", until_ns=START_NS + 10 * S)]
    later = channel(Script().until(10))
    assert (later.state, later.unjudged_since_ns) == ("not judged", START_NS + 10 * S)
    assert later.reason == "sensor 'strap' is not connected"


def test_value_is_judged_until_it_expires() -> None:
    script = Script()
    connect(script)
    script.hearts(1, 30, 70)
    live = channel(script)
    assert (live.state, live.unjudged_since_ns, live.reason, live.waits) == ("judged", None, "", [])
    assert channel(script.until(38.9)).state == "judged"
    gone = channel(script.until(39))
    assert (gone.state, gone.unjudged_since_ns) == ("not judged", START_NS + 39 * S)
    assert gone.reason == "sensor 'strap' sends no data"


def test_reason_for_missing_judgement_follows_the_sensor_state() -> None:
    script = Script()
    connect(script)
    script.hearts(1, 30, 70)
    for second in range(30, 60):
        script.at(second).heart(70, flags=0x04)  # contact is supported, and there is none
    assert channel(script).reason == "sensor 'strap' has no contact with the skin"
    alarm = next(each for each in shown(script).alarms if each.rule == "no-hr")
    assert alarm.message == "No heart rate: sensor 'strap' has no contact with the skin"
    script.until(80)  # and then no more data: the open alarm shows it
    script.tell(EntryKind.LINK, "strap", state="lost", reason="", rssi=None)
    alarm = next(each for each in shown(script).alarms if each.rule == "no-hr")
    assert alarm.message == "No heart rate: sensor 'strap' is not connected"
    assert channel(script).unjudged_since_ns == START_NS + 39 * S


def test_settling_lists_the_waiting_rules_and_their_end() -> None:
    script = Script(SETTLING)
    script.at(100).core(36.8)
    script.until(110)
    core = channel(script, "patch/core_temperature")
    assert core.state == "waiting"
    until_ns = START_NS + 1000 * S
    assert core.waits == [WaitView(what="settling", until_ns=until_ns, rules=("ct-rate",))]
    assert core.settling_s == pytest.approx(890)
    for second in range(110, 1002, 10):
        script.at(second).core(36.8)
    assert channel(script.until(1001), "patch/core_temperature").state == "judged"


def test_baseline_rules_wait_until_a_baseline_is_set() -> None:
    script = Script(POLICY + BASELINE)
    script.hearts(1, 30, 70)
    wait = WaitView(what="baseline", until_ns=None, rules=("hr-relative",))
    assert (channel(script).state, channel(script).waits) == ("waiting", [wait])
    script.tell(EntryKind.MARKER, "dose", text="", by="MK")
    assert channel(script).waits == [wait]  # half a minute is not enough for a baseline
    script.hearts(30, 700, 70)
    script.tell(EntryKind.REBASELINE, "", by="MK", reason="there is enough now")
    assert (channel(script).state, channel(script).waits) == ("judged", [])


def test_wait_of_the_only_rule_lists_no_rules() -> None:
    head, _, _ = SETTLING.partition("[[rule]]")
    cold = BASELINE.replace("heart_rate", "core_temperature")
    script = Script(head + cold.replace('above = "baseline + 40"', "below = 35"))
    script.at(100).core(36.8)
    (wait,) = channel(script, "patch/core_temperature").waits
    assert wait == WaitView(what="settling", until_ns=START_NS + 1000 * S)


def test_unstable_link_shows_the_received_percentage() -> None:
    script = Script()
    connect(script)
    fragments(script, 900)
    script.until(903)
    seen = channel(script)
    assert seen.state == "judged" or seen.unjudged_since_ns is not None
    assert seen.heard_share == pytest.approx(0.25, abs=0.1)
    share = round(100 * (seen.heard_share or 0))
    said = f"the link to sensor 'strap' is unstable: {share} % received in the last 5 minutes"
    assert seen.reason == said
    about = [each for each in shown(script).alarms if each.subject == "strap/heart_rate"]
    (alarm,) = [each for each in about if each.technical]
    assert alarm.message.endswith(f": {said}")
    silent = channel(script.until(1300))  # a link over which nothing comes is not unstable
    assert (silent.state, silent.heard_share) == ("not judged", None)
    assert silent.reason == "sensor 'strap' sends no data"


def test_unchanging_value_is_judged_with_a_reason_for_doubt() -> None:
    script = Script()
    for second in range(1, 90):
        script.at(second).heart(70)
    found = channel(script)
    assert (found.state, found.reason) == (
        "judged",
        "sensor 'strap' keeps sending the same value",
    )


def test_channel_without_rules_is_unwatched_then_stale() -> None:
    watched, _, rest = POLICY.partition('[[rule]]\nid = "ct-high"')
    script = Script(watched + rest[rest.index('[[rule]]\nid = "no-hr"') :])
    script.at(5).core(36.8)
    assert channel(script, "patch/core_temperature").state == "unwatched"
    assert channel(script.until(96), "patch/core_temperature").state == "stale"


def test_channels_of_an_ended_session_are_not_judged() -> None:
    script = Script()
    script.hearts(1, 30, 70)
    script.tell(EntryKind.END, "", by="MK", reason="done", open=[])
    found = channel(script)
    assert (found.state, found.reason) == ("not judged", "the session has ended")
    assert found.unjudged_since_ns == START_NS + 29 * S + 1


def test_audio_pause_continues_during_gaps_of_an_unstable_link() -> None:
    """Only a newly raised alarm ends it."""
    script = Script()
    connect(script)
    fragments(script, 900)
    script.tell(EntryKind.PAUSE, "", by="MK")
    paused_until_ns = script.engine.alarms.audio_paused_until_ns
    raised = len([step for step in script.alarms() if step.endswith("raised")])
    for second in range(900, 1010):
        if second % 20 < 4:
            script.at(second).heart(120)
        script.until(second + 0.9)
    assert script.engine.alarms.audio_paused_until_ns == paused_until_ns
    assert len([step for step in script.alarms() if step.endswith("raised")]) == raised
    assert shown(script).audio_paused_s > 0


def test_log_merges_repeated_suspensions_into_one_line() -> None:
    """With gaps of more than a minute an alarm is suspended with each: one line, not a hundred."""
    script = Script()
    connect(script)
    fragments(script, 3600, heard=5, period=70)
    history = AlarmHistory()
    steps = [fact for _, fact in script.facts if isinstance(fact, AlarmFact)]
    for fact in steps:
        history.add(fact)
    interruptions = [fact for fact in steps if fact.step in ("suspended", "resumed")]
    assert len(interruptions) > 50
    high = [fact for fact in history if fact.rule == "hr-high"]
    assert [fact.step for fact in high] == ["raised", interruptions[-1].step]
    assert high[-1].at_ns == interruptions[-1].at_ns
    assert len(list(history)) < 10


def test_change_is_shown_once_a_value_of_ten_minutes_ago_exists() -> None:
    script = Script()
    script.hearts(0, 600, 70)
    assert channel(script.until(599.9)).change is None
    script.hearts(600, 610, 70)
    assert channel(script.until(609.5)).change == 0
    script.hearts(610, 640, 118)
    assert channel(script.until(639.5)).change == 118 + 1 - 71
    gap = script.until(900)
    script.hearts(900, 1310, 90)
    assert channel(gap.until(1309.5)).change is None  # nothing was measured ten minutes ago


def test_change_is_blank_if_the_earlier_value_was_settling() -> None:
    script = Script(SETTLING)
    for second in range(0, 1400, 10):
        script.at(second).core(36 + min(second, 900) / 900)
    core = "patch/core_temperature"
    assert channel(script.until(1399), core).change is None  # ten minutes ago it warmed up
    for second in range(1400, 1700, 10):
        script.at(second).core(37.2)
    assert channel(script.until(1699), core).change == pytest.approx(0.2)


def test_view_has_the_current_limits() -> None:
    script = Script(POLICY + BASELINE)
    script.hearts(0, 5, 70)
    before = {(each.rule, each.upper, each.value) for each in channel(script).limits}
    assert before == {("hr-high", True, 110.0), ("hr-low", False, 40.0)}
    script.hearts(5, 700, 70)
    script.tell(EntryKind.MARKER, "dose", text="", by="MK")
    script.hearts(700, 702, 70)
    after = {each.rule: each.value for each in channel(script).limits}
    assert after["hr-relative"] == pytest.approx(110, abs=1)  # 40 above the baseline
    assert after["hr-rise"] == pytest.approx(100, abs=1)
    assert after["hr-jump"] == pytest.approx(90, abs=1)  # 20 above the last minute


def test_value_of_a_latched_alarm_has_no_priority() -> None:
    script = Script()
    script.hearts(0, 10, 70)
    script.hearts(10, 30, 35)
    assert channel(script).priority == "high"
    script.hearts(30, 60, 70)
    (alarm,) = (each for each in shown(script).alarms if each.rule == "hr-low")
    assert (alarm.state, channel(script).priority) == ("latched", None)


def test_blood_pressure_limits_are_shown_before_a_measurement() -> None:
    rules = "".join(
        f"""
[[rule]]
id = "{name}"
signal = "systolic"
{side} = {value}
{more}priority = "{priority}"
message = "m"
source = "test"
"""
        for name, side, value, more, priority in (
            ("bp-160", "above", 160, "", "low"),
            ("bp-160-again", "above", 160, 'repeated = "2 in 15min"\n', "medium"),
            ("bp-low", "at_most", 90, "", "medium"),
        )
    )
    script = Script(POLICY + rules)
    limits = shown(script).spot_limits["systolic"]
    # One value reaches the first of the two rules at 160 only.
    assert {(each.rule, each.value) for each in limits} == {("bp-160", 160), ("bp-low", 90)}
