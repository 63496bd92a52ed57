"""Outputs of one session: calls, and facts to databases and brokers."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from alerts.call_plan import Plan
from alerts.roster import Roster
from monitor.config.calls import call_plan
from monitor.config.duty import roster_of
from monitor.config.merge import PlannedSession
from monitor.errors import ConfigError
from monitor.sessions.session import Session
from monitor.sessions.session_runner import SessionRunner
from monitor.supervisor import Part

if TYPE_CHECKING:
    from monitor.calls.delivery import CallSetup


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs:
    """Destinations of one session's facts; None if not configured.

    Secrets of databases and brokers are read when their service starts: no session depends on them.
    """

    planned: PlannedSession
    calls: "CallSetup | None" = field(default=None)
    roster: Roster | None = None

    @classmethod
    def of(cls, planned: PlannedSession, now_ns: Callable[[], int]) -> "Outputs":
        """Return the destinations of a configuration.

        Raises:
            ConfigError: a secret of the calls cannot be read, or a roster has no time zone.
        """
        config = planned.config
        if not config.recipient:
            return cls(planned=planned)
        from monitor.calls.setup import call_setup  # noqa: PLC0415 - slow to load

        setup = call_setup(config, planned.beside["recipient"], now_ns)
        try:
            roster = roster_of(config.recipient, config.session.zone)
        except ValueError as error:
            raise ConfigError(f"{planned.path}: {error}") from None
        return cls(planned=planned, calls=setup, roster=roster)

    @property
    def plan(self) -> Plan:
        """Return the call plan, which knows who has a channel that confirms messages."""
        config = self.planned.config
        plan = call_plan(config.recipient, config.tier)
        return plan if self.calls is None else plan.with_unconfirmed(self.calls.unconfirmed)

    def runner(self, session: Session, rng: random.Random) -> SessionRunner:
        """Return the runner of a session with its services."""
        parts: dict[str, Part] = {}
        drains: list[Part] = []
        config, beside = self.planned.config, self.planned.beside
        if self.calls is not None:
            from monitor.calls.delivery import PART, CallDelivery  # noqa: PLC0415 - slow to load
            from monitor.calls.duty_roster import DutyRoster  # noqa: PLC0415 - as above

            parts[PART] = CallDelivery(session, self.calls).run
            parts["duty"] = DutyRoster(session, self.roster).run
        if config.influx is not None:
            from monitor.service.outboxes import (  # noqa: PLC0415 - as above
                DESTINATION,
                OutboxService,
                influx_config,
            )

            outbox = OutboxService(
                session, partial(influx_config, config.influx, beside["influx"]), rng
            )
            parts[DESTINATION] = outbox.run
            drains.append(outbox.drain)
        if (live := config.grafana_live) is not None:
            from monitor.service.grafana_live import PART as GRAFANA_LIVE  # noqa: PLC0415 - as above
            from monitor.service.grafana_live import (  # noqa: PLC0415
                GrafanaLivePush,
                grafana_live_config,
            )

            settings = partial(grafana_live_config, live, beside["grafana_live"])
            parts[GRAFANA_LIVE] = GrafanaLivePush(session, settings).run
        if config.mqtt is not None:
            from monitor.mqtt.broker import mqtt_config  # noqa: PLC0415 - as above
            from monitor.mqtt.fact_delivery import DESTINATION as MQTT  # noqa: PLC0415 - slow to load
            from monitor.mqtt.service import MqttService  # noqa: PLC0415

            messages = MqttService(
                session,
                partial(mqtt_config, config.mqtt, beside["mqtt"]),
                config.mqtt.commands,
                [gateway.id for gateway in config.gateway],
                rng,
                home_assistant=config.mqtt.home_assistant,
            )
            parts[MQTT] = messages.run
            parts["gateways"] = messages.watch_gateways
            drains.append(messages.drain)
        if config.lsl is not None:
            from monitor.lsl.service import PART as LSL  # noqa: PLC0415 - as above
            from monitor.lsl.service import LslService  # noqa: PLC0415

            parts[LSL] = LslService(session, config.lsl).run
        if (records := config.records) is not None:
            from monitor.service.record_mail import PART as RECORD_MAIL  # noqa: PLC0415 - as above
            from monitor.service.record_mail import RecordMail, record_channel  # noqa: PLC0415

            channel = partial(record_channel, records, beside["records"])
            mail = RecordMail(session, channel, records.every_s)
            parts[RECORD_MAIL] = mail.run
            drains.append(mail.drain)
        return SessionRunner(session=session, parts=parts, drains=drains)
