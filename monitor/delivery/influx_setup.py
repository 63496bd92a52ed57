"""Setup of an InfluxDB: bucket, retention and the InfluxQL mapping.

It creates only what is missing: running it again changes nothing.

Source: InfluxDB OSS 2.x API reference (`/api/v2/orgs`, `/buckets`, `/dbrps`), InfluxDB 1.8 API
reference (`/query`), InfluxDB 3 Core API reference (`/api/v3/configure/database`).
"""

import re
from collections.abc import Mapping
from typing import Any

from monitor.delivery.influx import InfluxConfig
from monitor.delivery.influx_check import may_write, write_probe
from monitor.delivery.influx_http import InfluxHttp, influx_http
from monitor.delivery.influx_setup_3 import set_up_3
from monitor.delivery.influx_steps import Step, kept, require_no_loss
from monitor.errors import OutputError

_DAY_S = 86_400


async def set_up(
    config: InfluxConfig, retention_s: int | None, *, may_delete: bool = False
) -> list[Step]:
    """Create what is missing, write and read a probe point, and return each step.

    Args:
        config: connection settings; the token must have the rights for this.
        retention_s: how long points are kept; None leaves it unchanged, 0 means forever.
        may_delete: shorten the retention even if that deletes points.

    Raises:
        DataLossError: the retention would be shorter than the age of points that are stored.
        OutputError: the server does not answer, is not a supported InfluxDB, or refuses a step.
        ConfigError: the authority's certificates cannot be read.
    """
    async with influx_http(config) as server:
        version = await server.version()
        steps = [Step("server", "exists", f"InfluxDB {version} at {config.url}")]
        match await _family(server, version):
            case 1:
                steps += await _set_up_1(server, retention_s, may_delete=may_delete)
            case 2:
                steps += await _set_up_2(server, version, retention_s, may_delete=may_delete)
            case _:
                steps += await set_up_3(server, retention_s, may_delete=may_delete)
        try:
            steps.append(Step("probe", "written", await write_probe(server, version)))
        except OutputError as error:
            steps.append(Step("probe", "failed", str(error)))
        return steps


async def _family(server: InfluxHttp, version: str) -> int:
    """Return the major version; try addresses if it names none."""
    number = re.match(r"v?([123])\.", version)
    if number:
        return int(number[1])
    for path, major in (("/api/v2/orgs", 2), ("/api/v3/configure/database?format=json", 3)):
        status, _, _ = await server.request("GET", path)
        if status != 404:  # noqa: PLR2004 - HTTP
            return major
    status, _, _ = await server.request("GET", "/query", {"q": "SHOW DATABASES"})
    if status == 404:  # noqa: PLR2004 - HTTP
        raise OutputError(
            f"{server.config.url} reports version '{version}' and has the addresses of no "
            "InfluxDB; 1, 2 and 3 are supported"
        )
    return 1


async def _set_up_1(server: InfluxHttp, retention_s: int | None, *, may_delete: bool) -> list[Step]:
    bucket = server.config.bucket
    database, _, policy = bucket.partition("/")
    for name in (database, policy):
        if '"' in name or "\\" in name:
            raise OutputError(f"bucket '{bucket}': quotes cannot be part of a name")

    async def query(influxql: str) -> list[list[Any]]:
        _, reply = await server.ask("POST", "/query", {"q": influxql})
        result = reply.get("results", [{}])[0]
        if "error" in result:
            raise OutputError(f"InfluxDB refuses {influxql}: {result['error']}")
        return [row for series in result.get("series", ()) for row in series.get("values", ())]

    steps: list[Step] = []
    if [database] in await query("SHOW DATABASES"):
        steps.append(Step("database", "exists", database))
    else:
        await query(f'CREATE DATABASE "{database}"')
        steps.append(Step("database", "created", database))
    policies = {row[0]: row for row in await query(f'SHOW RETENTION POLICIES ON "{database}"')}
    policy = policy or next((name for name, row in policies.items() if row[-1]), "autogen")
    wanted = "INF" if not retention_s else f"{retention_s}s"
    if policy not in policies:
        await query(
            f'CREATE RETENTION POLICY "{policy}" ON "{database}" DURATION {wanted} REPLICATION 1'
        )
        steps.append(Step("retention", "created", f"policy {policy}, {kept(retention_s or 0)}"))
    elif retention_s is None or _go_seconds(str(policies[policy][1])) == retention_s:
        found = kept(_go_seconds(str(policies[policy][1])))
        steps.append(Step("retention", "exists", f"policy {policy}, {found}"))
    else:
        await require_no_loss(
            server, _go_seconds(str(policies[policy][1])), retention_s, may_delete=may_delete
        )
        # A shard must not be longer than the retention: with 0 the server chooses its length.
        await query(
            f'ALTER RETENTION POLICY "{policy}" ON "{database}" DURATION {wanted} SHARD DURATION 0s'
        )
        steps.append(Step("retention", "changed", f"policy {policy}, {kept(retention_s)}"))
    steps.append(Step("mapping", "not needed", "InfluxDB 1 serves InfluxQL by database and policy"))
    return steps


