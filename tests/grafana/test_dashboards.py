import asyncio
import json
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dashboards.grafana.build import build
from devices.radio import LinkState
from monitor.influx import InfluxConfig, influx_writer
from monitor.line_protocol import LineEncoder
from monitor.outbox import Outbox
from tests.outbox.sessions import Recording
from tests.servers.influx import DATABASE, Influx

REPOSITORY = Path(__file__).parents[2]
DASHBOARDS = [name for name in build() if name.startswith("dashboards/")]
MACROS = re.compile(r"\$(?!timeFilter|__interval|\{(?:site|session|participant):regex\}|/)")


def dashboard(name: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(build()[name])
    return read


def test_the_files_in_the_repository_are_fresh() -> None:
    for name, text in build().items():
        path = REPOSITORY / "deploy" / "grafana" / name
        assert path.read_text() == text, f"{path} is stale: run physiomon grafana build"


@pytest.mark.parametrize("name", DASHBOARDS)
class TestForm:
    def test_panels_are_told_apart_and_described(self, name: str) -> None:
        panels = dashboard(name)["panels"]
        assert len({panel["id"] for panel in panels}) == len(panels)
        for panel in panels:
            assert panel["title"]
            assert panel["description"]
            assert panel["datasource"]["uid"] == "${datasource}"
            refs = [target["refId"] for target in panel["targets"]]
            assert len(set(refs)) == len(refs)

    def test_panels_do_not_overlap(self, name: str) -> None:
        taken: set[tuple[int, int]] = set()
        for panel in dashboard(name)["panels"]:
            at = panel["gridPos"]
            cells = {
                (x, y)
                for x in range(at["x"], at["x"] + at["w"])
                for y in range(at["y"], at["y"] + at["h"])
            }
            assert not cells & taken, panel["title"]
            assert max(x for x, _ in cells) < 24
            taken |= cells

    def test_no_query_has_an_unknown_macro(self, name: str) -> None:
        for _, query in queries(dashboard(name)):
            unknown = MACROS.search(query)
            assert unknown is None, query

    def test_it_says_that_it_is_no_medical_device(self, name: str) -> None:
        assert "Not a medical device" in dashboard(name)["description"]


def queries(board: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield a name and the InfluxQL of everything that the dashboard asks."""
    for panel in board["panels"]:
        for target in panel["targets"]:
            yield f"{panel['title']}/{target['refId']}", target["query"]
    for annotation in board["annotations"]["list"]:
        yield f"annotation {annotation['name']}", annotation["target"]["query"]
    for variable in board["templating"]["list"]:
        if variable["type"] == "query":
            yield f"variable {variable['name']}", variable["query"]


def expand(query: str, recording: Recording) -> str:
    """Replace macros as Grafana's server does, and variables as its page does."""
    now_ms = recording.hands.wall_ns // 10**6 + 1000
    since_ms = now_ms - recording.seconds * 1000 - 2000
    query = query.replace("$timeFilter", f"time >= {since_ms}ms and time <= {now_ms}ms")
    query = query.replace("$__interval", "10s")
    chosen = {"site": "here", "session": "s1", "participant": "P01"}
    for name, value in chosen.items():
        query = query.replace(f"${{{name}:regex}}", re.escape(value))
    return query


async def test_every_query_returns_what_the_journal_says(influx: Influx, tmp_path: Path) -> None:
    recording = Recording(tmp_path / "s.journal")
    recording.go_on(400)
    recording.session.link("strap", LinkState.CONNECTED, "", -60)
    recording.session.mark("note", "calm", "AB")
    recording.go_on(10)
    session = recording.session
    encoder = LineEncoder("here", "s1", "P01")
    config = InfluxConfig(url=influx.url, org="-", bucket=DATABASE)
    async with influx_writer(config) as write, asyncio.timeout(20):
        outbox = Outbox(
            "influxdb",
            session.journal.path,
            session.journal,
            encoder.line,
            write,
            lambda _reason: None,
            random.Random(1),
        )
        await outbox.drain()

    answers = {
        name: influx.query(expand(query, recording))
        for name, query in queries(dashboard("dashboards/live.json"))
    }
    facts = [(row.kind, row.subject, json.loads(row.payload)) for row in session.journal.facts()]
    recording.close()

    def last(signal: str) -> float:
        read = [b["value"] for k, s, b in facts if k == "reading" and s.endswith(f"/{signal}")]
        return float(read[-1])

    def only(name: str) -> dict[str, Any]:
        assert len(answers[name]) == 1, name
        return answers[name][0]

    assert only("Heart rate/A")["values"][0][1] == last("heart_rate")
    assert only("Core temperature/A")["values"][0][1] == last("core_temperature")
    for signal, title in (
        ("heart_rate", "Heart rate and its limits"),
        ("core_temperature", "Core temperature and its limits"),
    ):
        assert len(only(f"{title}/A")["values"]) > 30
        uppers = {
            b["rule"] for k, s, b in facts if k == "limit" and s.endswith(signal) and b["upper"]
        }
        lowers = {
            b["rule"] for k, s, b in facts if k == "limit" and s.endswith(signal) and b["lower"]
        }
        assert {series["tags"]["rule"] for series in answers[f"{title}/B"]} == uppers
        assert {series["tags"]["rule"] for series in answers[f"{title}/C"]} == lowers
    steps = [b for k, _, b in facts if k == "alarm"]
    levels = {series["tags"]["rule"]: series["values"] for series in answers["Alarms/A"]}
    assert levels.keys() == {step["rule"] for step in steps}
    assert all(level in (0, 1, 2, 3) for values in levels.values() for _, level in values)
    table = only("What happened to alarms/A")
    assert table["columns"][1:] == ["priority", "rule", "step", "message", "value", "limit"]
    assert len(table["values"]) == len(steps)
    sensors = {series["tags"]["sensor"]: series["values"][0] for series in answers["Sensors/A"]}
    assert sensors["strap"][1] == "connected"
    assert len(only("annotation Markers")["values"]) == 1
    for name, value in (("site", "here"), ("session", "s1"), ("participant", "P01")):
        assert only(f"variable {name}")["values"] == [[name, value]]
