"""Latency from a sensor's callback to the console's backend, compared with a bare loopback.

A hundred channels at 1 Hz; each packet raises or clears an alarm, so each is measured. The floor
is a round trip over loopback TCP, paced alike, in the same process, loop and run: what the machine
and asyncio take when nothing is decoded, journaled or judged.
"""

import asyncio
import statistics
import tempfile
import time
from pathlib import Path

from alerts.policy.parser import parse_policy
from benchmarks.results import Result
from benchmarks.sessions import spec
from devices.sensor import SensorSpec
from monitor.clock import SessionClock
from monitor.core.session_spec import SessionSpec
from monitor.facts import AlarmFact, Fact
from monitor.sessions.session import Session

CHANNELS = 100
SECONDS = 20
_POLICY = """
name = "benchmark"
version = "1"

[[rule]]
id = "high"
signal = "heart_rate"
above = 110
priority = "low"
message = "High"
source = "benchmark"
"""


def run() -> list[Result]:
    """Return the ratios of the medians and of the 99th percentiles."""
    with tempfile.TemporaryDirectory() as folder:
        ours, floor = asyncio.run(_measure(Path(folder)))
    found = []
    for name, share in (("p50", 0.50), ("p99", 0.99)):
        mine, bare = _percentile(ours, share), _percentile(floor, share)
        found.append(
            Result(
                name=f"latency {name}",
                measured="from the callback of a packet to the alarm in the console's backend, "
                f"{CHANNELS} channels at 1 Hz",
                alternative="a round trip over loopback TCP in the same loop",
                value=mine / bare,
                figures=f"{mine / 1e3:,.0f} us against {bare / 1e3:,.0f} us",
            )
        )
    return found


async def _measure(folder: Path) -> tuple[list[int], list[int]]:
    clock = SessionClock.of_machine()
    session = Session.open(_spec(), folder / "benchmark.journal", clock)
    began: dict[str, int] = {}
    ours: list[int] = []
    floor: list[int] = []

    def at_the_door(fact: Fact) -> None:
        if isinstance(fact, AlarmFact) and fact.subject in began:
            ours.append(time.perf_counter_ns() - began.pop(fact.subject))

    session.listeners.append(at_the_door)
    server = await asyncio.start_server(_echo, "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    async with server, asyncio.TaskGroup() as tasks:
        running = tasks.create_task(session.run())
        for beat in range(SECONDS):
            for channel in range(CHANNELS):
                label = f"s{channel}"
                rate = 120 if beat % 2 == 0 else 100
                began[f"{label}/heart_rate"] = time.perf_counter_ns()
                session.packet(label, "2A37", bytes([0x16, rate, 0x00, 0x03]))
                await asyncio.sleep(0.5 / CHANNELS)
                sent = time.perf_counter_ns()
                writer.write(b"x")
                await reader.readexactly(1)
                floor.append(time.perf_counter_ns() - sent)
                await asyncio.sleep(0.5 / CHANNELS)
        running.cancel()
        writer.close()
    session.end("benchmark")
    session.close()
    return ours, floor


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(1):
        writer.write(data)
    writer.close()


def _spec() -> SessionSpec:
    return spec(
        parse_policy(_POLICY, "benchmark"),
        (SensorSpec(label=f"s{number}", kind="heart-rate-strap") for number in range(CHANNELS)),
    )


def _percentile(values: list[int], share: float) -> float:
    return statistics.quantiles(values, n=1000)[round(share * 1000) - 1]
