"""A process that records 20 sensors and delivers until it is killed.

Arguments: journal, address of the database.
"""

import asyncio
import random
import sys
import time
from dataclasses import replace
from pathlib import Path

from devices.sensor import SensorSpec
from monitor.clock import SessionClock
from monitor.core.session_spec import SessionSpec
from monitor.delivery.influx import InfluxConfig
from monitor.service.outboxes import OutboxService
from monitor.sessions.session import Session
from monitor.supervisor import supervise
from tests.engine.scripted_session import spec
from tests.servers.influx import DATABASE

SENSORS = 20
# Alarms last only seconds, so that each run has some open.
POLICY = """
name = "load"
version = "1"

[[rule]]
id = "hr-high"
signal = "heart_rate"
above = 110
priority = "medium"
message = "Heart rate high"
source = "test"
"""


def load_spec() -> SessionSpec:
    labels = [f"s{number}" for number in range(SENSORS)]
    sensors = tuple(SensorSpec(label=label, kind="heart-rate-strap") for label in labels)
    return replace(spec(POLICY), sensors=sensors)


async def main(journal: Path, url: str) -> None:
    session = Session.open(load_spec(), journal, SessionClock.of_machine())
    rng = random.Random(time.monotonic_ns())
    config = InfluxConfig(url=url, org="-", bucket=DATABASE, timeout_s=2)
    part = OutboxService(session, lambda: config, rng)
    beat = 0
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(session.run())
        tasks.create_task(supervise("influxdb", part.run, lambda _reason: None, rng))
        while True:
            beat += 1
            for number in range(SENSORS):
                rate = 120 if (beat + number) % 20 < 5 else 70 + beat % 9
                session.packet(f"s{number}", "2A37", bytes([0x16, rate, 0x00, 0x03]))
            await asyncio.sleep(0.1)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
