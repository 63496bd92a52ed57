"""`kill -9` of database, proxy and monitor at random, while 20 sensors are recorded."""

import asyncio
import json
import random
import signal
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from monitor.delivery.influx import InfluxConfig, influx_writer
from monitor.delivery.line_protocol import LineEncoder
from monitor.delivery.priority_lanes import Lanes
from monitor.errors import JournalError
from monitor.storage.journal import Journal
from tests.durations import PATIENCE_S, SOAK
from tests.servers.influx import DATABASE, Influx
from tests.servers.process import Server, wait_until
from tests.servers.victoria import Victoria

KILLS = 60 if SOAK else 6
FIELD = {"limits": "upper", "rolling": "median"}  # other measurements: value


def journaled(path: Path, after: int = 0) -> tuple[Counter[str], Counter[str]]:
    """Return count and sum of all values behind a fact, by measurement."""
    counts: Counter[str] = Counter()
    sums: Counter[str] = Counter()
    with Journal.read(path) as journal:
        for row in journal.facts(after):
            body = json.loads(row.payload)
            name = row.subject.partition("/")[2] if row.kind == "reading" else row.kind
            name = {"alarm": "alarms", "statistic": "rolling", "limit": "limits"}.get(name, name)
            value = body.get("values", body).get(FIELD.get(name, "value"))
            if name in ("heart_rate", "rr_interval", "alarms", "rolling", "limits") and (
                value is not None
            ):
                counts[name] += 1
                sums[name] += value
    return counts, sums


def stored(influx: Influx) -> tuple[Counter[str], Counter[str]]:
    counts: Counter[str] = Counter()
    sums: Counter[str] = Counter()
    for name in ("heart_rate", "rr_interval", "alarms", "rolling", "limits"):
        field = FIELD.get(name, "value")
        query = f'SELECT count("{field}"), sum("{field}") FROM "{name}"'  # noqa: S608
        for series in influx.query(query):
            _, counts[name], sums[name] = series["values"][0]
    return counts, sums


def facts_in(path: Path) -> int:
    """Return the number of facts; 0 while the journal is being created."""
    try:
        with Journal.read(path) as journal:
            return journal.last_fact
    except JournalError:
        return 0


async def deliver_the_rest(path: Path, url: str) -> int:
    """Deliver until the cursors are at the end; return how many facts were set aside."""
    with Journal.write(path) as journal:
        body: dict[str, Any] = next(journal.entries()).body()
        encoder = LineEncoder(body["site"], body["id"], body["participant"])
        config = InfluxConfig(url=url, org="-", bucket=DATABASE, timeout_s=5)
        async with influx_writer(config) as write, asyncio.timeout(PATIENCE_S):
            lanes = Lanes(
                "influxdb", path, journal, encoder.line, write, lambda _: None, random.Random(1)
            )
            await lanes.drain()
            return lanes.set_aside


async def test_stored_count_and_sum_equal_the_journal(influx: Influx, tmp_path: Path) -> None:
    journal = tmp_path / "s.journal"
    command = [sys.executable, "-m", "tests.delivery.recording_process", str(journal), influx.url]
    monitor = Server(command, tmp_path / "monitor.log")
    rng = random.Random(7)
    victims = ["influxd", "nginx", "monitor"] * (KILLS // 3)
    rng.shuffle(victims)
    monitor.start()
    try:
        wait_until(lambda: facts_in(journal) > 0, "the first fact")
        for victim in victims:
            time.sleep(rng.uniform(0.2, 1.5))  # noqa: ASYNC251 - the random moment itself
            before = facts_in(journal)
            if victim == "monitor":
                monitor.stop(signal.SIGKILL)
                monitor.start()
            elif victim == "nginx":
                influx.kill_front()
            else:
                influx.kill()
            wait_until(lambda: facts_in(journal) > before, "recording goes on")  # noqa: B023
            if victim != "monitor":
                influx.start()
    finally:
        monitor.stop(signal.SIGKILL)
    assert await deliver_the_rest(journal, influx.url) == 0
    counts, sums = journaled(journal)
    assert counts["heart_rate"] > 500
    assert counts["alarms"] > 20
    stored_counts, stored_sums = stored(influx)
    assert stored_counts == counts
    for name, total in sums.items():
        # Means are fractions, and the database adds them in another order; all else is whole.
        assert stored_sums[name] == (pytest.approx(total) if name == "rolling" else total)


async def test_victoria_metrics_receives_every_heart_rate(tmp_path: Path) -> None:
    """No exact comparison: it keeps duplicates, and a kill loses data not yet on its disk."""
    victoria = Victoria(tmp_path)
    journal = tmp_path / "s.journal"
    monitor = Server(
        [sys.executable, "-m", "tests.delivery.recording_process", str(journal), victoria.url],
        tmp_path / "monitor.log",
    )
    try:
        victoria.start()
        monitor.start()
        wait_until(lambda: facts_in(journal) > 200, "some facts")
        victoria.kill()
        before = facts_in(journal)
        wait_until(lambda: facts_in(journal) > before + 200, "recording goes on")
        monitor.stop(signal.SIGKILL)
        victoria.start()
        assert await deliver_the_rest(journal, victoria.url) == 0
        counts, _ = journaled(journal, before)
        wait_until(
            lambda: victoria.count("heart_rate_value") >= counts["heart_rate"] > 0,
            "VictoriaMetrics has every heart rate since it was killed",
        )
    finally:
        monitor.stop(signal.SIGKILL)
        victoria.close()
