"""`physiomon doctor`: checks of this machine and of a configuration."""

import asyncio
import os
import platform
import shutil
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path

from alerts.time_format import span
from dashboards.console.formatting import count
from devices.errors import PhysiomonError
from monitor.commands.doctor_access import access_findings
from monitor.commands.doctor_bluetooth import bluetooth_findings, gather
from monitor.commands.doctor_finding import Finding
from monitor.commands.doctor_secrets import secrets_finding
from monitor.commands.output import print_json, print_rows
from monitor.config.duty import first_gap
from monitor.config.file import is_of_gateway, load, load_config
from monitor.config.gateway import GatewayConfig
from monitor.config.mqtt import MqttSettings
from monitor.config.policies import find_policy
from monitor.config.run import Config
from monitor.storage.delivery_backlog import delivery_backlogs
from monitor.storage.journal import Journal

_FREE_BYTES = 1 << 30  # an eight-hour session takes about 50 MB; a day of several fits
_LATE_S = 60.0  # deliveries take seconds


def examine(config_path: Path | None, live: str | None, *, as_json: bool) -> bool:
    """Print the result of each check; return whether all passed.

    Args:
        config_path: of a configuration whose requirements are checked as well.
        live: URL of a running service, which is checked instead of this machine.
        as_json: print JSON.
    """
    findings: list[Finding] = []
    if live is not None:
        from monitor.commands.doctor_live import live_findings  # noqa: PLC0415 - slow to load

        findings += live_findings(live)
    else:
        findings += _machine()
    if config_path is not None:
        findings += _configured(config_path)
    if as_json:
        print_json([asdict(finding) for finding in findings])
    else:
        print_rows(
            ("", "check", "result", "what to do"),
            (
                ("ok" if finding.ok else "FAIL", finding.what, finding.found, finding.advice)
                for finding in findings
            ),
        )
    return all(finding.ok for finding in findings)


def _machine() -> Iterator[Finding]:
    yield Finding("python", ok=True, found=platform.python_version())
    yield Finding("sqlite", ok=True, found=sqlite3.sqlite_version)
    full = find_spec("bumble") is not None
    found = (
        "available: demo and replay need no hardware" if full else "not installed: gateways only"
    )
    yield Finding("virtual radio", ok=True, found=found)
    yield from bluetooth_findings(gather())


def _configured(path: Path) -> Iterator[Finding]:
    if is_of_gateway(path):
        yield from _gateway(path)
        return
    try:
        config = load_config(path)
        policy = find_policy(config.session.policy, path.parent)
    except PhysiomonError as error:
        yield Finding("configuration", ok=False, found=str(error), advice="correct the file")
        return
    yield Finding("configuration", ok=True, found=count(len(config.sensor), "sensor"))
    yield Finding(
        "policy",
        ok=bool(policy.reviewed_by),
        found=f"{policy.name} {policy.version}",
        advice="" if policy.reviewed_by else "have the study physician review and sign it",
    )
    yield _disk(path.parent / config.journal.directory)
    yield from access_findings(config.console, path.parent)
    if (secrets := secrets_finding(config, path.parent)) is not None:
        yield secrets
    if config.recipient:
        yield _calls(config, path.parent)
    if config.influx is not None:
        yield asyncio.run(_influx(config, path.parent))
    if config.mqtt is not None:
        yield asyncio.run(_mqtt(config.mqtt, path.parent))
    yield _deliveries(path.parent / config.journal.directory, config.influx is not None)


def _gateway(path: Path) -> Iterator[Finding]:
    try:
        config = load(path, GatewayConfig)
    except PhysiomonError as error:
        yield Finding("configuration", ok=False, found=str(error), advice="correct the file")
        return
    found = f"gateway {config.gateway.id}, {count(len(config.sensor), 'sensor')}"
    yield Finding("configuration", ok=True, found=found)
    if (secrets := secrets_finding(config, path.parent)) is not None:
        yield secrets
    yield _disk(path.parent / config.journal.directory)
    yield asyncio.run(_mqtt(config.mqtt, path.parent))


