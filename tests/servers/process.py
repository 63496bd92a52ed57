"""Servers as child processes."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.durations import PATIENCE_S
from tests.servers.forked import Forked

_SYSTEM_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"


def program(name: str, package: str) -> str:
    """Return the path of a program; without it the test is skipped, in CI it fails."""
    found = shutil.which(name) or shutil.which(name, path=_SYSTEM_PATH)
    if found is None:
        reason = f"needs {name}: apt-get install {package} (make test does so as root)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(true: Callable[[], bool], what: str, within_s: float = PATIENCE_S) -> None:
    """Poll until a condition holds, leaving most of the CPU time to other processes."""
    deadline = time.monotonic() + within_s
    while True:
        began = time.monotonic()
        if true():
            return
        now = time.monotonic()
        assert now < deadline, f"{what} did not happen within {within_s} s"
        time.sleep(min(1.0, max(0.02, 4 * (now - began))))


class Server:
    """One child process that can be stopped, killed and started again.

    A module of Python is forked; its output goes to the log as well.
    """

    def __init__(self, command: list[str], log: Path) -> None:
        self._command = command
        self._log = log
        self._process: subprocess.Popen[bytes] | Forked | None = None

    def start(self) -> None:
        with self._log.open("ab") as log:
            if self._command[0] == sys.executable:
                self._process = Forked(self._command, stdout=log.fileno(), stderr=log.fileno())
            else:
                self._process = subprocess.Popen(self._command, stdout=log, stderr=log)

    def stop(self, number: int = signal.SIGTERM) -> None:
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait()
            self._process = None

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None
