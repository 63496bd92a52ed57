"""Delivery to InfluxDB 3, which stores no line of a batch with an invalid one.

Its own write address stores the valid lines and lists the others. Points older than the retention
are accepted and never shown, so their age is checked here, where the server reports the retention.

Source: InfluxDB 3 Core API reference (`/api/v3/write_lp`, `/api/v3/query_sql`).
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

import aiohttp

_ASK_EVERY_S = 600.0
_ASK_AGAIN_S = 60.0  # without an answer
_ANSWER_WITHIN_S = 5.0
_FOUND = 200
_REFUSED = 400


@dataclass(frozen=True, slots=True)
class Answer:
    """Answer to a request: its status, its headers, and its body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


Request = Callable[[str, str, Mapping[str, str], bytes | None], Awaitable[Answer]]


class Influx3:
    """State of a server that may be an InfluxDB 3.

    Args:
        request: sends a request with method, path, query and body.
        database: name of the database.
        now_s: a monotonic clock.
    """

    def __init__(self, request: Request, database: str, now_s: Callable[[], float]) -> None:
        self._request = request
        self._database = database
        self._now_s = now_s
        self._absent = False  # it is another version
        self._ask_at_s = self._asked_s = now_s()
        self._edge_ns: int | None = None  # of the retention, when it was asked for

    async def outdated(self, lines: bytes) -> dict[int, str]:
        """Return the reason by index for each line that is older than the retention."""
        if self._absent:
            return {}
        now_s = self._now_s()
        if now_s >= self._ask_at_s:
            await self._ask_for_retention(now_s)
        if self._edge_ns is None:
            return {}
        edge_ns = self._edge_ns + round((now_s - self._asked_s) * 1e9)
        reason = f"older than the retention of database '{self._database}'"
        times = (line.rpartition(b" ")[2] for line in lines.split(b"\n"))
        return {
            index: reason
            for index, time in enumerate(times)
            if time.isdigit() and int(time) < edge_ns
        }

    async def listed(self, lines: bytes) -> dict[int, str] | None:
        """Write the valid lines of a refused batch; return the others by index.

        Returns:
            None if the server does not list them.
        """
        if self._absent:
            return None
        query = {"db": self._database, "precision": "nanosecond", "accept_partial": "true"}
        try:
            answer = await self._request("POST", "/api/v3/write_lp", query, lines)
        except (TimeoutError, OSError, aiohttp.ClientError):
            return None  # the batch is divided instead
        body = _json(answer.body)
        data = body.get("data") if isinstance(body, dict) else None
        if answer.status != _REFUSED or not isinstance(data, list):
            return None
        return {
            each["line_number"] - 1: str(each.get("error_message", "invalid"))
            for each in data
            if isinstance(each, dict) and isinstance(each.get("line_number"), int)
        }

    async def _ask_for_retention(self, now_s: float) -> None:
        name = self._database.replace("'", "''")
        query = f"SELECT retention_period_ns FROM system.databases WHERE database_name = '{name}'"  # noqa: S608
        asked = {"db": "_internal", "q": query, "format": "json"}
        try:
            async with asyncio.timeout(_ANSWER_WITHIN_S):
                answer = await self._request("GET", "/api/v3/query_sql", asked, None)
        except (TimeoutError, OSError, aiohttp.ClientError):
            # Points are delivered all the same: only the write shows whether the server works.
            self._ask_at_s = now_s + _ASK_AGAIN_S
            return
        self._asked_s, self._ask_at_s = now_s, now_s + _ASK_EVERY_S
        self._absent = answer.status in (404, 405)
        self._edge_ns = _retention_edge_ns(answer)


def _retention_edge_ns(answer: Answer) -> int | None:
    """Return the time of the oldest point that is kept, by the server's clock."""
    rows = _json(answer.body) if answer.status == _FOUND else None
    if not isinstance(rows, list) or len(rows) != 1 or not isinstance(rows[0], dict):
        return None
    period_ns = rows[0].get("retention_period_ns")
    if not isinstance(period_ns, int) or period_ns <= 0:
        return None
    try:
        now = parsedate_to_datetime(answer.headers.get("Date", ""))
    except ValueError:
        return None
    return round(now.timestamp()) * 10**9 - period_ns


def _json(body: bytes) -> object:
    try:
        return json.loads(body)
    except ValueError:
        return None
