"""The unit for a bare machine, read by systemd's own checker."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

UNIT = Path(__file__).parents[2] / "deploy/systemd/physiomon.service"
MOST_EXPOSURE = 20  # tenths, of 100: systemd calls up to 40 good


def analyze(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("needs systemd-analyze: apt-get install systemd")
    return subprocess.run(
        [program, *arguments], capture_output=True, text=True, timeout=60, check=False
    )


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """Return the unit with a program that is there: physiomon's own is not installed here."""
    physiomon = Path(sys.executable).with_name("physiomon")
    text = UNIT.read_text().replace("/opt/physiomon/bin/physiomon", os.fspath(physiomon))
    path = tmp_path / UNIT.name
    path.write_text(text)
    return path


def test_systemd_understands_every_line(unit: Path) -> None:
    done = analyze("verify", unit)
    complaints = [line for line in done.stderr.splitlines() if "physiomon" in line]
    assert not complaints
    unit.write_text(unit.read_text() + "ProtectEverything=yes\n")
    assert "ProtectEverything" in analyze("verify", unit).stderr, "a mistake would be found"


def test_it_may_do_little(unit: Path) -> None:
    done = analyze("security", "--offline=true", f"--threshold={MOST_EXPOSURE}", unit)
    assert done.returncode == 0, done.stdout[-300:]


def test_it_is_always_started_again() -> None:
    text = UNIT.read_text()
    for line in ("Restart=always", "StartLimitIntervalSec=0", "User=physiomon", "PrivateTmp=yes"):
        assert f"{line}\n" in text
    assert "ReadWritePaths=/var/lib/physiomon\n" in text
