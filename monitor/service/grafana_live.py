"""Push of the newest readings to Grafana Live, for panels that update every second.

This is a view, not a record: at most once per second, only the newest reading of each channel is
sent, and readings that Grafana does not accept are dropped. The record is the journal, and its copy
in InfluxDB.

Source: Grafana's tutorial "Stream metrics from Telegraf to Grafana" (``/api/live/push/:streamId``
accepts InfluxDB line protocol; measurement ``heart_rate`` of stream ``physiomon`` is the channel
``stream/physiomon/heart_rate``).
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import structlog

from monitor.config.databases import GrafanaLiveSettings
from monitor.delivery.line_protocol import LineEncoder
from monitor.errors import OutputError
from monitor.facts import Fact, ReadingFact, payload
from monitor.sessions.session import Session
from monitor.storage.fact_rows import FactRow

PART = "grafana-live"
_EVERY_S = 1.0
_WITHIN_S = 2.0

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class GrafanaLiveConfig:
    """Address and token of the stream."""

    url: str
    stream: str
    token: str = field(repr=False)


def grafana_live_config(settings: GrafanaLiveSettings, beside: Path) -> GrafanaLiveConfig:
    """Return the connection settings of a configuration, including the token.

    Args:
        settings: of the configuration.
        beside: folder to which its paths are relative.

    Raises:
        ConfigError: the token cannot be read.
    """
    return GrafanaLiveConfig(
        url=f"{settings.url.rstrip('/')}/api/live/push/{settings.stream}",
        stream=settings.stream,
        token=settings.token(beside).get_secret_value(),
    )


class GrafanaLivePush:
    """Push of one session's readings while it runs."""

    def __init__(self, session: Session, config: Callable[[], GrafanaLiveConfig]) -> None:
        """Create a push.

        Args:
            session: whose readings are pushed.
            config: returns address and token; raises ConfigError while the token cannot be read.
        """
        self._session = session
        self._config = config
        spec = session.spec
        self._encoder = LineEncoder(spec.site, spec.id, spec.participant)
        self._newest: dict[str, ReadingFact] = {}  # by channel
        self._away = False
        session.listeners.append(self._hear)

    def _hear(self, fact: Fact) -> None:
        if isinstance(fact, ReadingFact):
            self._newest[fact.subject] = fact

    async def run(self) -> None:
        """Push new readings once per second until cancelled.

        Raises:
            ConfigError: the token cannot be read.
        """
        config = self._config()
        headers = {"Authorization": f"Bearer {config.token}"}
        timeout = aiohttp.ClientTimeout(total=_WITHIN_S)
        async with aiohttp.ClientSession(headers=headers, timeout=timeout) as client:
            while True:
                if self._newest:
                    await self._push_newest(client, config.url)
                await asyncio.sleep(_EVERY_S)

    async def _push_newest(self, client: aiohttp.ClientSession, url: str) -> None:
        newest, self._newest = self._newest, {}
        found = (self._encoder.line(_row(fact)) for fact in newest.values())
        lines = [line for line in found if line is not None]
        try:
            await _push(client, url, b"\n".join(lines))
        except OutputError as error:
            if not self._away:
                log.warning("grafana_live.away", session=self._session.spec.id, reason=str(error))
            self._away = True
            self._session.notice(PART, f"live panels in Grafana are not updated: {error}")
        else:
            if self._away:
                log.info("grafana_live.back", session=self._session.spec.id)
            self._away = False
            self._session.notice(PART, None)


async def _push(client: aiohttp.ClientSession, url: str, lines: bytes) -> None:
    """Post lines.

    Raises:
        OutputError: Grafana did not accept them.
    """
    try:
        # A login page is a redirect: readings go only to the configured address.
        async with client.post(url, data=lines, allow_redirects=False) as answer:
            if answer.status == 200:  # noqa: PLR2004 - OK
                return
            advice = ": check the token" if answer.status in (401, 403) else ""
            raise OutputError(f"{url} answers HTTP {answer.status}{advice}")
    except TimeoutError:
        raise OutputError(f"{url} did not answer within {_WITHIN_S:g} s") from None
    except (aiohttp.ClientError, OSError) as error:
        raise OutputError(f"{url} cannot be reached ({error or type(error).__name__})") from None


def _row(fact: ReadingFact) -> FactRow:
    return FactRow(
        id=0, entry=0, at_ns=fact.at_ns, kind=fact.kind, subject=fact.subject, payload=payload(fact)
    )
