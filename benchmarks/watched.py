"""Sessions with five sensors at 1 Hz for the benchmarks of the console."""

import asyncio
import math
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from alerts.policy.parser import load_shipped
from devices.sensor import SensorSpec
from devices.virtual import packets
from monitor.clock import SessionClock
from monitor.core.session_spec import SessionSpec
from monitor.sessions.session import Session

SENSORS = {
    "strap": "heart-rate-strap",
    "pill": "core-patch",
    "skin": "skin-thermometer",
    "ear": "thermometer",
    "room": "room-thermometer",
}
_TICKS_S = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


def opened(folder: Path, name: str, now_ns: Callable[[], int]) -> Session:
    """Return a session that begins now by a clock."""
    spec = SessionSpec(
        id=name,
        site="benchmark",
        room=name,
        participant=name,
        virtual=True,
        software="benchmark",
        policy=load_shipped("mdma-session"),
        sensors=tuple(SensorSpec(label=label, kind=kind) for label, kind in SENSORS.items()),
    )
    return Session.open(spec, folder / f"{name}.journal", SessionClock(now_ns, now_ns))


def beat(session: Session, at_s: int) -> None:
    """Send a second of data of all sensors to a session: a rising course with noise."""
    rise = math.sin(min(at_s / 28_800, 1.0) * math.pi)
    noise = math.sin(at_s * 12.9898) + math.sin(at_s * 78.233)
    rate = round(72 + 35 * rise + 3 * noise)
    session.packet("strap", "2A37", packets.heart_rate(rate, [round(61440 / rate)], contact=True))
    core = 37.0 + 0.8 * rise + 0.02 * noise
    for label, celsius in (("pill", core), ("skin", core - 4), ("ear", core - 0.3)):
        session.packet(label, "2A1C", packets.temperature(round(celsius, 2)))
    session.packet("room", "2A6E", packets.ambient(22.0))


def cpu_s(process: int) -> float:
    """Return the seconds of processor time that a process has used. Source: proc(5)."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS_S


def memory_mb(process: int) -> float:
    """Return the resident memory of a process."""
    return int(Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1]) * _PAGE / 1e6


@asynccontextmanager
async def child(*arguments: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """Run a module of this folder in a process; yield it and its first line, its URL."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", *arguments, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        url = (await process.stdout.readline()).decode().strip()
        if not url.startswith("http"):
            sys.exit(f"{' '.join(arguments)} did not start")
        yield process, url
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