async def _set_up_2(
    server: InfluxHttp, version: str, retention_s: int | None, *, may_delete: bool
) -> list[Step]:
    config = server.config
    status, _, reply = await server.request("GET", "/api/v2/orgs", {"org": config.org})
    server.require_token(status, reply)
    orgs = reply.get("orgs") if status < 400 else ()  # noqa: PLR2004 - HTTP
    if not orgs:
        if await may_write(server, version):
            raise OutputError(
                f"the token may only write to bucket '{config.bucket}', as 'run' requires; setup "
                "needs a token with more rights, such as an operator token, for this command only"
            )
        raise OutputError(
            f"{config.url} has no organisation '{config.org}', or the token has no access to it; "
            "correct org in [influx]"
        )
    org = {"orgID": orgs[0]["id"]}
    steps = [Step("organisation", "exists", config.org)]
    bucket, step = await _bucket_2(server, org, retention_s, may_delete=may_delete)
    steps += [
        Step("bucket", "exists" if step.what == "retention" else "created", config.bucket),
        step,
    ]
    database, _, policy = config.bucket.partition("/")
    policy = policy or "autogen"
    _, reply = await server.ask("GET", "/api/v2/dbrps", {**org, "db": database})
    known = [each for each in reply.get("content") or () if each["retention_policy"] == policy]
    if any(each["bucketID"] == bucket["id"] for each in known):
        steps.append(Step("mapping", "exists", f"database {database}, policy {policy}"))
    elif known:
        raise OutputError(
            f"{config.url} maps database {database}, policy {policy} to another bucket; remove "
            "that mapping or choose another bucket name"
        )
    else:
        body = {**org, "bucketID": bucket["id"], "database": database, "retention_policy": policy}
        await server.ask("POST", "/api/v2/dbrps", body={**body, "default": True})
        steps.append(Step("mapping", "created", f"database {database}, policy {policy}"))
    return steps


async def _bucket_2(
    server: InfluxHttp, org: Mapping[str, str], retention_s: int | None, *, may_delete: bool
) -> tuple[dict[str, Any], Step]:
    """Return the bucket, and the step that created it or checked its retention."""
    name = server.config.bucket
    status, reply = await server.ask("GET", "/api/v2/buckets", {**org, "name": name}, may_fail=True)
    found = reply.get("buckets") or [] if status < 400 else []  # noqa: PLR2004 - HTTP
    rules = [{"type": "expire", "everySeconds": retention_s}] if retention_s else []
    if not found:
        body = {**org, "name": name, "retentionRules": rules}
        _, bucket = await server.ask("POST", "/api/v2/buckets", body=body)
        return bucket, Step("bucket and retention", "created", kept(retention_s or 0))
    bucket = found[0]
    has_s = next((rule["everySeconds"] for rule in bucket.get("retentionRules") or ()), 0)
    if retention_s is None or has_s == retention_s:
        return bucket, Step("retention", "exists", kept(has_s))
    await require_no_loss(server, has_s, retention_s, may_delete=may_delete)
    # A shard must not be longer than the retention, and the server does not shorten it.
    rule = {"type": "expire", "everySeconds": retention_s}
    rules = [{**rule, "shardGroupDurationSeconds": _shard_s(retention_s)}]
    await server.ask("PATCH", f"/api/v2/buckets/{bucket['id']}", body={"retentionRules": rules})
    return bucket, Step("retention", "changed", kept(retention_s))


def _shard_s(retention_s: int) -> int:
    """Return the duration that InfluxDB chooses for the shards of a new bucket.

    Source: InfluxDB OSS 2.x reference, shards and shard groups.
    """
    if retention_s and retention_s < 2 * _DAY_S:
        return _DAY_S // 24
    return _DAY_S if retention_s and retention_s <= 180 * _DAY_S else 7 * _DAY_S


def _go_seconds(text: str) -> int:
    """Convert a duration as Go prints it, such as ``2160h0m0s``, to seconds; 0 means forever."""
    seconds, number = 0, ""
    for character in text:
        if character.isdigit():
            number += character
        else:
            seconds += int(number or 0) * {"h": 3600, "m": 60, "s": 1}[character]
            number = ""
    return seconds
