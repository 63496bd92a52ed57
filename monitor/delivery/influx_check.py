"""Check of a configured InfluxDB: a point is written and read back.

A server that answers is not yet one that stores: the token may be unknown, or made for reading, for
another bucket or another organisation.
"""

import asyncio
import secrets

from monitor.delivery.influx import InfluxConfig
from monitor.delivery.influx_http import InfluxHttp, influx_http, message
from monitor.delivery.line_protocol import PROBE, probe_line
from monitor.errors import OutputError

_LOOKS = 3  # some versions answer queries a moment after the write
_PAUSE_S = 0.5
_MAPPED = "deploy/nginx/influxdb-1.6.conf"


async def check_database(config: InfluxConfig) -> str:
    """Write a point of the measurement `physiomon_probe`, read it back, and return the result.

    Raises:
        OutputError: points are not stored; the message says why.
        ConfigError: the authority's certificates cannot be read.
    """
    async with influx_http(config) as server:
        version = await server.version()
        return f"InfluxDB {version} at {config.url}; {await write_probe(server, version)}"


async def write_probe(server: InfluxHttp, version: str) -> str:
    """Write a probe, read it back, and return the result.

    Raises:
        OutputError: points are not stored; the message says why.
    """
    identity = secrets.token_hex(8)
    await _write(server, version, identity)
    for look in range(_LOOKS):
        await asyncio.sleep(_PAUSE_S if look else 0)
        series = await server.influxql(
            f'SELECT "id" FROM "{PROBE}" WHERE time > now() - 1h ORDER BY time DESC LIMIT 9'  # noqa: S608
        )
        if series is None:
            return "a probe point was written; the token may only write, as 'run' requires"
        if any(identity in row for each in series for row in each.get("values", ())):
            return "a probe point was written and read back"
    raise OutputError(
        f"{server.config.url} accepts points in bucket '{server.config.bucket}' but does not "
        "return them: check the address and the clock of the server"
    )


async def may_write(server: InfluxHttp, version: str) -> bool:
    """Return whether the server accepts a probe."""
    try:
        await _write(server, version, "-")
    except OutputError:
        return False
    return True


async def _write(server: InfluxHttp, version: str, identity: str) -> None:
    config = server.config
    target = {"org": config.org, "bucket": config.bucket, "precision": "ns"}
    status, _, reply = await server.request("POST", "/api/v2/write", target, probe_line(identity))
    said = message(reply)
    where = f"{config.url} (HTTP {status}{f': {said}' if said else ''})"
    match status:
        case 204:
            return
        case 404 if not said:
            raise OutputError(
                f"InfluxDB {version} at {where} has no address /api/v2/write: put nginx in front "
                f"with {_MAPPED}, and set url in [influx] to its port"
            )
        case 404 if "organi" in said:
            raise OutputError(
                f"{where} has no organisation '{config.org}': correct org in [influx], or the token"
            )
        case 404:
            raise OutputError(
                f"{where} has no bucket '{config.bucket}': run 'physiomon influx setup', or "
                "correct bucket in [influx]"
            )
        case 403 if await _may_read(server):
            raise OutputError(
                f"{where} lets the token read bucket '{config.bucket}' but not write to it: use a "
                "token with write access"
            )
        case 403:
            raise OutputError(
                f"{where} gives the token no access to bucket '{config.bucket}': it was made for "
                "another bucket or organisation; correct bucket and org in [influx], or the token"
            )
    server.require_token(status, reply)
    raise OutputError(f"{where} does not store points: check url in [influx] and the server's log")


async def _may_read(server: InfluxHttp) -> bool:
    config = server.config
    query = {"org": config.org, "name": config.bucket}
    status, _, reply = await server.request("GET", "/api/v2/buckets", query)
    if status == 200 and isinstance(reply, dict) and reply.get("buckets"):  # noqa: PLR2004 - HTTP
        return True
    return await server.influxql(f'SELECT "id" FROM "{PROBE}" LIMIT 1') is not None  # noqa: S608
