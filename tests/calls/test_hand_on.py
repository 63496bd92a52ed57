"""Handing on an acceptance: the first person stays responsible until the other accepts."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from alerts.message_content import Content
from alerts.time_format import expected
from monitor.core.engine import Engine
from monitor.entries import EntryKind
from monitor.errors import ActError
from monitor.facts import CallFact, payload
from tests.calls.scripted_session import Calls
from tests.calls.served_session import RECORDER, Live
from tests.calls.test_acceptance import client, path_of
from tests.calls.test_ladder_calls import HR_131, HR_150, Ladder


def accepted() -> Calls:
    """Return a session in which Anna has accepted at 10 s."""
    calls = Calls()
    calls.at(0).fault()
    calls.until(10).accept(RECORDER, by="Anna Amsler", call=1)
    return calls


def hand_on(calls: Calls, to: str = "chris") -> None:
    calls.tell(EntryKind.HAND_ON, RECORDER, to=to, by="Anna Amsler", via="link")


def responsible(calls: Calls) -> str | None:
    return calls.engine.calling.escalation.occurrences[RECORDER].by


def orders(calls: Calls) -> list[str]:
    """Return the orders since the acceptance, as ``second recipient purpose``."""
    return [each for each in calls.purposes() if int(each.split()[0]) >= 10]


def check_replay(calls: Calls) -> None:
    engine = Engine()
    facts = [fact for entry in calls.entries for _, fact in engine.apply(entry)]
    facts += engine.advance(calls.engine.now_ns)
    again = [payload(each) for each in facts if isinstance(each, CallFact)]
    assert again == [payload(each) for each in calls.calls]


def test_other_person_is_called_immediately_and_takes_over_by_accepting() -> None:
    calls = accepted()
    calls.at(20).duty("chris", on=False)  # on duty or not
    hand_on(calls)
    calls.until(60)
    assert orders(calls) == ["20 chris handed-on"]
    assert responsible(calls) == "Anna Amsler"
    calls.accept(RECORDER, by="Chris Cathomas", call=2)
    assert responsible(calls) == "Chris Cathomas"
    calls.until(400)
    assert orders(calls)[1:] == ["60 anna accepted"]
    assert [f.by for f in calls.calls if f.step == "accepted"] == ["Anna Amsler", "Chris Cathomas"]
    check_replay(calls)


@pytest.mark.parametrize("end", ["declined", "failed", "silent"])
def test_first_person_stays_responsible_and_is_informed_if_not_accepted(
    end: str,
) -> None:
    calls = accepted()
    calls.outcomes["chris"] = {"failed": "failed"}.get(end, "delivered")
    calls.at(20)
    hand_on(calls)
    if end == "declined":
        calls.until(30).decline(2)
    calls.until(400)
    at = {"declined": 30, "failed": 20, "silent": 140}[end]
    assert [each for each in orders(calls) if "not-taken" in each] == [f"{at} anna not-taken"]
    assert responsible(calls) == "Anna Amsler"
    calls.accept(RECORDER, by="Chris Cathomas", call=2)  # too late
    assert responsible(calls) == "Anna Amsler"
    check_replay(calls)


def test_acknowledged_and_ended_alarm_ends_the_hand_on_silently() -> None:
    calls = accepted()
    hand_on(calls)
    calls.until(20).tell(EntryKind.ACKNOWLEDGE, RECORDER, by="MK")
    calls.fault(on=False)
    calls.until(400)
    assert orders(calls) == ["10 chris handed-on"]
    check_replay(calls)


def test_hand_on_ends_when_the_first_person_accepts_a_higher_alarm() -> None:
    """Otherwise the other person would take over an alarm that their message did not have."""
    calls = Ladder()
    calls.hearts(0, 30, 140)
    calls.accept(HR_131, by="Anna Amsler", call=1)
    calls.tell(EntryKind.HAND_ON, HR_131, to="chris", by="Anna Amsler", via="link")
    calls.hearts(30, 60, 163)
    calls.accept(HR_150, by="Anna Amsler", call=3)
    calls.accept(HR_150, by="Chris Cathomas", call=2)
    assert calls.engine.calling.escalation.occurrences[HR_150].by == "Anna Amsler"
    check_replay(calls)


def test_alarm_that_is_not_accepted_cannot_be_handed_on() -> None:
    calls = Calls()
    calls.at(0).fault()
    calls.until(10)
    hand_on(calls)
    hand_on(accepted(), to="dora")
    calls.until(20)
    assert orders(calls) == []


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    live = Live(tmp_path / "s.journal", {})
    yield live
    live.close()


async def test_link_hands_on_and_the_link_of_the_other_accepts(live: Live) -> None:
    live.raise_high()
    live.wait(3)
    async with client(live) as http:
        anna = path_of(live, 1)
        early = await http.post(f"{anna}?answer=to-ben")
        assert "you have not accepted anything" in early.text
        assert "hand it on" in (await http.post(anna)).text
        done = await http.post(f"{anna}?answer=to-ben")
        assert "You are responsible until they accept" in done.text
        assert "Ben Berger is asked to take over" in done.text
        ben = path_of(live, 2)
        page = await http.get(ben)
        assert page.status_code == 200
        assert "Anna Amsler has accepted it, and is responsible until you accept." in page.text
        taken = await http.post(f"{ben}?answer=5")
        assert "Accepted by Ben Berger at" in taken.text
        assert (await http.post(f"{anna}?answer=to-chris")).status_code == 409
    entries = [each for each in live.session.journal.entries() if each.kind == EntryKind.HAND_ON]
    assert [(each.source, each.body()) for each in entries] == [
        (RECORDER, {"to": "ben", "by": "Anna Amsler", "via": "link"})
    ]
    for to, reason in (("dora", "no recipient 'dora'"), ("ben", "has accepted it already")):
        with pytest.raises(ActError, match=reason):
            live.session.calls.hand_on(RECORDER, to, "MK", "api")


def test_title_of_a_hand_on_names_the_sender(live: Live) -> None:
    live.raise_high()
    live.wait(3)
    live.session.calls.accept(RECORDER, "Anna Amsler", "link")
    live.session.calls.hand_on(RECORDER, "chris", "Anna Amsler", "link")
    notification = live.session.engine.calling.escalation.notifications[2]
    messages = live.part.messages(notification, set(Content))
    title = messages[Content.FULL].title
    assert title.startswith("HANDED ON by anna: HIGH P01 room 1: The recording")
    assert "is responsible until you do" in messages[Content.FULL].body
    assert messages[Content.NONE].title.startswith("HANDED ON: alarm in room")
    for content in (Content.CODE, Content.NONE):
        assert "anna" not in messages[content].title + messages[content].body.partition("http")[0]


async def test_first_person_gets_the_arrival_time_of_the_other(live: Live) -> None:
    live.raise_high()
    live.wait(3)
    async with client(live) as http:
        await http.post(path_of(live, 1))
        await http.post(f"{path_of(live, 1)}?answer=to-ben")
        await http.post(f"{path_of(live, 2)}?answer=10")
    escalation = live.session.engine.calling.escalation
    (message,) = live.part.messages(escalation.notifications[3], {Content.FULL}).values()
    arrives_ns = escalation.occurrences[RECORDER].arrives_ns
    assert f"has taken over{expected(arrives_ns, None)}: there is nothing left" in message.body
    assert arrives_ns is not None


async def test_decline_of_a_hand_on_returns_it_to_the_first_person(live: Live) -> None:
    live.raise_high()
    live.wait(3)
    async with client(live) as http:
        await http.post(path_of(live, 1))
        await http.post(f"{path_of(live, 1)}?answer=to-ben")
        await http.post(f"{path_of(live, 2)}?answer=decline")
        assert "is asked to take over" not in (await http.get(path_of(live, 1))).text
    escalation = live.session.engine.calling.escalation
    assert escalation.notifications[3].purpose == "not-taken"
    assert escalation.occurrences[RECORDER].by == "Anna Amsler"
