"""An exception in the engine of one session: alarmed there, without effect on others."""

import asyncio
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from dashboards.console.status import status_summary
from dashboards.console.views.alarms import AlarmView
from monitor.analysis.replay import verify
from monitor.calls.failure_calls import call_about_failure
from monitor.config.merge import load_merged
from monitor.entries import Entry, EntryKind
from monitor.errors import ActError, JournalError
from monitor.service.outputs import Outputs
from monitor.service.place import Place
from monitor.service.places import Places
from monitor.sessions import failed_session
from monitor.sessions.console_backend import ConsoleBackend
from monitor.sessions.session import Session
from monitor.storage.journal import Journal
from tests.calls.served_session import STRAP, Live
from tests.durations import PATIENCE_S
from tests.engine.scripted_session import spec
from tests.engine.test_unreadable_entries import POISON, let_fail
from tests.servers.sinks import Webhook
from tests.sessions.manual_clocks import Hands
from tests.sessions.resumed import resumed

FAILURE = "engine-failure@session"


@pytest.fixture(autouse=True)
def poison(monkeypatch: pytest.MonkeyPatch) -> None:
    let_fail(monkeypatch)


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def session(tmp_path: Path, hands: Hands) -> Iterator[Session]:
    session = Session.open(spec(), tmp_path / "s.journal", hands.clock())
    yield session
    session.close()


def beat(session: Session, hands: Hands, *rates: int) -> None:
    for rate in rates:
        hands.pass_s(1)
        session.packet("strap", "2A37", bytes([0x06, rate]))
        session.derive()


def alarm(session: Session) -> AlarmView:
    return session.view().alarms[0]


def test_engine_failure_is_alarmed_and_recording_continues(session: Session, hands: Hands) -> None:
    beat(session, hands, *[130, 131] * 10)
    with capture_logs() as logs:
        beat(session, hands, POISON, *[130] * 30)
    (failed,) = (each for each in logs if each["event"] == "engine.failed")
    assert failed["error"].startswith("ZeroDivisionError at test_unreadable_entries.py:")
    assert str(POISON) not in str(failed)
    first = alarm(session)
    assert (first.key, first.priority, first.state) == (FAILURE, "high", "active")
    assert "manual entries are recorded, but alarms are not evaluated" in first.message
    view = session.view()
    assert status_summary.sounding([view]) == "high"
    assert status_summary.announcement([view])[1] == "high"
    assert all(channel.stale for channel in view.channels)
    assert all(each.suspended for each in view.alarms[1:])
    assert {channel.state for channel in view.channels} == {"not judged"}
    assert {channel.reason for channel in view.channels} == {
        "an internal fault has stopped monitoring"
    }
    assert (
        list(session.history)[-1].rule == "engine-failure"
    )  # so it goes to databases and brokers too
    session.flush()
    kinds = [entry.kind for entry in session.journal.entries()]
    assert kinds.count(EntryKind.PACKET) == 51
    assert EntryKind.FAULT in kinds


def test_actions_after_an_engine_failure(session: Session, hands: Hands) -> None:
    beat(session, hands, POISON)
    session.actions.mark("note", "watched by eye", "MK")
    session.actions.measure({"systolic": 120, "diastolic": 80}, "MK", "nurse")
    with pytest.raises(ActError, match="monitoring of this session has failed"):
        session.actions.pause_audio("MK")
    with pytest.raises(ActError, match="monitoring of this session has failed"):
        session.actions.override("hr-high", {"above": 150}, "MK", "paces")
    with pytest.raises(ActError, match="not active any more"):
        session.actions.acknowledge("hr-high@strap/heart_rate", "MK")
    session.actions.acknowledge(FAILURE, "MK")
    assert (alarm(session).state, alarm(session).by) == ("acknowledged", "MK")
    assert status_summary.sounding([session.view()]) == ""
    with pytest.raises(ActError, match="not active any more"):
        session.actions.acknowledge(FAILURE, "MK")
    assert [item.item for item in session.view().preflight] == ["monitoring"]
    with pytest.raises(ActError, match="Monitoring of this session has stopped"):
        session.actions.finish("MK", "")
    session.actions.finish("MK", "the program has failed")
    assert session.view().ended


