"""A real `physiomon run` across midnight: libfaketime sets the clock of the process."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import PIPE, Popen

import httpx
import pytest

from monitor.core.session_spec import SessionSpec
from monitor.sessions.session import Session
from monitor.storage.journal import Journal
from tests.servers.forked import PHYSIOMON
from tests.servers.process import program
from tests.sessions.manual_clocks import Hands
from tests.system.command import Running

CONFIG = """
[session]
site = "here"
room = "1"
participant = "P07"
policy = "demo"
zone = "America/Los_Angeles"

[journal]
directory = "."

[console]
port = 0

[[sensor]]
label = "strap"
kind = "heart-rate-strap"
"""
EVENING = "@2026-03-02 07:30:00"  # UTC: half an hour before midnight in the room
MORNING = "@2026-03-02 08:00:20"
DAY_AFTER = "@2026-03-03 08:00:20"


@contextmanager
def run_at(moment: str, folder: Path) -> Iterator[Running]:
    """Run a session while the clock of the process begins at a moment."""
    faketime = program("faketime", "faketime")
    (library,) = Path(faketime).parents[1].glob("lib/*/faketime/libfaketime.so.1")
    process = Popen(
        [PHYSIOMON, "run", str(folder / "c.toml")],
        env={
            **os.environ,
            "TZ": "UTC",  # as in a container
            "LD_PRELOAD": str(library),
            "FAKETIME": moment,
            "DONT_FAKE_MONOTONIC": "1",
            # Otherwise it computes timeouts of threads from the clock that it fakes: threads that
            # wait for Python's lock never sleep, and a start takes four times as long.
            "FAKETIME_FORCE_MONOTONIC_FIX": "0",
        },
        stdout=PIPE,
        text=True,
    )
    try:
        running = Running(process)
        running.wait_for_url()
        yield running
    finally:
        process.kill()
        process.communicate()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "c.toml").write_text(CONFIG)
    return tmp_path


def sessions(running: Running) -> list[str]:
    found: list[str] = httpx.get(f"{running.url}healthz").json()["sessions"]
    return found


def end(journal: Path) -> None:
    """End a session as a person does on the page, an hour later."""
    with Journal.read(journal) as recorded:
        spec = SessionSpec.from_body(next(recorded.entries()).body())
        hands = Hands(wall_ns=recorded.end_ns + 3600 * 10**9)
    session = Session.open(spec, journal, hands.clock())
    session.actions.finish("MK", "over")
    session.close()


@pytest.mark.extended
def test_session_resumes_after_midnight_and_an_ended_one_stays_ended(
    folder: Path,
) -> None:
    with run_at(EVENING, folder) as running:
        assert sessions(running) == ["P07-20260301"]
        running.process.send_signal(signal.SIGKILL)
    with run_at(MORNING, folder) as running:
        assert sessions(running) == ["P07-20260301"]
        running.interrupt()
    end(folder / "P07-20260301.journal")
    with run_at(DAY_AFTER, folder) as running:
        assert sessions(running) == []
        (place,) = httpx.get(f"{running.url}api/v1/places").json()
        assert "P07-20260301 was ended by MK" in place["last"]
        begun = httpx.post(
            f"{running.url}api/v1/places/{place['place']}/begin",
            json={"participant": "P08", "by": "MK"},
        ).json()
        assert begun["session"] == "P08-20260303"
        running.interrupt()
    assert len([*folder.glob("*.journal")]) == 2
