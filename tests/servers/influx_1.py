"""InfluxDB 1.x, with or without users."""

import re
from pathlib import Path
from typing import Any

from tests.servers.influx import DATABASE, Influx
from tests.servers.process import free_port

_DEPLOYED = Path(__file__).parents[2] / "deploy/nginx/influxdb-1.6.conf"

_CONFIG = """
bind-address = "127.0.0.1:{rpc}"
reporting-disabled = true
[meta]
  dir = "{folder}/meta"
[data]
  dir = "{folder}/data"
  wal-dir = "{folder}/wal"
  index-version = "tsi1"
  query-log-enabled = false
[http]
  bind-address = "127.0.0.1:{port}"
  log-enabled = false
  auth-enabled = {auth}
[monitor]
  store-enabled = false
"""


class Influx1(Influx):
    """Databases, retention policies and InfluxQL.

    Args:
        folder: a new one.
        binary: the server's program.
        login: name and password of the only user; without it everybody may do everything.
    """

    major = 1

    def __init__(self, folder: Path, binary: str, login: tuple[str, str] | None = None) -> None:
        self._login = dict(zip("up", login or (), strict=False))
        super().__init__(folder, binary)

    @property
    def needs_mapping(self) -> bool:
        """Return whether the server lacks the write address of later versions."""
        return re.match(r"v?1\.[67]\.", self.version) is not None

    def arguments(self) -> list[str]:
        config = self.folder / "influxdb.conf"
        auth = "true" if self._login else "false"
        text = _CONFIG.format(folder=self.folder, port=self.port, rpc=free_port(), auth=auth)
        config.write_text(text)
        return ["-config", str(config)]

    def front(self) -> str:
        if not self.needs_mapping:
            return super().front()
        deployed = _DEPLOYED.read_text()
        for shipped, ours in ((":8086", self.port), (":8087", self.front_port)):
            deployed = deployed.replace(shipped, f":{ours}")
        return deployed

    def query(self, influxql: str, method: str = "GET", **login: str) -> list[dict[str, Any]]:
        return super().query(influxql, method, **(login or self._login))

    def create(self) -> None:
        if self._login:
            name, password = self._login["u"], self._login["p"]
            self.query(f"CREATE USER {name} WITH PASSWORD '{password}' WITH ALL PRIVILEGES", "POST")
        self.query(f"CREATE DATABASE {DATABASE}", "POST")

    def drop(self) -> None:
        self.query(f"DROP DATABASE {DATABASE}", "POST")

    def forget(self, measurement: str) -> None:
        self.query(f'DROP MEASUREMENT "{measurement}"', "POST")

    def keep_for(self, days: int) -> None:
        policy = f"RETENTION POLICY autogen ON {DATABASE}"
        self.query(f"ALTER {policy} DURATION {days}d SHARD DURATION 0s", "POST")
