"""A long session: nothing is lost, and nothing grows."""

import os
import re
import time
from pathlib import Path

from tests.bluez.machine import Machine
from tests.bluez.report import Report, longest_gap_s, say
from tests.bluez.session import PATCH, ROOM, STRAP, connect

_GROWTH = 1.3  # of memory, after the first minute


def long_run(machine: Machine, report: Report) -> None:
    """Three sensors for MINUTES (30 by default)."""
    name, minutes = "long run", int(os.environ.get("MINUTES") or "30")
    machine.start_bluetooth()
    for sensor in (STRAP, PATCH, ROOM):
        machine.sensor(sensor["kind"], sensor["name"])
    session = connect(machine, report, name, STRAP, PATCH, ROOM)
    began_ns = time.time_ns()
    time.sleep(60)
    first = _megabytes(machine)
    for minute in range(1, minutes):
        time.sleep(60)
        if minute % 10 == 0:
            say(f"minute {minute}: {_megabytes(machine)} MB")
    beats, last = session.packets("strap", began_ns), _megabytes(machine)
    report.add(name, "no gap", longest_gap_s(beats) < 2, longest_gap_s(beats))
    report.add(name, "each second has a value", len(beats) >= 0.98 * 60 * minutes, len(beats))
    grown = {each for each in first if last[each] > _GROWTH * first[each]}
    report.add(name, "memory does not grow", not grown, f"{first} to {last} MB")
    session.stop()
    code, out = machine.physiomon("journal", "verify", str(session.journal))
    report.add(name, "journal verify", code == 0, out[:200])


def _megabytes(machine: Machine) -> dict[str, int]:
    found = {}
    for name in ("session", "bluetoothd"):
        status = Path(f"/proc/{machine.processes[name].pid}/status").read_text()
        match = re.search(r"VmRSS:\s+(\d+)", status)
        found[name] = int(match[1]) // 1024 if match else 0
    return found
