"""Escalation of calls: worked examples through the engine, and properties."""

import json
import random
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.alarm import State
from alerts.call_plan import Plan, Recipient, Tier
from alerts.tiers import GROUP_WAIT_NS
from monitor.core.engine import Engine
from monitor.entries import EntryKind
from monitor.facts import payload
from tests.calls.scripted_session import PLAN, Calls
from tests.durations import examples
from tests.engine.scripted_session import START_NS, Script

RECORDER = "recorder@session"


def test_next_tier_is_called_when_nobody_accepts() -> None:
    calls = Calls()
    calls.at(10).fault()
    calls.until(300)
    assert calls.told()[:3] == ["12 anna 1 recorder", "74 ben 2 recorder", "74 chris 2 recorder"]


def test_calls_restart_with_an_alarm_after_the_last_tier() -> None:
    calls = Calls()
    calls.at(0).fault()
    calls.until(1000)
    assert [told.split(" ", 1)[0] for told in calls.told() if "anna" in told] == [
        "2", "186", "370", "554", "738", "922",
    ]  # fmt: skip
    assert calls.alarms("nobody") == ["184 nobody raised"]


@pytest.mark.parametrize(
    "act",
    [
        pytest.param(lambda calls: calls.accept(RECORDER), id="accepted through a link"),
        pytest.param(
            lambda calls: calls.tell(EntryKind.ACKNOWLEDGE, RECORDER, by="MK"),
            id="acknowledged at the console",
        ),
        pytest.param(lambda calls: calls.fault(on=False), id="over by itself"),
    ],
)
@pytest.mark.parametrize("second", [1, 30, 100, 400])
def test_calls_stop_when_the_alarm_is_accepted_acknowledged_or_over(
    act: Callable[[Calls], None], second: int
) -> None:
    calls = Calls()
    calls.at(0).fault()
    calls.until(second)
    act(calls)
    so_far = calls.told()
    calls.until(2000)
    assert calls.told() == so_far
    assert not calls.engine.alarms.find("nobody@session") or (
        calls.alarms("nobody")[-1].endswith("cleared")
    )


def test_latched_alarm_calls_until_accepted() -> None:
    calls = Calls()
    calls.hearts(0, 10, 35)
    calls.hearts(10, 100, 70)
    for second in range(100, 400, 5):
        calls.at(second).heart(70 + second % 2)
    assert calls.alarm("hr-low@strap/heart_rate").shown is State.LATCHED
    assert len(calls.told()) > 3
    calls.accept("hr-low@strap/heart_rate")
    so_far = calls.told()
    for second in range(401, 900, 5):
        calls.at(second).heart(70 + second % 2)
    assert calls.told() == so_far
    calls.at(900).tell(EntryKind.RESET, "hr-low@strap/heart_rate", by="MK")
    assert "hr-low@strap/heart_rate" not in calls.engine.calling.escalation.occurrences


def test_suspended_alarm_continues_to_call() -> None:
    calls = Calls()
    calls.hearts(0, 20, 130)
    calls.silence(400)
    assert calls.alarm("hr-high@strap/heart_rate").suspended
    told = [told for told in calls.told() if " 2 " in told and "hr-high" in told]
    assert [each.partition("hr-high")[0] for each in told[:2]] == ["74 ben 2 ", "74 chris 2 "]
    assert len(told) > 2


def test_simultaneous_alarms_are_one_message_highest_first() -> None:
    calls = Calls()
    calls.hearts(0, 10, 130)
    calls.at(9.5).fault()
    calls.hearts(10, 14, 130)
    assert calls.told() == ["12 anna 1 recorder+hr-high"]


def test_higher_alarm_calls_again_and_includes_the_lower_one() -> None:
    calls = Calls()
    calls.hearts(0, 20, 130)
    calls.at(30).fault()
    calls.until(40)
    assert calls.told() == ["12 anna 1 hr-high", "32 anna 1 recorder+hr-high"]
    assert calls.calls[-1].priority == "high"


def test_alarm_without_a_matching_tier_calls_nobody() -> None:
    calls = Calls()
    calls.at(1).tell(EntryKind.FAULT, "clock-jump", on=True, reason="")  # low, technical
    calls.until(600)
    assert calls.alarms("clock") == ["1 clock raised"]
    assert calls.told() == []
    low = replace(PLAN.tiers[0], technical_low=True)
    asked = Calls(replace(PLAN, tiers=(low, PLAN.tiers[1])))
    asked.at(1).tell(EntryKind.FAULT, "clock-jump", on=True, reason="")
    asked.until(70)
    assert asked.told()[0] == "3 anna 1 clock"


