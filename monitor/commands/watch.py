"""`physiomon watch`: watch of another physiomon."""

import asyncio
import logging
import random
import sys
import time
from pathlib import Path
from zoneinfo import ZoneInfo

from monitor.calls.setup import recipient_channels
from monitor.config.duty import is_on_duty, roster_of
from monitor.config.file import load
from monitor.config.watch import WatcherConfig
from monitor.logs import start_logs
from monitor.service.shutdown import StopLimit, stop_limit, stopped_by_signals
from monitor.service.threads import allow_waiting_threads
from monitor.service.watch import PART, Watcher
from monitor.service.watchdog import show_life
from monitor.supervisor import supervise


def run_watch(path: Path) -> None:
    """Watch the physiomon of a configuration until stopped.

    Raises:
        PhysiomonError: the configuration, a secret or a certificate cannot be used.
    """
    config = load(path, WatcherConfig)
    roster = roster_of(config.recipient, config.watch.zone)

    def on_duty() -> set[str]:
        now_ns = time.time_ns()
        return {each.id for each in config.recipient if is_on_duty(each, roster, now_ns)}

    watcher = Watcher(
        config.watch,
        config.watch.tls(path.parent),
        recipient_channels(config.recipient, config.calls, path.parent),
        on_duty,
        None if config.watch.zone is None else ZoneInfo(config.watch.zone),
        _ignore,
    )
    start_logs(logging.INFO)
    with stop_limit() as limit:
        asyncio.run(_run(watcher, config.watch.url, limit))


async def _run(watcher: Watcher, url: str, limit: StopLimit) -> None:
    allow_waiting_threads()
    rng = random.SystemRandom()
    async with stopped_by_signals(limit) as stop, asyncio.TaskGroup() as tasks:
        running = [
            tasks.create_task(supervise(PART, watcher.run, _ignore, rng), name=PART),
            tasks.create_task(show_life(), name="watchdog"),
        ]
        sys.stdout.write(f"watching {url}\n")
        sys.stdout.flush()
        await stop.wait()
        for task in running:
            task.cancel()


def _ignore(_reason: str | None) -> None:
    """Ignore a report: it is logged, and there is no session here that could show it."""
