"""A real InfluxDB behind nginx.

The front gives InfluxDB 1.6 and 1.7 the write address of later versions, and adds the token of 2.x
to every request: all that tests send is the same for each version. Tokens and organisations are
tested with imitations, see `influx_imitations`.
"""

import json
import signal
import urllib.parse
import urllib.request
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

from tests.durations import PATIENCE_S
from tests.servers.process import Server, free_port, program, wait_until

DATABASE = "physiomon"
ORG = "-"

_NGINX = """
daemon off; master_process off; worker_processes 1; pid {folder}/nginx.pid;
error_log {folder}/nginx.log;
events {{ worker_connections 256; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  include {folder}/server.conf;
}}
"""

_FRONT = """
server {{
  listen 127.0.0.1:{front};
  client_max_body_size 25m;
  client_body_buffer_size 4m;
  location / {{
    proxy_pass http://127.0.0.1:{port};
    proxy_http_version 1.1;
    {headers}
  }}
}}
"""


class Influx(ABC):
    """The pair of servers; data stays in `folder` over stops and kills.

    Args:
        folder: a new one.
        binary: the server's program.

    Attributes:
        version: as the server reports it, once it has been started.
        url: of the front.
        bare_url: of the server without nginx.
    """

    major: int
    headers = ""  # directives of nginx for the requests that it passes on

    def __init__(self, folder: Path, binary: str) -> None:
        self.folder = folder
        self.version = ""
        self.port, self.front_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.front_port}"
        self.bare_url = f"http://127.0.0.1:{self.port}"
        self._log = folder / "servers.log"
        nginx, config = program("nginx", "nginx-light"), folder / "nginx.conf"
        config.write_text(_NGINX.format(folder=folder))
        self._nginx = Server([nginx, "-p", str(folder), "-c", str(config)], self._log)
        self._influxd = Server([binary, *self.arguments()], self._log)

    @abstractmethod
    def arguments(self) -> list[str]:
        """Write the configuration; return the arguments of the server's command line."""

    @abstractmethod
    def create(self) -> None:
        """Create the database, unless it exists."""

    @abstractmethod
    def drop(self) -> None:
        """Delete the database."""

    @abstractmethod
    def forget(self, measurement: str) -> None:
        """Delete all points of a measurement, and the types of its fields."""

    @abstractmethod
    def keep_for(self, days: int) -> None:
        """Set the retention of the database."""

    def front(self) -> str:
        """Return the configuration of nginx for this server."""
        return _FRONT.format(front=self.front_port, port=self.port, headers=self.headers)

    def start(self) -> None:
        """Start the stopped servers, and create the database unless it exists."""
        if not self._influxd.running:
            self._influxd.start()
            wait_until(lambda: self._answers(self.bare_url), "InfluxDB answers")
        if not self._nginx.running:
            (self.folder / "server.conf").write_text(self.front())
            self._nginx.start()
        wait_until(lambda: self._answers(self.url), "nginx answers")
        self.create()

    def reset(self) -> None:
        """Start the stopped servers, and empty the database."""
        self.start()
        self.drop()
        self.create()

    def stop(self) -> None:
        self._influxd.stop()

    def kill(self) -> None:
        self._influxd.stop(signal.SIGKILL)

    def kill_front(self) -> None:
        self._nginx.stop(signal.SIGKILL)

    def close(self) -> None:
        self._influxd.stop()
        self._nginx.stop()

    def query(self, influxql: str, method: str = "GET", **login: str) -> list[dict[str, Any]]:
        """Return the series of a query's first result, each with name, tags, columns, values."""
        words = {"db": DATABASE, "q": influxql, "epoch": "ns", **login}
        result = self.ask(method, "/query", words)["results"][0]
        assert "error" not in result, result["error"]
        series: list[dict[str, Any]] = result.get("series", [])
        return series

    def ask(
        self, method: str, path: str, query: dict[str, str] | None = None, body: object = None
    ) -> Any:
        """Return the JSON that the front answers to a request; None for an empty answer."""
        request = urllib.request.Request(  # noqa: S310 - ours
            f"{self.url}{path}?{urllib.parse.urlencode(query or {})}",
            None if body is None else json.dumps(body).encode(),
            {"Content-Type": "application/json"},
            method=method,
        )
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:  # noqa: S310
            read = answer.read()
        return json.loads(read) if read else None

    def write(self, line: str) -> None:
        """Write a line without the code under test."""
        url = f"{self.url}/api/v2/write?org={ORG}&bucket={DATABASE}"
        urllib.request.urlopen(url, line.encode(), timeout=PATIENCE_S).close()  # noqa: S310

    def count(self, measurement: str, field: str) -> int:
        series = self.query(f'SELECT count("{field}") FROM "{measurement}"')  # noqa: S608
        return int(series[0]["values"][0][1]) if series else 0

    def _answers(self, url: str) -> bool:
        assert self._influxd.running, self._log.read_text()[-2000:]
        try:
            with urllib.request.urlopen(f"{url}/ping", timeout=2) as answer:  # noqa: S310
                self.version = answer.headers.get("X-Influxdb-Version", "")
                return True
        except OSError:
            return False
