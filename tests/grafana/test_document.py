"""The page of panels in docs/ is up to date."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.durations import PATIENCE_S
from tests.grafana.document import PAGE, PICTURE
from tests.servers.chromium import installed
from tests.servers.process import program

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.extended
def test_panel_page_is_up_to_date(tmp_path: Path) -> None:
    installed()
    program("influxd", "influxdb")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "tests.grafana.document", tmp_path],
        cwd=DOCS.parent,
        env=os.environ | {"TZ": "UTC"},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert (tmp_path / PAGE).read_text() == (DOCS / PAGE).read_text(), "stale: make screenshots"
    assert (tmp_path / PICTURE).stat().st_size > 100_000
    assert 100_000 < (DOCS / PICTURE).stat().st_size < 400_000
