"""Child processes of Python, forked from one that has imported the program already.

A new interpreter spends a quarter of a second to two on imports, a forked one a hundredth. Whatever
is started, killed or asked many times is therefore forked; arguments, environment, folder, standard
streams, signals and exit status are those of a separate process.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from multiprocessing import connection
from pathlib import Path
from subprocess import DEVNULL, PIPE, CompletedProcess
from tempfile import TemporaryFile
from typing import Any, TextIO

from tests.servers import fork_server
from tests.servers.fork_server import LENGTH, NUMBER

PHYSIOMON = str(Path(sys.executable).with_name("physiomon"))
_ASKING = threading.Lock()  # a request is sent whole
_connections: list[tuple[socket.socket, subprocess.Popen[bytes] | None]] = []


@contextmanager
def own_fork_server() -> Iterator[None]:
    """Fork the server from this process, which has imported the program and runs no loop yet."""
    connected, process_id = fork_server.fork()
    _connections[:] = [(connected, None)]
    try:
        yield
    finally:
        _connections.clear()
        connected.close()
        os.waitpid(process_id, 0)


def _connected() -> socket.socket:
    """Return the socket to the server; without pytest the server imports the program itself."""
    if not _connections:
        ours, theirs = socket.socketpair()
        command = [sys.executable, "-m", fork_server.__name__, str(theirs.fileno())]
        process = subprocess.Popen(command, pass_fds=[theirs.fileno()])
        theirs.close()
        _connections.append((ours, process))
    ((connected, _),) = _connections
    return connected


class Forked:
    """A process with those members of `subprocess.Popen` that tests need.

    Args:
        command: `PHYSIOMON` or ``sys.executable -m MODULE``, and arguments.
        stdin: a file descriptor; by default the null device.
        stdout: a file descriptor, PIPE or DEVNULL; by default that of the tests.
        stderr: likewise.
        cwd: by default that of the tests.
        env: by default that of the tests.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        stdin: int = DEVNULL,
        stdout: int = 1,
        stderr: int = 2,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        if command[0] == PHYSIOMON:
            module, arguments = None, [*command]
        elif [*command[:2]] == [sys.executable, "-m"]:
            module, arguments = command[2], [*command[2:]]
        else:
            raise AssertionError(f"cannot be forked: {command}")
        opened: list[int] = []
        self.stdout, out = _stream(stdout, opened)
        self.stderr, err = _stream(stderr, opened)
        _, into = _stream(stdin, opened)
        self._reports, report = os.pipe()
        opened.append(report)
        environment = dict(os.environ if env is None else env)
        request = json.dumps([module, arguments, str(cwd or Path.cwd()), environment]).encode()
        try:
            with _ASKING:
                server = _connected()
                passed = [into, out, err, report]
                socket.send_fds(server, [LENGTH.pack(len(request))], passed)
                server.sendall(request)
        finally:
            for each in opened:
                os.close(each)
        self.pid = self._report()
        self._status: int | None = None
        self._reading = threading.Lock()  # the status is read once, whichever thread asks

    def _report(self) -> int:
        report = os.read(self._reports, NUMBER.size)
        assert report, "the fork server has ended"
        return int(NUMBER.unpack(report)[0])

    def poll(self) -> int | None:
        """Return the exit status, negative after a signal; None while it runs."""
        if self._reading.acquire(blocking=False):
            try:
                if self._status is not None or connection.wait([self._reports], 0):
                    return self._read_status()
            finally:
                self._reading.release()
        return None

    def wait(self) -> int:
        """Return the exit status once there is one."""
        with self._reading:
            return self._read_status()

    def _read_status(self) -> int:
        if self._status is None:
            self._status = self._report()
            os.close(self._reports)
        return self._status

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            with suppress(ProcessLookupError):  # it has just ended
                os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def close(self) -> None:
        """Kill what still runs, and close the pipes."""
        self.kill()
        self.wait()
        for each in (self.stdout, self.stderr):
            if each is not None:
                each.close()


@contextmanager
def forked(command: Sequence[str], **how: Any) -> Iterator[Forked]:
    """Run a command until the context ends."""
    process = Forked(command, **how)
    try:
        yield process
    finally:
        process.close()


def run(
    command: Sequence[str],
    *,
    stdin: str | None = None,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> CompletedProcess[str]:
    """Run a command to its end."""
    with TemporaryFile() as out, TemporaryFile() as err, TemporaryFile() as into:
        into.write((stdin or "").encode())
        into.seek(0)
        how = {"stdin": into.fileno(), "stdout": out.fileno(), "stderr": err.fileno()}
        with forked(command, **how, cwd=cwd, env=env) as process:
            status = process.wait()
        texts = []
        for each in (out, err):
            each.seek(0)
            texts.append(each.read().decode())
    return CompletedProcess([*command], status, *texts)


def _stream(number: int, opened: list[int]) -> tuple[TextIO | None, int]:
    """Return our end, if there is one, and that of the child."""
    if number == PIPE:
        ours, theirs = os.pipe()
        opened.append(theirs)
        return os.fdopen(ours, encoding="utf-8"), theirs
    if number == DEVNULL:
        opened.append(os.open(os.devnull, os.O_RDWR))
        return None, opened[-1]
    return None, number
