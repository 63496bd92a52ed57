"""Delivery to a real InfluxDB: nothing is missing or duplicated."""

import asyncio
import json
import random
import re
import sqlite3
import time
import tracemalloc
from collections import Counter
from collections.abc import Awaitable, Callable, Container
from contextlib import suppress
from pathlib import Path

import pytest

from monitor.delivery.influx import InfluxConfig, influx_writer
from monitor.delivery.line_protocol import LineEncoder
from monitor.delivery.outbox import Outbox
from monitor.sessions.chart_series import ChartSeries
from tests.delivery.recorded_sessions import Recording
from tests.durations import PATIENCE_S
from tests.servers.influx import DATABASE, Influx

TYPE_CONFLICT = "field type conflict|invalid column type"
Deliver = Callable[[bytes], Awaitable[None]]


def config(influx: Influx) -> InfluxConfig:
    return InfluxConfig(url=influx.url, org="-", bucket=DATABASE, timeout_s=3)


class Delivery:
    """One run of the delivering process."""

    def __init__(self, recording: Recording, influx: Influx) -> None:
        self.told: list[str | None] = []
        self.has_told = asyncio.Event()
        self.recording = recording
        self._influx = influx

    def _tell(self, reason: str | None) -> None:
        self.told.append(reason)
        self.has_told.set()

    async def deliver(self) -> None:
        """Deliver the backlog, and end."""
        async with asyncio.timeout(PATIENCE_S):
            await self.run(drain=True)

    async def run(self, *, drain: bool = False) -> None:
        session = self.recording.session
        encoder = LineEncoder("site", session.spec.id, "P01")
        async with influx_writer(config(self._influx)) as write:
            outbox = Outbox(
                "influxdb",
                session.journal.path,
                session.journal,
                encoder.line,
                write,
                self._tell,
                random.Random(1),
            )
            await (outbox.drain() if drain else outbox.run())


def expected(recording: Recording, rejected: Container[int] = ()) -> tuple[Counter[str], float]:
    """Return points by measurement, and the sum of all heart rates, from the journal alone."""
    connection = sqlite3.connect(recording.session.journal.path)
    points: Counter[str] = Counter()
    rates = 0.0
    for fact, kind, subject, payload in connection.execute(
        "SELECT id, kind, subject, payload FROM facts"
    ):
        if fact in rejected:
            continue
        body = json.loads(payload)
        if kind == "reading":
            signal = subject.partition("/")[2]
            points[signal] += body["value"] is not None
            if signal == "heart_rate":
                rates += body["value"]
        elif kind == "statistic":
            points["rolling"] += body["values"].get("median") is not None
        elif kind == "limit":
            points["limits"] += body["upper"] is not None
        elif kind == "alarm":
            points["alarms"] += 1
    connection.close()
    return points, rates


def arrived(influx: Influx) -> Counter[str]:
    names = ["heart_rate", "rr_interval", "core_temperature"]
    points = Counter({name: influx.count(name, "value") for name in names})
    points["rolling"] = influx.count("rolling", "median")
    points["limits"] = influx.count("limits", "upper")
    points["alarms"] = influx.count("alarms", "step")
    return points


def check(recording: Recording, influx: Influx) -> None:
    points, rates = expected(recording)
    assert arrived(influx) == points
    series = influx.query('SELECT sum("value") FROM "heart_rate"')
    assert series[0]["values"][0][1] == rates


@pytest.fixture
def recording(tmp_path: Path) -> Recording:
    return Recording(tmp_path / "s.journal")


async def test_every_reading_limit_and_alarm_arrives(influx: Influx, recording: Recording) -> None:
    recording.go_on(600)
    await Delivery(recording, influx).deliver()
    recording.go_on(300)
    await Delivery(recording, influx).deliver()
    check(recording, influx)
    tags = influx.query('SHOW TAG KEYS FROM "alarms"')[0]["values"]
    assert sorted(key for (key,) in tags) == [
        "kind",
        "participant",
        "priority",
        "rule",
        "sensor",
        "session",
        "site",
    ]
    recording.close()


async def test_server_outages_during_a_session_lose_nothing(
    influx: Influx, recording: Recording
) -> None:
    """The delivering process is also cancelled at random and sends its last batch again."""
    rng = random.Random(5)
    told: list[str | None] = []
    for turn in range(6):
        recording.go_on(200)
        if turn in (1, 3):
            influx.stop() if turn == 1 else influx.kill()
        delivery = Delivery(recording, influx)
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(delivery.run())
            if turn in (1, 3):
                await delivery.has_told.wait()
            await asyncio.sleep(rng.uniform(0, 0.9))  # the random moment itself
            running.cancel()
        told += delivery.told
        if turn in (2, 4):
            influx.start()
    await Delivery(recording, influx).deliver()
    check(recording, influx)
    assert any("HTTP 502" in (reason or "") for reason in told)
    recording.close()


