"""The command `physiomon` as a child process."""

import json
import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import PIPE, CompletedProcess, Popen
from typing import Any

from tests.servers.forked import PHYSIOMON, Forked, forked, run


def physiomon(
    *arguments: str, stdin: str | None = None, cwd: Path | None = None
) -> CompletedProcess[str]:
    """Run a command to its end."""
    environment = {**os.environ, "COLUMNS": "200", "NO_COLOR": "1"}
    return run([PHYSIOMON, *arguments], stdin=stdin, cwd=cwd, env=environment)


def facts(*arguments: str, stdin: str | None = None) -> Any:
    """Return the JSON that a command prints."""
    done = physiomon(*arguments, stdin=stdin)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def refusal(*arguments: str, status: int = 1, cwd: Path | None = None) -> str:
    """Return the one sentence that a refusing command prints."""
    done = physiomon(*arguments, cwd=cwd)
    assert done.returncode == status, (done.returncode, done.stdout, done.stderr)
    assert "Traceback" not in done.stderr
    if status == 1:
        assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    return done.stderr


class Running:
    """A command that runs until it is stopped."""

    def __init__(self, process: Forked | Popen[str]) -> None:
        self.process = process
        self.url = ""

    def wait_for_url(self) -> str:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if found := re.search(r"http://\S+", line):
                self.url = found[0]
                return self.url
        raise AssertionError("the command ended without a console")

    def interrupt(self) -> str:
        """Press Ctrl-C; return the last output after an exit with status 0."""
        assert self.process.stdout is not None
        self.process.send_signal(signal.SIGINT)
        printed = self.process.stdout.read()
        assert self.process.wait() == 0
        return printed


@contextmanager
def running(*arguments: str, cwd: Path | None = None) -> Iterator[Running]:
    environment = {**os.environ, "COLUMNS": "200"}
    with forked([PHYSIOMON, *arguments], stdout=PIPE, cwd=cwd, env=environment) as process:
        yield Running(process)
