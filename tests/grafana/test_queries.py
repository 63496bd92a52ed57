"""Every query of the live dashboard, asked of a real InfluxDB that holds a recorded session.

What has to come back is worked out here from the journal's facts alone.
"""

import json
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from dashboards.grafana.levels import level
from devices.radio import LinkState
from monitor.influx import InfluxConfig, influx_writer
from monitor.line_protocol import LineEncoder
from tests.grafana.boards import asked, dashboard, queries
from tests.outbox.sessions import Recording
from tests.servers.influx import DATABASE, Influx

CHOSEN = {"site": "st-john's (north)", "session": "P01/2026-11-23", "participant": "P01+x"}
BUCKET_S = 10
Series = dict[tuple[str, ...], dict[int, Any]]


@dataclass(frozen=True)
class Fact:
    at_ns: int
    kind: str
    sensor: str
    signal: str
    body: dict[str, Any]


def record(path: Path) -> tuple[Recording, list[Fact], list[bytes]]:
    """Play a session in which values come, rise, break off and return; alarms of both kinds."""
    recording = Recording(path)
    session = recording.session
    session.link("strap", LinkState.CONNECTED, "", -60)
    session.link("patch", LinkState.CONNECTED, "", -71)
    recording.go_on(200)
    session.mark("dose", "100 mg", "AB")
    recording.go_on(40)
    (first, *_) = session.engine.board.open()
    session.acknowledge(first.key, "AB")
    session.link("strap", LinkState.LOST, "out of range", None)
    recording.hands.pass_s(90)
    session.link("strap", LinkState.CONNECTED, "", -58)
    for sensor, characteristic in (("strap", "2A37"), ("patch", "2A1C")):
        for _ in range(20):
            session.packet(sensor, characteristic, b"\x00")
    recording.go_on(1)
    session.mark("note", "calm", "AB")
    recording.go_on(45)
    # What no living person has is recorded, but it is no value: 251 /min and 44.00 degrees.
    recording.hands.pass_s(1)
    session.packet("strap", "2A37", b"\x16\xfb\x00\x03")
    session.packet("patch", "2A1C", b"\x04\x30\x11\x00\xfe\x02")
    recording.go_on(0)
    rows = list(session.journal.facts())
    facts = []
    for row in rows:
        sensor, _, signal = row.subject.replace("session", "-").partition("/")
        facts.append(Fact(row.at_ns, row.kind, sensor, signal, json.loads(row.payload)))
    ours = LineEncoder(**CHOSEN)
    # Sessions beside it, one with a name that an unescaped expression would take for ours.
    others = [
        LineEncoder(**CHOSEN | {"session": "P01/2026-11-24"}),
        LineEncoder(**CHOSEN | {"site": "elsewhere", "session": "P77/2026-11-23"}),
        LineEncoder(**CHOSEN | {"participant": "P01x"}),
    ]
    written = [encoder.line(row) for encoder in (ours, *others) for row in rows]
    return recording, facts, [line for line in written if line is not None]


class Asked:
    """What the dashboard got at one moment, and the facts that it should be about."""

    def __init__(self, influx: Influx, facts: list[Fact], now_ns: int) -> None:
        self.looked_at: set[str] = set()
        self.answers: dict[str, list[dict[str, Any]]] = {}
        self._facts = facts
        self._ranges_ns: dict[str, tuple[int, int]] = {}
        now_ms = now_ns // 10**6
        for query in queries(dashboard("dashboards/live.json")):
            since_ms = now_ms - 1000 * (query.span_s or 3600)
            text = asked(query.text, since_ms, now_ms, BUCKET_S, CHOSEN)
            self.answers[query.name] = influx.query(text)
            self._ranges_ns[query.name] = since_ms * 10**6, now_ms * 10**6

    def facts(self, name: str, kind: str, signal: str | None = None) -> list[Fact]:
        """Return the facts within the range of a query."""
        since_ns, now_ns = self._ranges_ns[name]
        return [
            fact
            for fact in self._facts
            if fact.kind == kind
            and since_ns <= fact.at_ns <= now_ns
            and signal in (None, fact.signal)
        ]

    def series(self, name: str, *tags: str) -> Series:
        """Return values other than null by tags and time."""
        self.looked_at.add(name)
        return {
            tuple(series["tags"][tag] for tag in tags): {
                row[0]: row[1] for row in series["values"] if row[1] is not None
            }
            for series in self.answers[name]
        }

    def rows(self, name: str) -> list[dict[str, Any]]:
        """Return the rows of a table, tags and columns alike."""
        self.looked_at.add(name)
        return [
            dict(zip(series["columns"], row, strict=True)) | series.get("tags", {})
            for series in self.answers[name]
            for row in series["values"]
        ]


