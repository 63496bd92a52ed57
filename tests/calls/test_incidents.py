"""Incidents: intermittent and simultaneous alarms, retries, and quiet messages at the end."""

from dataclasses import replace

import pytest

from alerts.call_plan import Plan, Tier
from monitor.calls.alarm_texts import alarm_text
from monitor.core.engine import Engine
from monitor.entries import EntryKind
from monitor.facts import CallFact, payload
from tests.calls.scripted_session import CALLS, PLAN, Calls
from tests.engine.scripted_session import POLICY

RECORDER = "recorder@session"
MEDIUM = POLICY + CALLS.replace(
    'priority = "high"\nmessage = "The recording', 'priority = "medium"\nmessage = "The recording'
)
EIGHT = [
    (f"rule-{number}", fault, "high" if number > 5 else "medium")
    for number, fault in enumerate(
        (
            "recorder-failure",
            "clock-offset",
            "delivery-failure",
            "duplicate-gateway",
            "standstill",
            "decode-errors",
            "clock-jump",
            "baseline-not-established",
        )
    )
]


def flapping(calls: Calls, end: int, on: int = 7, off: int = 7, start: int = 0) -> None:
    """Raise the alarm for `on` seconds, end it for `off` seconds, and so on until `end`."""
    for second in range(start, end, on + off):
        calls.until(second)
        calls.fault()
        calls.until(second + on)
        calls.fault(on=False)
    calls.until(end)


def short(seconds: float = 30.0) -> Plan:
    tiers = tuple(Tier(recipients=(name,), accept_within_s=seconds) for name in ("anna", "ben"))
    return replace(PLAN, tiers=tiers)


def replayed(calls: Calls) -> list[tuple[int, bytes]]:
    engine = Engine()
    facts = [fact for entry in calls.entries for _, fact in engine.apply(entry)]
    facts += engine.advance(calls.engine.now_ns)
    return [(each.at_ns, payload(each).encode()) for each in facts if isinstance(each, CallFact)]


def test_intermittent_alarm_escalates_like_a_continuous_one() -> None:
    calls = Calls(short(), MEDIUM)
    flapping(calls, 180)
    first = [told for told in calls.told() if "anna" in told]
    assert next(told for told in calls.told() if "ben" in told) == "34 ben 2 recorder"
    assert calls.alarms("nobody") == ["64 nobody raised"]
    assert 2 <= len(first) <= 4
    assert not calls.purposes(quiet=True)
    assert replayed(calls) == [(fact.at_ns, payload(fact).encode()) for fact in calls.calls]


def test_alarm_over_at_its_call_time_calls_when_it_returns() -> None:
    calls = Calls(short(), MEDIUM)
    flapping(calls, 100, on=1, off=20)
    assert calls.told()[:2] == ["21 anna 1 recorder", "63 ben 2 recorder"]


def test_alarm_that_returns_after_ten_minutes_is_a_new_incident() -> None:
    calls = Calls()
    calls.at(0).fault()
    calls.until(10).fault(on=False)
    calls.until(400).fault()
    calls.until(410).fault(on=False)
    calls.until(1100).fault()
    calls.until(1110)
    assert calls.purposes(quiet=False) == [
        "2 anna first",
        "402 anna first", "402 ben next-tier", "402 chris next-tier",
        "1102 anna first",
    ]  # fmt: skip


def test_earlier_link_accepts_an_alarm_that_has_returned() -> None:
    calls = Calls(short(), MEDIUM)
    flapping(calls, 28)
    raised_ns = calls.engine.calling.escalation.notifications[1].occurrences[0][1]
    calls.at(28).fault()
    calls.until(29)
    calls.tell(EntryKind.ACCEPT, RECORDER, by="Anna", via="link", raised_ns=raised_ns, call=1)
    calls.until(200)
    assert calls.told() == ["2 anna 1 recorder"]


