"""Processes of the virtual machine: D-Bus, BlueZ, the radio, sensors and commands."""

import json
import re
import shutil
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.bluez.radio import COMMAND_PORT, HOST, SENSORS_PORT
from tests.bluez.report import wait_for

PHYSIOMON = [str(Path(sys.executable).with_name("physiomon"))]
FIRST, SECOND = "F0:00:00:00:00:01", "F0:00:00:00:00:02"  # adapters
_SOCKET = Path("/run/dbus/system_bus_socket")
_BLUETOOTHD = "/usr/libexec/bluetooth/bluetoothd"
_STARTS_WITHIN_S = 60.0
_ENDS_WITHIN_S = 20.0


@dataclass(slots=True)
class Machine:
    """The processes of one scenario, with their output in `folder`."""

    folder: Path
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str, *command: str, user: str | None = None) -> subprocess.Popen[bytes]:
        """Start a process in the background."""
        with (self.folder / f"{name}.log").open("ab") as output:
            self.processes[name] = subprocess.Popen(
                _as_user(user, command),
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                cwd=self.folder,
            )
        return self.processes[name]

    def output(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text()

    def end(self, name: str, how: int = signal.SIGTERM) -> int | None:
        """End a process; return its exit code, or None if it had to be killed."""
        process = self.processes.pop(name, None)
        if process is None:
            return None
        if process.poll() is not None:
            return int(process.returncode)
        process.send_signal(signal.SIGCONT)
        process.send_signal(how)
        try:
            return process.wait(_ENDS_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            return None

    def end_all(self) -> None:
        """End everything and forget what BlueZ stored."""
        last = ("btmon", "bluetoothd", "radio", "dbus")
        for name in [*(each for each in self.processes if each not in last), *last]:
            self.end(name)
        _SOCKET.unlink(missing_ok=True)
        for each in Path("/var/lib/bluetooth").glob("*"):
            shutil.rmtree(each, ignore_errors=True)

    def run(self, *command: str, user: str | None = None, within_s: float = 60) -> tuple[int, str]:
        """Run a command to its end; return exit code and output."""
        try:
            done = subprocess.run(
                _as_user(user, command),
                capture_output=True,
                text=True,
                timeout=within_s,
                stdin=subprocess.DEVNULL,
                check=False,
            )
            code, text = done.returncode, done.stdout + done.stderr
        except subprocess.TimeoutExpired:
            code, text = 124, f"does not end within {within_s} s"
        with (self.folder / "commands.log").open("a") as log:
            log.write(f"$ {' '.join(command)}   # {user or 'root'}, {code}\n{text}\n")
        return code, " ".join(text.split())

    def physiomon(self, *arguments: str, user: str | None = None) -> tuple[int, str]:
        """Run a command of physiomon."""
        return self.run(*PHYSIOMON, *arguments, user=user, within_s=200)

    def bluetoothctl(self, *words: str) -> str:
        """Run bluetoothctl; return its output."""
        return self.run("bluetoothctl", *words, within_s=15)[1]

    def start_dbus(self) -> None:
        _SOCKET.parent.mkdir(parents=True, exist_ok=True)
        _SOCKET.unlink(missing_ok=True)
        self.start("dbus", "dbus-daemon", "--system", "--nofork", "--nopidfile")
        wait_for(_SOCKET.exists, _STARTS_WITHIN_S)

    def start_bluetoothd(self) -> None:
        self.start("bluetoothd", _BLUETOOTHD, "-n", "-d")
        names = ("dbus-send", "--system", "--print-reply", "--dest=org.freedesktop.DBus", "/")
        wait_for(
            lambda: "org.bluez" in self.run(*names, "org.freedesktop.DBus.ListNames")[1],
            _STARTS_WITHIN_S,
        )

    def start_radio(self) -> None:
        self.start("radio", sys.executable, "-m", "tests.bluez.radio")
        wait_for(lambda: radio("connections") is not None, _STARTS_WITHIN_S)

    def start_bluetooth(self, adapters: int = 1) -> None:
        """Start everything that a session needs."""
        self.start_dbus()
        self.start_bluetoothd()
        self.start_radio()
        self.start("btmon", "btmon", "-w", str(self.folder / "trace.btsnoop"))
        for address in (FIRST, SECOND)[:adapters]:
            self.plug_in(address)

    def plug_in(self, address: str) -> str:
        """Plug an adapter in, and switch it on."""
        name = str(radio("plug_in", address=address))
        wait_for(lambda: address in self.bluetoothctl("list"), _STARTS_WITHIN_S)

        def powered() -> bool:
            if "Powered: yes" in self.bluetoothctl("show", address):
                return True
            self.bluetoothctl("select", address)
            self.bluetoothctl("power", "on")
            return False

        wait_for(powered, _STARTS_WITHIN_S)
        return name

    def sensor(self, kind: str, name: str) -> str:
        """Switch a virtual sensor on; return its address."""
        label = f"sensor {name}"
        transport = f"tcp-client:{HOST}:{SENSORS_PORT}"
        self.start(label, *PHYSIOMON, "virtual", kind, "--name", name, "--transport", transport)
        before = self.output(label).count(" is on, ")
        found = wait_for(
            lambda: re.findall(r"is on, address (\S+);", self.output(label))[before:],
            _STARTS_WITHIN_S,
        )
        if not found:
            raise RuntimeError(f"{label} does not start: {self.output(label)[-500:]}")
        return str(found[-1])

    def bonded_sensor(self, kind: str, name: str, address: str, *bonds: str) -> str:
        """Switch a sensor of `bonded_sensors` on; return its address."""
        label = f"sensor {name}"
        (self.folder / f"{label}.log").unlink(missing_ok=True)
        module = "tests.bluez.bonded_sensors"
        self.start(label, sys.executable, "-m", module, kind, address, name, *bonds)
        wait_for(lambda: "is on" in self.output(label), _STARTS_WITHIN_S)
        return address


def radio(command: str, **words: Any) -> Any:
    """Send a command to the radio.

    Raises:
        RuntimeError: the command failed.
    """
    with socket.create_connection((HOST, COMMAND_PORT), 15) as connection:
        connection.sendall(json.dumps({"command": command, **words}).encode() + b"\n")
        answer = json.loads(connection.makefile().readline())
    if "error" in answer:
        raise RuntimeError(answer["error"])
    return answer["answer"]


def _as_user(user: str | None, command: tuple[str, ...]) -> list[str]:
    if user is None:
        return [*command]
    return ["setpriv", "--reuid", user, "--regid", user, "--clear-groups", *command]
