"""A recording in the live dashboards: current times, marked, separate from live sessions."""

import sqlite3
import time
from pathlib import Path

import pytest

from monitor.core.engine import Engine
from monitor.delivery.replay_points import MARK, ReplayPoints
from monitor.sessions.recording import read_recording
from monitor.storage.journal import Journal
from tests.delivery.recorded_sessions import Recording
from tests.servers.influx import DATABASE, Influx
from tests.system.command import facts, physiomon, refusal

CONFIG = """
[session]
site = "here"
participant = "P01"

[[sensor]]
label = "strap"
kind = "heart-rate-strap"

[influx]
url = "{url}"
bucket = "{bucket}"
"""


READINGS = ("heart_rate", "rr_interval", "core_temperature")


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    recording = Recording(tmp_path / "s.journal")
    recording.go_on(400)
    recording.session.actions.mark("note", "Mrs Smith is calm", "Ada Lovelace")
    recording.close()
    return tmp_path / "s.journal"


def config(influx: Influx, folder: Path) -> Path:
    file = folder / "c.toml"
    file.write_text(CONFIG.format(url=influx.url, bucket=DATABASE))
    return file


def test_replayed_points_have_current_times_and_a_mark(
    influx: Influx, journal: Path, tmp_path: Path
) -> None:
    live = f"heart_rate,site=here,session=s1,participant=P01,sensor=strap value=1 {time.time_ns()}"
    influx.write(live)
    before = journal.read_bytes()
    began_ns = time.time_ns()
    path = str(config(influx, tmp_path))
    arguments = ("--to", "influx", "--speed", "200", "--config", path, "--json")
    done = facts("replay", str(journal), *arguments)
    ended_ns = time.time_ns()
    assert done["session"].startswith(f"s1{MARK}")
    names = [row[0] for row in influx.query("SHOW MEASUREMENTS")[0]["values"]]
    assert {"heart_rate", "rolling", "limits", "alarms", "markers"} <= set(names)
    points = 0
    for name in names:
        rows = influx.query(f'SELECT * FROM "{name}" WHERE "session" != \'s1\'')[0]  # noqa: S608
        session, mark = rows["columns"].index("session"), rows["columns"].index("replay")
        for row in rows["values"]:
            assert row[session] == done["session"]
            assert row[mark] is True
            assert began_ns - 10**9 < row[0] < ended_ns
        points += len(rows["values"])
    assert points == done["points"]
    connection = sqlite3.connect(journal)
    query = "SELECT count(*) FROM facts WHERE kind = 'reading' AND payload ->> 'value' IS NOT NULL"
    (readings,) = connection.execute(query).fetchone()
    connection.close()
    stored = sum(influx.count(name, "value") for name in names if name in READINGS)
    assert stored == readings + 1
    assert (
        len(influx.query('SELECT * FROM "heart_rate" WHERE "session" = \'s1\'')[0]["values"]) == 1
    )
    assert journal.read_bytes() == before


def test_replay_without_a_speed_ends_at_the_current_time(
    influx: Influx, journal: Path, tmp_path: Path
) -> None:
    path = str(config(influx, tmp_path))
    facts("replay", str(journal), "--to", "influx", "--config", path, "--json")
    times = [row[0] for row in influx.query('SELECT "value" FROM "heart_rate"')[0]["values"]]
    assert time.time_ns() - 60 * 10**9 < times[-1] < time.time_ns()
    assert times[-1] - times[0] == pytest.approx(399e9)


def test_missing_configuration_is_reported(journal: Path, tmp_path: Path) -> None:
    assert physiomon("replay", str(journal), "--to", "influx").returncode == 2
    assert physiomon("replay", str(journal), "--to", "moon").returncode == 2
    file = tmp_path / "c.toml"
    file.write_text(CONFIG.partition("[influx]")[0])
    said = refusal("replay", str(journal), "--to", "influx", "--config", str(file))
    assert "has no [influx]" in said


@pytest.mark.parametrize("speed", [1.0, 60.0, 1e9])
def test_points_of_a_series_have_distinct_times_at_any_speed(journal: Path, speed: float) -> None:
    with Journal.read(journal) as opened:
        session = read_recording(opened)
        points = ReplayPoints(session.spec, session.began_ns, 10**18, speed, 10**18)
        engine = Engine()
        lines = [line for entry in opened.entries() for line in points.lines(engine.apply(entry))]
    keys = [(line.split(b" ")[0], line.rsplit(b" ")[-1]) for line in lines]
    assert len(set(keys)) == len(keys)
    assert all(b"~replay-20010909T014640Z" in line for line in lines)
    assert not any(b"Ada" in line or b"Smith" in line for line in lines)
