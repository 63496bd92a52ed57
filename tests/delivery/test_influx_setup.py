"""`physiomon influx setup` against a real InfluxDB 1, and a server that answers as 2 and 3 say.

The second is built from the API reference, not from a running InfluxDB 2: none is at hand.
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from monitor.delivery.influx import InfluxConfig
from monitor.delivery.influx_setup import set_up
from monitor.errors import OutputError
from tests.servers.influx import DATABASE, Influx

DAYS = 86_400


class Influx2:
    """Organisations, buckets and DBRP mappings of the 2.x API, with one token that may do it."""

    def __init__(self, version: str = "v2.9.1") -> None:
        self.version = version
        self.buckets: list[dict[str, Any]] = []
        self.mappings: list[dict[str, Any]] = []
        self.asked: list[str] = []

    @web.middleware
    async def _guard(self, request: web.Request, handler: Any) -> web.StreamResponse:
        self.asked.append(f"{request.method} {request.path}")
        if request.path != "/ping" and request.headers.get("Authorization") != "Token all":
            answer = {"code": "unauthorized", "message": "unauthorized access"}
            return web.json_response(answer, status=401)
        response: web.StreamResponse = await handler(request)
        return response

    async def ping(self, _request: web.Request) -> web.Response:
        return web.Response(status=204, headers={"X-Influxdb-Version": self.version})

    async def orgs(self, request: web.Request) -> web.Response:
        if request.query["org"] != "clinic":
            return web.json_response({"code": "not found", "message": "no org"}, status=404)
        return web.json_response({"orgs": [{"id": "0a", "name": "clinic"}]})

    async def find_buckets(self, request: web.Request) -> web.Response:
        found = [each for each in self.buckets if each["name"] == request.query["name"]]
        if not found:
            return web.json_response({"code": "not found", "message": "none"}, status=404)
        return web.json_response({"buckets": found})

    async def make_bucket(self, request: web.Request) -> web.Response:
        bucket = {"id": f"b{len(self.buckets)}", **await request.json()}
        self.buckets.append(bucket)
        return web.json_response(bucket, status=201)

    async def change_bucket(self, request: web.Request) -> web.Response:
        (bucket,) = (each for each in self.buckets if each["id"] == request.match_info["id"])
        bucket.update(await request.json())
        return web.json_response(bucket)

    async def find_mappings(self, request: web.Request) -> web.Response:
        found = [each for each in self.mappings if each["database"] == request.query["db"]]
        return web.json_response({"content": found})

    async def make_mapping(self, request: web.Request) -> web.Response:
        self.mappings.append(await request.json())
        return web.json_response(self.mappings[-1], status=201)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[str]:
        app = web.Application(middlewares=[self._guard])
        app.router.add_get("/ping", self.ping)
        app.router.add_get("/api/v2/orgs", self.orgs)
        app.router.add_get("/api/v2/buckets", self.find_buckets)
        app.router.add_post("/api/v2/buckets", self.make_bucket)
        app.router.add_patch("/api/v2/buckets/{id}", self.change_bucket)
        app.router.add_get("/api/v2/dbrps", self.find_mappings)
        app.router.add_post("/api/v2/dbrps", self.make_mapping)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        try:
            yield f"http://127.0.0.1:{runner.addresses[0][1]}"
        finally:
            await runner.cleanup()


async def outcomes(config: InfluxConfig, retention_s: int | None) -> dict[str, str]:
    return {step.what: step.outcome for step in await set_up(config, retention_s)}


def of_2(url: str, may: str = "all", org: str = "clinic") -> InfluxConfig:
    return InfluxConfig(url=url, org=org, bucket="physiomon", token=may)


async def test_influxdb_2_gets_bucket_retention_and_mapping_once() -> None:
    server = Influx2()
    async with server.listening() as url:
        first = await outcomes(of_2(url), 90 * DAYS)
        again = await outcomes(of_2(url), 90 * DAYS)
        longer = await outcomes(of_2(url), 180 * DAYS)
        assert (await outcomes(of_2(url), None))["retention"] == "exists"
    assert first == {
        "server": "exists",
        "organisation": "exists",
        "bucket": "created",
        "bucket and retention": "created",
        "mapping": "created",
    }
    assert set(again.values()) == {"exists"}
    assert longer["retention"] == "changed"
    (bucket,) = server.buckets
    assert bucket["retentionRules"] == [{"type": "expire", "everySeconds": 180 * DAYS}]
    (mapping,) = server.mappings
    assert mapping["bucketID"] == bucket["id"]
    assert (mapping["database"], mapping["retention_policy"]) == ("physiomon", "autogen")
    assert sum(each.startswith("POST") for each in server.asked) == 2


async def test_influxdb_2_refuses_with_a_sentence() -> None:
    server = Influx2()
    async with server.listening() as url:
        with pytest.raises(OutputError, match="with the rights for this"):
            await set_up(of_2(url, "write-only"), None)
        with pytest.raises(OutputError, match="no organisation 'elsewhere'"):
            await set_up(of_2(url, org="elsewhere"), None)
        await set_up(of_2(url), None)
        server.mappings[0]["bucketID"] = "another"
        with pytest.raises(OutputError, match="to another bucket"):
            await set_up(of_2(url), None)


async def test_influxdb_3_needs_nothing_but_retention_by_hand() -> None:
    server = Influx2("3.10.1")
    async with server.listening() as url:
        found = await outcomes(of_2(url), 90 * DAYS)
        assert found["database"] == "not needed"
        assert found["retention"] == "manual"
    assert server.asked == ["GET /ping"]


async def test_what_is_no_influxdb() -> None:
    with pytest.raises(OutputError, match="cannot be reached"):
        await set_up(of_2("http://127.0.0.1:9"), None)
    server = Influx2("")
    async with server.listening() as url:
        with pytest.raises(OutputError, match="does not answer as InfluxDB"):
            await set_up(of_2(url), None)


async def test_a_real_influxdb_1(influx: Influx) -> None:
    influx.query(f"DROP DATABASE {DATABASE}", "POST")
    config = InfluxConfig(url=influx.url, org="-", bucket=DATABASE)
    first = await outcomes(config, 90 * DAYS)
    assert (first["database"], first["retention"]) == ("created", "changed")
    again = await outcomes(config, 90 * DAYS)
    assert set(again.values()) == {"exists", "not needed"}
    policies = influx.query(f"SHOW RETENTION POLICIES ON {DATABASE}")[0]["values"]
    assert [(row[0], row[1]) for row in policies] == [("autogen", "2160h0m0s")]
    named = InfluxConfig(url=influx.url, org="-", bucket=f"{DATABASE}/week")
    assert (await outcomes(named, 7 * DAYS))["retention"] == "created"
    assert (await outcomes(config, 0))["retention"] == "changed"
    assert json.dumps(influx.query(f"SHOW RETENTION POLICIES ON {DATABASE}")).count("168h0m0s") >= 1