def _disk(directory: Path) -> Finding:
    existing = next(
        folder for folder in (directory, *directory.absolute().parents) if folder.exists()
    )
    free = shutil.disk_usage(existing).free
    if not os.access(existing, os.W_OK):
        return Finding(
            "journals",
            ok=False,
            found=f"{directory} is not writable",
            advice="chown it to this user",
        )
    enough = free >= _FREE_BYTES
    return Finding(
        "journals",
        ok=enough,
        found=f"{free / 2**30:.1f} GiB free for {directory}",
        advice="" if enough else "free at least 1 GiB",
    )


def _deliveries(directory: Path, influx: bool) -> Finding:  # noqa: FBT001
    from monitor.service.outboxes import DESTINATION  # noqa: PLC0415 - slow to load

    journals = sorted(directory.glob("*.journal"))
    advice: list[str] = []
    found: list[str] = []
    for path in journals:
        try:
            with Journal.read(path) as journal:
                states = delivery_backlogs(journal, (DESTINATION,) if influx else ())
        except PhysiomonError as error:
            found.append(str(error))
            advice.append("restore it from a copy")
            continue
        for state in states:
            age_s = 0 if state.oldest_ns is None else (time.time_ns() - state.oldest_ns) / 1e9
            if age_s > _LATE_S:
                found.append(
                    f"{path.name}: {count(state.waiting, 'fact')} waiting for {state.destination}, "
                    f"the oldest for {span(age_s)}"
                )
                advice.append("run 'physiomon influx deliver' once the session has ended")
            if state.set_aside:
                found.append(
                    f"{path.name}: {state.destination} rejected {count(state.set_aside, 'fact')} "
                    f"({'; '.join(state.reasons)})"
                )
                advice.append(
                    "correct the cause, then run 'physiomon influx redeliver'"
                    if state.destination == DESTINATION
                    else "see table dead_letters of the journal"
                )
    return Finding(
        "deliveries",
        ok=not found,
        found="; ".join(found)
        or f"{count(len(journals), 'journal')}: nothing waiting for delivery",
        advice="; ".join(dict.fromkeys(advice)),
    )


def _calls(config: Config, beside: Path) -> Finding:
    from monitor.calls.setup import call_setup  # noqa: PLC0415 - slow to load

    try:
        setup = call_setup(config, beside, time.time_ns)
    except PhysiomonError as error:
        return Finding("calls", ok=False, found=str(error), advice="correct [[recipient]]")
    unconfirmed = [each.name for each in config.recipient if each.id in setup.unconfirmed]
    if unconfirmed:
        return Finding(
            "calls",
            ok=False,
            found=f"no channel of {', '.join(unconfirmed)} confirms that a message was taken",
            advice="add another channel, such as mail or ntfy",
        )
    gap = first_gap(config.recipient, config.tier, config.session.zone, time.time_ns())
    if gap is not None:
        advice = "complete 'duty' of the recipients, or let somebody else take over"
        return Finding("calls", ok=False, found=gap, advice=advice)
    links = "without links to accept" if setup.links is None else "with links to accept"
    found = f"{count(len(setup.channels), 'recipient')}, {links}"
    return Finding("calls", ok=True, found=f"{found}; test them with physiomon call-test")


async def _influx(config: Config, beside: Path) -> Finding:
    from monitor.delivery.influx_check import check_database  # noqa: PLC0415 - slow to load
    from monitor.service.outboxes import influx_config  # noqa: PLC0415 - slow to load

    assert config.influx is not None  # noqa: S101 - checked by the caller
    try:
        found = await check_database(influx_config(config.influx, beside))
    except PhysiomonError as error:
        return Finding("influxdb", ok=False, found=str(error), advice="see docs/influxdb.md")
    return Finding("influxdb", ok=True, found=found)


async def _mqtt(settings: MqttSettings, beside: Path) -> Finding:
    from monitor.mqtt.broker import mqtt_config, reachable  # noqa: PLC0415 - slow to load

    try:
        found = await reachable(mqtt_config(settings, beside))
    except PhysiomonError as error:
        return Finding(
            "mqtt", ok=False, found=str(error), advice="start the broker, or correct [mqtt]"
        )
    return Finding("mqtt", ok=True, found=found)
