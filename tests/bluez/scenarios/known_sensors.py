"""Sensors that BlueZ knows: with other services than before, of another kind, or switched off."""

import time

from tests.bluez.machine import Machine
from tests.bluez.report import Report
from tests.bluez.session import PATCH, STRAP, Session, connect, restored

_ADDRESS = "F0:22:22:22:22:01"
_SENSOR = {"label": "strap", "kind": "heart-rate-strap", "address": _ADDRESS}


def services(machine: Machine, report: Report) -> None:
    """A sensor whose services moved, as after an update; then one of another kind."""
    name = "services"
    machine.start_bluetooth()
    machine.bonded_sensor("plain", "Mover", _ADDRESS)
    session = connect(machine, report, name, _SENSOR)
    for kind in ("moved", "plain"):
        machine.end("sensor Mover")
        time.sleep(4)
        machine.bonded_sensor(kind, "Mover", _ADDRESS)
        value_s = session.seconds_to_value("strap", time.time_ns())
        report.add(name, f"services change to {kind}", restored(value_s, 20), value_s)
    session.stop()
    machine.end("sensor Mover")
    machine.bonded_sensor("moved", "Mover", _ADDRESS)
    connect(machine, report, name, _SENSOR, session_id="changed-meanwhile").stop()
    machine.sensor(PATCH["kind"], PATCH["name"])
    session = Session(machine, "wrong-kind", [{**STRAP, "name": PATCH["name"]}])
    time.sleep(25)
    said = session.reasons("strap")
    report.add(name, "another kind", any("check that its kind" in each for each in said), said)


def switched_off(machine: Machine, report: Report) -> None:
    """A sensor that BlueZ remembers and that is off is neither listed nor connected."""
    name = "switched off"
    machine.start_bluetooth()
    machine.sensor(STRAP["kind"], STRAP["name"])
    connect(machine, report, name, STRAP).stop()
    machine.end(f"sensor {STRAP['name']}")
    time.sleep(1)
    _code, out = machine.physiomon("scan", "--seconds", "3")
    report.add(name, "scan does not list it", STRAP["name"] not in out, out[:200])
    session = Session(machine, "again", [STRAP])
    time.sleep(45)
    events = session.links("strap")
    right = {each.state for each in events} == {"searching"}
    report.add(name, "it is not found", right, session.reasons("strap"))
    machine.sensor(STRAP["kind"], STRAP["name"])
    value_s = session.seconds_to_value("strap", time.time_ns())
    report.add(name, "it is switched on", restored(value_s, 10), value_s)
