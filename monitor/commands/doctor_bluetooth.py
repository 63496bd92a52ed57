"""What `physiomon doctor` says of Bluetooth: facts are gathered by a shell, and judged purely."""

import os
import platform
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from monitor.commands.doctor_finding import Finding

_DBUS = Path("/run/dbus/system_bus_socket")
_SYS = Path("/sys/class")
_ANSWERS_WITHIN_S = 5.0
_OLDEST = (5, 55)  # what bleak 3.1 asks for
# What is known to go wrong. Sources: BlueZ's bug reports; bleak 3.1, `bluezdbus/manager.py`.
_KNOWN_BAD = {
    (5, 64): "it breaks connections and loses notifications: install 5.66 or newer",
}
_SCAN_STUCK_BEFORE = (5, 88)


@dataclass(frozen=True, slots=True, kw_only=True)
class BluetoothFacts:
    """What was found on this machine.

    Attributes:
        system: as `platform.system` names it.
        adapters: such as ``hci0``.
        powered: tells of each adapter whether it is on; one is missing where nobody knows.
        blocked: switches of rfkill that hold Bluetooth off.
        bus: the socket of D-Bus is there and may be used.
        version: what ``bluetoothctl --version`` printed; None where there is none.
        answer: what ``bluetoothctl show`` said; None where it did not answer.
    """

    system: str
    adapters: tuple[str, ...] = ()
    powered: tuple[tuple[str, bool], ...] = ()
    blocked: tuple[str, ...] = ()
    bus: bool = False
    version: str | None = None
    answer: str | None = None


def judge(facts: BluetoothFacts) -> Iterator[Finding]:
    """Yield what is well and what is not, with what to do."""
    if facts.system != "Linux":
        yield Finding("bluetooth", well=True, found=f"asked of {facts.system} by bleak")
        return
    yield Finding(
        "bluetooth adapter",
        well=bool(facts.adapters),
        found=", ".join(facts.adapters) or "none",
        advice=""
        if facts.adapters
        else "plug in a Bluetooth adapter; without it only demo and replay work",
    )
    yield Finding(
        "bluetooth service",
        well=facts.bus,
        found="D-Bus answers" if facts.bus else "no D-Bus",
        advice="" if facts.bus else "install bluez and start it: systemctl enable --now bluetooth",
    )
    if facts.blocked:
        yield Finding(
            "bluetooth switch",
            well=False,
            found=f"blocked: {', '.join(facts.blocked)}",
            advice="rfkill unblock bluetooth, or the switch of the computer",
        )
    yield _version(facts.version)
    if not facts.adapters or not facts.bus:
        return
    if facts.answer is None:
        yield Finding(
            "bluetooth permission",
            well=False,
            found="BlueZ does not answer this user",
            advice="systemctl restart bluetooth; add this user to the group 'bluetooth' "
            "(usermod -aG bluetooth USER), log in again",
        )
        return
    yield Finding("bluetooth permission", well=True, found="BlueZ answers this user")
    for name, on in facts.powered:
        yield Finding(
            f"bluetooth {name}",
            well=on,
            found="on" if on else "off",
            advice="" if on else "bluetoothctl power on",
        )


def _version(printed: str | None) -> Finding:
    match = re.search(r"(\d+)\.(\d+)", printed or "")
    if match is None:
        return Finding(
            "bluez",
            well=printed is None,
            found="version not known: bluetoothctl is missing"
            if printed is None
            else f"version not understood: {printed}",
            advice="" if printed is None else "install BlueZ 5, from 5.55 on",
        )
    version = (int(match[1]), int(match[2]))
    found = f"{version[0]}.{version[1]}"
    if version < _OLDEST or version[0] != _OLDEST[0]:
        return Finding("bluez", well=False, found=found, advice="bleak needs BlueZ 5, from 5.55 on")
    if version in _KNOWN_BAD:
        return Finding("bluez", well=False, found=found, advice=_KNOWN_BAD[version])
    if version < _SCAN_STUCK_BEFORE:
        found += "; if nothing is found any more: bluetoothctl power off, then on"
    return Finding("bluez", well=True, found=found)


def gather() -> BluetoothFacts:
    """Look at this machine."""
    if platform.system() != "Linux":
        return BluetoothFacts(system=platform.system())
    adapters = tuple(sorted(e.name for e in (_SYS / "bluetooth").glob("hci*") if ":" not in e.name))
    bus = _DBUS.exists() and os.access(_DBUS, os.W_OK)
    answer = _ask("show") if bus and adapters else None
    return BluetoothFacts(
        system="Linux",
        adapters=adapters,
        powered=() if answer is None else powered(answer, adapters),
        blocked=tuple(_blocked()),
        bus=bus,
        version=_ask("--version"),
        answer=answer,
    )


def powered(answer: str, adapters: tuple[str, ...]) -> tuple[tuple[str, bool], ...]:
    """Return the power of the adapter that ``bluetoothctl show`` tells of: the default one."""
    match = re.search(r"Powered: (yes|no)", answer)
    name = adapters[0] if len(adapters) == 1 else "default adapter"
    return () if match is None else ((name, match[1] == "yes"),)


def _blocked() -> Iterator[str]:
    for switch in sorted((_SYS / "rfkill").glob("rfkill*")):
        try:
            if (switch / "type").read_text().strip() != "bluetooth":
                continue
            name = (switch / "name").read_text().strip()
            for kind in ("soft", "hard"):
                if (switch / kind).read_text().strip() == "1":
                    yield f"{name} ({kind}ware switch)"
        except OSError:
            continue  # unplugged meanwhile


def _ask(*arguments: str) -> str | None:
    program = shutil.which("bluetoothctl")
    if program is None:
        return None
    try:
        done = subprocess.run(  # noqa: S603 - a fixed program with fixed words
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
