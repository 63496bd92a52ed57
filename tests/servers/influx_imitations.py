"""Imitations of InfluxDB 2.9.0 and 3.10.1 Core, which answer as these were measured to answer.

They keep points in memory, and are no oracle of anything but status, shape and words of answers.
"""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.utils import formatdate
from typing import Any

from aiohttp import web

BUCKET, ORG = "physiomon", "clinic"
RIGHTS = {  # of each token
    "all": {"read", "write", "manage"},
    "write-only": {"write"},
    "read-only": {"read"},
    "other-bucket": set[str](),
}
_FIELD = re.compile(r'([A-Za-z_]+)=("(?:[^"\\]|\\.)*"|[^,\s]+)')
_POINT = re.compile(r"((?:\\.|[^ \\])+) (.+?)(?: (\d+))?", re.DOTALL)
_KINDS = {'"': "string", "t": "boolean", "f": "boolean"}


class Imitation:
    """Bucket of a server with a separate clock.

    Attributes:
        now_ns: the server's clock.
        points: fields by series and time.
        retention_s: None while the bucket does not exist, 0 for forever.
        asked: method and path of each request.
    """

    version = ""

    def __init__(self, now_ns: int = 1_800_000_000 * 10**9, retention_s: int | None = 0) -> None:
        self.now_ns = now_ns
        self.retention_s = retention_s
        self.points: dict[tuple[str, int], str] = {}
        self.asked: list[str] = []
        self._types: dict[tuple[str, str], str] = {}

    @property
    def times_ns(self) -> list[int]:
        """Return the times of all points but probes, in order."""
        return sorted(at for series, at in self.points if series != "physiomon_probe")

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/ping", self.ping),
            web.post("/api/v2/write", self.write),
            web.get("/query", self.query),
        ]

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[str]:
        app = web.Application(client_max_size=1 << 26, middlewares=[self._guard])
        app.add_routes(self.routes())
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        try:
            yield f"http://127.0.0.1:{runner.addresses[0][1]}"
        finally:
            await runner.cleanup()

    @web.middleware
    async def _guard(self, request: web.Request, handler: Any) -> web.StreamResponse:
        self.asked.append(f"{request.method} {request.path}")
        refusal = self.refusal(request)
        response: web.StreamResponse = refusal or await handler(request)
        return response

    def refusal(self, request: web.Request) -> web.Response | None:
        raise NotImplementedError

    async def write(self, request: web.Request) -> web.Response:
        raise NotImplementedError

    async def ping(self, _request: web.Request) -> web.Response:
        return web.Response(status=204, headers={"X-Influxdb-Version": self.version})

    async def query(self, request: web.Request) -> web.Response:
        """Answer the two queries of setup and check."""
        if "read" not in self.rights(request) or request.query["db"] != BUCKET:
            error = f"database not found: {request.query['db']}"
            return web.json_response({"results": [{"statement_id": 0, "error": error}]})
        older = re.search(r"time < now\(\) - (\d+)s", request.query["q"])
        found: list[list[object]] = [
            [at, fields.split('"')[1] if "probe" in series else fields]
            for (series, at), fields in self.points.items()
            if (at < self.now_ns - int(older[1]) * 10**9 if older else "probe" in series)
        ]
        series = [{"name": "m", "columns": ["time", "id"], "values": found}] if found else []
        result = {"statement_id": 0, **({"series": series} if series else {})}
        return web.json_response({"results": [result]})

    def rights(self, request: web.Request) -> set[str]:
        return RIGHTS.get(request.headers.get("Authorization", "").partition(" ")[2], set())

    def judge(self, line: str) -> tuple[str, str] | None:
        """Return the kind and the text of the first fault of a line; store it without one."""
        parts = _POINT.fullmatch(line)
        fields = _FIELD.findall(parts[2]) if parts else []
        if parts is None or not fields:
            return "malformed", f"unable to parse '{line}': missing field value"
        series, at_ns = parts[1], int(parts[3] or self.now_ns)
        measurement = series.partition(",")[0]
        for name, value in fields:
            kind = _KINDS.get(value[0], "integer" if value[-1] == "i" else "float")
            known = self._types.setdefault((measurement, name), kind)
            if kind != known:
                return "conflict", self.conflict(measurement, name, kind, known)
        if self.retention_s and at_ns < self.now_ns - self.retention_s * 10**9:
            return "old", f"{series} at {at_ns}"
        self.points[series, at_ns] = parts[2]
        return None

    def conflict(self, measurement: str, name: str, kind: str, known: str) -> str:
        return (
            f'partial write: field type conflict: input field "{name}" on measurement '
            f'"{measurement}" is type {kind}, already exists as type {known}'
        )


