"""`physiomon influx`: database setup, and delivery of pending and rejected data."""

import asyncio
import random
import time
from dataclasses import asdict
from pathlib import Path

from monitor.commands.output import print_error, print_facts, print_json, print_rows
from monitor.config.file import load_config
from monitor.config.run import Config
from monitor.delivery.batch_reader import BATCH
from monitor.delivery.bisection import BatchSender
from monitor.delivery.encoding import EncodedFacts
from monitor.delivery.errors import UnavailableError
from monitor.delivery.influx import InfluxConfig, influx_writer
from monitor.delivery.influx_setup import set_up
from monitor.delivery.influx_steps import DataLossError
from monitor.delivery.line_protocol import LineEncoder, probe_line
from monitor.delivery.outbox import cursor_name
from monitor.delivery.priority_lanes import Lanes
from monitor.errors import ConfigError, JournalError, OutputError
from monitor.service.outboxes import DESTINATION, influx_config
from monitor.storage.fact_rows import Lane
from monitor.storage.journal import Journal

_ATTEMPTS = 8  # about two minutes
_UNITS_S = {"h": 3600, "d": 86_400, "w": 7 * 86_400}


def set_up_database(path: Path, retention: str | None, *, may_delete: bool, as_json: bool) -> bool:
    """Create bucket, retention and mapping; print each step; return whether points are stored.

    Args:
        path: of the configuration.
        retention: such as ``90d``; None leaves it unchanged.
        may_delete: shorten the retention even if that deletes points.
        as_json: print JSON.

    Raises:
        PhysiomonError: the configuration cannot be used, or the server refuses a step.
    """
    retention_s = None if retention is None else _seconds(retention)
    _, config = configured(path)
    try:
        steps = asyncio.run(set_up(config, retention_s, may_delete=may_delete))
    except DataLossError as error:
        raise OutputError(f"{error}; repeat the command with --yes to do so") from None
    if as_json:
        print_json([asdict(step) for step in steps])
    else:
        rows = ((step.what, step.outcome, step.details) for step in steps)
        print_rows(("step", "result", "details"), rows)
    return all(step.outcome != "failed" for step in steps)


def deliver(path: Path, journals: list[Path], within_s: float, *, as_json: bool) -> bool:
    """Deliver the pending facts of journals; return whether all are delivered.

    It ends in any case: after about two minutes without success, or at once if the configuration
    is at fault. Further journals are then attempted once each.

    Raises:
        PhysiomonError: the configuration or a journal cannot be used.
    """
    config, influx = configured(path)
    attempts, done = _ATTEMPTS, True
    for journal in journals or _recorded(config, path):
        facts = asyncio.run(_deliver(journal, influx, within_s, attempts))
        if facts["waiting"]:
            attempts, done = 1, False
        print_json(facts) if as_json else print_facts(str(journal), facts)
    return done


def redeliver(path: Path, journals: list[Path], reason: str | None, *, as_json: bool) -> bool:
    """Send rejected facts again; return whether all of them were accepted.

    Args:
        path: of the configuration.
        journals: by default all in the configured folder.
        reason: send only those whose recorded reason contains this text.
        as_json: print JSON.

    Raises:
        PhysiomonError: the configuration or a journal cannot be used, or the database accepts
            nothing; what was accepted before is no longer listed as rejected.
    """
    config, influx = configured(path)
    done = True
    for journal in journals or _recorded(config, path):
        facts = asyncio.run(_redeliver(journal, influx, reason or ""))
        done = done and not facts["rejected"]
        print_json(facts) if as_json else print_facts(str(journal), facts)
    return done


def _recorded(config: Config, path: Path) -> list[Path]:
    return sorted((path.parent / config.journal.directory).glob("*.journal"))


def configured(path: Path) -> tuple[Config, InfluxConfig]:
    """Load a configuration and its database settings.

    Raises:
        ConfigError: it has no database, or cannot be used.
    """
    config = load_config(path)
    if config.influx is None:
        raise ConfigError(f"{path} has no [influx] section; add url, org, bucket and token_file")
    return config, influx_config(config.influx, path.parent)


async def _deliver(
    path: Path, config: InfluxConfig, within_s: float, attempts: int
) -> dict[str, object]:
    with Journal.write(path) as journal:
        encoder = _encoder(path, journal)
        async with influx_writer(config) as write:
            lanes = Lanes(
                DESTINATION,
                path,
                journal,
                encoder.line,
                write,
                _print_reason,
                random.Random(time.monotonic_ns()),  # noqa: S311 - spreads waits
            )
            before = lanes.backlog().facts
            try:
                async with asyncio.timeout(within_s):
                    await lanes.drain(attempts)
            except TimeoutError:
                print_error(
                    f"{path}: not all delivered within {within_s:g} s; run the command again"
                )
            except UnavailableError:
                print_error(f"{path}: not all delivered; run the command again")
            waiting = lanes.backlog().facts
        return {"delivered": before - waiting, "waiting": waiting, "set_aside": lanes.set_aside}


async def _redeliver(path: Path, config: InfluxConfig, reason: str) -> dict[str, object]:
    delivered = rejected = 0
    with Journal.write(path) as journal:
        encoder = _encoder(path, journal)
        letters = journal.dead_letters()
        async with influx_writer(config) as write:
            sender = BatchSender(write, probe_line)
            for name in (cursor_name(DESTINATION, lane) for lane in (Lane.URGENT, Lane.BULK)):
                chosen = [fact for fact, why in letters.get(name, {}).items() if reason in why]
                for first in range(0, len(chosen), BATCH):
                    batch = chosen[first : first + BATCH]
                    encoded = EncodedFacts()
                    for fact in batch:
                        encoded.add(encoder.line, journal.facts(fact - 1, 1))
                    refused = dict([*encoded.unencodable, *await sender.send(encoded.lines)])
                    for fact, why in refused.items():
                        journal.set_aside(name, fact, why)
                    accepted = [fact for fact in batch if fact not in refused]
                    journal.remove_dead_letters(name, accepted)
                    delivered, rejected = delivered + len(accepted), rejected + len(refused)
    return {"delivered": delivered, "rejected": rejected}


def _encoder(path: Path, journal: Journal) -> LineEncoder:
    first = next(journal.entries(), None)
    if first is None:
        raise JournalError(f"{path} contains no session: none was started")
    body = first.body()
    return LineEncoder(body["site"], body["id"], body["participant"], body.get("salt", ""))


def _print_reason(reason: str | None) -> None:
    if reason is not None:
        print_error(reason)


def _seconds(text: str) -> int:
    """Convert ``90d``, ``52w`` or ``36h`` to seconds; ``forever`` is 0."""
    if text == "forever":
        return 0
    number, unit = text[:-1], text[-1:]
    if not number.isdecimal() or unit not in _UNITS_S or int(number) < 1:
        raise ConfigError(
            f"--retention '{text}' is not valid; use hours, days or weeks, such as 90d, or forever"
        )
    return int(number) * _UNITS_S[unit]
