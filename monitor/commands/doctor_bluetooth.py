"""Bluetooth checks of `physiomon doctor`: `gather` reads the machine, the rest is pure."""

import asyncio
import os
import platform
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from devices.rfkill import blocked_switches
from monitor.commands.doctor_finding import Finding

_DBUS = Path("/run/dbus/system_bus_socket")
_SYS = Path("/sys/class")
_ANSWERS_WITHIN_S = 5.0
_OLDEST = (5, 55)  # required by bleak 3.1
# Versions with known faults. Sources: BlueZ's bug reports; bleak 3.1, `bluezdbus/manager.py`.
_KNOWN_BAD = {
    (5, 64): "install 5.66 or newer: 5.64 drops connections and loses notifications",
}
# Debian 12's kernel of 2026 frees an L2CAP channel twice; measured with an adapter that is full.
_BAD_KERNEL = "6.1.192"
_SCAN_STUCK_BEFORE = (5, 88)
_START = "install bluez and start it: systemctl enable --now bluetooth"
_KNOW_USER = (
    "in a container: create its user on the host too, with the same number; otherwise restart D-Bus"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BluetoothFacts:
    """State of Bluetooth on this machine.

    Attributes:
        system: as `platform.system` names it.
        adapters: such as ``hci0``.
        powered: whether each adapter is on; unknown ones are left out.
        blocked: rfkill switches that block Bluetooth.
        bus: the D-Bus socket exists and is accessible.
        running: BlueZ is running; None: D-Bus accepts no connection, so it is unknown.
        pairing: BlueZ lets this program answer its questions about pairing; None if unknown.
        kernel: release and version of the kernel.
        version: output of ``bluetoothctl --version``; None if it is not installed.
        answer: output of ``bluetoothctl show``; None if BlueZ did not answer.
    """

    system: str
    adapters: tuple[str, ...] = ()
    powered: tuple[tuple[str, bool], ...] = ()
    blocked: tuple[str, ...] = ()
    bus: bool = False
    running: bool | None = None
    pairing: bool | None = None
    kernel: str = ""
    version: str | None = None
    answer: str | None = None


def bluetooth_findings(facts: BluetoothFacts) -> Iterator[Finding]:
    """Yield the result of each Bluetooth check."""
    if facts.system != "Linux":
        yield Finding("bluetooth", ok=True, found=f"provided by {facts.system}, not checked")
        return
    yield Finding(
        "bluetooth adapter",
        ok=bool(facts.adapters),
        found=", ".join(facts.adapters) or "none",
        advice=""
        if facts.adapters
        else "plug in a Bluetooth adapter; without it only demo and replay work",
    )
    runs = facts.bus and facts.running is True
    found, advice = "running", ""
    if not facts.bus:
        found, advice = "D-Bus is not accessible", _START
    elif facts.running is None:
        found, advice = "D-Bus refuses this user", _KNOW_USER
    elif not facts.running:
        found, advice = "not running", _START
    yield Finding("bluetooth service", ok=runs, found=found, advice=advice)
    if facts.blocked:
        yield Finding(
            "bluetooth switch",
            ok=False,
            found=f"blocked: {', '.join(facts.blocked)}",
            advice="run rfkill unblock bluetooth, or use the computer's switch",
        )
    yield _version(facts.version)
    if _BAD_KERNEL in facts.kernel:
        yield Finding(
            "kernel",
            ok=True,
            found=f"{_BAD_KERNEL} can end the Bluetooth service when an adapter refuses a "
            "connection: update it as soon as there is a newer one",
        )
    if not facts.adapters or not runs:
        return
    if facts.answer is None:
        yield Finding(
            "bluetooth permission",
            ok=False,
            found="BlueZ does not answer this user",
            advice="run systemctl restart bluetooth; or add this user to the group 'bluetooth' "
            "(usermod -aG bluetooth USER) and log in again",
        )
        return
    yield Finding("bluetooth permission", ok=True, found="BlueZ answers this user")
    if facts.pairing is not None:
        yield Finding(
            "bluetooth pairing",
            ok=facts.pairing,
            found="possible" if facts.pairing else "BlueZ refuses the pairing agent",
            advice="" if facts.pairing else "pair with bluetoothctl: agent on, then pair ADDRESS",
        )
    for name, on in facts.powered:
        yield Finding(
            f"bluetooth {name}",
            ok=on,
            found="on" if on else "off",
            advice="" if on else "run bluetoothctl power on",
        )


def _version(printed: str | None) -> Finding:
    match = re.search(r"(\d+)\.(\d+)", printed or "")
    if match is None:
        return Finding(
            "bluez",
            ok=printed is None,
            found="version unknown: bluetoothctl is not installed"
            if printed is None
            else f"unknown version: {printed}",
            advice="" if printed is None else "install BlueZ 5.55 or a newer 5.x",
        )
    version = (int(match[1]), int(match[2]))
    found = f"{version[0]}.{version[1]}"
    if version < _OLDEST or version[0] != _OLDEST[0]:
        return Finding(
            "bluez",
            ok=False,
            found=found,
            advice="install BlueZ 5.55 or a newer 5.x, which bleak requires",
        )
    if version in _KNOWN_BAD:
        return Finding("bluez", ok=False, found=found, advice=_KNOWN_BAD[version])
    if version < _SCAN_STUCK_BEFORE:
        found += "; if scans stop finding sensors, run bluetoothctl power off, then power on"
    return Finding("bluez", ok=True, found=found)


def gather() -> BluetoothFacts:
    """Read the state of Bluetooth on this machine."""
    if platform.system() != "Linux":
        return BluetoothFacts(system=platform.system())
    adapters = tuple(sorted(e.name for e in (_SYS / "bluetooth").glob("hci*") if ":" not in e.name))
    bus = _DBUS.exists() and os.access(_DBUS, os.W_OK)
    running, pairing = asyncio.run(_ask_service()) if bus else (None, None)
    answer = _ask("show") if bus and adapters else None
    return BluetoothFacts(
        system="Linux",
        adapters=adapters,
        powered=() if answer is None else powered(answer, adapters),
        blocked=tuple(f"{name} ({kind}ware switch)" for name, kind in blocked_switches()),
        bus=bus,
        running=running,
        pairing=pairing,
        kernel=f"{platform.release()} {platform.version()}",
        version=_ask("--version"),
        answer=answer,
    )


def powered(answer: str, adapters: tuple[str, ...]) -> tuple[tuple[str, bool], ...]:
    """Return whether the default adapter is on, from the output of ``bluetoothctl show``."""
    match = re.search(r"Powered: (yes|no)", answer)
    name = adapters[0] if len(adapters) == 1 else "default adapter"
    return () if match is None else ((name, match[1] == "yes"),)


async def _ask_service() -> tuple[bool | None, bool | None]:
    """Return whether BlueZ runs, and whether it accepts a pairing agent."""
    from devices.bluez import bluez  # noqa: PLC0415 - only Linux has D-Bus

    async with bluez() as service:
        accepted = await service.register_agent()
        known = service.running and service.responds
        return service.running, accepted if known else None


def _ask(*arguments: str) -> str | None:
    program = shutil.which("bluetoothctl")
    if program is None:
        return None
    try:
        done = subprocess.run(  # noqa: S603 - a fixed program with fixed arguments
            [program, *arguments],
            capture_output=True,
            text=True,
            timeout=_ANSWERS_WITHIN_S,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 and done.stdout.strip() else None
