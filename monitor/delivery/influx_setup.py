"""Setup of an InfluxDB: bucket, retention and the InfluxQL mapping.

`influxdb-client` only writes and queries with asyncio, so this module makes HTTP requests itself.
It creates only what is missing: running it again changes nothing.

Source: InfluxDB OSS 2.x API reference (`/api/v2/orgs`, `/buckets`, `/dbrps`), InfluxDB 1.8 API
reference (`/query`), InfluxDB 3 Core API reference (`/api/v3/configure/database`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp

from monitor.delivery.influx import InfluxConfig, tls
from monitor.errors import OutputError

_WITHIN_S = 10.0
_FORBIDDEN = (401, 403)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the setup.

    Attributes:
        what: the object, such as ``bucket``.
        outcome: ``created``, ``changed``, ``exists``, ``not needed``, or ``manual`` if a person
            has to do it.
        details: its name or setting; for ``manual`` the command to run.
    """

    what: str
    outcome: str
    details: str


async def set_up(config: InfluxConfig, retention_s: int | None) -> list[Step]:
    """Create what is missing, and return each step.

    Args:
        config: connection settings; the token must have the rights for this.
        retention_s: how long points are kept; None leaves it unchanged, 0 means forever.

    Raises:
        OutputError: the server does not answer, is not a supported InfluxDB, or refuses a step.
        ConfigError: the authority's certificates cannot be read.
    """
    context = await tls(config)
    login = None
    headers = {}
    if config.basic:
        login = aiohttp.BasicAuth(*config.token.partition(":")[::2])
    elif config.token:
        headers["Authorization"] = f"Token {config.token}"
    async with aiohttp.ClientSession(
        headers=headers,
        auth=login,
        connector=aiohttp.TCPConnector(ssl=context),
        timeout=aiohttp.ClientTimeout(total=_WITHIN_S),
    ) as http:
        server = _Server(config, http)
        version = await server.version()
        found = Step("server", "exists", f"InfluxDB {version} at {config.url}")
        match version.lstrip("v").partition(".")[0]:
            case "1":
                return [found, *await _set_up_1(server, config.bucket, retention_s)]
            case "2":
                return [found, *await _set_up_2(server, config, retention_s)]
            case "3":
                return [found, *_set_up_3(config.bucket, retention_s)]
            case _:
                raise OutputError(
                    f"{config.url} reports version '{version}'; InfluxDB 1, 2 and 3 are supported"
                )


class _Server:
    """HTTP client of one InfluxDB server; every failure becomes an OutputError."""

    def __init__(self, config: InfluxConfig, http: aiohttp.ClientSession) -> None:
        self._config = config
        self._http = http

    async def version(self) -> str:
        _, headers, body = await self._request("GET", "/ping", {}, None)
        version = headers.get("X-Influxdb-Version") or str(body.get("version", ""))
        if not version:
            raise OutputError(
                f"{self._config.url} does not answer as InfluxDB does: check the address"
            )
        return version

    async def ask(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        body: object = None,
        *,
        may_fail: bool = False,
    ) -> tuple[int, dict[str, Any]]:
        """Send a request; return its status and JSON.

        Raises:
            OutputError: no answer or an error status; with `may_fail` only if access is refused.
        """
        status, _, reply = await self._request(method, path, query or {}, body)
        if status in _FORBIDDEN:
            raise OutputError(
                f"{self._config.url} refuses {method} {path} (HTTP {status}): use a token "
                "with the rights for this, such as an operator token, for this command only"
            )
        if status >= 400 and not may_fail:  # noqa: PLR2004 - HTTP
            reason = reply.get("message") or reply.get("error") or ""
            raise OutputError(
                f"{self._config.url}: {method} {path} failed (HTTP {status}) {reason}"
            )
        return status, reply

    async def _request(
        self, method: str, path: str, query: Mapping[str, str], body: object
    ) -> tuple[int, Mapping[str, str], dict[str, Any]]:
        url = self._config.url + path
        try:
            async with self._http.request(
                method, url, params=query, json=body, allow_redirects=False
            ) as answer:
                try:
                    reply = await answer.json(content_type=None)
                except ValueError:
                    reply = None
                return (
                    answer.status,
                    answer.headers,
                    reply if isinstance(reply, dict) else {},
                )
        except TimeoutError:
            raise OutputError(f"{url} did not answer within {_WITHIN_S:g} s") from None
        except (aiohttp.ClientError, OSError) as error:
            raise OutputError(f"{url} cannot be reached ({error})") from None


