"""Checks of the container: as compose.yaml runs it, with its folders, user and restrictions."""

import json
import shutil
import subprocess
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import httpx

from tests.deploy_check.engine import IMAGE, LATER, LATER_IMAGE, REPOSITORY, Engine, build_later
from tests.servers.process import wait_until

_NAME = "physiomon"
_PORT = 18_090
_CONSOLE = f'\n[console]\nport = {_PORT}\naccounts = "accounts.toml"\n'
_DATA = "/var/lib/physiomon"
_RUNS = """
from pathlib import Path
from monitor.storage.journal import Journal
with Journal.read(Path("{path}")) as journal:
    print(*(entry.body()["version"] for entry in journal.entries() if entry.kind == "run"))
"""

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
            ("container: an upgrade resumes the session", self._upgrade),
            ("container: both versions verify the journal", self._verify),
            ("container: goes back once the session has ended", self._go_back),
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
        return self._run(IMAGE)

    def _run(self, image: str) -> str:
        began = time.monotonic()
        options = ("-d", "--name", _NAME, "--restart", "unless-stopped", image)
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

    def _upgrade(self) -> str:
        build_later(self._engine)
        before = self._journals()
        self._run(LATER_IMAGE)
        assert self._journals() == before, "another session has begun"
        self._engine.run(
            *("exec", _NAME, "physiomon", "journal", "copy", f"{_DATA}/{before[0]}"),
            f"{_DATA}/copy-{LATER}.sqlite",
        )
        versions = self._engine.run(
            *("exec", "-i", _NAME, "/opt/physiomon/bin/python", "-"),
            stdin=_RUNS.format(path=f"{_DATA}/copy-{LATER}.sqlite"),
        ).split()
        assert versions[-1] == LATER != versions[0], versions
        return " -> ".join(dict.fromkeys(versions))

    def _verify(self) -> str:
        words = ("replay", "--verify", f"{_DATA}/copy-{LATER}.sqlite")
        return "; ".join(
            self._engine.run(*self._docker_run("--rm", image, *words)).splitlines()[-1]
            for image in (IMAGE, LATER_IMAGE)
        )

    def _go_back(self) -> str:
        (session,) = (name.removesuffix(".journal") for name in self._journals())
        token = self._token()
        self._post(token, f"sessions/{session}/finish", {"reason": "over"})
        self._stop()
        self._run(IMAGE)
        begun = self._post(token, "places/session/begin", {"participant": "P08"})
        assert "P08-" in begun, begun
        self._stop()
        return "and begins the next one"

    def _token(self) -> str:
        words = ("token", "add", "check", "--role", "monitor")
        path = "/etc/physiomon/accounts.toml"
        printed = self._engine.run(*self._docker_run("--rm", IMAGE, *words, "--accounts", path))
        token = next(word for word in printed.split() if word.startswith("physiomon-"))
        # The service looks at the file each second.
        asked = partial(
            httpx.get,
            f"http://127.0.0.1:{_PORT}/api/v1/sessions",
            headers={"Authorization": f"Bearer {token}"},
        )
        wait_until(lambda: asked().is_success, "the token")
        return token

    def _post(self, token: str, path: str, body: dict[str, str]) -> str:
        answer = httpx.post(
            f"http://127.0.0.1:{_PORT}/api/v1/{path}",
            headers={"Authorization": f"Bearer {token}"},
            json=body,
        )
        assert answer.is_success, answer.text
        return answer.text
