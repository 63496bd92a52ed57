"""Outages of BlueZ, of D-Bus and of the adapter during a session."""

import re
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.bluez.machine import FIRST, SECOND, Machine, radio
from tests.bluez.report import Report, wait_for
from tests.bluez.session import PATCH, STRAP, Session, connect, restored

_NOT_RUNNING = "service is not running: start it"


@dataclass(slots=True)
class _Outage:
    """Runs outages in one session; each ends with values of both sensors."""

    machine: Machine
    report: Report
    scenario: str
    session: Session

    def run(
        self,
        what: str,
        down: Callable[[], object],
        up: Callable[[], object],
        lasts_s: float,
        words: str,
        told_within_s: float = 5.0,
        back_within_s: float = 25.0,
    ) -> None:
        session, began_ns = self.session, time.time_ns()
        down()
        told_s = session.seconds_to_state("strap", {"lost", "searching", "failed"}, began_ns)
        time.sleep(max(0.0, lasts_s - (time.time_ns() - began_ns) / 1e9))
        said = session.reasons("strap", began_ns)
        back_ns = time.time_ns()
        up()
        strap_s = session.seconds_to_value("strap", back_ns, 120)
        patch_s = session.seconds_to_value("patch", back_ns, 120)
        add, name = self.report.add, self.scenario
        add(name, f"{what}: reported", restored(told_s, told_within_s), f"{told_s} s")
        right = any(re.search(words, each) for each in said) or not lasts_s
        add(name, f"{what}: sentence", right, said)
        back = restored(strap_s, back_within_s) and restored(patch_s, back_within_s + 10)
        add(name, f"{what}: values return", back, f"strap {strap_s} s, patch {patch_s} s")
        time.sleep(5)


def _begin(machine: Machine, report: Report, name: str) -> _Outage:
    machine.start_bluetooth()
    for sensor in (STRAP, PATCH):
        machine.sensor(sensor["kind"], sensor["name"])
    return _Outage(machine, report, name, connect(machine, report, name, STRAP, PATCH))


def service(machine: Machine, report: Report) -> None:
    """bluetoothd crashes, ends and hangs; D-Bus ends."""
    name = "service"
    outage = _begin(machine, report, name)
    start = machine.start_bluetoothd

    def signal_it(number: int) -> None:
        machine.processes["bluetoothd"].send_signal(number)

    def crash() -> None:
        machine.end("bluetoothd", signal.SIGKILL)

    def end() -> None:
        machine.end("bluetoothd")

    def end_bus() -> None:
        machine.end("dbus", signal.SIGKILL)
        crash()

    def start_bus() -> None:
        machine.start_dbus()
        start()

    outage.run("kill -9", crash, start, 10, _NOT_RUNNING, told_within_s=1.5)
    outage.run("restart", end, start, 0, "")
    outage.run("stopped for 60 s", end, start, 60, _NOT_RUNNING)
    outage.run(
        "hangs for 40 s",
        lambda: signal_it(signal.SIGSTOP),
        lambda: signal_it(signal.SIGCONT),
        40,
        "does not respond",
        told_within_s=30,
    )
    outage.run("D-Bus ends too", end_bus, start_bus, 15, _NOT_RUNNING, back_within_s=40)
    signal_it(signal.SIGSTOP)
    code, seconds = outage.session.stop()
    signal_it(signal.SIGCONT)
    report.add(name, "SIGTERM while it hangs", code == 0 and seconds < 15, f"{seconds:.1f} s")
    clean = not re.search("Traceback|never retrieved", machine.output("session"))
    report.add(name, "no traceback in the log", clean)


def adapter(machine: Machine, report: Report) -> None:
    """The adapter is switched off, blocked, unplugged and replaced."""
    outage = _begin(machine, report, "adapter")

    def power(state: str) -> Callable[[], object]:
        return lambda: machine.bluetoothctl("power", state)

    def unblock() -> None:
        machine.run("rfkill", "unblock", "bluetooth")
        if not wait_for(lambda: "Powered: yes" in machine.bluetoothctl("show"), 4):
            machine.bluetoothctl("power", "on")

    def unplug() -> None:
        radio("unplug", name="hci0")

    outage.run("power off", power("off"), power("on"), 15, "Bluetooth is off")
    outage.run(
        "blocked",
        lambda: machine.run("rfkill", "block", "bluetooth"),
        unblock,
        15,
        "Bluetooth is blocked",
    )
    outage.run("unplugged", unplug, lambda: machine.plug_in(FIRST), 20, "adapter", back_within_s=30)
    outage.run("replaced", unplug, lambda: machine.plug_in(SECOND), 20, "adapter", back_within_s=30)
