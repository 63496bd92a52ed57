"""`physiomon influx`, and the deliveries in `doctor` and `journal info`."""

import json
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from tests.delivery.recorded_sessions import Recording
from tests.delivery.test_kill import journaled, stored
from tests.servers.influx import DATABASE, Influx
from tests.system.command import facts, physiomon, refusal

CONFIG = """
[session]
site = "here"
participant = "P01"

[[sensor]]
label = "strap"
kind = "heart-rate-strap"

[journal]
directory = "."

[influx]
url = "{url}"
bucket = "{bucket}"
"""


@pytest.fixture
def config(influx: Influx, tmp_path: Path) -> Path:
    file = tmp_path / "c.toml"
    file.write_text(CONFIG.format(url=influx.url, bucket=DATABASE))
    return file


def test_pending_data_of_an_ended_session_is_reported_and_delivered(
    influx: Influx, config: Path, tmp_path: Path
) -> None:
    journal = tmp_path / "s.journal"
    recording = Recording(journal)
    recording.go_on(300)
    recording.close()
    influx.drop()
    steps = {step["what"]: step["outcome"] for step in facts(*setup(config), "--json")}
    assert "created" in steps.values()
    assert "created" not in physiomon(*setup(config)).stdout

    pending = delivery(config)
    assert pending["ok"] is False
    assert "s.journal: " in pending["found"]
    assert "waiting for influxdb, the oldest for" in pending["found"]
    assert "influx deliver" in pending["advice"]

    done = facts("influx", "deliver", str(config), "--json")
    assert done["waiting"] == 0
    assert done["delivered"] > 300
    assert stored(influx)[0] == journaled(journal)[0]
    assert delivery(config)["ok"] is True
    found = facts("journal", "info", str(journal), "--json")["deliveries"]["influxdb"]
    assert (found["waiting"], found["set_aside"]) == (0, 0)
    assert facts("influx", "deliver", str(config), str(journal), "--json")["delivered"] == 0


@pytest.mark.extended
def test_rejected_data_is_redelivered_once_the_cause_is_removed(
    influx: Influx, config: Path, tmp_path: Path
) -> None:
    journal = tmp_path / "s.journal"
    recording = Recording(journal)
    recording.go_on(60)
    began_ns = next(iter(recording.session.journal.facts())).at_ns
    recording.close()
    influx.write(f'heart_rate,site=other value="seventy" {began_ns}')
    rejected = facts("influx", "deliver", str(config), "--json")["set_aside"]
    assert rejected == journaled(journal)[0]["heart_rate"] > 0
    again = facts_of(physiomon("influx", "redeliver", str(config), "--json"), status=1)
    assert again == {"delivered": 0, "rejected": rejected}
    influx.forget("heart_rate")
    other = facts("influx", "redeliver", str(config), "--reason", "another", "--json")
    assert other == {"delivered": 0, "rejected": 0}
    assert "influx redeliver" in delivery(config)["advice"]
    done = facts("influx", "redeliver", str(config), "--reason", "field type conflict", "--json")
    assert done == {"delivered": rejected, "rejected": 0}
    assert stored(influx)[0] == journaled(journal)[0]
    assert delivery(config)["ok"] is True


def test_deliver_ends_if_it_cannot_succeed(config: Path, tmp_path: Path) -> None:
    recording = Recording(tmp_path / "s.journal")
    recording.go_on(3)
    recording.close()
    config.write_text(config.read_text().replace(f'"{DATABASE}"', '"elsewhere"'))
    done = physiomon("influx", "deliver", str(config), "--json")
    assert facts_of(done, status=1)["delivered"] == 0
    assert "has no bucket 'elsewhere'" in done.stderr
    assert "not all delivered" in done.stderr


def test_invalid_retention_and_missing_section_are_reported(config: Path, tmp_path: Path) -> None:
    assert "such as 90d" in refusal("influx", "setup", str(config), "--retention", "soon")
    without = tmp_path / "without.toml"
    without.write_text(config.read_text().partition("[influx]")[0])
    assert "has no [influx] section" in refusal("influx", "setup", str(without))


def facts_of(done: CompletedProcess[str], status: int) -> dict[str, Any]:
    assert done.returncode == status, done.stderr
    return dict(json.loads(done.stdout))


def setup(config: Path) -> tuple[str, ...]:
    return ("influx", "setup", str(config), "--retention", "forever")


def delivery(config: Path) -> dict[str, Any]:
    printed = physiomon("doctor", "--config", str(config), "--json").stdout
    (found,) = (each for each in json.loads(printed) if each["what"] == "deliveries")
    return dict(found)
