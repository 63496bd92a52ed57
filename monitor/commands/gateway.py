"""`physiomon gateway`: sensors of a room, sent over MQTT to the session's service."""

import asyncio
import logging
import random
import secrets
import sys
from pathlib import Path

from devices.broadcast_link import BroadcastLink
from devices.decoders import KINDS
from devices.discovery import Search
from devices.link import SensorLink
from devices.radio import Radio
from devices.sensor import SensorSpec
from monitor.clock import SessionClock
from monitor.config.file import load
from monitor.config.gateway import GatewayConfig
from monitor.config.run import journal_name
from monitor.gateway.sender import GatewaySender
from monitor.gateway.spool import Spool
from monitor.logs import start_logs
from monitor.mqtt.broker import MqttConfig, mqtt_config
from monitor.service.radio import radio_of, shared_radio_transport
from monitor.service.shutdown import StopLimit, stop_limit, stopped_by_signals
from monitor.service.threads import allow_waiting_threads
from monitor.service.watchdog import show_life
from monitor.supervisor import supervise


def run_gateway(path: Path) -> None:
    """Run the gateway of a configuration until it is stopped.

    Raises:
        PhysiomonError: the configuration, the spool or a secret cannot be used.
    """
    config = load(path, GatewayConfig)
    mqtt = mqtt_config(config.mqtt, path.parent)
    if config.radio.virtual is not None:
        shared_radio_transport(config.radio.virtual)  # refuse it before a spool is created
    start_logs(logging.INFO)
    with stop_limit() as limit:
        asyncio.run(_run(config, mqtt, path.parent, limit))


async def _run(config: GatewayConfig, mqtt: MqttConfig, beside: Path, limit: StopLimit) -> None:
    allow_waiting_threads()
    async with radio_of(config.radio.virtual, may_power_cycle=config.radio.power_cycle) as radio:
        await _read(config, mqtt, beside, radio, limit)


async def _read(
    config: GatewayConfig, mqtt: MqttConfig, beside: Path, radio: Radio, limit: StopLimit
) -> None:
    who = config.gateway
    about = f"{who.id}@{who.session}"
    file = beside / config.journal.directory / journal_name(about)
    clock = SessionClock.of_machine()
    spool = Spool.open(file, clock, secrets.token_hex(8), about)
    sender = GatewaySender(spool, mqtt, who.site, who.session, who.id)
    rng = random.SystemRandom()
    search = Search(radio)
    try:
        async with stopped_by_signals(limit) as stop, asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(spool.run(), name="spool")]
            for each in config.sensor:
                sensor = SensorSpec(**each.model_dump())
                made = BroadcastLink if KINDS[sensor.kind].broadcasts else SensorLink
                link = made(sensor, spool, radio, search, rng)
                work = supervise(sensor.label, link.run, _ignore, rng)
                running.append(tasks.create_task(work, name=sensor.label))
            running.append(tasks.create_task(show_life(), name="watchdog"))
            work = supervise("mqtt", sender.run, _ignore, rng)
            running.append(tasks.create_task(work, name="mqtt"))
            sys.stdout.write(f"gateway {who.id} for session {who.session}: spool {file}\n")
            sys.stdout.flush()
            await stop.wait()
            for task in running:
                task.cancel()
    finally:
        spool.close()


def _ignore(_reason: str | None) -> None:
    """Ignore a failure: it is logged here, and the console shows missing data."""