async def _set_up_1(server: _Server, bucket: str, retention_s: int | None) -> list[Step]:
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
        steps.append(Step("retention", "created", f"policy {policy}, {_kept(retention_s or 0)}"))
    elif retention_s is None or _go_seconds(str(policies[policy][1])) == retention_s:
        kept = _kept(_go_seconds(str(policies[policy][1])))
        steps.append(Step("retention", "exists", f"policy {policy}, {kept}"))
    else:
        # A shard must not be longer than the retention: with 0 the server chooses its length.
        await query(
            f'ALTER RETENTION POLICY "{policy}" ON "{database}" DURATION {wanted} SHARD DURATION 0s'
        )
        steps.append(Step("retention", "changed", f"policy {policy}, {_kept(retention_s)}"))
    steps.append(Step("mapping", "not needed", "InfluxDB 1 serves InfluxQL by database and policy"))
    return steps


async def _set_up_2(server: _Server, config: InfluxConfig, retention_s: int | None) -> list[Step]:
    status, reply = await server.ask("GET", "/api/v2/orgs", {"org": config.org}, may_fail=True)
    orgs = reply.get("orgs") or []
    if status >= 400 or not orgs:  # noqa: PLR2004 - HTTP
        raise OutputError(
            f"{config.url} has no organisation '{config.org}', or the token has no access to it; "
            "correct org in [influx]"
        )
    org = {"orgID": orgs[0]["id"]}
    steps = [Step("organisation", "exists", config.org)]
    bucket, step = await _bucket_2(server, config.bucket, org, retention_s)
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
    server: _Server, name: str, org: Mapping[str, str], retention_s: int | None
) -> tuple[dict[str, Any], Step]:
    """Return the bucket, and the step that created it or checked its retention."""
    status, reply = await server.ask("GET", "/api/v2/buckets", {**org, "name": name}, may_fail=True)
    found = reply.get("buckets") or [] if status < 400 else []  # noqa: PLR2004 - HTTP
    rules = [{"type": "expire", "everySeconds": retention_s}] if retention_s else []
    if not found:
        body = {**org, "name": name, "retentionRules": rules}
        _, bucket = await server.ask("POST", "/api/v2/buckets", body=body)
        return bucket, Step("bucket and retention", "created", _kept(retention_s or 0))
    bucket = found[0]
    has_s = next((rule["everySeconds"] for rule in bucket.get("retentionRules") or ()), 0)
    if retention_s is None or has_s == retention_s:
        return bucket, Step("retention", "exists", _kept(has_s))
    await server.ask("PATCH", f"/api/v2/buckets/{bucket['id']}", body={"retentionRules": rules})
    return bucket, Step("retention", "changed", _kept(retention_s))


def _set_up_3(bucket: str, retention_s: int | None) -> list[Step]:
    steps = [Step("database", "not needed", f"the first write creates '{bucket}'")]
    if retention_s:
        how = f"influxdb3 create database --retention-period {retention_s // 3600}h {bucket}"
        steps.append(Step("retention", "manual", f"run before the first write: {how}"))
    steps.append(Step("mapping", "not needed", "InfluxDB 3 serves InfluxQL by database"))
    return steps


def _kept(seconds: int) -> str:
    return (
        f"points are kept for {seconds / 86_400:g} days" if seconds else "points are kept forever"
    )


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
