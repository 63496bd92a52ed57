"""InfluxDB 1.6 (behind nginx) to 3.x through influxdb-client's asyncio API.

Only `write` with encoded lines is used: the client's batching `WriteApi` drops points that a server
does not accept in time (see docs/decisions/0003-outbox.md).
"""

import asyncio
import json
import math
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime

import aiohttp
from influxdb_client.client.influxdb_client_async import InfluxDBClientAsync
from influxdb_client.domain.write_precision import WritePrecision
from influxdb_client.rest import ApiException

from monitor.certificates import trusted
from monitor.delivery.errors import (
    MisconfiguredError,
    RejectedError,
    TooLargeError,
    UnavailableError,
)
from monitor.delivery.influx_3 import Answer, Influx3
from monitor.errors import OutputError

_MOST_CHARACTERS = 300  # of a server's message
_MALFORMED_TOKEN = "Authorization header was malformed"  # noqa: S105 - message of 3.x


@dataclass(frozen=True, slots=True, kw_only=True)
class InfluxConfig:
    """Address of the database and credentials for writing.

    Attributes:
        token: for 2.x and 3.x; ``user:password`` for 1.x with `basic`.
        bucket: for 1.x a database, or ``database/retention-policy``.
        timeout_s: timeout of one batch.
    """

    url: str
    org: str
    bucket: str
    token: str = field(default="", repr=False)
    basic: bool = False
    ca_file: str | None = None
    timeout_s: float = 10.0


@asynccontextmanager
async def influx_writer(config: InfluxConfig) -> AsyncIterator[Callable[[bytes], Awaitable[None]]]:
    """Yield a function that writes lines, and raises the errors of `monitor.delivery.errors`.

    Raises:
        ConfigError: the authority's certificates cannot be read.
    """
    async with await _client(config) as client:
        yield _Writer(config, client).write


class _Writer:
    """Writer to one server, with what an InfluxDB 3 needs in addition."""

    def __init__(self, config: InfluxConfig, client: InfluxDBClientAsync) -> None:
        self._config = config
        self._client = client
        self._api = client.write_api()
        self._of_3 = Influx3(self._request, config.bucket, time.monotonic)

    async def write(self, lines: bytes) -> None:
        """Write lines; raise an error of `monitor.delivery.errors`."""
        config = self._config
        with _unavailable(config):
            if not config.basic and (outdated := await self._of_3.outdated(lines)):
                raise RejectedError(next(iter(outdated.values())), outdated)
            try:
                taken = await self._api.write(
                    bucket=config.bucket,
                    org=config.org,
                    record=lines,
                    write_precision=WritePrecision.NS,  # type: ignore[arg-type]
                )
            except ApiException as error:
                refusal = _refusal(config, error)
                if isinstance(refusal, RejectedError) and b"\n" in lines and not config.basic:
                    refusal = RejectedError(str(refusal), await self._of_3.listed(lines))
                raise refusal from None
        if not taken:
            raise _no_influx(config, "HTTP 200")

    async def _request(
        self, method: str, path: str, query: Mapping[str, str], body: bytes | None
    ) -> Answer:
        client = self._client.api_client
        response = await client.rest_client.request(  # type: ignore[no-untyped-call]
            method,
            self._config.url + path,
            query_params=list(query.items()),
            headers={**client.default_headers, "Content-Type": "text/plain"},
            body=body,
            _preload_content=False,
        )
        async with response:
            return Answer(response.status, response.headers, await response.read())


@contextmanager
def _unavailable(config: InfluxConfig) -> Iterator[None]:
    """Turn a missing answer into an UnavailableError."""
    try:
        yield
    except TimeoutError:
        raise UnavailableError(
            f"{config.url} did not answer within {config.timeout_s:g} s"
        ) from None
    except (aiohttp.ClientError, OSError) as error:
        raise UnavailableError(f"{config.url} cannot be reached ({_words(error)})") from None


async def _client(config: InfluxConfig) -> InfluxDBClientAsync:
    return InfluxDBClientAsync(
        url=config.url,
        token=config.token,
        org=config.org,
        timeout=round(config.timeout_s * 1000),
        auth_basic=config.basic,
        ssl_context=await tls(config),
        allow_redirects=False,  # data goes only to the configured address
    )