def test_call_that_fails_on_all_channels_escalates_immediately() -> None:
    calls = Calls()
    calls.outcomes["anna"] = None
    calls.at(0).fault()
    calls.until(2)
    calls.at(3).outcome(1, "failed", left=1)
    assert calls.told() == ["2 anna 1 recorder"]  # another channel may take it
    calls.at(4).outcome(1, "failed", left=0)
    calls.until(6.5)
    assert calls.told()[:3] == [
        "2 anna 1 recorder",
        "6 ben 2 recorder+calls",
        "6 chris 2 recorder+calls",
    ]
    assert calls.alarms("calls") == ["4 calls raised"]


def test_call_rate_is_bounded_while_all_calls_fail() -> None:
    calls = Calls()
    calls.outcomes = dict.fromkeys(("anna", "ben", "chris"), "failed")
    calls.at(0).fault()
    calls.until(1000)
    anna = [told for told in calls.told() if "anna" in told]
    assert 7 <= len(anna) <= 1 + 1000 / 62
    assert calls.alarms("nobody")[0] == "4 nobody raised"
    assert calls.alarms("calls") == ["2 calls raised"]  # once: it does not call repeatedly
    orders = [fact for fact in calls.calls if fact.step == "ordered"]
    late = [fact for fact in orders if fact.at_ns > START_NS + 300 * 10**9]
    assert {alarm for fact in late for alarm in fact.alarms} == {RECORDER}


def test_call_delivered_by_one_channel_counts_as_delivered() -> None:
    calls = Calls()
    calls.at(0).fault()
    calls.until(2)
    calls.at(3).outcome(1, "failed", left=1)
    calls.at(4).outcome(1, "delivered", left=0)
    calls.until(60)
    assert calls.told() == ["2 anna 1 recorder"]
    assert not calls.engine.calling.escalation.unreachable


def test_recipients_off_duty_are_not_called_and_an_empty_tier_is_skipped() -> None:
    calls = Calls()
    calls.at(0).duty("anna", on=False)
    calls.at(1).fault()
    calls.until(10)
    both = "recorder+nobody-on-duty"
    assert calls.told() == [f"2 ben 2 {both}", f"2 chris 2 {both}"]


def test_recipient_who_comes_on_duty_after_a_gap_is_called() -> None:
    calls = Calls()
    for name in ("anna", "ben", "chris"):
        calls.duty(name, on=False)
    calls.at(1).fault()
    calls.until(100)
    assert calls.told() == []
    assert calls.alarms("nobody") == ["1 nobody raised"]
    calls.until(200).duty("chris", on=True)
    calls.until(210)
    assert calls.told() == ["202 chris 2 recorder+nobody-on-duty"]


def test_recipient_who_goes_off_duty_before_the_message_is_not_called() -> None:
    calls = Calls()
    calls.at(0).fault()
    calls.at(1).duty("anna", on=False)
    calls.until(10)
    both = "recorder+nobody-on-duty"
    assert calls.told() == [f"3 ben 2 {both}", f"3 chris 2 {both}"]


def test_acceptance_covers_recurrences_until_ten_quiet_minutes() -> None:
    calls = Calls()
    calls.at(0).fault()
    calls.until(5)
    calls.accept(RECORDER)
    calls.at(10).fault(on=False)
    calls.at(20).fault()
    calls.until(609)
    calls.at(609).fault(on=False)
    calls.until(1208)
    calls.at(1208.9).fault()
    calls.until(1300)
    assert calls.told() == ["2 anna 1 recorder"]
    assert calls.engine.calling.escalation.occurrences[RECORDER].by == "Ben Berger"
    calls.at(1300).fault(on=False)
    calls.until(1900)
    calls.at(1900).fault()
    calls.until(1910)
    assert calls.told() == ["2 anna 1 recorder", "1902 anna 1 recorder"]
    old_ns = calls.entries[0].received_ns
    calls.tell(EntryKind.ACCEPT, RECORDER, by="Ben", via="link", raised_ns=old_ns, call=1)
    assert calls.engine.calling.escalation.occurrences[RECORDER].by is None


def test_test_call_goes_to_everyone_on_duty() -> None:
    calls = Calls()
    calls.duty("ben", on=False)
    calls.outcomes["chris"] = None
    calls.at(1).tell(EntryKind.TEST_CALL, "session", by="MK")
    assert calls.told() == ["1 anna 0 ", "1 chris 0 "]
    calls.at(2).outcome(2, "failed")
    assert calls.alarms("calls") == ["2 calls raised"]
    calls.at(3).tell(EntryKind.TEST_CALL, "session", by="MK")
    calls.outcome(4, "delivered")
    assert calls.alarms("calls")[-1] == "3 calls cleared"


