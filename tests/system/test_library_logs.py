"""Logs of libraries reach the log of the service, except those that say nothing new."""

import json
import subprocess
import sys

import pytest

_LOST = """
import asyncio, gc
from monitor.logs import start_logs

async def lose(error):
    asyncio.get_running_loop().create_future().set_exception(error)
    gc.collect()

start_logs()
asyncio.run(lose({error}))
"""


@pytest.mark.parametrize(
    ("error", "lines"), [("BrokenPipeError(32, 'Broken pipe')", 0), ("ValueError('a bug')", 1)]
)
def test_only_the_answers_to_a_closed_bus_are_no_news(error: str, lines: int) -> None:
    code = _LOST.format(error=error)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    logged = [json.loads(line) for line in done.stderr.splitlines()]
    assert len(logged) == lines
    assert all("a bug" in each["exception"] for each in logged)
