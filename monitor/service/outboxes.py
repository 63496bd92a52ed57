"""Delivery to InfluxDB as a service of a session."""

import random
from collections.abc import Awaitable, Callable
from pathlib import Path

from monitor.config.databases import InfluxSettings
from monitor.delivery.influx import InfluxConfig, influx_writer
from monitor.delivery.line_protocol import LineEncoder
from monitor.delivery.priority_lanes import Lanes
from monitor.errors import ConfigError
from monitor.sessions.session import Session

DESTINATION = "influxdb"


def influx_config(settings: InfluxSettings, beside: Path) -> InfluxConfig:
    """Return the connection settings of a configuration, including the token.

    Args:
        settings: of the configuration.
        beside: folder to which its paths are relative.

    Raises:
        ConfigError: the token cannot be read.
    """
    return InfluxConfig(
        url=settings.url.rstrip("/"),
        org=settings.org,
        bucket=settings.bucket,
        token=settings.token(beside).get_secret_value(),
        basic=settings.auth == "basic",
        ca_file=None if settings.ca_file is None else str(beside / settings.ca_file),
    )


class OutboxService:
    """Delivery of one session's facts to InfluxDB, while it runs and after its end.

    Args:
        session: whose facts are delivered.
        config: returns the connection settings; raises ConfigError while the token cannot be read,
            which is reported like a server that is not reachable.
        rng: randomizes waits.
    """

    def __init__(
        self, session: Session, config: Callable[[], InfluxConfig], rng: random.Random
    ) -> None:
        self._session = session
        self._config = config
        self._unconfigured = False
        self._write: Callable[[bytes], Awaitable[None]]
        spec = session.spec
        encoder = LineEncoder(spec.site, spec.id, spec.participant, spec.salt)
        # One outbox for all runs of this service: it must still end the faults that it reported.
        self._outbox = Lanes(
            DESTINATION,
            session.journal.path,
            session.journal,
            encoder.line,
            self._deliver,
            self._report,
            rng,
        )
        session.backlogs[DESTINATION] = self._outbox.backlog

    async def run(self) -> None:
        """Deliver until cancelled."""
        async with influx_writer(self._settings()) as self._write:
            await self._outbox.run()

    async def drain(self) -> None:
        """Deliver pending facts; retry until the database accepts them."""
        async with influx_writer(self._settings()) as self._write:
            await self._outbox.drain()

    def _settings(self) -> InfluxConfig:
        try:
            config = self._config()
        except ConfigError as error:
            if not self._unconfigured:
                self._unconfigured = True
                self._report(f"{error}; nothing is lost")
            raise
        if self._unconfigured:
            self._unconfigured = False
            self._report(None)
        return config

    async def _deliver(self, lines: bytes) -> None:
        await self._write(lines)

    def _report(self, reason: str | None) -> None:
        self._session.delivery_health.report(DESTINATION, reason)
