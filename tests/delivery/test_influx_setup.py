"""`physiomon influx setup` with real servers, and with imitations of 2.9 and 3.10."""

import json
import time

import pytest

from monitor.delivery.influx import InfluxConfig
from monitor.delivery.influx_setup import set_up
from monitor.delivery.influx_steps import DataLossError, Step
from monitor.errors import OutputError
from tests.servers.influx import DATABASE, ORG, Influx
from tests.servers.influx_imitations import Imitation, Influx29, Influx310

DAYS = 86_400


async def outcomes(config: InfluxConfig, retention_s: int | None) -> dict[str, str]:
    return {step.what: step.outcome for step in await set_up(config, retention_s)}


def of(url: str, may: str = "all", org: str = "clinic") -> InfluxConfig:
    return InfluxConfig(url=url, org=org, bucket="physiomon", token=may)


async def test_setup_creates_bucket_retention_and_mapping_once() -> None:
    server = Influx29(retention_s=None)
    async with server.listening() as url:
        first = await outcomes(of(url), 90 * DAYS)
        again = await outcomes(of(url), 90 * DAYS)
        longer = await outcomes(of(url), 180 * DAYS)
        assert (await outcomes(of(url), None))["retention"] == "exists"
    assert first == {
        "server": "exists",
        "organisation": "exists",
        "bucket": "created",
        "bucket and retention": "created",
        "mapping": "created",
        "probe": "written",
    }
    assert set(again.values()) == {"exists", "written"}
    assert longer["retention"] == "changed"
    assert server.retention_s == 180 * DAYS
    (mapping,) = server.mappings
    assert mapping["bucketID"] == "b1"
    assert (mapping["database"], mapping["retention_policy"]) == ("physiomon", "autogen")
    writes = [each for each in server.asked if each.startswith("POST") and "write" not in each]
    assert len(writes) == 2


async def test_retention_is_shortened_only_without_data_loss_or_with_consent() -> None:
    server = Influx29(retention_s=90 * DAYS)
    async with server.listening() as url:
        assert (await outcomes(of(url), 2 * DAYS))["retention"] == "changed"
        server.points["heart_rate", server.now_ns - DAYS * 10**9] = "value=70"
        with pytest.raises(DataLossError, match=r"kept for 2 days; a retention of 0\.04"):
            await set_up(of(url), 3600)
        assert server.retention_s == 2 * DAYS
        steps = await set_up(of(url), 3600, may_delete=True)
    assert Step("retention", "changed", "points are kept for 0.0416667 days") in steps
    assert (server.retention_s, server.shard_s) == (3600, 3600)


async def test_refusals_of_influxdb_2_are_explained() -> None:
    server = Influx29()
    async with server.listening() as url:
        with pytest.raises(OutputError, match=r"does not accept the token \(HTTP 401: unauth"):
            await set_up(of(url, "wrong"), None)
        with pytest.raises(OutputError, match="may only write to bucket 'physiomon', as 'run' req"):
            await set_up(of(url, "write-only"), None)
        with pytest.raises(OutputError, match="no organisation 'elsewhere'"):
            await set_up(of(url, org="elsewhere"), None)
        await set_up(of(url), None)
        server.mappings[0]["bucketID"] = "another"
        with pytest.raises(OutputError, match="to another bucket"):
            await set_up(of(url), None)


async def test_setup_creates_an_influxdb_3_database_with_retention() -> None:
    server = Influx310(retention_s=None)
    async with server.listening() as url:
        assert (await outcomes(of(url), 90 * DAYS))["retention"] == "created"
        assert server.retention_s == 90 * DAYS
        assert (await outcomes(of(url), 90 * DAYS))["retention"] == "exists"
        assert (await outcomes(of(url), 180 * DAYS))["retention"] == "manual"
        assert (await outcomes(of(url), None))["database"] == "not needed"


@pytest.mark.parametrize("kind", [Influx29, Influx310])
async def test_server_of_unknown_version_is_tried(kind: type[Imitation]) -> None:
    server = kind()
    server.version = "unknown"
    async with server.listening() as url:
        assert (await outcomes(of(url), None))["probe"] == "written"


async def test_server_that_is_not_influxdb_is_reported() -> None:
    with pytest.raises(OutputError, match="cannot be reached"):
        await set_up(of("http://127.0.0.1:9"), None)
    server = Influx29()
    server.version = ""
    async with server.listening() as url:
        with pytest.raises(OutputError, match="does not answer as InfluxDB"):
            await set_up(of(url), None)


async def test_real_influxdb_is_set_up_once(influx: Influx) -> None:
    influx.drop()
    config = InfluxConfig(url=influx.url, org=ORG, bucket=DATABASE)
    first = await outcomes(config, 90 * DAYS)
    assert "created" in first.values()
    assert first["probe"] == "written"
    again = await outcomes(config, 90 * DAYS)
    assert set(again.values()) <= {"exists", "not needed", "written"}
    influx.write(f"heart_rate value=70 {time.time_ns() - 2 * DAYS * 10**9}")
    with pytest.raises(DataLossError, match="deletes points that are stored"):
        await set_up(config, DAYS)
    # Core sets a retention only when it creates a database.
    changed = "manual" if influx.major == 3 else "changed"
    assert (await outcomes(config, 180 * DAYS))["retention"] == changed
    assert influx.count("heart_rate", "value") == 1


async def test_setup_sets_retention_policies_of_influxdb_1(influx_1: Influx) -> None:
    influx = influx_1
    influx.drop()
    config = InfluxConfig(url=influx.url, org=ORG, bucket=DATABASE)
    first = await outcomes(config, 90 * DAYS)
    assert (first["database"], first["retention"]) == ("created", "changed")
    policies = influx.query(f"SHOW RETENTION POLICIES ON {DATABASE}")[0]["values"]
    assert [(row[0], row[1]) for row in policies] == [("autogen", "2160h0m0s")]
    named = InfluxConfig(url=influx.url, org=ORG, bucket=f"{DATABASE}/week")
    assert (await outcomes(named, 7 * DAYS))["retention"] == "created"
    assert (await outcomes(config, 0))["retention"] == "changed"
    assert json.dumps(influx.query(f"SHOW RETENTION POLICIES ON {DATABASE}")).count("168h0m0s") >= 1
