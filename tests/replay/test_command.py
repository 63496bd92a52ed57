"""`physiomon replay --to console`, as people run it."""

import signal
import urllib.request
from pathlib import Path
from subprocess import PIPE

import pytest

from tests.durations import PATIENCE_S
from tests.replay.recording import record
from tests.servers.forked import PHYSIOMON, forked
from tests.system.command import physiomon


def test_command_serves_the_recording_until_stopped(tmp_path: Path) -> None:
    path = tmp_path / "s1.journal"
    record(path)
    before = path.read_bytes()
    command = [PHYSIOMON, "replay", str(path), "--to", "console", "--port", "0", "--speed", "600"]
    with forked(command, stdout=PIPE) as running:
        assert running.stdout is not None
        url = running.stdout.readline().split()[-1]
        assert "recording" in running.stdout.readline()
        with urllib.request.urlopen(url, timeout=PATIENCE_S) as page:  # noqa: S310 - our own
            assert "Recording - not live" in page.read().decode()
        running.send_signal(signal.SIGINT)
        assert running.wait() == 0
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (["--verify"], "with --verify"),
        (["--json"], "with --verify, --json"),
    ],
)
def test_options_without_effect_on_a_page_are_refused(
    tmp_path: Path, more: list[str], says: str
) -> None:
    path = tmp_path / "s1.journal"
    record(path)
    done = physiomon("replay", str(path), "--to", "console", *more)
    assert done.returncode == 2
    assert says in " ".join(done.stderr.replace("│", " ").split())


def test_file_that_is_not_a_journal_is_refused_in_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "s1.journal"
    path.write_bytes(b"no journal")
    done = physiomon("replay", str(path), "--to", "console", "--port", "0")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert done.stderr.count("\n") <= 3