def test_new_call_plan_restarts_calls_about_open_alarms() -> None:
    calls = Calls(Plan())
    calls.at(0).fault("clock-offset")
    calls.until(100)
    assert calls.told() == []
    calls.at(100).tell(EntryKind.RUN, "physiomon", version="0", calls=PLAN.body())
    calls.until(110)
    assert calls.told() == ["102 anna 1 gateway"]
    other = Plan(
        recipients=(Recipient(id="dora", name="D"),),
        tiers=(Tier(recipients=("dora",), accept_within_s=60),),
    )
    calls.at(120).tell(EntryKind.RUN, "physiomon", version="0", calls=other.body())
    calls.until(130)
    assert calls.told()[1:] == ["122 dora 1 gateway"]
    calls.at(140).tell(EntryKind.RUN, "physiomon", version="0", calls=Plan().body())
    calls.until(2000)
    assert len(calls.told()) == 2


def test_session_without_a_call_plan_calls_nobody() -> None:
    """The facts of old journals, which have no plan, must not change."""
    with_none = Calls(Plan())
    assert "calls" not in json.loads(with_none.entries[0].payload)
    with_none.at(0).fault()
    with_none.until(600)
    assert with_none.calls == []


Steps = list[tuple[float, str, str]]
STEPS = st.lists(
    st.tuples(
        st.floats(0.1, 90),
        st.sampled_from(
            ["high", "over", "accept", "acknowledge", "failed", "delivered", "off", "on", "test"]
        ),
        st.sampled_from(["anna", "ben", "chris"]),
    ),
    max_size=40,
)


def played(steps: Steps) -> Calls:
    calls, second = Calls(), 0.0
    for gap, act, name in steps:
        second += gap
        calls.until(second)
        ordered = [fact.call for fact in calls.calls if fact.step == "ordered"]
        match act:
            case "high" | "over":
                calls.fault(on=act == "high")
            case "accept":
                calls.accept(RECORDER)
            case "acknowledge":
                calls.tell(EntryKind.ACKNOWLEDGE, RECORDER, by="MK")
            case "failed" | "delivered" if ordered:
                calls.outcome(ordered[-1], act)
            case "off" | "on":
                calls.duty(name, on=act == "on")
            case "test":
                calls.tell(EntryKind.TEST_CALL, "session", by="MK")
    return calls


@settings(max_examples=examples(20), deadline=None)
@given(STEPS)
def test_open_alarm_always_calls_and_a_stopped_one_never_does(steps: Steps) -> None:
    calls = played(steps)
    escalation = calls.engine.calling.escalation
    calls.until(calls.second + 3)  # pending calls are sent
    before = len(calls.told())
    alarm = escalation.occurrences.get(RECORDER)
    calls.until(calls.second + 400)  # longer than all tiers
    new = [told for told in calls.told()[before:] if "recorder" in told]
    if alarm is None or not alarm.calling:
        assert not new
    elif escalation.on_duty:
        assert new
    series = [(fact.subject, fact.at_ns) for fact in calls.calls]
    assert len(series) == len(set(series))
    for name in ("anna", "ben", "chris"):
        times = [fact.at_ns for fact in calls.calls if fact.subject == name]
        assert times == sorted(times)


@settings(max_examples=examples(15), deadline=None)
@given(STEPS, st.integers(0, 99))
def test_calls_do_not_depend_on_when_timers_fire(steps: Steps, seed: int) -> None:
    """The same entries give the same facts byte for byte, however often time is advanced."""
    calls = played(steps)
    calls.until(calls.second + 300)
    chance, engine, facts = random.Random(seed), Engine(), []
    for entry in calls.entries:
        facts += engine.apply(entry)
    end_ns = calls.engine.now_ns
    while engine.now_ns < end_ns:
        step_ns = chance.randint(1, 60 * GROUP_WAIT_NS)
        facts += [
            (engine.seq, fact) for fact in engine.advance(min(end_ns, engine.now_ns + step_ns))
        ]
    assert [(seq, fact.kind, fact.at_ns, payload(fact)) for seq, fact in facts] == [
        (seq, fact.kind, fact.at_ns, payload(fact)) for seq, fact in calls.facts
    ]


def test_default_script_has_an_empty_call_plan() -> None:
    assert Script().engine.calling.escalation.plan == Plan()