def test_intermittent_alarm_can_be_accepted_while_it_is_over() -> None:
    calls = Calls(short(), MEDIUM)
    flapping(calls, 14)
    calls.accept(RECORDER, by="Anna Amsler", call=1)
    flapping(calls, 200, start=21)
    assert calls.told() == ["2 anna 1 recorder"]


def test_higher_alarm_of_an_incident_is_sent_as_worse() -> None:
    calls = Calls()
    calls.hearts(0, 20, 130)
    calls.at(30).fault()
    calls.until(40)
    assert calls.purposes() == ["12 anna first", "32 anna worse"]


ALONE = replace(PLAN, tiers=(Tier(recipients=("anna",), accept_within_s=10.0),))
TOGETHER = replace(PLAN, tiers=(Tier(recipients=("anna", "ben", "chris"), accept_within_s=60.0),))


@pytest.mark.parametrize("gap", [1, 7])
@pytest.mark.parametrize("plan", [PLAN, ALONE, TOGETHER, short(10.0)])
def test_many_alarms_within_a_minute_are_grouped(plan: Plan, gap: int) -> None:
    rules = "".join(
        f'[[rule]]\nid = "{name}"\nfault = "{fault}"\npriority = "{priority}"\n'
        f'message = "{name}"\nsource = "test"\n\n'
        for name, fault, priority in EIGHT
    )
    calls = Calls(plan, POLICY + rules)
    for number, (_, fault, _) in enumerate(EIGHT):
        calls.until(1 + number * gap)
        calls.fault(fault)
    calls.until(1800)
    for name in {name for tier in plan.tiers for name in tier.recipients}:
        mine = [told for told in calls.told() if name in told]
        assert len(mine) <= 15
        assert all(rule[0] in mine[-1] for rule in EIGHT)
    assert len([told for told in calls.told() if "anna" in told]) >= 1800 // 190


@pytest.mark.parametrize("nobody", [False, True])
def test_retries_continue_until_a_message_is_delivered(nobody: bool) -> None:
    calls = Calls()
    calls.outcomes = {"anna": "failed", "ben": "failed" if nobody else "delivered"}
    calls.outcomes["chris"] = calls.outcomes["ben"]
    calls.at(0).fault()
    calls.until(60)
    tries = [told for told in calls.told("retried") if "anna" in told]
    expected = [7, 14, 21, 28, 35, 42, 49, 56] if nobody else [7, 22, 52]
    assert [int(told.split()[0]) for told in tries] == expected
    calls.outcomes["anna"] = "delivered"
    calls.until(63.5 if nobody else 112.5)
    assert [told for told in calls.told("delivered") if "anna" in told] == [
        "63 anna 1 recorder" if nobody else "112 anna 1 recorder"
    ]


def test_permanent_failure_is_reported_and_not_retried() -> None:
    calls = Calls()
    calls.outcomes["anna"], calls.lasting = "failed", {"anna"}
    calls.at(0).fault()
    calls.until(60)
    assert calls.told("retried") == []
    assert calls.alarms("calls") == ["2 calls raised"]


def test_retry_after_of_a_service_delays_the_retry() -> None:
    calls = Calls()
    calls.outcomes = dict.fromkeys(("anna", "ben", "chris"))
    calls.at(0).fault()
    calls.until(3)
    calls.outcome(1, "failed", retry_after_s=40.0)
    calls.until(50)
    assert calls.told("retried") == ["43 anna 1 recorder"]


def test_time_to_accept_starts_at_delivery() -> None:
    calls = Calls()
    calls.outcomes["anna"] = None
    calls.at(0).fault()
    calls.until(17)
    calls.outcome(1, "delivered")
    calls.until(100)
    assert calls.told()[1:] == ["79 ben 2 recorder", "79 chris 2 recorder"]


def test_tier_with_pending_messages_escalates() -> None:
    calls = Calls()
    calls.outcomes["anna"] = None
    calls.at(0).fault()
    calls.until(30)
    assert calls.told()[1:] == ["24 ben 2 recorder", "24 chris 2 recorder"]


