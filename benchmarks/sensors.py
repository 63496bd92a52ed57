"""Processor time and memory of one session of a thousand straps at 1 Hz, at virtual speed.

A minute of heart rates with RR intervals and the policy `mdma-session`, recorded and derived
as live, without console and outputs, in a separate process.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from time import process_time

from alerts.policy.parser import load_shipped
from benchmarks.results import Result
from benchmarks.sessions import spec
from benchmarks.watched import memory_mb
from devices.sensor import SensorSpec
from monitor.clock import SessionClock
from monitor.cycle_collection import collect_seldom
from monitor.sessions.session import Session

SENSORS = 1000
SECONDS = 60
_START_NS = 1_700_000_000 * 10**9


def run() -> list[Result]:
    """Return the part of a core that the session takes, and its memory at the end."""
    command = [sys.executable, "-m", "benchmarks.sensors"]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    cost: dict[str, float] = json.loads(done.stdout)
    measured = f"a session of {SENSORS:,} straps at 1 Hz, one minute"
    return [
        Result(
            name="sensors processor",
            measured=f"{measured}: processor time",
            value=100 * cost["cpu_s"] / SECONDS,
            unit="% of a core",
            goal=10,
            figures=f"{cost['cpu_s'] / SECONDS / SENSORS * 1e6:.0f} us a packet",
        ),
        Result(
            name="sensors memory",
            measured=f"{measured}: memory at the end",
            value=cost["end_mb"],
            unit="MB",
            figures=f"{cost['start_mb']:.0f} MB before the first packet",
        ),
    ]


def _record(folder: Path) -> dict[str, float]:
    collect_seldom()  # as a service does
    now_ns = _START_NS
    labels = [f"s{number}" for number in range(SENSORS)]
    straps = (SensorSpec(label=label, kind="heart-rate-strap") for label in labels)
    clock = SessionClock(lambda: now_ns, lambda: now_ns)
    described = spec(load_shipped("mdma-session"), straps)
    session = Session.open(described, folder / "s.journal", clock)
    start_mb, began_s = memory_mb(os.getpid()), process_time()
    for second in range(SECONDS):
        for number, label in enumerate(labels):
            now_ns += 10**9 // SENSORS
            rate = 70 + (second + number) % 9
            session.packet(label, "2A37", bytes([0x16, rate, 0x00, 0x03]))
            session.derive()
        session.flush()
        session.journal.sync()
    cost = {"cpu_s": process_time() - began_s, "start_mb": start_mb}
    cost["end_mb"] = memory_mb(os.getpid())
    session.close()
    return cost


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(dir="/var/tmp") as temporary:  # a disk, not memory
        print(json.dumps(_record(Path(temporary))))
