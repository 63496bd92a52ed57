"""A real VictoriaMetrics, which takes the v2 write address itself."""

import json
import signal
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

from tests.durations import PATIENCE_S
from tests.servers.process import Server, free_port, program, wait_until


class Victoria:
    """The server; data stays in `folder` over kills, as far as it was flushed."""

    def __init__(self, folder: Path) -> None:
        found = program("victoria-metrics", "victoria-metrics")
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self._server = Server(
            [
                found,
                f"-storageDataPath={folder / 'victoria'}",
                f"-httpListenAddr=127.0.0.1:{port}",
                "-retentionPeriod=100y",
                "-search.disableCache",
                "-search.latencyOffset=0s",
            ],
            folder / "victoria.log",
        )

    def start(self) -> None:
        self._server.start()
        wait_until(self._answers, "VictoriaMetrics answers")

    def kill(self) -> None:
        self._server.stop(signal.SIGKILL)

    def close(self) -> None:
        self._server.stop()

    def count(self, metric: str) -> int:
        """Return how many samples there are of the last hour."""
        self._get("/internal/force_flush")
        words = urllib.parse.urlencode({"query": f"sum(count_over_time({metric}[1h]))"})
        result = json.loads(self._get(f"/api/v1/query?{words}"))["data"]["result"]
        return int(result[0]["value"][1]) if result else 0

    def _get(self, path: str) -> bytes:
        with urllib.request.urlopen(self.url + path, timeout=PATIENCE_S) as answer:  # noqa: S310
            body: bytes = answer.read()
        return body

    def _answers(self) -> bool:
        assert self._server.running
        try:
            self._get("/health")
        except (urllib.error.URLError, OSError):
            return False
        return True
