"""Calls about alarm ladders: only the head calls, and an acceptance covers the ladder."""

from monitor.entries import EntryKind
from tests.calls.scripted_session import CALLS, PLAN, Calls
from tests.engine.test_ladder import HEART, LADDER, same_again

HR_110, HR_131, HR_150 = (f"hr-{limit}@{HEART}" for limit in (110, 131, 150))


class Ladder(Calls):
    """A session whose heart rate has limits at 110 (low), 131 (medium) and 150 (high, latched)."""

    def __init__(self) -> None:
        super().__init__(PLAN, LADDER + CALLS)


def test_only_the_head_of_a_ladder_calls() -> None:
    calls = Ladder()
    calls.hearts(0, 60, 163)
    assert calls.told() == ["12 anna 1 hr-150"]
    assert set(calls.engine.calling.escalation.occurrences) == {HR_150}


def test_higher_alarm_replaces_the_calls_of_the_lower_one() -> None:
    calls = Ladder()
    calls.hearts(0, 60, 140)
    calls.hearts(60, 160, 163)
    assert calls.told() == [
        "22 anna 1 hr-131",
        "72 anna 1 hr-150",  # no further calls about the lower one
        "84 ben 2 hr-150",  # at the time of the incident
        "84 chris 2 hr-150",
    ]


def test_uncovered_unanswered_alarm_is_in_the_next_call() -> None:
    calls = Ladder()
    calls.hearts(0, 30, 163)
    calls.hearts(30, 80, 140)
    assert calls.alarm(HR_150).shown.value == "latched"
    assert calls.told() == [
        "12 anna 1 hr-150",  # nothing new or higher since then
        "74 ben 2 hr-150+hr-131",
        "74 chris 2 hr-150+hr-131",
    ]


def test_uncovered_acknowledged_alarm_does_not_call() -> None:
    calls = Ladder()
    calls.hearts(0, 30, 163)
    calls.tell(EntryKind.ACKNOWLEDGE, HR_150, by="MK")
    calls.hearts(30, 300, 140)
    assert calls.told() == ["12 anna 1 hr-150"]


def test_acceptance_covers_lower_alarms_of_the_ladder() -> None:
    calls = Ladder()
    calls.hearts(0, 30, 163)
    calls.accept(HR_150, call=1)
    (accepted,) = [fact for fact in calls.calls if fact.step == "accepted"]
    assert (accepted.ladder, accepted.alarms) == (f"{HEART} upper", (HR_150,))
    calls.hearts(30, 300, 140)
    assert calls.told() == ["12 anna 1 hr-150"]
    assert calls.engine.calling.escalation.occurrences[HR_131].by == "Ben Berger"
    assert calls.alarm(HR_131).state.value == "active"  # the room must still respond


def test_alarm_higher_than_the_accepted_one_calls() -> None:
    calls = Ladder()
    calls.hearts(0, 30, 140)
    calls.accept(HR_131)
    calls.hearts(30, 60, 163)
    assert calls.told() == ["22 anna 1 hr-131", "42 anna 1 hr-150"]


def test_acceptance_covers_an_intermittent_alarm() -> None:
    calls = Ladder()
    calls.hearts(0, 30, 140)
    calls.accept(HR_131)
    for second in range(30, 600, 60):
        calls.hearts(second, second + 30, 80)
        calls.hearts(second + 30, second + 60, 140)
    assert calls.told() == ["22 anna 1 hr-131"]
    calls.hearts(630, 1250, 80)
    calls.hearts(1250, 1275, 140)
    assert calls.told()[1:] == ["1272 anna 1 hr-131"]
    assert same_again(calls)


def test_acceptance_of_a_latched_alarm_stops_its_calls() -> None:
    calls = Ladder()
    calls.hearts(0, 30, 163)
    calls.hearts(30, 60, 80)
    calls.accept(HR_150)
    calls.hearts(60, 500, 80)
    calls.hearts(500, 520, 163)
    assert calls.told() == ["12 anna 1 hr-150"]
    calls.hearts(520, 1200, 80)
    calls.hearts(1200, 1220, 163)
    assert calls.told()[1:] == ["1212 anna 1 hr-150"]


def test_undone_acknowledgement_calls_again() -> None:
    calls = Ladder()
    calls.hearts(0, 30, 163)
    calls.tell(EntryKind.ACKNOWLEDGE, HR_150, by="MK")
    calls.hearts(30, 200, 163)
    assert calls.told() == ["12 anna 1 hr-150"]
    calls.at(200).tell(EntryKind.UNACKNOWLEDGE, HR_150, by="MK", reason="")
    calls.hearts(200, 210, 163)
    assert calls.told()[1:] == ["202 anna 1 hr-150"]


def test_undone_acknowledgement_of_an_accepted_alarm_does_not_call() -> None:
    calls = Ladder()
    calls.hearts(0, 30, 163)
    calls.accept(HR_150)
    calls.tell(EntryKind.ACKNOWLEDGE, HR_150, by="MK")
    calls.at(40).tell(EntryKind.UNACKNOWLEDGE, HR_150, by="MK", reason="")
    calls.hearts(40, 300, 163)
    assert calls.told() == ["12 anna 1 hr-150"]


def test_undone_acknowledgement_of_an_uncovered_alarm_calls() -> None:
    calls = Ladder()
    calls.hearts(0, 30, 163)
    calls.tell(EntryKind.ACKNOWLEDGE, HR_150, by="MK")
    calls.hearts(30, 60, 140)
    calls.at(60).tell(EntryKind.UNACKNOWLEDGE, HR_131, by="MK", reason="")
    calls.hearts(60, 70, 140)
    assert calls.told() == ["12 anna 1 hr-150", "62 anna 1 hr-131"]


def test_missing_acceptance_alarm_stays_open_when_a_higher_alarm_follows() -> None:
    calls = Ladder()
    calls.hearts(0, 260, 140)
    assert calls.alarms("nobody") == ["204 nobody raised"]
    calls.hearts(260, 300, 163)
    assert calls.alarms("nobody") == ["204 nobody raised"]
    calls.accept(HR_150)
    assert calls.alarms("nobody")[-1].endswith("cleared")


def test_new_call_plan_calls_only_about_heads() -> None:
    calls = Ladder()
    calls.hearts(0, 30, 163)
    calls.at(30).tell(EntryKind.RUN, "physiomon", version="0", calls=PLAN.body())
    calls.hearts(30, 40, 163)
    assert calls.told() == ["12 anna 1 hr-150", "32 anna 1 hr-150"]
