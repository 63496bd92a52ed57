"""Heartbeat to a service elsewhere, which calls people when it stays out.

Every 30 s: success while each session is evaluated, journaled and able to call people; failure with
a reason otherwise. When this process or its network dies, the other side notices the silence.

Sources: healthchecks.io/docs/http_api (``URL/start``, ``URL``, ``URL/fail``; the body is kept as
text); Uptime Kuma, push monitors (``URL?status=up&msg=``, ``status=down``).
"""

import asyncio
from collections.abc import Callable, Collection, Sequence
from typing import Literal
from urllib.parse import urlencode, urlsplit, urlunsplit

import aiohttp
import structlog

from monitor.errors import OutputError
from monitor.sessions.health import service_health
from monitor.sessions.session import Session

PART = "heartbeat"
_EVERY_S = 30.0
_WITHIN_S = 10.0

Style = Literal["healthchecks", "uptime-kuma"]

log = structlog.get_logger()


class Heartbeat:
    """Heartbeat of this service.

    Args:
        address: returns the URL of the check; raises ConfigError while it cannot be read.
        style: form of the messages.
        sessions: returns the sessions of this service.
        failures: returns the reasons of sessions that should run and do not.
        every_s: time between two heartbeats.
    """

    def __init__(
        self,
        address: Callable[[], str],
        style: Style,
        sessions: Callable[[], Collection[Session]],
        failures: Callable[[], Sequence[str]] = tuple,
        every_s: float = _EVERY_S,
    ) -> None:
        self._every_s = every_s
        self._address = address
        self._style = style
        self._sessions = sessions
        self._failures = failures
        self._unheard = False

    async def run(self) -> None:
        """Send heartbeats until cancelled.

        Raises:
            ConfigError: the URL cannot be read.
        """
        url = self._address()
        timeout = aiohttp.ClientTimeout(total=_WITHIN_S)
        # The other side is outside the site: the proxy of the environment may lead there.
        async with aiohttp.ClientSession(timeout=timeout, trust_env=True) as client:
            if self._style == "healthchecks":
                await self._send(client, _below(url, "start"), "")
            while True:
                reason = service_health(self._sessions(), self._failures()).reason
                await self._send(client, target(url, self._style, reason), reason or "")
                await asyncio.sleep(self._every_s)

    async def _send(self, client: aiohttp.ClientSession, url: str, text: str) -> None:
        try:
            await _request(client, self._style, url, text)
        except OutputError as error:
            if not self._unheard:
                log.warning("heartbeat.unheard", reason=str(error))
            self._unheard = True
            self._notice(f"the heartbeat is not heard: {error}")
        else:
            self._unheard = False
            self._notice(None)

    def _notice(self, sentence: str | None) -> None:
        for session in self._sessions():
            session.notice(PART, sentence)


def target(url: str, style: Style, reason: str | None) -> str:
    """Return the URL of a heartbeat; `reason` says why it is a failure.

    >>> target("https://hc.example.org/ping/ID", "healthchecks", "the engine stands still")
    'https://hc.example.org/ping/ID/fail'
    >>> target("https://up.example.org/api/push/ID?ping=", "uptime-kuma", None)
    'https://up.example.org/api/push/ID?status=up&msg=OK'
    """
    if style == "healthchecks":
        return url if reason is None else _below(url, "fail")
    query = urlencode({"status": "up" if reason is None else "down", "msg": reason or "OK"})
    return urlunsplit(urlsplit(url)._replace(query=query, fragment=""))


def _below(url: str, name: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/{name}"))


async def _request(client: aiohttp.ClientSession, style: Style, url: str, text: str) -> None:
    """Send one heartbeat. Messages name the host only: the rest of the URL is a secret.

    Raises:
        OutputError: it was not accepted.
    """
    host = urlsplit(url).hostname
    method, body = ("POST", text.encode()) if style == "healthchecks" else ("GET", None)
    try:
        async with client.request(method, url, data=body, allow_redirects=False) as answer:
            if answer.status == 200:  # noqa: PLR2004 - OK
                return
            raise OutputError(f"{host} answers HTTP {answer.status}; check the URL in [heartbeat]")
    except TimeoutError:
        raise OutputError(f"{host} did not answer within {_WITHIN_S:g} s") from None
    except (aiohttp.ClientError, OSError) as error:
        raise OutputError(f"{host} cannot be reached ({type(error).__name__})") from None