def by(facts: list[Fact], *tags: str) -> dict[tuple[str, ...], list[Fact]]:
    """Return facts by series."""
    found: dict[tuple[str, ...], list[Fact]] = defaultdict(list)
    for fact in facts:
        found[tuple(fact.sensor if tag == "sensor" else fact.body[tag] for tag in tags)].append(
            fact
        )
    return found


def binned(facts: list[Fact]) -> dict[int, list[Fact]]:
    """Return facts by the start of their time's bucket."""
    found: dict[int, list[Fact]] = defaultdict(list)
    for fact in facts:
        found[fact.at_ns // (BUCKET_S * 10**9) * BUCKET_S * 10**9].append(fact)
    return found


def good(facts: list[Fact]) -> list[Fact]:
    return [fact for fact in facts if fact.body["quality"] == 0]


def check_values(now: Asked, later: Asked, title: str, signal: str, sensor: str) -> None:
    readings = now.facts(f"{title}/A", "reading", signal)
    assert readings[-1].body["value"] is not None
    assert readings[-1].body["quality"] != 0, "the last one is not valid"
    last = good(readings)[-1]
    told = {(sensor,): {last.at_ns: last.body["value"]}}
    assert now.series(f"{title}/A", "sensor") == told
    assert later.series(f"{title}/A", "sensor") == {}, "what is ten minutes old is not shown"
    assert now.series(f"{title}: age/A", "sensor") == told
    assert later.series(f"{title}: age/A", "sensor") == told


def check_trend(now: Asked, title: str, signal: str, sensor: str) -> None:
    name = f"{title} and its limits/A"
    means = {
        start_ns: pytest.approx(sum(fact.body["value"] for fact in facts) / len(facts))
        for start_ns, facts in binned(good(now.facts(name, "reading", signal))).items()
    }
    assert len(means) > 25
    assert now.series(name, "sensor") == {(sensor,): means}
    for side, ref_id in (("upper", "B"), ("lower", "C")):
        name = f"{title} and its limits/{ref_id}"
        limits = [fact for fact in now.facts(name, "limit", signal) if fact.body[side] is not None]
        assert now.series(name, "rule", "sensor") == {
            key: {start_ns: told[-1].body[side] for start_ns, told in binned(facts).items()}
            for key, facts in by(limits, "rule", "sensor").items()
        }
    assert now.series(f"{title} and its limits/B", "rule", "sensor"), "some limit was drawn"


def level_of(fact: Fact) -> int:
    return level(fact.body["state"], fact.body["priority"])


def check_alarms(now: Asked) -> None:
    for title, signal in (
        ("Heart rate", "heart_rate"),
        ("Core temperature", "core_temperature"),
    ):
        name = f"{title} alarms/A"
        steps = [f for f in now.facts(name, "alarm", signal) if not f.body["technical"]]
        latest = [level_of(facts[-1]) for facts in by(steps, "rule", "sensor").values()]
        assert [row["max"] for row in now.rows(name)] == ([max(latest)] if latest else [])
    for technical, kind in ((False, "Physiological"), (True, "Technical")):
        name = f"{kind} alarms/A"
        steps = [f for f in now.facts(name, "alarm") if f.body["technical"] is technical]
        assert steps
        assert now.series(name, "rule", "sensor") == {
            key: {fact.at_ns: level_of(fact) for fact in facts}
            for key, facts in by(steps, "rule", "sensor").items()
        }
    sensors = {sensor for _, sensor in now.series("Technical alarms/A", "rule", "sensor")}
    assert sensors >= {"strap", "patch"}, "one rule has an alarm on each sensor"


def check_table(now: Asked) -> None:
    rows = now.rows("What happened to alarms/A")
    steps = sorted(now.facts("What happened to alarms/A", "alarm"), key=lambda fact: -fact.at_ns)
    assert 10 < len(steps) < 100
    assert [row["time"] for row in rows] == [fact.at_ns for fact in steps]
    columns = ("priority", "rule", "sensor", "step", "value", "limit")

    def told(fact: Fact) -> tuple[object, ...]:
        return fact.at_ns, *(
            fact.sensor if name == "sensor" else fact.body[name] for name in columns
        )

    assert {(row["time"], *(row[name] for name in columns)) for row in rows} == {
        told(fact) for fact in steps
    }
    assert {row["kind"] for row in rows} == {"physiological", "technical"}
    (accepted,) = [row for row in rows if row["step"] == "acknowledged"]
    assert accepted["by"].startswith("person-")
    assert accepted["message"] == "Heart rate high"


def check_links(now: Asked) -> None:
    name = "Links to sensors/A"
    by_sensor = by(now.facts(name, "link"), "sensor")
    assert now.series(name, "sensor") == {
        key: {start_ns: told[-1].body["state"] for start_ns, told in binned(facts).items()}
        for key, facts in by_sensor.items()
    }
    assert set(now.series(name, "sensor")["strap",].values()) == {"connected", "lost"}
    told = {row["sensor"]: row for row in now.rows("Sensors/A")}
    assert told.keys() == {sensor for (sensor,) in by_sensor}
    for (sensor,), facts in by_sensor.items():
        last = facts[-1]
        assert told[sensor].pop("time") == last.at_ns
        assert told[sensor].pop("sensor") == sensor
        columns = ("state", "battery", "rssi", "packets", "gaps")
        assert told[sensor] == {column: last.body[column] for column in columns}


def check_markers_and_variables(now: Asked) -> None:
    markers = now.facts("annotation Markers", "marker")
    assert [(row["time"], row["marker"]) for row in now.rows("annotation Markers")] == [
        (fact.at_ns, fact.sensor) for fact in markers
    ]
    assert [fact.sensor for fact in markers] == ["dose", "note"]
    sites = {row["value"] for row in now.rows("variable site")}
    assert sites == {CHOSEN["site"], "elsewhere"}
    sessions = {row["value"] for row in now.rows("variable session")}
    assert sessions == {CHOSEN["session"], "P01/2026-11-24"}
    participants = {row["value"] for row in now.rows("variable participant")}
    assert participants == {CHOSEN["participant"], "P01x"}


async def test_every_query_returns_what_the_journal_says(influx: Influx, tmp_path: Path) -> None:
    recording, facts, lines = record(tmp_path / "s.journal")
    async with influx_writer(InfluxConfig(url=influx.url, org="-", bucket=DATABASE)) as write:
        await write(b"\n".join(lines))
    recording.close()
    recording.hands.pass_s(1)
    now = Asked(influx, facts, recording.hands.wall_ns)
    later = Asked(influx, facts, recording.hands.wall_ns + 600 * 10**9)
    for title, signal, sensor in (
        ("Heart rate", "heart_rate", "strap"),
        ("Core temperature", "core_temperature", "patch"),
    ):
        check_values(now, later, title, signal, sensor)
        check_trend(now, title, signal, sensor)
    check_alarms(now)
    check_table(now)
    check_links(now)
    check_markers_and_variables(now)
    assert now.looked_at == now.answers.keys()
