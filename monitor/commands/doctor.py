"""`physiomon doctor`: what works on this machine and what does not."""

import asyncio
import os
import platform
import shutil
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from alerts.time_format import span
from dashboards.access.accounts import read_accounts
from devices.errors import PhysiomonError
from monitor.commands.doctor_bluetooth import gather, judge
from monitor.commands.doctor_finding import Finding
from monitor.commands.output import print_json, print_rows
from monitor.config.console import ConsoleConfig
from monitor.config.file import load_config
from monitor.config.mqtt import MqttSettings
from monitor.config.policies import find_policy
from monitor.config.run import Config
from monitor.storage.delivery_backlog import delivery_backlogs
from monitor.storage.journal import Journal

_FREE_BYTES = 1 << 30  # an eight-hour session takes about 50 MB; a day of several fits
_RENEW_DAYS = 14.0  # time to get another certificate
_LATE_S = 60.0  # what is recorded is delivered within seconds


def examine(config_path: Path | None, *, as_json: bool) -> bool:
    """Print what was found; tell whether all is well."""
    findings = list(_machine())
    if config_path is not None:
        findings += _configured(config_path)
    if as_json:
        print_json([asdict(finding) for finding in findings])
    else:
        print_rows(
            ("", "what", "found", "what to do"),
            (
                ("ok" if finding.well else "NO", finding.what, finding.found, finding.advice)
                for finding in findings
            ),
        )
    return all(finding.well for finding in findings)


def _machine() -> Iterator[Finding]:
    yield Finding("python", well=True, found=platform.python_version())
    yield Finding("sqlite", well=True, found=sqlite3.sqlite_version)
    yield Finding("virtual radio", well=True, found="demo and replay need no hardware")
    yield from judge(gather())


def _configured(path: Path) -> Iterator[Finding]:
    try:
        config = load_config(path)
        policy = find_policy(config.session.policy, path.parent)
    except PhysiomonError as error:
        yield Finding("configuration", well=False, found=str(error), advice="correct the file")
        return
    yield Finding("configuration", well=True, found=f"{len(config.sensor)} sensors")
    yield Finding(
        "policy",
        well=bool(policy.reviewed_by),
        found=f"{policy.name} {policy.version}",
        advice="" if policy.reviewed_by else "have the study physician review and sign it",
    )
    yield _disk(path.parent / config.journal.directory)
    yield from _access(config.console, path.parent)
    if config.recipient:
        yield _calls(config, path.parent)
    if config.influx is not None:
        yield asyncio.run(_influx(config))
    if config.mqtt is not None:
        yield asyncio.run(_mqtt(config.mqtt, path.parent))
    yield _deliveries(path.parent / config.journal.directory, config.influx is not None)


def _access(console: ConsoleConfig, beside: Path) -> Iterator[Finding]:
    from monitor.service.access_setup import access_settings  # noqa: PLC0415 - slow to load

    try:
        settings = access_settings(console, beside)
    except PhysiomonError as error:
        yield Finding("login", well=False, found=str(error), advice="see docs/accounts.md")
        return
    if settings.accounts is None:
        yield Finding("login", well=True, found="no accounts: whoever is on this machine comes in")
    else:
        roles = Counter(str(each.role) for each in read_accounts(settings.accounts).values())
        found = ", ".join(f"{number} {role}" for role, number in sorted(roles.items()))
        shut = settings.accounts.stat().st_mode & 0o077 == 0
        advice = "" if shut else f"others can read it: chmod 600 {settings.accounts}"
        yield Finding("login", well=shut, found=found, advice=advice)
    if settings.tls is not None:
        yield _certificate(settings.tls.certificate)


def _certificate(path: Path) -> Finding:
    from cryptography.x509 import load_pem_x509_certificate  # noqa: PLC0415 - slow to load

    ends = load_pem_x509_certificate(path.read_bytes()).not_valid_after_utc
    days = (ends.timestamp() - time.time_ns() / 1e9) / 86400
    return Finding(
        "certificate",
        well=days > _RENEW_DAYS,
        found=f"{'ends' if days > 0 else 'ENDED'} on {ends:%Y-%m-%d}",
        advice="" if days > _RENEW_DAYS else "renew it, and start the service again",
    )


def _disk(directory: Path) -> Finding:
    existing = next(
        folder for folder in (directory, *directory.absolute().parents) if folder.exists()
    )
    free = shutil.disk_usage(existing).free
    if not os.access(existing, os.W_OK):
        return Finding(
            "journals", well=False, found=f"{directory} cannot be written", advice="chown it"
        )
    well = free >= _FREE_BYTES
    return Finding(
        "journals",
        well=well,
        found=f"{free / 2**30:.1f} GiB free for {directory}",
        advice="" if well else "free at least 1 GiB",
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
            advice.append("look for a copy")
            continue
        for state in states:
            age_s = 0 if state.oldest_ns is None else (time.time_ns() - state.oldest_ns) / 1e9
            if age_s > _LATE_S:
                found.append(
                    f"{path.name}: {state.waiting} facts wait for {state.destination}, "
                    f"the oldest for {span(age_s)}"
                )
                advice.append("run 'physiomon influx deliver' when it has ended")
            if state.set_aside:
                found.append(
                    f"{path.name}: {state.destination} will not take {state.set_aside} facts "
                    f"({'; '.join(state.reasons)})"
                )
                advice.append("see its table dead_letters")
    return Finding(
        "deliveries",
        well=not found,
        found="; ".join(found) or f"{len(journals)} journals owe nothing",
        advice="; ".join(dict.fromkeys(advice)),
    )


def _calls(config: Config, beside: Path) -> Finding:
    from monitor.calls.setup import call_setup  # noqa: PLC0415 - slow to load

    try:
        setup = call_setup(config, beside, time.time_ns)
    except PhysiomonError as error:
        return Finding("calls", well=False, found=str(error), advice="correct [[recipient]]")
    found = f"{len(setup.channels)} recipients, {'no links' if setup.links is None else 'links'}"
    return Finding("calls", well=True, found=f"{found}; try them with physiomon call-test")


async def _influx(config: Config) -> Finding:
    from monitor.delivery.influx import reachable  # noqa: PLC0415 - slow to load
    from monitor.service.outboxes import influx_config  # noqa: PLC0415 - slow to load

    assert config.influx is not None  # noqa: S101 - asked only then
    try:
        found = await reachable(influx_config(config.influx))
    except PhysiomonError as error:
        return Finding(
            "influxdb", well=False, found=str(error), advice="start it, or correct [influx]"
        )
    return Finding("influxdb", well=True, found=found)


async def _mqtt(settings: MqttSettings, beside: Path) -> Finding:
    from monitor.mqtt.broker import mqtt_config, reachable  # noqa: PLC0415 - slow to load

    try:
        found = await reachable(mqtt_config(settings, beside))
    except PhysiomonError as error:
        return Finding("mqtt", well=False, found=str(error), advice="start it, or correct [mqtt]")
    return Finding("mqtt", well=True, found=found)
