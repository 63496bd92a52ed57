"""Every query of every dashboard, run against a real InfluxDB with recorded sessions.

The expected results are computed from the journals' facts alone: see `expected`.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from monitor.delivery.influx import InfluxConfig, influx_writer
from tests.grafana.dashboards import (
    DASHBOARDS,
    Query,
    asked,
    chosen_on,
    dashboard,
    offered,
    queries,
)
from tests.grafana.expected_results import EXPECTED, SESSION, Moment, Row
from tests.grafana.recorded_sessions import Afternoon, afternoon
from tests.servers.influx import DATABASE, Influx

NAMES = {"site": "st-john's (north)", "session": "P01/2026-11-23", "participant": "P01+x"}
REPLAY = {"session": "P01/2026-11-23~replay-1764000000"}
# Other sessions, one of which an unescaped expression would match.
OTHERS = (
    {"session": "P01/2026-11-24"},
    {"site": "elsewhere", "session": "P77/2026-11-23"},
    {"participant": "P01x"},
    REPLAY,
)
BUCKET_S = 10
# Ten minutes after the last data: current values must be gone.
PRESENT = {
    *("Heart rate/A", "Core temperature/A", "Sessions/C", "Sessions/D", "Sessions/E"),
}


@dataclass(frozen=True)
class World:
    afternoon: Afternoon
    influx: Influx


@pytest.fixture
async def world(influx: Influx, tmp_path: Path) -> World:
    played = afternoon(tmp_path, NAMES, OTHERS)
    async with influx_writer(InfluxConfig(url=influx.url, org="-", bucket=DATABASE)) as write:
        for start in range(0, len(played.lines), 2000):
            await write(b"\n".join(played.lines[start : start + 2000]))
    played.close()
    return World(played, influx)


def answered(series: list[dict[str, Any]], query: Query) -> Iterator[Row]:
    """Yield a row for each non-empty point of a result."""
    for each in series:
        for values in each["values"]:
            row = dict(zip(each["columns"], values, strict=True))
            if not query.table:
                row = {"time": row["time"], "value": values[-1]}
            held = {key: value for key, value in row.items() if key != "time"}
            if any(value is not None for value in held.values()):
                yield row | each.get("tags", {})


def comparable(rows: list[Row], *, timed: bool) -> list[str]:
    """Return rows as texts for comparison; an absent column is a null."""
    return sorted(
        json.dumps(
            {
                key: float(f"{value:.9g}")
                if isinstance(value, float | int) and key != "time"
                else value
                for key, value in row.items()
                if value is not None and (timed or key != "time")
            },
            sort_keys=True,
        )
        for row in rows
    )


def check(world: World, board: dict[str, Any], query: Query, now_ns: int) -> list[Row]:
    """Run a query at a given time and compare the result with the journal."""
    now_ms = now_ns // 10**6
    since_ms = now_ms - 1000 * query.span_s
    there = {name: sorted({p.tags[name] for p in world.afternoon.points}) for name in SESSION}
    chosen = chosen_on(board, NAMES, there)
    text = asked(query.text, since_ms, now_ms, BUCKET_S, chosen)
    got = list(answered(world.influx.query(text), query))
    moment = Moment(world.afternoon.points, chosen, since_ms * 10**6, now_ms * 10**6, BUCKET_S)
    want = EXPECTED[query.name](moment)
    timed = any("time" in row for row in want)
    assert comparable(got, timed=timed) == comparable(want, timed=timed), (query.name, text)
    if "ORDER BY time DESC" in text:
        assert [row["time"] for row in got] == sorted((row["time"] for row in got), reverse=True)
    return got


@pytest.mark.extended
async def test_every_query_matches_the_journal(world: World) -> None:
    now_ns = world.afternoon.now_ns
    asked_for = set()
    for name in DASHBOARDS:
        board = dashboard(name)
        for query in queries(board):
            assert check(world, board, query, now_ns), f"{name}: {query.name} has nothing to show"
            later = check(world, board, query, now_ns + 600 * 10**9)
            assert not (query.name in PRESENT and later), f"{query.name} shows what is long over"
            asked_for.add(query.name)
    assert asked_for == EXPECTED.keys()


def test_replays_are_offered_only_for_review() -> None:
    for name in DASHBOARDS:
        (variable,) = [
            each for each in dashboard(name)["templating"]["list"] if each["name"] == "session"
        ]
        assert offered(variable, NAMES["session"])
        assert offered(variable, REPLAY["session"]) is (
            name not in ("dashboards/live.json", "dashboards/ward.json")
        )
