"""A real InfluxDB 1.x behind nginx, which maps the v2 write address to that of 1.x."""

import json
import signal
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.durations import PATIENCE_S
from tests.servers.process import Server, free_port, program, wait_until

DATABASE = "physiomon"

_DEPLOYED = Path(__file__).parents[2] / "deploy/nginx/influxdb-1.6.conf"

_NGINX = """
daemon off; master_process off; worker_processes 1; pid {folder}/nginx.pid;
error_log {folder}/nginx.log;
events {{ worker_connections 256; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  include {folder}/influxdb-1.6.conf;
}}
"""

_INFLUX = """
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


@dataclass
class Influx:
    """The pair of servers; data stays in `folder` over stops and kills.

    Attributes:
        folder: a new one.
        login: name and password of the only user; without it everybody may do everything.
    """

    folder: Path
    login: tuple[str, str] | None = None

    def __post_init__(self) -> None:
        influxd, nginx = program("influxd", "influxdb"), program("nginx", "nginx-light")
        self._port, rpc, self.front = free_port(), free_port(), free_port()
        config = self.folder / "influxdb.conf"
        auth = "false" if self.login is None else "true"
        config.write_text(_INFLUX.format(folder=self.folder, port=self._port, rpc=rpc, auth=auth))
        front = self.folder / "nginx.conf"
        front.write_text(_NGINX.format(folder=self.folder))
        deployed = _DEPLOYED.read_text()
        for shipped, ours in ((":8086", self._port), (":8087", self.front)):
            deployed = deployed.replace(shipped, f":{ours}")
        (self.folder / _DEPLOYED.name).write_text(deployed)
        self._log = self.folder / "servers.log"
        self._influxd = Server([influxd, "-config", str(config)], self._log)
        self._nginx = Server([nginx, "-p", str(self.folder), "-c", str(front)], self._log)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.front}"

    @property
    def bare_url(self) -> str:
        """Return the address without nginx."""
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        if not self._influxd.running:
            self._influxd.start()
        if not self._nginx.running:
            self._nginx.start()
        wait_until(self._answers, "InfluxDB answers")
        if self.login is not None:
            name, password = self.login
            self.query(f"CREATE USER {name} WITH PASSWORD '{password}' WITH ALL PRIVILEGES", "POST")
        self.query(f"CREATE DATABASE {DATABASE}", method="POST")

    def stop(self) -> None:
        self._influxd.stop()

    def kill(self) -> None:
        self._influxd.stop(signal.SIGKILL)

    def kill_front(self) -> None:
        self._nginx.stop(signal.SIGKILL)

    def close(self) -> None:
        self._influxd.stop()
        self._nginx.stop()

    def query(self, influxql: str, method: str = "GET") -> list[dict[str, Any]]:
        """Return the series of a query's first result, each with name, tags, columns, values."""
        name, password = self.login or ("", "")
        words = urllib.parse.urlencode(
            {"db": DATABASE, "q": influxql, "epoch": "ns", "u": name, "p": password}
        )
        request = urllib.request.Request(
            f"http://127.0.0.1:{self._port}/query?{words}", method=method
        )
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:  # noqa: S310
            result = json.load(answer)["results"][0]
        assert "error" not in result, result["error"]
        series: list[dict[str, Any]] = result.get("series", [])
        return series

    def write(self, line: str) -> None:
        """Write a line past everything of ours."""
        url = f"http://127.0.0.1:{self._port}/write?db={DATABASE}"
        urllib.request.urlopen(url, line.encode(), timeout=PATIENCE_S).close()

    def count(self, measurement: str, field: str) -> int:
        series = self.query(f'SELECT count("{field}") FROM "{measurement}"')  # noqa: S608
        return int(series[0]["values"][0][1]) if series else 0

    def _answers(self) -> bool:
        assert self._influxd.running, self._log.read_text()[-2000:]
        assert self._nginx.running, (self.folder / "nginx.log").read_text()[-2000:]
        try:
            with urllib.request.urlopen(f"{self.url}/ping", timeout=2):  # noqa: S310
                return True
        except (urllib.error.URLError, OSError):
            return False
