"""The outbox as a service of a session: its reports."""

import asyncio
import random
from pathlib import Path

from monitor.delivery.influx import InfluxConfig
from monitor.entries import EntryKind
from monitor.service.outboxes import OutboxService
from tests.delivery.recorded_sessions import Recording
from tests.durations import PATIENCE_S
from tests.mqtt.served_session import until
from tests.servers.influx import DATABASE, Influx


async def test_failure_is_journaled_shown_and_ended_by_a_later_delivery(
    influx: Influx, tmp_path: Path
) -> None:
    recording = Recording(tmp_path / "s.journal")
    recording.go_on(60)
    session = recording.session
    config = InfluxConfig(url=influx.url, org="-", bucket=DATABASE, timeout_s=3)
    part = OutboxService(session, lambda: config, random.Random(1))
    influx.stop()
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(part.run())
        await until(lambda: "nothing is lost" in "".join(session.view().notices))
        running.cancel()
    assert session.backlogs["influxdb"]().facts == session.journal.last_fact
    influx.start()
    async with asyncio.timeout(PATIENCE_S):
        await part.drain()
    assert session.view().notices == []
    assert session.backlogs["influxdb"]().facts == 0
    faults = [entry for entry in session.journal.entries() if entry.kind == EntryKind.FAULT]
    assert [(entry.source, entry.body()["on"]) for entry in faults] == [
        ("delivery-failure", True),
        ("delivery-failure", False),
    ]
    recording.close()
