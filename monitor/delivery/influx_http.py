"""HTTP requests to an InfluxDB for setup and checks, which `influxdb-client` does not offer.

Source: InfluxDB OSS 2.x API reference, InfluxDB 1.8 API reference (`/query`), InfluxDB 3 Core API
reference.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from monitor.delivery.influx import InfluxConfig, one_line, tls
from monitor.errors import OutputError

_WITHIN_S = 10.0
_NO_ACCESS = (401, 403)
_NO_TOKEN = "Authorization header"  # noqa: S105 - in the message of 3.x for a malformed token

Reply = tuple[int, Mapping[str, str], Any]  # status, headers, JSON


@asynccontextmanager
async def influx_http(config: InfluxConfig) -> AsyncIterator["InfluxHttp"]:
    """Yield a client with the token of a configuration.

    Raises:
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
        yield InfluxHttp(config, http)


class InfluxHttp:
    """HTTP client of one InfluxDB server; every failure becomes an OutputError."""

    def __init__(self, config: InfluxConfig, http: aiohttp.ClientSession) -> None:
        self.config = config
        self._http = http

    async def version(self) -> str:
        """Return the version that the server reports, which need not be a number.

        Raises:
            OutputError: it is not an InfluxDB, or does not accept the token.
        """
        status, headers, reply = await self.request("GET", "/ping")
        self.require_token(status, reply)
        version = headers.get("X-Influxdb-Version") or str(_field(reply, "version"))
        if not version:
            raise OutputError(
                f"{self.config.url} does not answer as InfluxDB does: check the address"
            )
        return one_line(version)

    async def ask(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        body: object = None,
        *,
        may_fail: bool = False,
    ) -> tuple[int, Any]:
        """Send a request; return its status and JSON.

        Raises:
            OutputError: no answer or an error status; with `may_fail` only if access is refused.
        """
        status, _, reply = await self.request(method, path, query, body)
        self.require_token(status, reply)
        if status in _NO_ACCESS:
            raise OutputError(
                f"{self.config.url} refuses {method} {path} (HTTP {status}): use a token "
                "with the rights for this, such as an operator token, for this command only"
            )
        if status >= 400 and not may_fail:  # noqa: PLR2004 - HTTP
            raise OutputError(
                f"{self.config.url}: {method} {path} failed (HTTP {status}) {message(reply)}"
            )
        return status, reply

    async def influxql(self, query: str) -> list[dict[str, Any]] | None:
        """Return the series of a query on the bucket; None if the token may not read it."""
        database, _, policy = self.config.bucket.partition("/")
        words = {"db": database, "q": query, **({"rp": policy} if policy else {})}
        status, _, reply = await self.request("GET", "/query", words)
        results = _field(reply, "results") or [{}]
        if status >= 400 or "error" in results[0] or not _field(reply, "results"):  # noqa: PLR2004
            return None
        series: list[dict[str, Any]] = results[0].get("series", [])
        return series

    def require_token(self, status: int, reply: object) -> None:
        """Raise an OutputError if an answer means that the server does not know the token."""
        said = message(reply)
        if status == 401 or (status == 400 and said.startswith(_NO_TOKEN)):  # noqa: PLR2004
            raise OutputError(
                f"{self.config.url} does not accept the token (HTTP {status}: {said}): correct "
                "token_file or token_env in [influx]"
            )

    async def request(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        body: object = None,
    ) -> Reply:
        """Send a request with a body of JSON or bytes; return the answer, whatever its status.

        Raises:
            OutputError: there is no answer.
        """
        url = self.config.url + path
        content = {"data": body} if isinstance(body, bytes) else {"json": body}
        try:
            async with self._http.request(
                method, url, params=query or {}, allow_redirects=False, **content
            ) as answer:
                try:
                    reply = await answer.json(content_type=None)
                except ValueError:
                    reply = None
                return answer.status, answer.headers, {} if reply is None else reply
        except TimeoutError:
            raise OutputError(f"{url} did not answer within {_WITHIN_S:g} s") from None
        except (aiohttp.ClientError, OSError) as error:
            raise OutputError(f"{url} cannot be reached ({error})") from None


def message(reply: object) -> str:
    """Return the message of an answer as one line; empty without one."""
    return one_line(str(_field(reply, "message") or _field(reply, "error")))


def _field(reply: object, name: str) -> Any:
    return reply.get(name, "") if isinstance(reply, dict) else ""
