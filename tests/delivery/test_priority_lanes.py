"""Alarms overtake a backlog; each lane keeps its order; delays are reported and shown."""

import asyncio
import contextlib
import random
import sqlite3
from pathlib import Path

import pytest

from monitor.delivery.batch_reader import BATCH
from monitor.delivery.delivery_health import DeliveryHealth
from monitor.delivery.errors import RejectedError, UnavailableError
from monitor.delivery.outbox import Backlog
from monitor.delivery.priority_lanes import Lanes
from monitor.storage.delivery_backlog import delivery_backlogs
from monitor.storage.fact_rows import FactRow, Lane
from monitor.storage.journal import Journal
from tests.delivery.recorded_sessions import Recording
from tests.durations import PATIENCE_S

URGENT = {"alarm", "baseline", "call", "link", "marker", "policy"}


@pytest.fixture
def recording(tmp_path: Path) -> Recording:
    return Recording(tmp_path / "s.journal")


def encode(row: FactRow) -> bytes:
    return f"{row.id} {row.kind}".encode()


class Destination:
    """Destination that accepts urgent batches at any time, and bulk ones only while it is open."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.taken: list[tuple[int, str]] = []
        self.came = asyncio.Event()

    async def deliver(self, lines: bytes) -> None:
        found = [line.decode().split() for line in lines.split(b"\n")]
        if found[0][1] not in URGENT:
            await self.open.wait()
        self.taken += [(int(number), kind) for number, kind in found]
        self.came.set()


def lanes(recording: Recording, destination: Destination) -> Lanes:
    journal = recording.session.journal
    rng = random.Random(1)
    return Lanes("test", journal.path, journal, encode, destination.deliver, lambda _: None, rng)


async def test_urgent_fact_overtakes_a_blocked_backlog(recording: Recording) -> None:
    recording.go_on(2_500)
    destination = Destination()
    box = lanes(recording, destination)
    async with asyncio.timeout(PATIENCE_S), asyncio.TaskGroup() as tasks:
        running = tasks.create_task(box.run())
        await destination.came.wait()
        destination.came.clear()
        last = recording.session.journal.last_fact
        recording.session.actions.mark("note", "now", "AB")
        recording.session._recorder.write()
        while not any(number > last and kind == "marker" for number, kind in destination.taken):
            destination.came.clear()
            await destination.came.wait()
        assert not any(kind not in URGENT for _, kind in destination.taken)
        assert box.backlog().facts > BATCH
        running.cancel()
    destination.open.set()
    async with asyncio.timeout(PATIENCE_S):
        await box.drain()
    urgent = [number for number, kind in destination.taken if kind in URGENT]
    bulk = [number for number, kind in destination.taken if kind not in URGENT]
    assert urgent == sorted(urgent)
    assert bulk == sorted(bulk)
    assert sorted(urgent + bulk) == list(range(1, recording.session.journal.last_fact + 1))
    recording.close()


def test_lanes_are_read_through_their_index(recording: Recording) -> None:
    recording.go_on(10)
    for lane, expected in ((Lane.URGENT, "urgent_facts"), (Lane.BULK, "PRIMARY KEY")):
        query = f"SELECT * FROM facts WHERE id > 5 AND {lane.value} ORDER BY id LIMIT 5"  # noqa: S608
        plan = recording.session.journal._db.execute(f"EXPLAIN QUERY PLAN {query}").fetchall()
        assert expected in plan[0][3]
        assert len(plan) == 1
    recording.close()


def test_journal_of_the_first_schema_resumes_at_its_cursor(tmp_path: Path) -> None:
    path = tmp_path / "s.journal"
    recording = Recording(path)
    recording.go_on(300)
    recording.close()
    with contextlib.closing(sqlite3.connect(path)) as old, old:
        old.execute("DROP INDEX urgent_facts")
        old.execute("INSERT INTO cursors VALUES ('test', 100)")
        old.execute("PRAGMA user_version = 1")
    with Journal.read(path) as journal:
        (state,) = delivery_backlogs(journal)
        assert state.waiting == journal.last_fact - 100
    with Journal.write(path) as journal:
        assert journal.cursors() == {"test": 100, "test.urgent": 100}
        (state,) = delivery_backlogs(journal, ("test",))
        assert state.waiting == journal.last_fact - 100


async def test_backlog_and_rejected_facts_are_read_from_the_journal(
    recording: Recording,
) -> None:
    recording.go_on(30)
    journal = recording.session.journal

    async def refuse_markers(lines: bytes) -> None:
        if b"marker" in lines:
            raise RejectedError("no markers here")

    recording.session.actions.mark("note", "now", "AB")
    recording.go_on(1)
    box = Lanes(
        "test", journal.path, journal, encode, refuse_markers, lambda _: None, random.Random(1)
    )
    await box.drain()
    with Journal.read(journal.path) as opened:
        (state,) = delivery_backlogs(opened)
    assert (state.waiting, state.oldest_ns) == (0, None)
    assert (state.set_aside, state.reasons) == (1, ("no markers here",))
    recording.go_on(5)
    with Journal.read(journal.path) as opened:
        (state,) = delivery_backlogs(opened)
        assert state.waiting > 0
        assert state.oldest_ns is not None
    recording.close()


class Reported:
    def __init__(self) -> None:
        self.now_ns = 10**18
        self.reported: list[tuple[bool, str]] = []
        self.delivery_health = DeliveryHealth(self._hear, lambda: self.now_ns)
        self.age_s: dict[str, float] = {}

    def _hear(self, on: bool, why: str) -> None:
        self.reported.append((on, why))

    def backlog(self, name: str) -> None:
        def backlog() -> Backlog:
            return Backlog(7, self.now_ns - round(self.age_s.get(name, 0) * 1e9))

        self.delivery_health.backlogs[name] = backlog


def test_old_backlog_without_an_error_raises_an_alarm() -> None:
    reported = Reported()
    reported.backlog("influxdb")
    for age_s in (0, 59, 61, 400, 45, 29, 31, 59):
        reported.age_s["influxdb"] = age_s
        reported.delivery_health.check()
        shown = reported.delivery_health.sentences()
        assert bool(shown) is (age_s > 60)
    assert [on for on, _ in reported.reported] == [True, False]
    assert "about 7 facts pending, the oldest for 61 s; nothing is lost" in reported.reported[0][1]


def test_recovery_of_one_destination_keeps_the_fault_of_another() -> None:
    reported = Reported()
    reported.backlog("influxdb")
    reported.delivery_health.report("mqtt", "mqtt is away")
    reported.age_s["influxdb"] = 100
    reported.delivery_health.check()
    reported.delivery_health.report("mqtt", None)
    assert [on for on, _ in reported.reported] == [True, True, True]
    assert reported.reported[-1][1].startswith("influxdb is behind")
    reported.age_s["influxdb"] = 0
    reported.delivery_health.check()
    assert reported.reported[-1] == (False, "")
    reported.delivery_health.report("mqtt", None)
    assert len(reported.reported) == 4


async def test_unavailable_server_is_reported_once_for_both_lanes(
    recording: Recording,
) -> None:
    recording.go_on(30)
    journal = recording.session.journal
    reported: list[str | None] = []
    refusals = 4

    async def away_at_first(_lines: bytes) -> None:
        nonlocal refusals
        refusals -= 1
        if refusals >= 0:
            raise UnavailableError("away")

    box = Lanes(
        "test", journal.path, journal, encode, away_at_first, reported.append, random.Random(1)
    )
    async with asyncio.timeout(PATIENCE_S):
        await box.drain()
    assert reported == ["test does not accept data: away; nothing is lost", None]
    recording.close()


async def test_late_delivery_is_shown_on_the_page(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "s.journal")
    recording.go_on(100)
    session = recording.session
    oldest_ns = next(session.journal.facts()).at_ns
    session.backlogs["influxdb"] = lambda: Backlog(5, oldest_ns)
    session.delivery_health.check()
    assert "influxdb is behind" in session.view().notices[0]
    session.backlogs["influxdb"] = lambda: Backlog(0, None)
    session.delivery_health.check()
    assert session.view().notices == []
    recording.close()
