"""Verdicts on alarms after the end of a session: recorded, delivered and counted."""

import asyncio
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from monitor.analysis.replay import verify
from monitor.commands.journal_review import judge as command
from monitor.entries import Entry, EntryKind, body_bytes
from monitor.errors import ActError, EndedError, JournalError
from monitor.sessions.alarm_reviews import AlarmReviews
from monitor.sessions.recorded_sessions import recorded_sessions
from monitor.sessions.recording import read_recording
from monitor.sessions.session import Session
from monitor.storage.journal import Journal
from tests.engine.scripted_session import spec
from tests.sessions.test_session import HIGH, Live
from tests.sessions.test_session_runner import MINE, Service, service
from tests.virtual.virtual_room import in_virtual_time

HOUR_S = 3600


@pytest.fixture
def live(tmp_path: Path) -> Live:
    """Return a session with one alarm that a person has ended, and whose journal is closed."""
    live = Live(tmp_path / "s.journal")
    live.beat(30, 120)
    live.beat(30, 80)
    live.session.control.finish("MK", "planned")
    live.session.flush()
    live.session.close()
    return live


def judge(live: Live, verdict: str | None, by: str = "AB") -> None:
    (alarm,) = (each for each in live.session.alarm_reviews.occurrences() if each.key == HIGH)
    live.session.alarm_reviews.review(HIGH, alarm.raised_ns, verdict, by)


def verdict_of(reviews: AlarmReviews) -> list[str]:
    return [each.verdict for each in reviews.occurrences() if each.key == HIGH]


async def until(holds: Callable[[], bool]) -> None:
    """Wait for work in threads, which takes no time on the virtual clock."""
    while not holds():
        await asyncio.to_thread(bool)


def test_verdict_follows_the_end_with_its_time_and_name(live: Live) -> None:
    with Journal.read(live.path) as journal:
        before, ended_ns = read_recording(journal).ended_ns, journal.last_received_ns
        last = journal.last_seq
    live.hands.pass_s(2 * HOUR_S)
    judge(live, "false")
    assert verdict_of(live.session.alarm_reviews) == ["false"]
    view = live.session.view()
    assert (view.ended, view.now_ns) == (True, ended_ns)
    live.session.close()
    with Journal.read(live.path) as journal:
        assert journal.damage() is None
        assert verify(journal).difference is None
        (entry,) = journal.entries(after=last)
        assert (entry.kind, entry.source, entry.body()["by"]) == ("alarm-review", HIGH, "AB")
        assert entry.received_ns > ended_ns + HOUR_S * 10**9
        recording = read_recording(journal)
        # The session is not two hours longer.
        assert recording.ended_ns == before == ended_ns
        found = [each.verdict for each in recording.occurrences().until(before) if each.key == HIGH]
        assert found == ["false"]


def test_restart_treats_the_session_as_ended(live: Live) -> None:
    judge(live, "useful")
    live.session.close()
    (recorded,), unread = recorded_sessions(live.path.parent)
    assert (recorded.ended_by, unread) == ("MK", [])
    with pytest.raises(EndedError, match="ended by MK"):
        Session.open(spec(), live.path, live.hands.clock())


def test_nothing_but_verdicts_is_recorded_after_the_end(live: Live) -> None:
    last = live.session.journal.last_seq
    with pytest.raises(ActError, match="except verdicts on its alarms"):
        live.session.actions.mark("note", "late", "MK")
    with pytest.raises(ActError):
        live.session.actions.acknowledge(HIGH, "MK")
    with pytest.raises(ActError):
        live.session.control.finish("MK", "again")
    assert live.session.closed
    with Journal.read(live.path) as journal:
        assert journal.last_seq == last


def test_verdicts_of_two_programs_follow_each_other(live: Live) -> None:
    with Journal.write(live.path) as journal:
        (alarm,) = (each for each in live.session.alarm_reviews.occurrences() if each.key == HIGH)
        body = {"raised_ns": alarm.raised_ns, "verdict": "useful", "by": "CD"}
        journal.append(
            Entry(
                seq=journal.last_seq + 1,
                received_ns=journal.last_received_ns + 1,
                kind=EntryKind.ALARM_REVIEW,
                source=HIGH,
                payload=body_bytes(body),
            )
        )
    judge(live, "false")
    live.session.close()
    with Journal.read(live.path) as journal:
        assert verify(journal).difference is None  # also the fact that the other one did not write
        names = [each.body()["by"] for each in journal.entries_of_kind(EntryKind.ALARM_REVIEW)]
        assert names == ["CD", "AB"]


