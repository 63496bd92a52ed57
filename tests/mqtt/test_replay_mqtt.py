"""A recording over MQTT: below separate topics, with no retained alarms or values."""

import asyncio
import json
from pathlib import Path

import pytest

from monitor.delivery.replay_points import MARK
from tests.delivery.recorded_sessions import Recording
from tests.mqtt.served_session import BASE, listening
from tests.mqtt.test_messages import SHIPPED, validate
from tests.servers.mosquitto import PASSWORD, Mosquitto
from tests.system.command import facts, refusal

CONFIG = """
[session]
site = "here"
participant = "P01"

[[sensor]]
label = "strap"
kind = "heart-rate-strap"
"""
TOPICS = [f"physiomon/here/+/{each}" for each in ("status", "reading/#", "alarm/#", "marker/#")]


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    recording = Recording(tmp_path / "s.journal")
    recording.go_on(140)  # into the first high phase: an alarm is open at the end
    recording.session.actions.mark("note", "Mrs Smith is calm", "Ada Lovelace")
    recording.close()
    return tmp_path / "s.journal"


def config(broker: Mosquitto, folder: Path, password: str = PASSWORD) -> Path:
    (folder / "password").write_text(password)
    file = folder / "c.toml"
    mqtt = f'[mqtt]\nhost = "127.0.0.1"\nport = {broker.port}\nuser = "physiomon"\n'
    files = f'password_file = "password"\nca_file = "{broker.ca_file}"\n'
    file.write_text(CONFIG + mqtt + files)
    return file


@pytest.mark.parametrize("speed", [("--speed", "100"), ()], ids=["paced", "at once"])
async def test_replay_uses_separate_topics_and_leaves_no_alarm(
    broker: Mosquitto, journal: Path, tmp_path: Path, speed: tuple[str, ...]
) -> None:
    path = str(config(broker, tmp_path))
    arguments = ("replay", str(journal), "--to", "mqtt", *speed, "--config", path, "--json")
    async with listening(broker.config("screen"), *TOPICS) as display:
        done = await asyncio.to_thread(facts, *arguments)
        ended = await display.until(
            lambda each: each.topic.endswith("/status") and each.body["state"] == "ended"
        )
    base = done["topic"]
    assert base.startswith(f"{BASE}{MARK}")
    assert ended.topic == f"{base}/status"
    assert all(each.topic.startswith(f"{base}/") for each in display.heard)
    for each in display.heard:
        kind = each.topic.removeprefix(f"{base}/").partition("/")[0]
        assert (SHIPPED / f"{kind}.json").exists()
        each.topic = each.topic.replace(base, BASE)
        validate(each)
        assert not {name for name in (b"Ada", b"Smith") if name in each.payload}
    sent = [each for each in display.heard if "status" not in each.topic]
    rates = [each for each in sent if each.topic == f"{BASE}/reading/strap/heart_rate"]
    assert len(rates) == 140
    alarm = [each for each in sent if "/alarm/hr-high/" in each.topic]
    assert json.loads(alarm[0].payload)["step"] == "raised"
    assert alarm[-1].payload == b""
    async with listening(broker.config("screen"), *TOPICS) as later:
        await later.until(lambda each: each.topic == f"{base}/status")
        assert [each.topic for each in later.heard] == [f"{base}/status"]


def test_missing_and_wrong_mqtt_settings_are_reported(
    broker: Mosquitto, journal: Path, tmp_path: Path
) -> None:
    bare = tmp_path / "bare.toml"
    bare.write_text(CONFIG)
    arguments = ("replay", str(journal), "--to", "mqtt", "--config")
    assert "no [mqtt] section" in refusal(*arguments, str(bare))
    wrong = config(broker, tmp_path, "wrong")
    assert "refuses the user or password" in refusal(*arguments, str(wrong))
    assert "requires --config" in refusal("replay", str(journal), "--to", "mqtt", status=2)
