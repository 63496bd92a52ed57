"""Sessions of several rooms after a restart: each is monitored as soon as it is resumed."""

import asyncio
import pickle
import random
import shutil
import sqlite3
from collections.abc import Iterator
from concurrent.futures import Executor, Future
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from monitor.analysis.replay import verify
from monitor.config.merge import load_merged
from monitor.errors import ActError
from monitor.service.outputs import Outputs
from monitor.service.place import Place
from monitor.service.places import Places
from monitor.sessions.console_backend import ConsoleBackend
from monitor.sessions.derived_state import Replayed
from monitor.sessions.journal_replay import replay_journal
from monitor.sessions.session import Session
from monitor.storage.journal import Journal
from tests.durations import PATIENCE_S
from tests.engine.scripted_session import spec
from tests.engine.test_unreadable_entries import let_fail
from tests.sessions.manual_clocks import Hands
from tests.sessions.resumed import resumed
from tests.storage.spoiled_journal import spoil

FILE = """
[session]
site = "here"
room = "{room}"
participant = "P{room}"
id = "s{room}"
[journal]
directory = "."
[[sensor]]
label = "strap"
kind = "heart-rate-strap"
name = "strap {room}"
"""


@pytest.fixture
def hands() -> Hands:
    return Hands()


def record(path: Path, hands: Hands, room: str = "1", *, written: bool = True) -> None:
    """Record an alarm that is over, and leave the journal as a kill does."""
    named = replace(spec(), id=f"s{room}", room=room, participant=f"P{room}")
    session = Session.open(named, path, hands.clock())
    for rate in [70, 71] * 20 + [130, 131] * 20 + [70, 71] * 20:
        hands.pass_s(1)
        session.packet("strap", "2A37", bytes([0x06, rate]))
        session.derive()
    session.actions.mark("note", "music", "MK")
    if written:
        session.flush()
    session.journal.close()


def facts(path: Path) -> list[Any]:
    with closing(sqlite3.connect(path)) as database:
        return database.execute("SELECT * FROM facts ORDER BY id").fetchall()


def pickled(path: Path, session: str) -> Replayed:
    replayed = replay_journal(path, session)
    assert replayed is not None
    again = pickle.loads(pickle.dumps(replayed))  # noqa: S301 - made here
    assert isinstance(again, Replayed)
    return again


@pytest.mark.parametrize("written", [True, False], ids=["all facts", "facts lost"])
def test_state_of_another_process_is_that_of_a_replay_here(
    tmp_path: Path, hands: Hands, *, written: bool
) -> None:
    here, there = tmp_path / "here.journal", tmp_path / "there.journal"
    record(here, hands, written=written)
    shutil.copy(here, there)
    hands.pass_s(60)
    named = replace(spec(), id="s1", room="1", participant="P1")
    one = Session.open(named, here, hands.clock())
    replayed = pickled(there, "s1")
    assert bool(replayed.unwritten) is not written
    other = Session.open(named, there, hands.clock(), replayed=replayed)
    assert other.engine is replayed.state.engine
    for rate in [130, 131] * 20 + [70] * 30:
        hands.pass_s(1)
        for session in (one, other):
            session.packet("strap", "2A37", bytes([0x06, rate]))
            session.derive()
    assert one.view() == other.view()
    assert one.alarm_reviews.occurrences() == other.alarm_reviews.occurrences()
    for each in (one, other):
        each.end("test")
        each.close()
    assert facts(here) == facts(there)
    with Journal.read(there) as journal:
        assert verify(journal).difference is None


def test_journal_that_has_grown_is_replayed_here(tmp_path: Path, hands: Hands) -> None:
    path = tmp_path / "s1.journal"
    record(path, hands)
    replayed = pickled(path, "s1")
    record(path, hands)
    named = replace(spec(), id="s1", room="1", participant="P1")
    session = Session.open(named, path, hands.clock(), replayed=replayed)
    assert session.engine is not replayed.state.engine
    assert session.engine.seq == session.journal.last_seq
    session.close()


