"""Watchdog notifications for systemd and containers."""

import asyncio
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from monitor.service.watchdog import LIMIT_ENV, show_life
from tests.durations import PATIENCE_S

HANGING = """
import asyncio, time
from monitor.service.watchdog import show_life

async def hang():
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(show_life())
        await asyncio.sleep(0)
        time.sleep(3600)

asyncio.run(hang())
"""


async def test_systemd_is_notified_of_start_watchdog_and_stop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as heard:
        heard.bind(place)
        monkeypatch.setenv("NOTIFY_SOCKET", place)
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(PATIENCE_S), asyncio.TaskGroup() as tasks:
            life = tasks.create_task(show_life())
            said = [await loop.sock_recv(heard, 100) for _ in range(3)]
            life.cancel()
        assert said == [b"READY=1", b"WATCHDOG=1", b"WATCHDOG=1"]
        assert await loop.sock_recv(heard, 100) == b"STOPPING=1"


async def test_missing_supervisor_is_ignored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "nobody"))
    monkeypatch.setenv(LIMIT_ENV, "soon")
    async with asyncio.TaskGroup() as tasks:
        life = tasks.create_task(show_life())
        await asyncio.sleep(0)
        life.cancel()


def test_hanging_process_exits_with_a_traceback() -> None:
    done = subprocess.run(
        [sys.executable, "-c", HANGING],
        env={**os.environ, LIMIT_ENV: "5"},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 1
    assert "Timeout (0:00:05)!" in done.stderr
    assert "in hang" in done.stderr