class Influx29(Imitation):
    """InfluxDB 2.9.0: buckets, organisations, mappings; invalid points are left out."""

    version = "v2.9.0"

    def __init__(self, now_ns: int = 1_800_000_000 * 10**9, retention_s: int | None = 0) -> None:
        super().__init__(now_ns, retention_s)
        self.shard_s = 7 * 86_400
        self.mappings: list[dict[str, Any]] = []

    def routes(self) -> list[web.RouteDef]:
        return [
            *super().routes(),
            web.get("/api/v2/orgs", self.orgs),
            web.get("/api/v2/buckets", self.find_bucket),
            web.post("/api/v2/buckets", self.make_bucket),
            web.patch("/api/v2/buckets/b1", self.change_bucket),
            web.get("/api/v2/dbrps", self.find_mappings),
            web.post("/api/v2/dbrps", self.make_mapping),
        ]

    def refusal(self, request: web.Request) -> web.Response | None:
        token = request.headers.get("Authorization", "").partition(" ")[2]
        if request.path == "/ping" or token in RIGHTS:
            return None
        return self.error(401, "unauthorized", "unauthorized access")

    @staticmethod
    def error(status: int, code: str, text: str) -> web.Response:
        return web.json_response(
            {"code": code, "message": text}, status=status, headers={"X-Platform-Error-Code": code}
        )

    async def write(self, request: web.Request) -> web.Response:
        org, bucket = request.query["org"], request.query["bucket"]
        if org != ORG:
            return self.error(404, "not found", f'organization name "{org}" not found')
        if "write" not in self.rights(request):
            return self.error(403, "forbidden", "insufficient permissions for write")
        if bucket != BUCKET or self.retention_s is None:
            return self.error(404, "not found", f'bucket "{bucket}" not found')
        before = dict(self.points)
        faults = [
            fault for line in (await request.text()).split("\n") if (fault := self.judge(line))
        ]
        kinds = dict(reversed(faults))
        if "malformed" in kinds:
            self.points = before
            return self.error(400, "invalid", kinds["malformed"])
        told = "failure writing points to database: "
        if "conflict" in kinds:
            return self.error(422, "unprocessable entity", f"{told}{kinds['conflict']} dropped=1")
        if faults:
            bound = "dropped because it violates a Retention Policy Lower Bound"
            text = (
                f"partial write: dropped {len(faults)} points outside retention policy of duration "
                f"{self.retention_s}s - oldest point {faults[0][1]} {bound}, newest point "
                f"{faults[-1][1]} {bound} dropped={len(faults)} for database: b for retention "
                "policy: autogen"
            )
            return self.error(422, "unprocessable entity", told + text)
        return web.Response(status=204)

    async def orgs(self, request: web.Request) -> web.Response:
        if request.query.get("org", ORG) != ORG:
            name = request.query["org"]
            return self.error(404, "not found", f'organization name "{name}" not found')
        seen = [{"id": "0a", "name": ORG}] if "manage" in self.rights(request) else []
        return web.json_response({"orgs": seen})

    async def find_bucket(self, request: web.Request) -> web.Response:
        if "read" not in self.rights(request) or self.retention_s is None:
            return self.error(404, "not found", f'bucket "{request.query["name"]}" not found')
        return web.json_response({"buckets": [self._bucket()]})

    async def make_bucket(self, request: web.Request) -> web.Response:
        rules = (await request.json())["retentionRules"]
        self.retention_s = rules[0]["everySeconds"] if rules else 0
        return web.json_response(self._bucket(), status=201)

    async def change_bucket(self, request: web.Request) -> web.Response:
        (rule,) = (await request.json())["retentionRules"]
        shard_s = rule.get("shardGroupDurationSeconds", self.shard_s)
        if rule["everySeconds"] and shard_s > rule["everySeconds"]:
            text = "shard-group duration must also be updated to be smaller than new retention"
            return self.error(422, "unprocessable entity", f"{text} duration")
        self.retention_s, self.shard_s = rule["everySeconds"], shard_s
        return web.json_response(self._bucket())

    async def find_mappings(self, request: web.Request) -> web.Response:
        found = [each for each in self.mappings if each["database"] == request.query["db"]]
        return web.json_response({"content": found})

    async def make_mapping(self, request: web.Request) -> web.Response:
        self.mappings.append(await request.json())
        return web.json_response(self.mappings[-1], status=201)

    def _bucket(self) -> dict[str, Any]:
        return {
            "id": "b1",
            "name": BUCKET,
            "retentionRules": [{"type": "expire", "everySeconds": self.retention_s}],
        }