def test_another_file_in_place_of_the_journal_is_refused(live: Live, tmp_path: Path) -> None:
    live.path.rename(tmp_path / "elsewhere")
    with pytest.raises(JournalError, match="does not exist"):
        judge(live, "false")
    other = Live(live.path)
    other.beat(90, 70)
    other.close()
    with pytest.raises(JournalError, match="not the journal that was closed"):
        judge(live, "false")
    assert verdict_of(live.session.alarm_reviews) == [""]
    (tmp_path / "elsewhere").rename(live.path)
    judge(live, "false")
    assert verdict_of(live.session.alarm_reviews) == ["false"]
    live.session.close()


def test_verdict_is_refused_while_the_journal_is_in_use(live: Live) -> None:
    with Journal.write(live.path), pytest.raises(JournalError, match="another process"):
        judge(live, "false")
    judge(live, "artefact")
    live.session.close()


def test_end_is_delivered_after_a_kill(tmp_path: Path) -> None:
    live = Live(tmp_path / "s.journal")
    live.beat(30, 120)
    live.session.flush()
    live.session.control.finish("MK", "planned")
    shutil.copy(live.path, tmp_path / "s1.journal")
    shutil.copy(f"{live.path}-wal", tmp_path / "s1.journal-wal")
    live.close()

    async def life() -> None:
        async with service(tmp_path, MINE) as found:
            (session,) = found.sessions
            await until(lambda: session.journal.closed)
            assert found.drained == ["s1"]
            assert session.view().ended
            (alarm,) = (each for each in session.alarm_reviews.occurrences() if each.key == HIGH)
            found.backend.alarm_reviews("s1").review(HIGH, alarm.raised_ns, "useful", "AB")
            await until(lambda: session.journal.closed)
            assert found.drained == ["s1", "s1"]

    in_virtual_time(life())
    with Journal.read(tmp_path / "s1.journal") as journal:
        assert verify(journal).difference is None
        assert [row.subject for row in journal.facts_of_kind("life")] == ["end"]
    assert not [*tmp_path.glob("s1*-wal"), *tmp_path.glob("s1*.lock")]


async def ended(found: Service) -> Session:
    """End a session with an alarm about its core temperature; return it once it is delivered."""
    (session,) = found.sessions
    await asyncio.sleep(600)  # without a core temperature
    found.backend.finish("s1", "MK", "planned")
    await until(lambda: session.journal.closed)
    return session


def test_verdict_of_a_command_is_shown_and_delivered(tmp_path: Path) -> None:
    path = tmp_path / "s1.journal"

    async def life() -> None:
        async with service(tmp_path, MINE) as found:
            session = await ended(found)
            await asyncio.sleep(60)
            assert found.drained == ["s1"]  # an unchanged journal is not opened
            alarm = found.backend.alarm_reviews("s1").occurrences()[0]
            await asyncio.to_thread(command, path, 1, "useful", "CD", as_json=True)
            shown = found.backend.alarm_reviews("s1").occurrences
            await until(lambda: shown()[0].verdict == "useful")
            assert (shown()[0].key, shown()[0].reviewed_by) == (alarm.key, "CD")
            await until(lambda: session.journal.closed)
            assert found.drained == ["s1", "s1"]
            path.rename(tmp_path / "elsewhere")
            await asyncio.sleep(60)
            assert session.view().notices == []

    in_virtual_time(life())
    with Journal.read(tmp_path / "elsewhere") as journal:
        assert verify(journal).difference is None


def test_verdicts_are_delivered_together_and_the_journal_is_closed(tmp_path: Path) -> None:
    async def life() -> None:
        async with service(tmp_path, MINE) as found:
            session = await ended(found)
            assert found.drained == ["s1"]
            reviews = found.backend.alarm_reviews("s1")
            alarm = reviews.occurrences()[0]
            for verdict in ("useful", "false"):
                reviews.review(alarm.key, alarm.raised_ns, verdict, "AB")
            assert (session.closed, found.drained) == (False, ["s1"])
            await until(lambda: session.journal.closed)
            assert found.drained == ["s1", "s1"]
            reviews.review(alarm.key, alarm.raised_ns, "artefact", "AB")
        # The service was stopped before the delivery.
        assert (session.closed, found.drained) == (True, ["s1", "s1", "s1"])

    in_virtual_time(life())
    with Journal.read(tmp_path / "s1.journal") as journal:
        assert verify(journal).difference is None
        facts = [
            json.loads(row.payload)["verdict"] for row in journal.facts_of_kind("alarm-review")
        ]
    assert facts == ["useful", "false", "artefact"]
    assert not [*tmp_path.glob("*-wal"), *tmp_path.glob("*.lock")]
