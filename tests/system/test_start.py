"""Recording starts before optional modules are loaded."""

import subprocess
import sys

from tests.durations import PATIENCE_S

SLOW = {"aiohttp", "apprise", "fastapi", "nicegui", "paho", "uvicorn"}


def test_session_is_opened_before_console_and_outputs_are_loaded() -> None:
    """Loading them takes as long as loading everything that recording needs."""
    code = "import sys, monitor.commands.run; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=True,
    )
    loaded = {*done.stdout.split()}
    assert "monitor.storage.journal" in loaded
    assert not SLOW & loaded
