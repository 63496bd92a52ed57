"""The command `physiomon` as a child process."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PHYSIOMON = str(Path(sys.executable).with_name("physiomon"))


def physiomon(
    *arguments: str, stdin: str | None = None, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [PHYSIOMON, *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=220,
        check=False,
        cwd=cwd,
        env={**os.environ, "COLUMNS": "200", "NO_COLOR": "1"},
    )


def facts(*arguments: str, stdin: str | None = None) -> Any:
    """Return the JSON that a command prints."""
    done = physiomon(*arguments, stdin=stdin)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def refusal(*arguments: str, status: int = 1, cwd: Path | None = None) -> str:
    """Return the one sentence with which a command refuses."""
    done = physiomon(*arguments, cwd=cwd)
    assert done.returncode == status, (done.returncode, done.stdout, done.stderr)
    assert "Traceback" not in done.stderr
    if status == 1:
        assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    return done.stderr


class Running:
    """A command that runs until it is stopped."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.url = ""

    def wait_for_url(self) -> str:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if found := re.search(r"http://\S+", line):
                self.url = found[0]
                return self.url
        raise AssertionError("the command ended without a console")

    def interrupt(self) -> tuple[str, float]:
        """Press Ctrl-C; return what is printed last, and how long it took to end."""
        began_s = time.monotonic()
        self.process.send_signal(signal.SIGINT)
        printed, _ = self.process.communicate(timeout=30)
        return printed, time.monotonic() - began_s


@contextmanager
def running(*arguments: str, cwd: Path | None = None) -> Iterator[Running]:
    process = subprocess.Popen(
        [PHYSIOMON, *arguments],
        stdout=subprocess.PIPE,
        text=True,
        cwd=cwd,
        env={**os.environ, "COLUMNS": "200", "PYTHONUNBUFFERED": "1"},
    )
    try:
        yield Running(process)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()
