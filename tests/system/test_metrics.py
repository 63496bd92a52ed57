"""Metrics of the service: valid OpenMetrics, failures, and no personal data."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from prometheus_client.core import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from alerts.call_fact import CallFact
from dashboards.console.server import serve
from devices.radio import LinkState
from monitor.delivery.outbox import Backlog
from monitor.service.metrics import ServiceMetrics
from monitor.service.session_metrics import FAMILIES
from monitor.sessions.health import service_health
from monitor.sessions.session import Session
from tests.console.fake_backend import FakeBackend
from tests.engine.scripted_session import spec
from tests.mqtt.served_session import until
from tests.sessions.manual_clocks import Hands

PLACE = {"site": "here", "room": "1"}


def parsed(text: str) -> list[Metric]:
    return list(text_string_to_metric_families(text))  # type: ignore[no-untyped-call]


class Watched:
    """A session and its metrics."""

    def __init__(self, folder: Path) -> None:
        self.hands = Hands()
        named = replace(spec(), participant="Mia-1987", id="Mia-1987-day1")
        self.session = Session.open(named, folder / "s.journal", self.hands.clock())
        self.sessions = [self.session]
        self.metrics = ServiceMetrics(lambda: self.sessions)

    async def value(self, name: str, **labels: str) -> float:
        """Return the value of a sample of the session."""
        text = (await self.metrics.text()).decode()
        samples = [
            sample.value
            for family in parsed(text)
            for sample in family.samples
            if sample.name == name and sample.labels == PLACE | labels
        ]
        (value,) = samples
        return float(value)

    def beat(self, seconds: int, rate: int) -> None:
        for _ in range(seconds):
            self.hands.pass_s(1)
            self.session.packet("strap", "2A37", bytes([0x06, rate]))
            self.session.derive()


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    watched = Watched(tmp_path)
    yield watched
    watched.session.close()


async def test_metrics_of_a_working_session(watched: Watched) -> None:
    watched.session.link("strap", LinkState.CONNECTED, "", -60)
    watched.beat(30, 70)
    assert await watched.value("physiomon_session_well") == 1
    assert await watched.value("physiomon_engine_lag_seconds") == 0
    assert await watched.value("physiomon_link", sensor="strap", state="connected") == 1
    assert await watched.value("physiomon_link", sensor="strap", state="lost") == 0
    assert await watched.value("physiomon_channels", state="judged") == 1
    assert await watched.value("physiomon_alarms", priority="high", kind="physiological") == 0
    assert (
        await watched.value("physiomon_journal_entries_total")
        == watched.session.journal.last_seq
        > 30
    )


async def test_failures_are_counted(watched: Watched) -> None:
    watched.beat(60, 150)
    high = {"kind": "physiological"}
    alarms = [
        await watched.value("physiomon_alarms", priority=each, **high)
        for each in ("high", "medium", "low")
    ]
    assert sum(alarms) > 0
    oldest_ns = watched.session.now_ns() - 90 * 10**9
    watched.session.backlogs["influxdb"] = lambda: Backlog(7, oldest_ns)
    assert await watched.value("physiomon_backlog_facts", destination="influxdb") == 7
    assert await watched.value("physiomon_backlog_age_seconds", destination="influxdb") == 90
    watched.session.notice("x", "something is wrong")
    assert await watched.value("physiomon_notices") >= 1
    watched.hands.pass_s(20)
    assert await watched.value("physiomon_session_well") == 0
    assert await watched.value("physiomon_engine_lag_seconds") == 20


async def test_health_reports_a_late_evaluation(
    watched: Watched,
) -> None:
    watched.beat(5, 70)
    watched.hands.pass_s(2)
    health = service_health(watched.sessions, [])
    assert (health.reason, health.running) == (None, 1)
    assert health.advanced_ns == watched.session.now_ns()
    watched.hands.pass_s(9)
    health = service_health(watched.sessions, [])
    assert health.reason == "the engine stands still"
    assert health.advanced_ns == watched.session.now_ns() - 11 * 10**9


async def test_session_that_failed_to_start_is_a_problem(watched: Watched) -> None:
    health = service_health(watched.sessions, ["the session of P07.toml is not running"])
    assert health.reason == "a room is not monitored"


async def test_calls_and_event_loop_latency_are_measured(watched: Watched) -> None:
    before = len(watched.session.listeners)
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(watched.metrics.run())
        await until(lambda: len(watched.session.listeners) > before)
        for hear in watched.session.listeners:
            hear(
                CallFact(
                    subject="anna", at_ns=1, call=1, step="failed", tier=1, alarms=(), priority=""
                )
            )
        while b"latency_seconds_count 0" in await watched.metrics.text():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        task.cancel()
    assert await watched.value("physiomon_calls_total", step="failed") == 1


async def test_metrics_contain_no_personal_data(watched: Watched) -> None:
    watched.session.actions.mark("note", "sees purple", "Ada Lovelace")
    watched.beat(60, 187)
    text = (await watched.metrics.text()).decode()
    assert not {word for word in ("Mia", "day1", "Ada", "purple") if word in text}
    samples = [sample for family in parsed(text) for sample in family.samples]
    assert not [each for each in samples if "1987" in "".join(each.labels.values())]
    assert 187 not in {each.value for each in samples}  # 1.87 GB of memory are no heart rate


async def test_two_sessions_in_one_room_are_distinguished(watched: Watched, tmp_path: Path) -> None:
    other = Session.open(replace(spec(), id="s2"), tmp_path / "2.journal", watched.hands.clock())
    watched.sessions.append(other)
    text = (await watched.metrics.text()).decode()
    assert 'physiomon_session_well{room="1 (2)",site="here"}' in text
    assert "physiomon_sessions 2.0" in text
    assert "physiomon_sessions_not_started 0.0" in text
    other.close()


async def test_rooms_that_are_not_monitored_are_counted() -> None:
    text = (await ServiceMetrics(list, lambda: ["its journal is damaged"]).text()).decode()
    assert "physiomon_sessions_not_started 1.0" in text
    assert "damaged" not in text


async def test_metrics_exist_without_sessions(watched: Watched) -> None:
    watched.sessions.clear()
    families = {each.name for each in parsed((await watched.metrics.text()).decode())}
    assert families >= FAMILIES.keys()


async def test_metrics_are_served_only_to_this_machine(watched: Watched) -> None:
    async with (
        serve(FakeBackend(), port=0, metrics=watched.metrics.text) as url,
        httpx.AsyncClient(base_url=url) as client,
    ):
        for path in ("metrics", "api/v1/metrics"):
            answer = await client.get(path)
            assert answer.headers["content-type"].startswith("application/openmetrics-text")
            assert answer.content.endswith(b"# EOF\n")
            assert parsed(answer.text)
            refused = await client.get(path, headers={"X-Forwarded-For": "192.0.2.1"})
            assert refused.status_code == 403
    async with serve(FakeBackend(), port=0) as url, httpx.AsyncClient(base_url=url) as client:
        assert (await client.get("metrics")).status_code == 404