def test_unreachable_recipient_causes_no_extra_calls_to_others() -> None:
    plan = replace(PLAN, tiers=(Tier(recipients=("anna", "ben", "chris"), accept_within_s=60.0),))
    calls = Calls(plan)
    calls.outcomes["ben"] = "failed"
    calls.at(0).fault()
    calls.until(60)
    assert calls.told() == ["2 anna 1 recorder", "2 ben 1 recorder", "2 chris 1 recorder"]
    calls.until(70)
    assert [told for told in calls.told()[3:] if "ben" not in told] == [
        "64 anna 1 recorder+calls", "64 chris 1 recorder+calls",
    ]  # fmt: skip


def test_failed_test_call_is_reported_once_to_the_first_tier() -> None:
    calls = Calls()
    calls.outcomes["ben"] = "failed"
    calls.at(1).tell(EntryKind.TEST_CALL, "session", by="MK")
    calls.until(600)
    assert [told for told in calls.told() if "calls" in told] == ["3 anna 1 calls"]
    text = alarm_text(calls.engine, calls.alarm("calls@session"), "anna")
    assert text.what == "Somebody on duty cannot be reached: second monitor (ben)"


@pytest.mark.parametrize("returns", [False, True])
def test_later_unreachable_recipient_is_reported_too(returns: bool) -> None:
    calls = Calls()
    calls.outcomes["ben"] = "failed"
    calls.at(1).tell(EntryKind.TEST_CALL, "session", by="MK")
    calls.until(100)
    calls.outcomes = {"ben": "delivered"} if returns else calls.outcomes
    calls.tell(EntryKind.TEST_CALL, "session", by="MK")
    calls.until(120)
    calls.outcomes["chris"] = "failed"
    for second in (200, 300):
        calls.until(second).tell(EntryKind.TEST_CALL, "session", by="MK")
    calls.until(600)
    assert [told for told in calls.told() if "calls" in told] == [
        "3 anna 1 calls",
        "202 anna 1 calls",
    ]


def test_called_people_are_informed_once_of_the_acceptance() -> None:
    calls = Calls()
    calls.at(0).fault()
    calls.until(70)
    calls.accept(RECORDER, by="Ben Berger", call=2)
    calls.until(200).fault(on=False)
    calls.until(900)
    assert calls.purposes(quiet=True) == ["72 anna accepted", "72 chris accepted"]
    assert calls.engine.calling.escalation.notifications[4].by == "Ben Berger"


def test_called_people_are_informed_once_of_the_end() -> None:
    calls = Calls()
    calls.at(0).fault()
    calls.until(30).fault(on=False)
    calls.until(60).fault()
    calls.until(61).fault(on=False)
    calls.until(900)
    assert calls.purposes() == ["2 anna first", "123 anna over"]


def test_undelivered_call_is_followed_by_no_end_message() -> None:
    calls = Calls()
    calls.outcomes["anna"] = None
    calls.at(0).fault()
    calls.until(3).fault(on=False)
    calls.until(300)
    assert calls.purposes() == ["2 anna first"]


def test_alarm_that_returns_after_its_end_message_calls_immediately() -> None:
    calls = Calls(short(600.0), MEDIUM)
    calls.at(0).fault()
    calls.until(10).fault(on=False)
    calls.until(200).fault()
    calls.until(210)
    assert calls.purposes() == ["2 anna first", "72 anna over", "202 anna first"]


def test_retries_end_with_the_alarm_that_called() -> None:
    calls = Calls()
    calls.outcomes = dict.fromkeys(("anna", "ben", "chris"), "failed")
    calls.at(0).fault()
    calls.until(30).fault(on=False)
    calls.until(100)
    so_far = calls.told("retried")
    calls.until(400)
    assert calls.told("retried") == so_far
