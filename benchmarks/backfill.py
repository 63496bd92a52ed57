"""Backfill: a journal's backlog into InfluxDB, compared with the bare client.

Both write the same lines in batches of the same size to the same server (InfluxDB 1.x behind
nginx), in interleaved rounds. Meanwhile a 1 ms ticker measures the delay of the event loop:
while physiomon delivers, while the client does, and while nothing is delivered.
"""

import asyncio
import random
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from influxdb_client.client.influxdb_client_async import InfluxDBClientAsync
from influxdb_client.domain.write_precision import WritePrecision

from benchmarks.results import Result, ratio
from monitor.delivery.batch_reader import BATCH
from monitor.delivery.influx import InfluxConfig, influx_writer
from monitor.delivery.line_protocol import LineEncoder
from monitor.delivery.priority_lanes import Lanes
from monitor.entries import Entry, EntryKind, body_bytes
from monitor.facts import LimitFact, ReadingFact, StatisticFact
from monitor.storage.journal import Journal
from tests.engine.scripted_session import spec
from tests.servers.influx import DATABASE, Influx
from tests.servers.influx_kinds import debian_influx

ROUNDS = 3
SENSORS = 20
SECONDS = 6_000
_START_NS = 1_700_000_000 * 10**9


def run() -> list[Result]:
    """Return the ratio of the times for a point; print how late the loop was."""
    with tempfile.TemporaryDirectory() as folder:
        influx = debian_influx(Path(folder))
        try:
            influx.start()
            return asyncio.run(_measure(influx, Path(folder) / "benchmark.journal"))
        finally:
            influx.close()


async def _measure(influx: Influx, path: Path) -> list[Result]:
    journal = Journal.write(path)
    _record(journal)
    encoder = LineEncoder("site", "s1", "P01")
    lines = [line for row in journal.facts() if (line := encoder.line(row)) is not None]
    batches = [b"\n".join(lines[at : at + BATCH]) for at in range(0, len(lines), BATCH)]
    config = InfluxConfig(url=influx.url, org="-", bucket=DATABASE)
    ours: list[float] = []  # seconds
    bare: list[float] = []
    late: dict[str, list[float]] = {"backfill": [], "bare client": [], "idle": []}
    for _ in range(ROUNDS):
        seconds, ticks = await _ticking(lambda: _bare(config, batches))
        bare.append(seconds)
        late["bare client"] += ticks
        with journal._writing():  # noqa: SLF001 - from the beginning again
            journal._db.execute("DELETE FROM cursors")  # noqa: SLF001
        seconds, ticks = await _ticking(lambda: _ours(config, journal))
        ours.append(seconds)
        late["backfill"] += ticks
        late["idle"] += (await _ticking(lambda: asyncio.sleep(1)))[1]
    for name, ticks in late.items():
        ordered = sorted(ticks)
        p99 = ordered[len(ordered) * 99 // 100]
        print(f"  a 1 ms ticker, {name}: p99 {p99:.1f} ms late, at most {ordered[-1]:.1f} ms")
    journal.close()
    mine, other = (len(lines) / statistics.median(each) for each in (ours, bare))
    return [
        Result(
            name="backfill",
            measured=f"journal of {SENSORS} sensors into InfluxDB 1.6.7, {len(lines):,} points",
            alternative="the bare client with the same prepared lines",
            value=ratio(ours, bare),
            goal=1.43,  # 0.7 of its rate
            figures=f"{mine:,.0f} points a second against {other:,.0f}",
        )
    ]


async def _ours(config: InfluxConfig, journal: Journal) -> None:
    async with influx_writer(config) as write:
        encoder = LineEncoder("site", "s1", "P01")
        rng = random.Random(1)
        await Lanes(
            "influxdb", journal.path, journal, encoder.line, write, _must_succeed, rng
        ).drain()


def _must_succeed(reason: str | None) -> None:
    assert reason is None, reason


async def _bare(config: InfluxConfig, batches: list[bytes]) -> None:
    async with InfluxDBClientAsync(url=config.url, token="", org="-") as client:
        api = client.write_api()
        for batch in batches:
            assert await api.write(
                bucket=config.bucket,
                record=batch,
                write_precision=WritePrecision.NS,  # type: ignore[arg-type]
            )


async def _ticking(work: Callable[[], Awaitable[object]]) -> tuple[float, list[float]]:
    """Return how many seconds some work took, and by how many ms each tick came late."""
    late_ms: list[float] = []

    async def tick() -> None:
        while True:
            began = time.perf_counter()
            await asyncio.sleep(0.001)
            late_ms.append((time.perf_counter() - began) * 1e3 - 1.0)

    async with asyncio.TaskGroup() as tasks:
        ticker = tasks.create_task(tick())
        began = time.perf_counter()
        await work()
        took = time.perf_counter() - began
        ticker.cancel()
    return took, late_ms


def _record(journal: Journal) -> None:
    """Write what 20 sensors leave behind: a reading each second, and what is derived of it."""
    body = body_bytes(spec().body())
    journal.append(
        Entry(seq=1, received_ns=_START_NS, kind=EntryKind.SESSION, source="s1", payload=body)
    )
    for second in range(SECONDS):
        at_ns = _START_NS + second * 10**9
        rate = 70.0 + second % 9
        facts: list[ReadingFact | StatisticFact | LimitFact] = []
        for number in range(SENSORS):
            channel = f"s{number}/heart_rate"
            facts.append(ReadingFact(subject=channel, at_ns=at_ns, value=rate, quality=0))
            if second % 10 == 0:
                facts.append(
                    StatisticFact(
                        subject=channel,
                        at_ns=at_ns,
                        window_s=60.0,
                        values=dict.fromkeys(("mean", "median", "sd"), rate / 3),
                    )
                )
            if second % 60 == 0:
                facts.append(
                    LimitFact(
                        subject=channel,
                        at_ns=at_ns,
                        rule="hr-high",
                        priority="low",
                        upper=rate + 20,
                        lower=None,
                    )
                )
        journal.add_facts((1, fact) for fact in facts)
