"""`physiomon run`: a session with real sensors."""

import asyncio
import datetime
import logging
import random
import secrets
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from alerts.overrides import Override, amended
from devices.radio import Radio
from devices.sensor import SensorSpec
from monitor.call_config import call_plan
from monitor.clock import SessionClock
from monitor.commands.output import print_facts
from monitor.commands.policy import reviewed
from monitor.commands.summary import summarise
from monitor.config import Config, journal_name
from monitor.config_file import load_config
from monitor.console_part import console_part
from monitor.grafana_live import PART as GRAFANA_LIVE
from monitor.grafana_live import GrafanaLiveConfig, GrafanaLivePart, grafana_live_config
from monitor.influx import InfluxConfig
from monitor.logs import start_logs
from monitor.outboxes import DESTINATION, InfluxPart, influx_config
from monitor.policies import find_policy
from monitor.service import Part, serve, stopped_by_signals
from monitor.session import Session
from monitor.session_spec import SessionSpec
from monitor.version import VERSION

if TYPE_CHECKING:
    from monitor.calls import CallSetup
    from monitor.mqtt import MqttConfig


def run_config(path: Path) -> None:
    """Run the session that a configuration describes until somebody stops it.

    A session that was interrupted, or stopped, goes on where it was.

    Raises:
        PhysiomonError: configuration, policy, journal, secret or port cannot be used.
    """
    config = load_config(path)
    clock = SessionClock(time.time_ns, time.monotonic_ns)
    spec = _spec(config, path.parent, clock)
    influx = None if config.influx is None else influx_config(config.influx)
    live = None if config.grafana_live is None else grafana_live_config(config.grafana_live)
    mqtt = None
    if config.mqtt is not None:
        from monitor.mqtt import mqtt_config  # noqa: PLC0415 - slow to load

        mqtt = mqtt_config(config.mqtt, path.parent)
    setup = None
    if config.recipient:
        from monitor.call_setup import call_setup  # noqa: PLC0415 - slow to load

        setup = call_setup(config, path.parent, clock.now_ns)
    start_logs(logging.INFO)
    journal = path.parent / config.journal.directory / journal_name(spec.id)
    session = asyncio.run(
        _run(config, spec, journal, clock, influx, live, mqtt, setup, path.parent)
    )
    print_facts(f"Session {session.spec.id}", summarise(session))


async def _run(
    config: Config,
    spec: SessionSpec,
    journal: Path,
    clock: SessionClock,
    influx: InfluxConfig | None,
    live: GrafanaLiveConfig | None,
    mqtt: "MqttConfig | None",
    setup: "CallSetup | None",
    beside: Path,
) -> Session:
    rng = random.SystemRandom()
    session = Session.open(spec, journal, clock)
    answers, drains = None, []
    parts: dict[str, Part] = {}
    if setup is not None:
        from monitor.accept_desk import AcceptDesk  # noqa: PLC0415 - slow to load
        from monitor.calls import PART, CallPart  # noqa: PLC0415

        parts[PART] = CallPart(session, setup).run
        answers = None if setup.links is None else AcceptDesk([session], setup.links)
    console = config.console
    parts["console"] = console_part(
        [session], console.host, console.port, _ready, policies=beside, answers=answers
    )
    if influx is not None:
        outbox = InfluxPart(session, influx, rng)
        parts[DESTINATION] = outbox.run
        drains.append(outbox.drain)
    if live is not None:
        parts[GRAFANA_LIVE] = GrafanaLivePart(session, live).run
    if config.mqtt is not None and mqtt is not None:
        from monitor.mqtt_part import DESTINATION as MQTT  # noqa: PLC0415
        from monitor.mqtt_part import MqttPart  # noqa: PLC0415

        messages = MqttPart(
            session,
            mqtt,
            config.mqtt.commands,
            [gateway.id for gateway in config.gateway],
            rng,
            home_assistant=config.mqtt.home_assistant,
        )
        parts[MQTT] = messages.run
        parts["gateways"] = messages.watch_gateways
        drains.append(messages.drain)
    async with stopped_by_signals() as stop:
        sys.stdout.write(f"recording into {journal} with policy {spec.policy.name}: ")
        sys.stdout.write(f"{reviewed(spec.policy)}\n")
        await serve([session], Radio(), parts, stop, rng, drains=drains)
    return session


def _ready(url: str) -> None:
    sys.stdout.write(f"physiomon console: {url}\nNot a medical device.\n")
    sys.stdout.flush()


def _spec(config: Config, beside: Path, clock: SessionClock) -> SessionSpec:
    who = config.session
    policy = find_policy(who.policy, beside)
    overrides = tuple(Override(**each.model_dump()) for each in config.override)
    amended(policy, overrides)  # what makes no sense is told before the session begins
    today = datetime.datetime.fromtimestamp(clock.now_ns() / 1e9).astimezone()
    offset = today.utcoffset()
    return SessionSpec(
        id=who.id or f"{who.participant}-{today:%Y%m%d}",
        site=who.site,
        room=who.room,
        participant=who.participant,
        virtual=False,
        software=VERSION,
        policy=policy,
        sensors=_sensors(config),
        overrides=overrides,
        calls=call_plan(config.recipient, config.tier),
        utc_offset_s=None if offset is None else int(offset.total_seconds()),
        salt=secrets.token_hex(16),
    )


def _sensors(config: Config) -> tuple[SensorSpec, ...]:
    found: Sequence[SensorSpec] = [SensorSpec(**each.model_dump()) for each in config.sensor]
    return tuple(found)
