"""Checks of the container: as compose.yaml runs it, with its folders, user and restrictions."""

import json
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from tests.deploy_check.engine import IMAGE, REPOSITORY, Engine
from tests.servers.process import wait_until

_NAME = "physiomon"
_PORT = 18_090
_CONSOLE = f'\n[console]\nport = {_PORT}\naccounts = "accounts.toml"\n'
_PATIENCE_S = 120.0

Check = tuple[str, Callable[[], str]]


class Container:
    """One container of the monitor, on a copy of deploy/."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self._engine = engine
        self._folder = folder / "deploy"
        left_out = shutil.ignore_patterns("secrets", "data", "config", "journals")
        shutil.copytree(REPOSITORY / "deploy", self._folder, ignore=left_out)

    def checks(self) -> list[Check]:
        """Return the checks, in order."""
        return [
            ("container: secrets.sh makes the folders", self._prepare),
            ("container: an account is added", self._add_account),
            ("container: starts, with a database that is away", self._start),
            ("container: kill -9, the same session resumes", self._kill),
            ("container: journal copied while it is recorded", self._copy),
            ("container: stops cleanly", self._stop),
        ]

    def _prepare(self) -> str:
        subprocess.run(
            [self._folder / "secrets.sh", "clinic.example"], check=True, capture_output=True
        )
        with (self._folder / "config/session.toml").open("a") as file:
            file.write(_CONSOLE)
        return ""

    def _docker_run(self, *arguments: str) -> list[str | Path]:
        mounts = {"config": "/etc/physiomon", "journals": "/var/lib/physiomon"}
        token = "secrets/influx_write_token"
        return [
            *("run", "--read-only", "--cap-drop", "ALL", "--user", "10001:10001"),
            *("--security-opt", "no-new-privileges", "--tmpfs", "/tmp", "--network", "host"),
            *("-e", "PHYSIOMON_WATCHDOG_S=20"),
            *(
                word
                for name, at in mounts.items()
                for word in ("-v", f"{self._folder / name}:{at}")
            ),
            *("-v", f"{self._folder / token}:/run/{token}:ro"),
            *arguments,
        ]

    def _add_account(self) -> str:
        words = ("user", "add", "md-1", "--role", "medical", "--password-stdin")
        path = "/etc/physiomon/accounts.toml"
        return self._engine.run(
            *self._docker_run("--rm", "-i", IMAGE, *words, "--accounts", path),
            stdin="eleven green bicycles\n",
        )

    def _start(self) -> str:
        began = time.monotonic()
        options = ("-d", "--name", _NAME, "--restart", "unless-stopped", IMAGE)
        self._engine.run(*self._docker_run(*options))
        return self._until_it_answers(began)

    def _until_it_answers(self, began: float) -> str:
        url = f"http://127.0.0.1:{_PORT}/healthz"
        wait_until(
            lambda: (
                subprocess.run(["curl", "-fs", url], capture_output=True, check=False).returncode
                == 0
            ),
            "the console",
        )
        return f"after {time.monotonic() - began:.0f} s"

    def _kill(self) -> str:
        before = self._journals()
        pid = self._engine.run("inspect", "-f", "{{.State.Pid}}", _NAME)
        began = time.monotonic()
        subprocess.run(["kill", "-9", pid], check=True)
        wait_until(
            lambda: self._engine.run("inspect", "-f", "{{.State.Pid}}", _NAME) not in (pid, "0"),
            "a new process",
        )
        told = self._until_it_answers(began)
        assert self._journals() == before, "another session has begun"
        return told

    def _journals(self) -> list[str]:
        return sorted(path.name for path in (self._folder / "journals").glob("*.journal"))

    def _copy(self) -> str:
        folder, (name,) = "/var/lib/physiomon", self._journals()
        printed = self._engine.run(
            *("exec", _NAME, "physiomon", "journal", "copy", f"{folder}/{name}"),
            *(f"{folder}/copy.sqlite", "--json"),
        )
        return f"{json.loads(printed)['entries']} entries"

    def _stop(self) -> str:
        began = time.monotonic()
        self._engine.run("stop", "-t", "20", _NAME)
        took_s = time.monotonic() - began
        status = self._engine.run("inspect", "-f", "{{.State.ExitCode}}", _NAME)
        assert status == "0", f"status {status}"
        self._engine.run("rm", _NAME)
        return f"{took_s:.1f} s"
