"""Child processes of Python, forked from one that has imported the program already.

A new interpreter spends a quarter of a second to two on imports, a forked one a hundredth. Whatever
is started, killed or asked many times is therefore forked; arguments, environment, folder, standard
streams, signals and exit status are those of a separate process.
"""

import gc
import multiprocessing
import os
import pkgutil
import runpy
import signal
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from multiprocessing import connection, reduction
from pathlib import Path
from subprocess import DEVNULL, PIPE, CompletedProcess
from tempfile import TemporaryFile
from typing import Any, TextIO

import monitor.commands

PHYSIOMON = str(Path(sys.executable).with_name("physiomon"))
# A status is read once, whichever thread asks: a start asks for those of all that were started.
_READING = threading.Lock()
_CONTEXT = multiprocessing.get_context("forkserver")
# What commands load only when they need it, as many of those that are tested do.
_LATER = ["dashboards.console.server", "monitor.calls.setup", "monitor.mqtt.service"]
_LATER += ["monitor.service.grafana_live", "monitor.service.outboxes", "rich.table"]
_CONTEXT.set_forkserver_preload(
    ["pytest", "monitor.cli", *_LATER]
    + [each.name for each in pkgutil.iter_modules(monitor.commands.__path__, "monitor.commands.")]
)


class _Descriptor:
    """A file descriptor that is duplicated into the child."""

    def __init__(self, number: int) -> None:
        self._number = number

    def __reduce__(self) -> tuple[Any, ...]:
        return _detach, (reduction.DupFd(self._number),)


def _detach(passed: Any) -> int:
    number: int = passed.detach()
    return number


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
            arguments = [command[0], *command[1:]]
        elif [*command[:2]] == [sys.executable, "-m"]:
            arguments = [*command[2:]]
        else:
            raise AssertionError(f"cannot be forked: {command}")
        opened: list[int] = []
        self.stdout, out = _stream(stdout, opened)
        self.stderr, err = _stream(stderr, opened)
        _, into = _stream(stdin, opened)
        streams = tuple(map(_Descriptor, (into, out, err)))
        self._process = _CONTEXT.Process(
            target=_run,
            args=(
                arguments,
                streams,
                str(cwd or Path.cwd()),
                dict(os.environ if env is None else env),
            ),
            daemon=True,
        )
        try:
            with _READING:
                self._process.start()
        finally:
            for each in opened:
                os.close(each)

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    def poll(self) -> int | None:
        """Return the exit status, negative after a signal; None while it runs."""
        with _READING:
            return self._process.exitcode

    def wait(self) -> int:
        """Return the exit status once there is one."""
        connection.wait([self._process.sentinel])
        status = self.poll()
        assert status is not None
        return status

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
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


def _run(
    arguments: list[str], streams: tuple[int, int, int], folder: str, environment: dict[str, str]
) -> None:
    """Run the command in the child."""
    multiprocessing.current_process().daemon = False  # it may start workers, as a command does
    gc.freeze()  # what the parent has imported is not collected, nor copied
    for number, each in enumerate(streams):
        os.dup2(each, number)
        os.close(each)
    sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)
    sys.stdout = os.fdopen(1, "w", buffering=1, encoding="utf-8", closefd=False)
    sys.stderr = os.fdopen(2, "w", buffering=1, encoding="utf-8", closefd=False)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv[:] = arguments
    if arguments[0] == PHYSIOMON:
        from monitor.cli import main  # noqa: PLC0415 - as the script does

        main()
    else:
        runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)
