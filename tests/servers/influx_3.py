"""InfluxDB 3 Core without tokens."""

import urllib.error

from tests.servers.influx import DATABASE, Influx

_DATABASES = "/api/v3/configure/database"
_TABLES = "/api/v3/configure/table"


class Influx3(Influx):
    """Databases that Core gives a retention only when it creates them."""

    major = 3

    def arguments(self) -> list[str]:
        return [
            "serve",
            "--node-id=tests",
            "--object-store=file",
            f"--data-dir={self.folder}/data",
            f"--http-bind=127.0.0.1:{self.port}",
            "--without-auth",
            "--disable-telemetry-upload",
        ]

    def create(self) -> None:
        self._create({})

    def drop(self) -> None:
        self.ask("DELETE", _DATABASES, {"db": DATABASE, "hard_delete_at": "now"})

    def forget(self, measurement: str) -> None:
        target = {"db": DATABASE, "table": measurement, "hard_delete_at": "now"}
        self.ask("DELETE", _TABLES, target)

    def keep_for(self, days: int) -> None:
        self.drop()
        self._create({"retention_period": f"{days}d"})

    def _create(self, retention: dict[str, str]) -> None:
        try:
            self.ask("POST", _DATABASES, body={"db": DATABASE, **retention})
        except urllib.error.HTTPError as error:
            if error.code != 409:  # it exists
                raise