async def tls(config: InfluxConfig) -> ssl.SSLContext:
    """Return the trusted certificates; loaded in a thread, since that takes 50 ms.

    Raises:
        ConfigError: the authority's certificates cannot be read.
    """
    return await asyncio.to_thread(trusted, config.ca_file, "[influx]")


def _refusal(config: InfluxConfig, error: ApiException) -> OutputError:
    """Return the error that an HTTP status means for a batch."""
    status, message = error.status, _message(error)
    match status:
        case 401 | 403:
            return _no_access(config, status, message)
        case 400 if message.startswith(_MALFORMED_TOKEN):
            return _no_access(config, status, message)
        case 400 | 422 if not message:
            # A proxy may answer 400 too: facts that InfluxDB never saw must not be set aside.
            return _no_influx(config, f"HTTP {status}")
        case 400 | 422:
            return RejectedError(message)
        case 413:
            return TooLargeError("HTTP 413: too large")
        case 404 if message:
            return MisconfiguredError(
                f"{config.url} has no bucket '{config.bucket}' (HTTP 404: {message}): create it, "
                "or correct the configuration"
            )
        case 404:
            return MisconfiguredError(
                f"{config.url} has no address /api/v2/write (HTTP 404): check the address; "
                "InfluxDB 1.6 and 1.7 need nginx in front, see deploy/nginx/influxdb-1.6.conf"
            )
        case status if 300 <= status < 400:  # noqa: PLR2004 - redirects
            return _no_influx(config, f"HTTP {status}")
        case _:
            said = f": {message}" if message else ""
            after_s = _retry_after(error.headers or {})
            return UnavailableError(
                f"{config.url} answers HTTP {status}{said}", after_s, has_message=bool(message)
            )


def _no_access(config: InfluxConfig, status: int, message: str) -> MisconfiguredError:
    said = f": {message}" if message else ""
    return MisconfiguredError(
        f"{config.url} refuses access (HTTP {status}{said}): check the token and its rights"
    )


def _no_influx(config: InfluxConfig, how: str) -> MisconfiguredError:
    return MisconfiguredError(
        f"{config.url} does not answer as InfluxDB does ({how}): check the address; a proxy "
        "or login page may intercept requests"
    )


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds to wait that the server requests; None for invalid or past times.

    A date is compared with the server's Date header, since the clocks may differ.
    Source: RFC 9110, section 10.2.3.
    """
    asked = headers.get("Retry-After", "")
    try:
        asked_s = float(asked)
    except ValueError:
        try:
            until, now = (parsedate_to_datetime(each) for each in (asked, headers.get("Date", "")))
            asked_s = (until - now).total_seconds()
        except (TypeError, ValueError):  # a date without a zone, or not a date
            return None
    return asked_s if math.isfinite(asked_s) and asked_s >= 0 else None


def _message(error: ApiException) -> str:
    """Return the message of an InfluxDB as one line; empty if the answer is not from one.

    1.x answers ``{"error": ...}`` and sends a header, 2.x ``{"code": ..., "message": ...}``, 3.x
    either, and lists of ``error_message`` for the lines of a batch.
    """
    try:
        answer = json.loads(error.body or b"")
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        headers: Mapping[str, str] = error.headers or {}
        return one_line(headers.get("X-Influxdb-Error", ""))
    listed = answer.get("data")
    faults = [
        str(each["error_message"])
        for each in (listed if isinstance(listed, list) else [listed])
        if isinstance(each, dict) and each.get("error_message")
    ]
    said = str(answer.get("message") or answer.get("error") or "")
    return one_line(": ".join([*filter(None, (said,)), *faults[:1]]))


def one_line(text: str) -> str:
    """Return at most 300 characters, without line breaks and control characters."""
    return "".join(filter(str.isprintable, " ".join(text.split())))[:_MOST_CHARACTERS]


def _words(error: BaseException) -> str:
    return str(error) or type(error).__name__
