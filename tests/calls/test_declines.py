"""Answers to calls: "I cannot" calls others immediately; acceptances may have an arrival time."""

from dataclasses import replace

import pytest

from alerts.call_plan import Plan, Tier
from monitor.core.engine import Engine
from monitor.entries import EntryKind
from monitor.facts import CallFact, payload
from tests.calls.scripted_session import PLAN, Calls
from tests.calls.test_ladder_calls import Ladder
from tests.engine.scripted_session import START_NS

RECORDER = "recorder@session"
TOGETHER = replace(PLAN, tiers=(Tier(recipients=("anna", "ben"), accept_within_s=60.0),
                                Tier(recipients=("chris",), accept_within_s=120.0)))  # fmt: skip


def called(plan: Plan = PLAN, at: float = 10) -> Calls:
    """Return a session in which the first tier is called at 2 s."""
    calls = Calls(plan)
    calls.at(0).fault()
    return calls.until(at)


def replayed(calls: Calls) -> list[tuple[int, str]]:
    engine = Engine()
    facts = [fact for entry in calls.entries for _, fact in engine.apply(entry)]
    facts += engine.advance(calls.engine.now_ns)
    return [(each.at_ns, payload(each)) for each in facts if isinstance(each, CallFact)]


def test_decline_calls_the_next_tier_immediately() -> None:
    calls = called()
    calls.decline(1)
    calls.until(60)
    assert calls.told() == ["2 anna 1 recorder", "12 ben 2 recorder", "12 chris 2 recorder"]
    (fact,) = (each for each in calls.calls if each.step == "declined")
    assert (fact.subject, fact.call, fact.by) == ("anna", 1, "anna")
    assert fact.alarms == (RECORDER,)
    assert replayed(calls) == [(each.at_ns, payload(each)) for each in calls.calls]


def test_decline_leaves_the_rest_of_the_tier_its_time() -> None:
    calls = called(TOGETHER)
    calls.decline(1)
    calls.until(60)
    assert calls.told() == ["2 anna 1 recorder", "2 ben 1 recorder"]
    calls.decline(2)
    calls.until(70)
    assert calls.told()[2:] == ["62 chris 2 recorder"]


def test_person_who_declined_is_called_again_in_the_next_round() -> None:
    second = Tier(recipients=("anna", "chris"), accept_within_s=60.0)
    calls = called(replace(TOGETHER, tiers=(TOGETHER.tiers[0], second)))
    calls.decline(1)
    calls.until(130)
    assert calls.told() == [
        "2 anna 1 recorder", "2 ben 1 recorder",
        "64 chris 2 recorder",
        "126 anna 1 recorder", "126 ben 1 recorder",
    ]  # fmt: skip


def test_person_who_declined_is_called_again_for_a_higher_alarm() -> None:
    calls = Ladder()
    calls.hearts(0, 30, 140)
    calls.decline(1)
    calls.hearts(30, 45, 140)
    assert calls.told() == ["22 anna 1 hr-131", "31 ben 2 hr-131", "31 chris 2 hr-131"]
    calls.hearts(45, 80, 163)
    assert calls.purposes()[3:] == ["57 anna worse", "57 ben worse", "57 chris worse"]


def test_decline_by_the_last_person_is_reported_and_restarts_calls() -> None:
    calls = called()
    calls.duty("ben", on=False)
    calls.duty("chris", on=False)
    calls.decline(1)
    assert calls.alarms("nobody") == ["10 nobody raised"]
    calls.until(70)
    assert calls.told() == ["2 anna 1 recorder", "64 anna 1 recorder"]


def test_pending_message_does_not_delay_the_next_tier() -> None:
    calls = Calls(TOGETHER)
    calls.outcomes["ben"] = None
    calls.at(0).fault()
    calls.until(5).decline(1)
    calls.until(40)
    assert calls.told() == ["2 anna 1 recorder", "2 ben 1 recorder", "27 chris 2 recorder"]


def test_late_delivery_to_a_person_who_declined_changes_nothing() -> None:
    calls = called()
    calls.decline(1)
    calls.outcome(1, "delivered")
    calls.until(15)
    assert calls.told()[1:] == ["12 ben 2 recorder", "12 chris 2 recorder"]
    assert calls.engine.calling.escalation.occurrences[RECORDER].incident.steps["anna"] == (
        "declined"
    )


def test_declined_alarm_that_returns_calls_the_next_tier() -> None:
    calls = called(at=5)
    calls.fault(on=False)
    calls.until(10).decline(1)
    calls.until(30)
    assert calls.told() == ["2 anna 1 recorder"]
    calls.fault()
    calls.until(40)
    assert calls.told()[1:] == ["30 ben 2 recorder", "30 chris 2 recorder"]


@pytest.mark.parametrize("answer", ["accept", "acknowledge", "decline", "unknown"])
def test_late_decline_changes_nothing(answer: str) -> None:
    calls = called()
    match answer:
        case "accept":
            calls.accept(RECORDER)
        case "acknowledge":
            calls.tell(EntryKind.ACKNOWLEDGE, RECORDER, by="MK")
        case "decline":
            calls.decline(1)
    so_far = len(calls.calls)
    calls.tell(
        EntryKind.DECLINE, "99" if answer == "unknown" else "1", recipient="anna", by="Anna", via=""
    )
    assert len(calls.calls) == so_far


def test_person_who_declined_can_still_accept() -> None:
    calls = called()
    calls.decline(1)
    calls.accept(RECORDER, by="Anna Amsler", call=1)
    calls.until(300)
    assert [told for told in calls.told() if "anna" not in told] == []
    assert calls.engine.calling.escalation.waiting(RECORDER) is None


def test_acceptance_has_a_time_of_arrival_if_given() -> None:
    calls = called()
    arrives_ns = START_NS + 310 * 10**9
    body = {"by": "Anna Amsler", "via": "link", "raised_ns": None, "call": 1}
    calls.tell(EntryKind.ACCEPT, RECORDER, **body, arrives_ns=arrives_ns)
    accepted = [each.arrives_ns for each in calls.calls if each.step == "accepted"]
    assert accepted == [arrives_ns]
    calls.fault(on=False)
    calls.until(20).fault()  # it returns and is still accepted
    assert calls.engine.calling.escalation.occurrences[RECORDER].arrives_ns == arrives_ns
    old = called()
    old.tell(EntryKind.ACCEPT, RECORDER, **body)
    assert [each.arrives_ns for each in old.calls if each.step == "accepted"] == [None]
