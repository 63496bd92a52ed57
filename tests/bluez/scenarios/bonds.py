"""Sensors that require pairing, without an agent of a desktop."""

import time
from pathlib import Path

from tests.bluez.machine import Machine, radio
from tests.bluez.report import Report
from tests.bluez.session import Session, connect, restored

_ADDRESS = "F0:11:11:11:11:{:02X}"
_BONDS = Path("/tmp/bonds.json")  # noqa: S108 - in the virtual machine


def _strap(address: str, *, bond: bool = False) -> dict[str, object]:
    return {"label": "strap", "kind": "heart-rate-strap", "address": address, "bond": bond}


def bonds(machine: Machine, report: Report) -> None:
    """A sensor that requires encryption connects, reconnects, and reports a lost bond."""
    name = "bonds"
    machine.start_bluetooth()
    address = machine.bonded_sensor("bonded", "Bonded", _ADDRESS.format(1), str(_BONDS))
    session = connect(machine, report, name, _strap(address), session_id="subscription")
    info = machine.bluetoothctl("info", address)
    report.add(name, "it is bonded", "Paired: yes" in info, info[:200])
    value_s = _leave_and_return(session, address)
    report.add(name, "leaves and returns", restored(value_s, 10), value_s)
    machine.end("sensor Bonded")
    _BONDS.unlink()
    time.sleep(3)
    machine.bonded_sensor("bonded", "Bonded", address, str(_BONDS))
    began_ns = time.time_ns()
    value_s = session.seconds_to_value("strap", began_ns, 100)
    said = session.reasons("strap", began_ns)
    right = value_s is not None or any("bluetoothctl remove" in each for each in said)
    report.add(name, "the sensor lost its bond", right, f"{value_s} s; {said}")
    if value_s is None:
        began_ns = time.time_ns()
        machine.bluetoothctl("remove", address)
        value_s = session.seconds_to_value("strap", began_ns)
        report.add(name, "the bond is removed", value_s is not None, value_s)
    session.stop()
    machine.bluetoothctl("remove", address)
    connect(machine, report, name, _strap(address), session_id="computer-lost-bond").stop()
    machine.bluetoothctl("remove", address)
    machine.end("sensor Bonded")
    for number, (kind, bond) in enumerate(
        [("bonded", True), ("bonded-read", False), ("plain", True)], start=2
    ):
        address = machine.bonded_sensor(kind, f"Sensor{number}", _ADDRESS.format(number))
        sensor = _strap(address, bond=bond)
        session = connect(machine, report, name, sensor, session_id=f"{kind}-{bond}".lower())
        value_s = _leave_and_return(session, address)
        report.add(name, f"{session.id} returns", restored(value_s, 10), value_s)
        session.stop()
        machine.end(f"sensor Sensor{number}")


def refused(machine: Machine, report: Report) -> None:
    """A sensor that rejects pairing: the message names pairing."""
    name = "refused pairing"
    machine.start_bluetooth()
    address = machine.bonded_sensor("refuses", "Refuses", _ADDRESS.format(9))
    for bond in (False, True):
        session = Session(machine, f"bond-{bond}".lower(), [_strap(address, bond=bond)])
        time.sleep(60)
        said = session.reasons("strap")
        report.add(name, f"bond = {bond}", any("pair" in each for each in said), said[-3:])
        session.stop()
        machine.bluetoothctl("remove", address)


def _leave_and_return(session: Session, address: str) -> float | None:
    radio("leave", address=address)
    time.sleep(5)
    radio("come_back", address=address)
    return session.seconds_to_value("strap", time.time_ns())
