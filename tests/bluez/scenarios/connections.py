"""Values of several sensors, and sensors that leave, hang and come back."""

import json
import time
import urllib.request

from tests.bluez.machine import Machine, radio
from tests.bluez.report import Report, longest_gap_s
from tests.bluez.session import EAR, PATCH, PORT, ROOM, STRAP, connect, restored

_BACK_WITHIN_S = 10.0
_PATCH_GAP_S = 15.0  # it measures every ten seconds


def values(machine: Machine, report: Report) -> None:
    """A strap, a patch, an ear thermometer and a broadcasting thermometer on one adapter."""
    name = "values"
    machine.start_bluetooth()
    for sensor in (STRAP, PATCH, EAR, ROOM):
        machine.sensor(sensor["kind"], sensor["name"])
    session = connect(machine, report, name, STRAP, PATCH, ROOM, EAR)
    since_ns = time.time_ns()
    time.sleep(150)
    beats = session.packets("strap", since_ns)
    report.add(name, "heart rate each second", 145 <= len(beats) <= 155, len(beats))
    report.add(name, "no gap", longest_gap_s(beats) < 2, longest_gap_s(beats))
    patch, room = session.packets("patch", since_ns), session.packets("room", since_ns)
    report.add(name, "temperature every ten seconds", 13 <= len(patch) <= 16, len(patch))
    report.add(name, "broadcasts", len(room) >= 10, len(room))
    address = f"http://127.0.0.1:{PORT}/api/v1/sessions/{session.id}/sensors"
    with urllib.request.urlopen(address, timeout=10) as answer:
        sensors = json.load(answer)
    report.add(name, "HTTP API", len(sensors) == 4, len(sensors))
    code, seconds = session.stop()
    report.add(name, "SIGTERM ends the session", code == 0, f"{seconds:.1f} s")
    time.sleep(1)
    connected = machine.bluetoothctl("devices", "Connected")
    report.add(name, "nothing stays connected", "Device" not in connected, connected)
    show = machine.bluetoothctl("show")
    report.add(name, "nothing scans", "Discovering: no" in show)
    for arguments in (("journal", "verify"), ("replay", "--verify")):
        code, out = machine.physiomon(*arguments, str(session.journal))
        report.add(name, " ".join(arguments), code == 0, out[:200])


def reconnect(machine: Machine, report: Report) -> None:
    """A strap that is out of range, or switched off, is back within ten seconds."""
    name = "reconnect"
    machine.start_bluetooth()
    strap = machine.sensor(STRAP["kind"], STRAP["name"])
    machine.sensor(PATCH["kind"], PATCH["name"])
    session = connect(machine, report, name, STRAP, PATCH)
    for away_s in (3, 15, 45, 150):
        left_ns = time.time_ns()
        radio("leave", address=strap)
        told_s = session.seconds_to_state("strap", {"lost"}, left_ns)
        time.sleep(max(0.0, away_s - (time.time_ns() - left_ns) / 1e9))
        back_ns = time.time_ns()
        radio("come_back", address=strap)
        value_s = session.seconds_to_value("strap", back_ns)
        found = f"lost after {told_s} s; value {value_s} s after the return"
        report.add(name, f"away for {away_s} s", restored(value_s, _BACK_WITHIN_S), found)
        time.sleep(3)
    machine.end(f"sensor {STRAP['name']}")
    time.sleep(5)
    machine.sensor(STRAP["kind"], STRAP["name"])
    value_s = session.seconds_to_value("strap", time.time_ns())
    report.add(name, "switched off and on", restored(value_s, _BACK_WITHIN_S), value_s)
    gap_s = longest_gap_s(session.packets("patch"))
    report.add(name, "the patch is not disturbed", gap_s < _PATCH_GAP_S, gap_s)


def half_open(machine: Machine, report: Report) -> None:
    """A connected link without data, and a strap that advertises but refuses connections."""
    name = "half-open"
    machine.start_bluetooth()
    strap = machine.sensor(STRAP["kind"], STRAP["name"])
    machine.sensor(PATCH["kind"], PATCH["name"])
    session = connect(machine, report, name, STRAP, PATCH)
    began_ns = time.time_ns()
    radio("block", address=strap)
    states = [
        session.seconds_to_state("strap", {state}, began_ns)
        for state in ("silent", "lost", "failed")
    ]
    report.add(name, "silent, lost and failed", None not in states, states)
    time.sleep(30)
    radio("unblock", address=strap)
    value_s = session.seconds_to_value("strap", time.time_ns())
    report.add(name, "data blocked for a minute", restored(value_s, 20), value_s)
    for error in (0x00, 0x3E):  # no answer; failed to be established
        radio("refuse", address=strap, error=error)
        began_ns = time.time_ns()
        radio("leave", address=strap)
        time.sleep(1)
        radio("come_back", address=strap)
        told_s = session.seconds_to_state("strap", {"failed"}, began_ns)
        time.sleep(20)
        radio("accept", address=strap)
        value_s = session.seconds_to_value("strap", time.time_ns())
        found = f"failed after {told_s} s; value {value_s} s after it accepts"
        report.add(name, f"refuses with {error:#04x}", restored(value_s, 15), found)
    gap_s = longest_gap_s(session.packets("patch"))
    report.add(name, "the patch is not disturbed", gap_s < _PATCH_GAP_S, gap_s)
