"""A day without a database, 20 sensors: memory is bounded and everything arrives later.

Each sensor sends once in five minutes, not each second: 5,760 packets instead of 1.7 million.
Memory must not grow with the backlog at either rate; one packet each second would take minutes.
"""

import asyncio
import random
import tracemalloc
from functools import partial
from pathlib import Path

import pytest

from devices.virtual.virtual_time import VirtualTimeLoop
from monitor.delivery.batch_reader import BATCH
from monitor.delivery.errors import UnavailableError
from monitor.delivery.line_protocol import LineEncoder
from monitor.delivery.priority_lanes import Lanes
from monitor.sessions.session import Session
from tests.delivery.recording_process import SENSORS, load_spec
from tests.delivery.test_kill import deliver_the_rest, journaled, stored
from tests.durations import SOAK
from tests.servers.influx import Influx
from tests.sessions.manual_clocks import Hands

QUARTERS = 4
QUARTER_S = 6 * 3600
EVERY_S = 120 if SOAK else 300
ATTEMPTS = 6  # of both lanes
FACT_BYTES = 500  # as a row and as a line together
SPEED = 20.0  # of the waits between them; a loop that never waits would starve the reading threads


class Outage:
    def __init__(self, path: Path) -> None:
        self.hands = Hands()
        self.session = Session.open(load_spec(), path, self.hands.clock())
        journal = self.session.journal
        encoder = LineEncoder("here", "s1", "P01")
        self.told: list[str | None] = []
        self.attempts = 0
        self.lanes = Lanes(
            "influxdb",
            path,
            journal,
            encoder.line,
            self._away,
            self.told.append,
            random.Random(1),
        )

    async def _away(self, _lines: bytes) -> None:
        self.attempts += 1
        if self.attempts >= self._until:
            self._enough.set()
        raise UnavailableError("away")

    def quarter(self) -> None:
        """Record six hours."""
        for second in range(0, QUARTER_S, EVERY_S):
            self.hands.pass_s(EVERY_S)
            for number in range(SENSORS):
                rate = 120 if (second // EVERY_S + number) % 50 < 5 else 70 + second // EVERY_S % 9
                self.session.packet(f"s{number}", "2A37", bytes([0x16, rate, 0x00, 0x03]))
            self.session.derive()
            self.session._recorder.write()

    def attempt(self) -> int:
        """Try to deliver a few times; return the most memory it took."""

        async def try_for_a_while() -> None:
            self._enough = asyncio.Event()
            self._until = self.attempts + ATTEMPTS
            async with asyncio.TaskGroup() as tasks:
                running = tasks.create_task(self.lanes.run())
                await self._enough.wait()
                running.cancel()

        tracemalloc.start()
        with asyncio.Runner(loop_factory=partial(VirtualTimeLoop, SPEED)) as runner:
            runner.run(try_for_a_while())
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return peak


@pytest.mark.extended
def test_memory_is_bounded_and_nothing_is_lost_without_a_database(
    influx: Influx, tmp_path: Path
) -> None:
    path = tmp_path / "s.journal"
    influx.stop()
    outage = Outage(path)
    peaks: list[int] = []
    sizes: list[int] = []
    for _ in range(QUARTERS):
        outage.quarter()
        peaks.append(outage.attempt())
        sizes.append(path.stat().st_size + path.with_name(path.name + "-wal").stat().st_size)
    assert outage.told == ["influxdb does not accept data: away; nothing is lost"]
    backlog = outage.lanes.backlog()
    assert backlog.facts > 2 * QUARTERS * QUARTER_S / EVERY_S * SENSORS
    # Two batches for each of two lanes, whatever the backlog.
    assert max(peaks) < 4 * BATCH * FACT_BYTES < backlog.facts * FACT_BYTES / 2
    assert sizes[-1] < 1.3 * QUARTERS * sizes[0]
    outage.session.end("the day is over")
    outage.session.close()
    influx.start()
    assert asyncio.run(deliver_the_rest(path, influx.url)) == 0
    counts, sums = journaled(path)
    stored_counts, stored_sums = stored(influx)
    assert counts["heart_rate"] == QUARTERS * QUARTER_S / EVERY_S * SENSORS
    assert stored_counts == counts
    assert stored_sums["heart_rate"] == sums["heart_rate"]