def test_state_of_a_failed_engine_is_not_made_elsewhere(
    tmp_path: Path, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "s1.journal"
    record(path, hands)
    assert replay_journal(path, "s1") is not None
    let_fail(monkeypatch)
    monkeypatch.setattr("tests.engine.test_unreadable_entries.POISON", 131)
    assert replay_journal(path, "s1") is None


class Pool(Executor):
    """Replays that end when a test ends them."""

    def __init__(self, _workers: int) -> None:
        self.waiting: dict[str, Future[Any]] = {}
        self.asked = asyncio.Semaphore(0)
        self._loop = asyncio.get_running_loop()

    def submit(self, _replay: Any, _path: Path, session: str, /) -> Any:  # type: ignore[override]
        future = self.waiting[session] = Future()
        self._loop.call_soon_threadsafe(self.asked.release)
        return future


class Rooms:
    """Three rooms with recorded sessions; the second has the newest entry."""

    def __init__(self, folder: Path, hands: Hands) -> None:
        self.files = []
        for room in "132":
            file = folder / f"{room}.toml"
            file.write_text(FILE.format(room=room))
            record(folder / f"s{room}.journal", hands, room)
            self.files.append(file)
        clock = hands.clock()
        self.places = Places(
            [Place(Outputs.of(each, clock.now_ns), clock) for each in load_merged(self.files)],
            random.Random(1),
        )
        self.backend = ConsoleBackend(
            [runner.session for runner in self.places.open()],
            places=self.places,
            failures=self.places.failures,
        )

    def listed(self) -> list[str]:
        return [view.id for view in self.backend.sessions()]

    def waiting(self) -> list[str]:
        return [view.session for view in self.backend.waiting_places()]


@pytest.fixture
def rooms(tmp_path: Path, hands: Hands) -> Iterator[Rooms]:
    rooms = Rooms(tmp_path, hands)
    yield rooms
    for session in rooms.places.sessions():
        session.close()


async def test_room_is_monitored_while_others_are_still_being_resumed(
    tmp_path: Path, rooms: Rooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (rooms.listed(), rooms.waiting()) == (["s2"], ["s1", "s3"])
    (first, _) = rooms.backend.waiting_places()
    assert first.failure == "session s1 is being resumed: it is not monitored yet"
    assert (first.participant, first.last) == ("P1", "")
    with pytest.raises(ActError, match="other sessions are still being resumed"):
        rooms.backend.begin("1", "P09", "AB")
    assert rooms.backend.health().reason == "a room is not monitored"
    pool = Pool(2)
    monkeypatch.setattr("monitor.service.places.worker_processes", lambda _workers: pool)
    async with asyncio.timeout(PATIENCE_S), asyncio.TaskGroup() as tasks:
        resuming = tasks.create_task(rooms.places.resume(rooms.backend.add))
        for _ in range(2):
            await pool.asked.acquire()
        pool.waiting["s3"].set_result(replay_journal(tmp_path / "s3.journal", "s3"))
        assert (await rooms.places.started.get()).session.spec.id == "s3"
        assert (rooms.listed(), rooms.waiting()) == (["s2", "s3"], ["s1"])
        assert not rooms.places.resumed.is_set()
        pool.waiting["s1"].set_exception(BrokenProcessPool())
        await rooms.places.resumed.wait()
        assert (await rooms.places.started.get()).session.spec.id == "s1"
        resuming.cancel()
    assert (rooms.listed(), rooms.waiting()) == (["s2", "s3", "s1"], [])
    assert rooms.places.failures() == []


async def test_sessions_are_resumed_in_other_processes(rooms: Rooms) -> None:
    await resumed(rooms.places, rooms.backend.add)
    assert sorted(rooms.listed()) == ["s1", "s2", "s3"]
    for view in rooms.backend.sessions():
        assert "hr-high@strap/heart_rate" in {event.key for event in view.history}


async def test_sessions_are_resumed_without_other_processes(
    rooms: Rooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(_workers: int) -> None:
        raise OSError("no semaphores")

    monkeypatch.setattr("monitor.service.places.worker_processes", none)
    await resumed(rooms.places, rooms.backend.add)
    assert sorted(rooms.listed()) == ["s1", "s2", "s3"]


async def test_session_that_cannot_be_resumed_is_named_in_the_others(
    tmp_path: Path, rooms: Rooms
) -> None:
    spoil(tmp_path / "s1.journal", "DELETE FROM entries WHERE seq = 10")
    await resumed(rooms.places, rooms.backend.add)
    assert sorted(rooms.listed()) == ["s2", "s3"]
    (failure,) = rooms.places.failures()
    assert "s1.journal: entry 10 is missing" in failure
    assert all(failure in view.notices for view in rooms.backend.sessions())
    (waiting,) = rooms.backend.waiting_places()
    assert (waiting.room, waiting.failure) == ("1", failure)
