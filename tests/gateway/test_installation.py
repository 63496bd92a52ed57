"""A gateway runs where only requirements/gateway.lock is installed."""

import asyncio
import json
import re
import subprocess
import sys
from pathlib import Path

from tests.gateway.lean_process import missing
from tests.mqtt.served_session import BASE, listening
from tests.servers.mosquitto import PASSWORD, Mosquitto

CONFIG = """
[gateway]
id = "room1"
site = "here"
session = "s1"

[[sensor]]
label = "strap"
kind = "heart-rate-strap"

[mqtt]
host = "localhost"
port = {port}
user = "gateway-room1"
password_file = "password"
ca_file = "{authority}"
"""
LEAN = [sys.executable, "-m", "tests.gateway.lean_process"]


def lean(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*LEAN, *arguments], capture_output=True, text=True, check=False)


def test_gateway_lock_omits_console_numpy_apprise_and_database() -> None:
    assert {"nicegui", "numpy", "apprise", "influxdb_client", "bumble", "argon2"} <= missing()
    assert not {"aiomqtt", "bleak", "orjson", "monitor"} & missing()


async def test_gateway_connects_and_stops(broker: Mosquitto, tmp_path: Path) -> None:
    file = tmp_path / "gateway.toml"
    file.write_text(CONFIG.format(port=broker.port, authority=broker.ca_file))
    (tmp_path / "password").write_text(PASSWORD)
    async with listening(broker.config("physiomon"), f"{BASE}/gateway/room1/status") as centre:
        gateway = await asyncio.create_subprocess_exec(
            *LEAN, "gateway", str(file), stderr=asyncio.subprocess.PIPE
        )
        try:
            await centre.until(lambda each: each.body["state"] == "online")
            gateway.terminate()
            _, log = await gateway.communicate()
        finally:
            if gateway.returncode is None:
                gateway.kill()
    assert gateway.returncode == 0, log
    assert b"Traceback" not in log


def test_other_commands_name_the_missing_package(tmp_path: Path) -> None:
    file = tmp_path / "gateway.toml"
    file.write_text(CONFIG.format(port=1, authority=tmp_path / "none.pem"))
    done = lean("demo", "--headless", "--minutes", "1")
    assert done.returncode == 1
    assert re.search(r"needs the package '\w+', which is not installed: install", done.stderr)
    assert "Traceback" not in done.stderr
    printed = lean("doctor", "--config", str(file), "--json").stdout
    found = {each["what"]: each for each in json.loads(printed)}
    assert found["virtual radio"]["found"] == "not installed: gateways only"
    assert found["configuration"]["found"] == "gateway room1, 1 sensor"
    assert "cannot use" in found["mqtt"]["found"] or "No such file" in found["mqtt"]["found"]
