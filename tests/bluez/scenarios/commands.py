"""`doctor` and `scan` with one requirement after another missing."""

import json
import re
import signal
import time
from collections.abc import Callable
from pathlib import Path

from tests.bluez.machine import FIRST, Machine, radio
from tests.bluez.report import Report

_NOBODY = "nobt"  # a user in no group
_POLICY = Path("/etc/dbus-1/system.d/zz-deny.conf")
_DENY = (
    '<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN" '
    '"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd"><busconfig>'
    f'<policy user="{_NOBODY}"><deny send_destination="org.bluez"/></policy></busconfig>'
)
_SOCKET = Path("/run/dbus/system_bus_socket")


def doctor_and_scan(machine: Machine, report: Report) -> None:
    """Missing bus, service, adapter, power and permission are named with the remedy."""

    def look(what: str, doctor: str, scan: str, user: str | None = None) -> None:
        _code, out = machine.physiomon("doctor", "--json", user=user)
        try:
            findings = [each for each in json.loads(out) if "blue" in each["what"]]
            text = "; ".join(
                f"{'ok' if each['ok'] else 'NO'} {each['what']}: {each['found']} {each['advice']}"
                for each in findings
            )
        except (ValueError, KeyError):
            text = out
        report.add("doctor", what, bool(re.search(doctor, text)), text)
        _code, out = machine.physiomon("scan", "--seconds", "4", user=user)
        right = bool(re.search(scan, out)) and "Traceback" not in out
        report.add("scan", what, right, out[:300])

    not_running = "service is not running: start it"
    look("no D-Bus", "NO bluetooth service: D-Bus is not", not_running)
    machine.start_dbus()
    look("no bluetoothd, no adapter", "NO bluetooth service: not running", not_running)
    machine.start_radio()
    radio("plug_in", address=FIRST)
    look("no bluetoothd", "systemctl enable --now bluetooth", not_running)
    radio("unplug", name="hci0")
    machine.start_bluetoothd()
    look("no adapter", "plug in a Bluetooth adapter", "no Bluetooth adapter")
    machine.plug_in(FIRST)
    machine.sensor("heart-rate-strap", "My strap")
    machine.sensor("broadcast-thermometer", "My room")
    look("all is well", "ok bluetooth pairing.*ok bluetooth hci0: on", "My (strap|room)")
    look("a user in no group", "ok bluetooth permission", "My strap", user=_NOBODY)
    machine.bluetoothctl("power", "off")
    look("powered off", "bluetoothctl power on", "Bluetooth is off")
    machine.run("rfkill", "block", "bluetooth")
    look("blocked", "rfkill unblock", "Bluetooth is blocked")
    machine.run("rfkill", "unblock", "bluetooth")
    time.sleep(1)
    machine.bluetoothctl("power", "on")
    _deny_and_look(machine, look)
    machine.processes["bluetoothd"].send_signal(signal.SIGSTOP)
    look("bluetoothd hangs", "restart bluetooth", "service does not respond")
    machine.processes["bluetoothd"].send_signal(signal.SIGCONT)
    code, out = machine.physiomon("scan", "--seconds", "3", "--adapter", "hci7")
    report.add("scan", "unknown adapter", code == 1 and "hci7" in out, out)


def _deny_and_look(machine: Machine, look: Callable[..., None]) -> None:
    bus = ("dbus-send", "--system", "--print-reply", "--dest=org.freedesktop.DBus", "/")
    _POLICY.write_text(_DENY)
    try:
        machine.run(*bus, "org.freedesktop.DBus.ReloadConfig")
        time.sleep(1)
        look("D-Bus denies this user", "usermod", "is not permitted", user=_NOBODY)
    finally:
        _POLICY.unlink()
        machine.run(*bus, "org.freedesktop.DBus.ReloadConfig")
    _SOCKET.chmod(0o600)
    look("no access to D-Bus", "D-Bus is not accessible", "is not permitted", user=_NOBODY)
    _SOCKET.chmod(0o666)
