"""The shipped files in a real Prometheus, against a real service that is stopped."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from dashboards.access.roles import Role
from tests.api.served_session import secret_of
from tests.attack.service import service
from tests.deploy.test_prometheus import FOLDER, RULES
from tests.servers.process import Server, free_port, program, wait_until


class Prometheus:
    """A Prometheus with the shipped configuration, with short intervals."""

    def __init__(self, folder: Path, target: str) -> None:
        folder.mkdir()
        rules = folder / "physiomon-rules.yaml"
        shutil.copy(FOLDER / rules.name, rules)
        rules.write_text(re.sub(r"for: \d+[sm]", "for: 1s", rules.read_text()))
        (folder / "token").write_text(secret_of(Role.METRICS))
        config = (FOLDER / "prometheus.yaml").read_text()
        # The authorization is a comment there.
        config = re.sub(r"# (authorization:|  credentials_file:)", r"\1", config)
        config = config.replace("/etc/prometheus/physiomon_token", str(folder / "token"))
        config = config.replace("127.0.0.1:8080", target).replace("15s", "2s")
        (folder / "prometheus.yaml").write_text(config)
        address = f"127.0.0.1:{free_port()}"
        self._server = Server(
            [
                program("prometheus", "prometheus"),
                f"--config.file={folder / 'prometheus.yaml'}",
                f"--storage.tsdb.path={folder / 'data'}",
                f"--web.listen-address={address}",
            ],
            folder / "log",
        )
        self._client = httpx.Client(base_url=f"http://{address}/api/v1/")

    @contextmanager
    def running(self) -> Iterator[None]:
        self._server.start()
        try:
            yield
        finally:
            self._server.stop()
            self._client.close()

    def _data(self, path: str) -> dict[str, Any]:
        try:
            answer = self._client.get(path)
        except httpx.TransportError:
            return {}  # it has not started
        return dict(answer.json()["data"]) if answer.is_success else {}

    def target(self) -> dict[str, Any]:
        """Return its only target; empty until it has been asked."""
        targets = self._data("targets").get("activeTargets", [])
        return next((each for each in targets if each["health"] != "unknown"), {})

    def rules(self) -> dict[str, dict[str, Any]]:
        """Return the evaluated rules by name."""
        groups = self._data("rules").get("groups", [])
        return {
            rule["name"]: rule
            for group in groups
            for rule in group["rules"]
            if rule["health"] != "unknown"
        }

    @property
    def down(self) -> dict[str, Any]:
        """Return the rule about a service that does not answer."""
        return self.rules()["PhysiomonDown"]


@pytest.mark.extended
def test_alerts_fire_in_prometheus(tmp_path: Path) -> None:
    with service(tmp_path / "site") as monitor:
        prometheus = Prometheus(tmp_path / "prometheus", f"127.0.0.1:{monitor.port}")
        with prometheus.running():
            wait_until(lambda: prometheus.target().get("health") == "up", "a look at the service")
            wait_until(lambda: len(prometheus.rules()) == len(RULES), "all rules are evaluated")
            rules = prometheus.rules().values()
            assert not {rule["lastError"] for rule in rules if rule["health"] != "ok"}
            wait_until(lambda: prometheus.down["state"] == "inactive", "the service is seen")
            monitor.process.terminate()
            wait_until(lambda: prometheus.down["state"] == "firing", "the service is missed")
            (alert,) = prometheus.down["alerts"]
            assert f"127.0.0.1:{monitor.port} does not answer" in alert["annotations"]["summary"]
