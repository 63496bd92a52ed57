"""Several adapters, and adapters without a free connection."""

import time

from tests.bluez.machine import SECOND, Machine, radio
from tests.bluez.report import Report
from tests.bluez.session import PATCH, STRAP, Session, connect, restored


def two(machine: Machine, report: Report) -> None:
    """Sensors keep to the adapter that they prefer, and leave one that is unplugged."""
    name = "two adapters"
    machine.start_bluetooth(2)
    for sensor in (STRAP, PATCH):
        machine.sensor(sensor["kind"], sensor["name"])
    session = connect(machine, report, name, {**STRAP, "adapter": "hci1"}, PATCH)
    there = radio("connections")
    spread = len(there["hci0"]) == len(there["hci1"]) == 1
    report.add(name, "one sensor on each", spread, there)
    began_ns = time.time_ns()
    radio("unplug", name="hci1")
    value_s = session.seconds_to_value("strap", began_ns + 2_000_000_000)
    report.add(name, "hci1 is unplugged", restored(value_s, 15), value_s)
    said = session.reasons("strap", began_ns)
    report.add(name, "sentence", any("hci1, which was removed" in each for each in said), said)
    began_ns = time.time_ns()
    machine.plug_in(SECOND)
    time.sleep(20)
    events = [each for each in session.links("strap", began_ns) if each.state != "connected"]
    report.add(name, "hci1 is back: nothing is interrupted", not events, events)
    began_ns = time.time_ns()
    radio("unplug", name="hci0")
    later_ns = began_ns + 2_000_000_000
    seconds = [session.seconds_to_value(label, later_ns) for label in ("strap", "patch")]
    report.add(name, "hci0 is unplugged: both move", None not in seconds, seconds)


def full(machine: Machine, report: Report) -> None:
    """An adapter with one connection: the other sensor reports the reason and moves if possible."""
    name = "full adapter"
    machine.start_bluetooth()
    radio("limit", name="hci0", connections=1)
    for sensor in (STRAP, PATCH):
        machine.sensor(sensor["kind"], sensor["name"])
    session = Session(machine, "full", [STRAP, PATCH])
    time.sleep(45)
    said = session.reasons("strap") + session.reasons("patch")
    report.add(name, "sentence", any("no free connection" in each for each in said), said)
    values = [len(session.packets(label)) for label in ("strap", "patch")]
    report.add(name, "one of them has values", any(values), values)
    began_ns = time.time_ns()
    radio("limit", name="hci0", connections=5)
    seconds = [session.seconds_to_value(label, began_ns) for label in ("strap", "patch")]
    report.add(name, "there is room again", None not in seconds, seconds)
    session.stop()
    machine.plug_in(SECOND)
    radio("limit", name="hci1", connections=0)
    session = Session(machine, "moves", [{**STRAP, "adapter": "hci1"}, PATCH])
    value_s = session.seconds_to_value("strap")
    found = f"{value_s} s; {session.reasons('strap')}"
    report.add(name, "moves from a full adapter", restored(value_s, 60), found)