def test_failure_alarm_is_shown_without_a_session_view(
    session: Session, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    beat(session, hands, POISON)

    def broken(*_: object) -> None:
        raise KeyError("state")

    monkeypatch.setattr("monitor.sessions.session.session_view", broken)
    assert alarm(session).key == FAILURE
    assert session.view().participant == "P01"


def test_restart_keeps_the_failure_and_its_acknowledgement(tmp_path: Path, hands: Hands) -> None:
    path = tmp_path / "s.journal"
    session = Session.open(spec(), path, hands.clock())
    beat(session, hands, 70, POISON, 70)
    session.actions.acknowledge(FAILURE, "MK")
    for _ in range(3):
        session.flush()
        session.journal.close()  # as a kill does
        hands.pass_s(5)
        session = Session.open(spec(), path, hands.clock())
        assert (alarm(session).key, alarm(session).by) == (FAILURE, "MK")
        beat(session, hands, 70)
    session.end("test")
    session.close()
    with Journal.read(path) as recorded:
        assert recorded.damage() is None
        assert verify(recorded).difference is None
        assert sum(entry.kind == EntryKind.RUN for entry in recorded.entries()) == 4


def test_fixed_version_evaluates_again(
    tmp_path: Path, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "s.journal"
    session = Session.open(spec(), path, hands.clock())
    beat(session, hands, 70, POISON)
    session.close()
    monkeypatch.undo()
    again = Session.open(spec(), path, hands.clock())
    beat(again, hands, *[130, 131] * 10)
    assert "hr-high" in {each.rule for each in again.view().alarms}
    assert FAILURE not in {each.key for each in again.view().alarms}
    again.close()


def place(folder: Path, hands: Hands, number: int, journals: str = ".") -> Place:
    file = folder / f"{number}.toml"
    file.write_text(
        f"[session]\nsite = 'here'\nparticipant = 'P01'\nid = 's{number}'\n"
        f"[journal]\ndirectory = '{journals}'\n"
        f"[[sensor]]\nlabel = 'strap'\nkind = 'heart-rate-strap'\nname = 'strap {number}'\n"
    )
    clock = hands.clock()
    (planned,) = load_merged([file])
    return Place(Outputs.of(planned, clock.now_ns), clock)


async def test_failing_journal_does_not_stop_another_session(
    tmp_path: Path, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in (1, 2):
        session = Session.open(
            replace(spec(), id=f"s{number}"), tmp_path / f"s{number}.journal", hands.clock()
        )
        beat(session, hands, POISON if number == 1 else 70)
        session.close()
    places = Places([place(tmp_path, hands, number) for number in (1, 2)], random.Random(1))
    (runner,) = places.open()
    assert runner.session.spec.id == "s2"
    # Not in another process, which has no such fault.
    monkeypatch.setattr("monitor.service.places.worker_processes", ThreadPoolExecutor)
    await resumed(places)
    assert places.failures() == []
    one, other = places.sessions()
    assert (one.spec.id, other.spec.id) == ("s1", "s2")
    assert places.started.get_nowait().session is one
    assert alarm(one).key == FAILURE
    beat(other, hands, *[130, 131] * 10)
    assert alarm(other).rule == "hr-high"
    for each in (one, other):
        each.close()


def test_room_whose_journal_is_damaged_is_named_until_its_next_session(
    tmp_path: Path, hands: Hands
) -> None:
    (tmp_path / "s1.journal").write_text("no journal")
    places = Places([place(tmp_path, hands, number) for number in (1, 2)], random.Random(1))
    runners = places.open()
    backend = ConsoleBackend(
        [runner.session for runner in runners], failures=places.failures, places=places
    )
    (failure,) = places.failures()
    assert "s1.journal is not a journal" in failure
    (waiting,) = backend.waiting_places()
    assert (waiting.failure, waiting.last, waiting.refusal) == (failure, "", "")
    assert backend.health().reason == "a room is not monitored"
    backend.begin(waiting.place, "P09", "AB")
    assert (places.failures(), backend.waiting_places()) == ([], [])
    assert len(backend.sessions()) == 2
    assert backend.health().reason != "a room is not monitored"
    for session in places.sessions():
        session.close()


def test_next_session_in_a_folder_that_cannot_be_entered_is_refused(
    tmp_path: Path, hands: Hands
) -> None:
    rooms = [place(tmp_path, hands, 1, "n" * 300), place(tmp_path, hands, 2)]
    places = Places(rooms, random.Random(1))
    (runner,) = places.open()
    (waiting,) = places.waiting()
    assert "File name too long" in waiting.failure
    with pytest.raises(JournalError, match="File name too long; make its folder accessible"):
        places.begin(waiting.place, "P09", "AB")
    runner.session.close()


def test_unreadable_first_entry_is_refused_in_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "s.journal"
    with Journal.write(path) as journal:
        journal.append(Entry(seq=1, received_ns=1, kind="session", source="s1", payload=b"{}"))
    with pytest.raises(JournalError, match="its first entry cannot be read"):
        Session.open(spec(), path, Hands().clock())
    Journal.write(path).close()  # and it is not in use


def test_failing_listener_does_not_stop_the_session(session: Session, hands: Hands) -> None:
    def broken(_: object) -> None:
        raise ValueError("no such colour")

    session.listeners.insert(0, broken)
    with capture_logs() as logs:
        beat(session, hands, *[130, 131] * 10)
    assert alarm(session).rule == "hr-high"
    assert {each["event"] for each in logs} == {"listener.failed"}


@pytest.fixture
def hook() -> Iterator[Webhook]:
    hook = Webhook()
    hook.start()
    yield hook
    hook.stop()


async def test_engine_failure_calls_everyone_on_duty(tmp_path: Path, hook: Webhook) -> None:
    urls = {name: [hook.url] for name in ("anna", "ben", "chris")}
    live = Live(tmp_path / "s.journal", urls, sensors=STRAP)
    live.session.calls.duty("ben", "MK", on=False)
    live.raise_high()
    live.wait(3)  # a call is ordered, and not delivered yet: the engine takes no outcome any more
    beat(live.session, live.hands, POISON)
    failure = live.session.engine.failure
    assert failure is not None
    called = asyncio.Semaphore(0)
    live.session.notice = lambda *_: called.release()  # type: ignore[method-assign]
    async with live.running(), asyncio.timeout(PATIENCE_S):
        await called.acquire()  # anna and chris, at the same time
        await called.acquire()
    titles = [post["title"] for post in hook.posts]
    assert all("Monitoring of this session has stopped" in title for title in titles)
    hook.posts.clear()
    channels = live.part._setup.channels
    await call_about_failure(live.session, channels, failure)
    assert len(hook.posts) == 2
    live.session.actions.acknowledge(FAILURE, "MK")
    await call_about_failure(live.session, channels, failure)
    assert len(hook.posts) == 2
    live.session.close()


def test_failure_log_contains_no_personal_data() -> None:
    error = ValueError("P07 has 39.4")
    assert failed_session.where_failed(error) == "ValueError"
