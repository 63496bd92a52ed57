"""Scans and other programs beside a session, and a service that crashed."""

import sys
import time

from tests.bluez.machine import PHYSIOMON, Machine, radio
from tests.bluez.report import Report, longest_gap_s, wait_for
from tests.bluez.session import EAR, PATCH, STRAP, Session, connect, restored


def beside(machine: Machine, report: Report) -> None:
    """`scan` and `bluetoothctl` find the sensors without disturbing a session."""
    name = "beside"
    machine.start_bluetooth()
    strap = machine.sensor(STRAP["kind"], STRAP["name"])
    for sensor in (PATCH, EAR):
        machine.sensor(sensor["kind"], sensor["name"])
    session = connect(machine, report, name, STRAP, PATCH)
    began_ns = time.time_ns()
    _code, out = machine.physiomon("scan", "--seconds", "5")
    for each in (STRAP, PATCH, EAR):
        report.add(name, f"scan lists {each['name']}", each["name"] in out, out[:250])
    time.sleep(2)
    gap_s = longest_gap_s(session.packets("strap", began_ns))
    report.add(name, "the heart rate goes on", gap_s < 2.5, gap_s)
    radio("leave", address=strap)
    session.seconds_to_state("strap", {"lost"}, began_ns)
    time.sleep(3)
    _code, out = machine.physiomon("scan", "--seconds", "6")
    report.add(name, "scan beside a session that searches", EAR["name"] in out, out[:250])
    report.add(name, "scan says that another program scans", "is scanning" in out)
    radio("come_back", address=strap)
    value_s = session.seconds_to_value("strap", time.time_ns())
    report.add(name, "the strap is back", restored(value_s, 10), value_s)
    radio("leave", address=strap)
    time.sleep(5)
    machine.start("scan", *PHYSIOMON, "scan", "--seconds", "25")
    time.sleep(6)
    radio("come_back", address=strap)
    value_s = session.seconds_to_value("strap", time.time_ns())
    report.add(name, "it returns while another program scans", restored(value_s, 10), value_s)
    machine.end("scan")
    for command in ("disconnect", "remove"):
        began_ns = time.time_ns()
        machine.bluetoothctl(command, strap)
        value_s = session.seconds_to_value("strap", began_ns + 1_500_000_000)
        report.add(name, f"bluetoothctl {command}", restored(value_s, 15), value_s)


def crash(machine: Machine, report: Report) -> None:
    """BlueZ keeps the connections of a process that was killed; they are taken over."""
    name = "crash"
    machine.start_bluetooth()
    strap = machine.sensor(STRAP["kind"], STRAP["name"])
    machine.sensor(PATCH["kind"], PATCH["name"])
    for way in ({"name": STRAP["name"]}, {"address": strap}, {}):
        sensor = {"label": "strap", "kind": STRAP["kind"], **way}
        by = next(iter(way), "kind")
        session = connect(machine, report, name, sensor, PATCH, session_id=f"by-{by}")
        session.crash()
        held = machine.bluetoothctl("devices", "Connected")
        report.add(name, f"by {by}: BlueZ holds both", held.count("Device") == 2, held)
        if by == "name":
            _code, out = machine.physiomon("scan", "--seconds", "4")
            report.add(name, "scan lists them", STRAP["name"] in out, out[:250])
        session.start()
        seconds = [session.seconds_to_value(label) for label in ("strap", "patch")]
        found = f"strap and patch {seconds} s after the start"
        report.add(name, f"by {by}: taken over", restored(seconds[0], 5), found)
        session.stop()
    machine.start("holder", sys.executable, "-m", "tests.bluez.holder", strap)
    wait_for(lambda: "subscribed" in machine.output("holder"), 40)
    session = Session(machine, "held-by-name", [STRAP])
    time.sleep(45)
    said = session.reasons("strap")
    report.add(
        name, "another program is named", any("another program" in each for each in said), said
    )
    session.stop()
    session = connect(
        machine, report, name, {**STRAP, "address": strap}, session_id="shared-by-address"
    )
    machine.end("holder")
    value_s = session.seconds_to_value("strap", time.time_ns() + 3_000_000_000)
    report.add(name, "the other program ends", restored(value_s, 10), value_s)
