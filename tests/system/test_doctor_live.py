"""`physiomon doctor --live`: problems of a running service, in sentences."""

import asyncio
import json
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from alerts.call_fact import CallFact
from dashboards.console.server import serve
from dashboards.console.views.service_health import ServiceHealth
from devices.radio import LinkState
from monitor.commands.doctor_finding import Finding
from monitor.commands.doctor_live import live_findings
from monitor.delivery.outbox import Backlog
from monitor.sessions.health import service_health
from tests.console.fake_backend import FakeBackend
from tests.mqtt.served_session import until
from tests.servers.process import wait_until
from tests.system.command import physiomon, running
from tests.system.test_metrics import Watched


class Backend(FakeBackend):
    """A console whose health is that of a session."""

    def __init__(self, watched: Watched) -> None:
        super().__init__()
        self.watched = watched

    def health(self) -> ServiceHealth:
        return service_health(self.watched.sessions, [])


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    watched = Watched(tmp_path)
    yield watched
    watched.session.close()


async def asked(watched: Watched) -> dict[str, Finding]:
    async with serve(Backend(watched), port=0, metrics=watched.metrics.text) as url:
        found = await asyncio.to_thread(live_findings, url)
    return {each.what: each for each in found}


async def test_working_service_has_no_findings(watched: Watched) -> None:
    for sensor in watched.session.spec.sensors:
        watched.session.link(sensor.label, LinkState.CONNECTED, "", -60)
    for _ in range(20):
        watched.session.packet("patch", "2A1C", bytes.fromhex("04720e00fe02"))
        watched.beat(1, 70)
    found = await asked(watched)
    assert {each.what: each.found for each in found.values() if not each.ok} == {}
    assert found["service"].found == "answers, with 1 running session"
    assert len(found) == 8


async def test_each_problem_has_a_finding_with_advice(watched: Watched) -> None:
    before = len(watched.session.listeners)
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(watched.metrics.run())
        await until(lambda: len(watched.session.listeners) > before)
        task.cancel()
    failed = CallFact(
        subject="anna", at_ns=1, call=1, step="failed", tier=1, alarms=(), priority=""
    )
    watched.session.listeners[-1](failed)
    watched.session.link("strap", LinkState.CONNECTED, "", -60)
    watched.beat(60, 150)
    watched.session.link("strap", LinkState.LOST, "", None)
    watched.session.derive()
    oldest_ns = watched.session.now_ns() - 90 * 10**9
    watched.session.backlogs["influxdb"] = lambda: Backlog(7, oldest_ns)
    watched.hands.pass_s(20)
    found = await asked(watched)
    assert found["service"].found == "answers, with 1 running session: the engine stands still"
    assert found["evaluation"].found == "the rules of room 1 were evaluated 20 s ago"
    assert "strap of room 1 is lost" in found["links"].found
    assert "in room 1 not judged" in found["channels"].found
    assert "influxdb has not received data of room 1 for" in found["deliveries"].found
    assert "physiological of priority" in found["alarms"].found
    assert found["calls"].found == "failed through one channel about room 1: 1"
    assert all(each.advice for each in found.values() if not each.ok)


def found_of(url: str) -> dict[str, str]:
    """Return what the command finds, by check; a demo that has just begun has no sensors yet."""
    done = physiomon("doctor", "--live", url, "--json")
    return {each["what"]: each["found"] for each in json.loads(done.stdout)}


@pytest.mark.extended
def test_command_checks_a_running_demo(tmp_path: Path) -> None:
    with running("demo", "--port", "0", "--journal-dir", str(tmp_path)) as demo:
        url = demo.wait_for_url()
        wait_until(lambda: "_channels" in httpx.get(f"{url}metrics").text, "metrics")
        found = found_of(url)
        assert found["service"] == "answers, with 1 running session"
        assert found["evaluation"] == "nothing wrong"
        demo.interrupt()
    done = physiomon("doctor", "--live", url)
    assert done.returncode == 1
    assert "cannot be reached" in done.stdout


async def test_token_is_not_sent_unencrypted_to_another_computer(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing
        except OSError:
            pytest.skip("this computer has no address in a network")
        host = probe.getsockname()[0]
    asked_for: list[str] = []

    async def metrics() -> bytes:
        asked_for.append("metrics")
        return await watched.metrics.text()

    monkeypatch.setenv("PHYSIOMON_API_TOKEN", "secret")
    async with serve(Backend(watched), host, port=0, metrics=metrics) as url:
        far = await asyncio.to_thread(live_findings, url)
    async with serve(Backend(watched), port=0, metrics=metrics) as url:
        near = await asyncio.to_thread(live_findings, url)
    assert [each.what for each in far] == ["service", "metrics"]
    assert "to another computer without encryption" in far[1].found
    assert len(near) > 2
    assert asked_for == ["metrics"]
