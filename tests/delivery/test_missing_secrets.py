"""A secret of a database or broker that cannot be read does not stop the session."""

import random
from pathlib import Path

import pytest

from devices.errors import PhysiomonError
from monitor.config.merge import load_merged
from monitor.entries import EntryKind
from monitor.service.outputs import Outputs
from tests.delivery.recorded_sessions import Recording

CONFIG = """
[session]
site = "here"
participant = "P01"
[[sensor]]
label = "strap"
kind = "heart-rate-strap"
[influx]
url = "http://127.0.0.1:9"
bucket = "b"
token_file = "influx.token"
[grafana_live]
url = "http://127.0.0.1:9"
token_file = "grafana.token"
[mqtt]
host = "127.0.0.1"
port = 9
tls = false
user = "physiomon"
password_file = "mqtt.password"
"""


@pytest.mark.parametrize("content", [None, ""])
async def test_outputs_report_a_missing_secret_and_read_it_again(
    tmp_path: Path, content: str | None
) -> None:
    file = tmp_path / "session.toml"
    file.write_text(CONFIG)
    names = {
        "influxdb": "influx.token",
        "grafana-live": "grafana.token",
        "mqtt": "mqtt.password",
    }
    if content is not None:
        for name in names.values():
            (tmp_path / name).write_text(content)
    (planned,) = load_merged([file])
    recording = Recording(tmp_path / "s.journal")
    session = recording.session
    runner = Outputs.of(planned, session.now_ns).runner(session, random.Random(1))
    for part, name in [*names.items()] * 2:
        with pytest.raises(PhysiomonError, match=name):
            await runner.parts[part]()
    notices = " ".join(session.view().notices)
    assert "influx.token" in notices
    assert "mqtt.password" in notices
    assert "nothing is lost" in notices
    faults = [entry for entry in session.journal.entries() if entry.kind == EntryKind.FAULT]
    assert len(faults) == 2, "once for each destination, however often it is read again"
    for name in names.values():
        (tmp_path / name).write_text("secret")
    with pytest.raises(PhysiomonError, match=r"broker at 127\.0\.0\.1:9"):
        await runner.parts["mqtt"]()
    recording.close()
