"""InfluxDB 2.x: one organisation, one user and one token, which the front adds to requests."""

import urllib.error
from datetime import UTC, datetime

from tests.servers.influx import DATABASE, ORG, Influx

_TOKEN = "the-token-of-the-tests"
_DAY_S = 86_400


class Influx2(Influx):
    """Buckets, which InfluxQL reads as databases."""

    major = 2
    headers = f'proxy_set_header Authorization "Token {_TOKEN}";'

    def arguments(self) -> list[str]:
        folder = self.folder
        return [
            "run",
            f"--http-bind-address=127.0.0.1:{self.port}",
            f"--bolt-path={folder}/influxd.bolt",
            f"--sqlite-path={folder}/influxd.sqlite",
            f"--engine-path={folder}/engine",
            "--reporting-disabled",
            "--ui-disabled",
            "--log-level=error",
        ]

    def create(self) -> None:
        if self.ask("GET", "/api/v2/setup")["allowed"]:
            user = {"username": "tests", "password": "of-the-tests", "token": _TOKEN}
            self.ask("POST", "/api/v2/setup", body={**user, "org": ORG, "bucket": DATABASE})
        if self._bucket() is None:
            (org,) = self.ask("GET", "/api/v2/orgs", {"org": ORG})["orgs"]
            self.ask("POST", "/api/v2/buckets", body={"orgID": org["id"], "name": DATABASE})

    def drop(self) -> None:
        self.ask("DELETE", f"/api/v2/buckets/{self._bucket()}")

    def forget(self, measurement: str) -> None:
        deleted = {
            "start": "1970-01-01T00:00:00Z",
            "stop": datetime(2200, 1, 1, tzinfo=UTC).isoformat(),
            "predicate": f'_measurement="{measurement}"',
        }
        self.ask("POST", "/api/v2/delete", {"org": ORG, "bucket": DATABASE}, deleted)

    def keep_for(self, days: int) -> None:
        rule = {"type": "expire", "everySeconds": days * _DAY_S}
        body = {"retentionRules": [{**rule, "shardGroupDurationSeconds": _DAY_S}]}
        self.ask("PATCH", f"/api/v2/buckets/{self._bucket()}", body=body)

    def _bucket(self) -> str | None:
        """Return the identity of the bucket; None while there is none."""
        try:
            found = self.ask("GET", "/api/v2/buckets", {"org": ORG, "name": DATABASE})
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return None
            raise
        return next((str(each["id"]) for each in found["buckets"]), None)