async def test_failure_and_recovery_are_reported_once_each(
    influx: Influx, recording: Recording
) -> None:
    recording.go_on(60)
    influx.stop()
    delivery = Delivery(recording, influx)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(delivery.deliver())
        await delivery.has_told.wait()
        await asyncio.sleep(1.5)  # several attempts, which are not reported again
        await asyncio.to_thread(influx.start)
        await running
    assert len(delivery.told) == 2
    assert "nothing is lost" in (delivery.told[0] or "")
    assert delivery.told[1] is None
    check(recording, influx)
    recording.close()


async def test_batch_without_confirmation_is_sent_again(
    influx: Influx, recording: Recording
) -> None:
    """The process is killed before the answer: the next one starts from the cursor."""
    recording.go_on(600)
    journal = recording.session.journal
    encoder = LineEncoder("site", "s1", "P01")
    for taken_before in range(3):
        async with influx_writer(config(influx)) as write:
            batches = 0

            async def killed_before_the_answer(
                lines: bytes, write: Deliver = write, last: int = taken_before
            ) -> None:
                nonlocal batches
                await write(lines)
                batches += 1
                if batches > last:
                    raise asyncio.CancelledError

            box = Outbox(
                "influxdb",
                journal.path,
                journal,
                encoder.line,
                killed_before_the_answer,
                lambda _reason: None,
                random.Random(1),
            )
            with suppress(asyncio.CancelledError):
                await box.drain()
        recording.go_on(2_000)
    assert 0 < journal.cursor("influxdb") < journal.last_fact
    await Delivery(recording, influx).deliver()
    check(recording, influx)
    recording.close()


async def test_only_refused_points_are_set_aside(influx: Influx, recording: Recording) -> None:
    """Text in the field of heart rates makes their type conflict; all other points are stored."""
    recording.go_on(60)
    began_ns = next(iter(recording.session.journal.facts())).at_ns
    influx.write(f'heart_rate,site=other value="seventy" {began_ns}')
    delivery = Delivery(recording, influx)
    await delivery.deliver()
    points, _ = expected(recording)
    refused = points["heart_rate"]
    points["heart_rate"] = 1
    assert arrived(influx) == points
    aside = recording.session.journal._db.execute("SELECT fact, reason FROM dead_letters")
    letters = dict(aside.fetchall())
    assert len(letters) == refused
    assert all(re.search(TYPE_CONFLICT, reason) for reason in letters.values())
    kinds = {row.subject for row in recording.session.journal.facts() if row.id in letters}
    assert kinds == {"strap/heart_rate"}
    assert len(delivery.told) == 1
    recording.close()


@pytest.mark.extended
async def test_outage_longer_than_the_retention_sets_old_points_aside(
    influx: Influx, tmp_path: Path
) -> None:
    """The first facts are 60 days old: all of them have a reason, all others are stored."""
    recording = Recording(tmp_path / "s.journal", began_ns=time.time_ns() - 60 * 86_400 * 10**9)
    influx.keep_for(days=30)
    recording.go_on(300)
    recording.hands.pass_s(time.time() - recording.hands.wall_ns / 1e9)  # noqa: TID251
    recording.go_on(30)
    delivery = Delivery(recording, influx)
    await delivery.deliver()
    journal = recording.session.journal
    letters = {fact: why for each in journal.dead_letters().values() for fact, why in each.items()}
    edge_ns = time.time_ns() - 30 * 86_400 * 10**9
    encoder = LineEncoder("site", "s1", "P01")
    old = {row.id for row in journal.facts() if row.at_ns < edge_ns and encoder.line(row)}
    assert letters.keys() == old
    assert all("retention" in why.lower() for why in letters.values())
    assert arrived(influx) == expected(recording, letters)[0]
    assert "retention" in str(delivery.told).lower()
    recording.close()


@pytest.mark.extended
async def test_memory_does_not_grow_with_the_backlog(influx: Influx, recording: Recording) -> None:
    influx.stop()
    recording.go_on(100)

    async def grown_by(seconds: int) -> int:
        recording.go_on(seconds)
        recording.session.chart_series = ChartSeries()  # the charts' memory is not measured here
        delivery = Delivery(recording, influx)
        tracemalloc.start()
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(delivery.run())
            await delivery.has_told.wait()  # a batch was read, and not accepted
            running.cancel()
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return peak

    small = await grown_by(3_000)  # more than the batches in memory
    large = await grown_by(6_000)
    assert large < 1.5 * small
    recording.close()