class Influx310(Imitation):
    """InfluxDB 3.10.1 Core: a batch with an invalid point is refused whole, old points vanish."""

    version = "3.10.1"

    def routes(self) -> list[web.RouteDef]:
        return [
            *super().routes(),
            web.post("/api/v3/write_lp", self.write_listed),
            web.get("/api/v3/configure/database", self.databases),
            web.post("/api/v3/configure/database", self.make_database),
            web.get("/api/v3/query_sql", self.query_sql),
        ]

    def refusal(self, request: web.Request) -> web.Response | None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if not (scheme and token):
            text = "Authorization header was malformed, the request was not processed"
            return web.json_response({"error": text}, status=400)
        if token != "all":
            return web.json_response({"error": "the request was not authenticated"}, status=401)
        return None

    def conflict(self, _measurement: str, name: str, kind: str, known: str) -> str:
        column = "iox::column_type::field::"
        return (
            f"invalid column type for column '{name}', expected {column}{known}, got {column}{kind}"
        )

    async def write(self, request: web.Request) -> web.Response:
        before, faults = dict(self.points), await self._faults(request)
        if not faults:
            return web.Response(status=204)
        self.points = before
        text = f"write buffer error: line protocol parse failed: {faults[0]['error_message']}"
        body = json.dumps({"code": "invalid", "message": text})
        return web.Response(status=400, body=body.encode())

    async def write_listed(self, request: web.Request) -> web.Response:
        faults = await self._faults(request)
        if not faults:
            return web.Response(status=204)
        body = {"error": "partial write of line protocol occurred", "data": faults}
        return web.json_response(body, status=400)

    async def _faults(self, request: web.Request) -> list[dict[str, Any]]:
        self.retention_s = self.retention_s or 0
        lines = (await request.text()).split("\n")
        judged = ((number, line, self.judge(line)) for number, line in enumerate(lines, 1))
        return [
            {"original_line": line[:100], "line_number": number, "error_message": fault[1]}
            for number, line, fault in judged
            if fault and fault[0] != "old"
        ]

    async def databases(self, _request: web.Request) -> web.Response:
        made = [{"iox::database": BUCKET}] if self.retention_s is not None else []
        return web.json_response([{"iox::database": "_internal"}, *made])

    async def make_database(self, request: web.Request) -> web.Response:
        period = (await request.json()).get("retention_period", "0h")
        assert period.endswith("h")
        self.retention_s = int(period[:-1]) * 3600
        return web.Response(status=200)

    async def query_sql(self, _request: web.Request) -> web.Response:
        rows = [{"retention_period_ns": self.retention_s * 10**9}] if self.retention_s else [{}]
        made = rows if self.retention_s is not None else []
        return web.json_response(made, headers={"Date": formatdate(self.now_ns / 1e9, usegmt=True)})
