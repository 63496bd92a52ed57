"""`kill -9` at random moments under load: nothing that was taken is lost."""

import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from monitor.analysis.replay import verify
from monitor.clock import SessionClock
from monitor.entries import EntryKind
from monitor.sessions.session import Session
from monitor.statistics.baseline import Baseline
from monitor.storage.journal import Journal
from tests.engine.scripted_session import spec
from tests.sessions.manual_clocks import Hands

KILLS = 50
LONGEST_RUN_S = 0.25


def packets(journal: Path) -> list[int]:
    """Return the numbers of the packets under load, in the journal's order."""
    with Journal.read(journal) as recorded:
        return [
            int.from_bytes(entry.payload[2:6], "little")
            for entry in recorded.entries()
            if entry.kind == EntryKind.PACKET and len(entry.payload) == 6
        ]


def prepare(journal: Path) -> None:
    """Record ten quiet minutes that end now, and the dose."""
    hands = Hands(time.time_ns() - 601 * 10**9)
    session = Session.open(spec(), journal, hands.clock())
    for second in range(600):
        hands.pass_s(1)
        session.packet("strap", "2A37", bytes([0x06, 70 + second % 2]))
    session.actions.mark("dose", "100 mg", "AB")
    session.end("prepared")
    session.close()


def open_alarms(journal: Path) -> set[str]:
    """Return what the recorded steps leave open, read without the engine."""
    alarms: set[str] = set()
    with Journal.read(journal) as recorded:
        for row in recorded.facts():
            if row.kind == "alarm":
                body = json.loads(row.payload)
                key = f"{body['rule']}@{row.subject}"
                if body["step"] == "raised":
                    alarms.add(key)
                elif body["step"] in ("cleared", "reset"):
                    alarms.discard(key)
    return alarms


def test_fifty_kills_lose_nothing(tmp_path: Path) -> None:
    journal, returned = tmp_path / "s.journal", tmp_path / "returned"
    prepare(journal)
    returned.touch()
    rng = random.Random(20)
    seen: list[int] = []
    for _ in range(KILLS):
        before = returned.stat().st_size
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.sessions.recording_process", str(journal), str(returned)]
        )
        try:
            wait_for_growth(process, returned, before)
            time.sleep(rng.uniform(0, LONGEST_RUN_S))  # the random moment itself
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
        seen = packets(journal)
        told = [int(line) for line in returned.read_text().split("\n")[:-1]]
        assert seen[: len(told)] == told
        assert len(seen) - len(told) <= 1  # journaled, killed before the callback returned
        returned.write_text("".join(f"{number}\n" for number in seen))

    assert seen == list(range(1, len(seen) + 1))
    assert len(seen) > 10 * KILLS
    with Journal.read(journal) as recorded:
        assert recorded.damage() is None
        assert verify(recorded).difference is None
        kinds = [entry.kind for entry in recorded.entries()]
    assert kinds.count(EntryKind.RUN) == KILLS + 1

    # It goes on in the state in which it was: with the alarm of the first runs, and the baseline.
    session = Session.open(spec(), journal, SessionClock.of_machine())
    alarms, channel = session.engine.alarms, session.engine.channels["strap/heart_rate"]
    session.end("looked at")
    session.close()
    assert "hr-high@strap/heart_rate" in open_alarms(journal)
    assert {alarm.key for alarm in alarms.open()} == open_alarms(journal)
    assert channel.baseline == Baseline(median=70.5, spread=3.0)


def wait_for_growth(process: subprocess.Popen[bytes], file: Path, before: int) -> None:
    """Wait until the process has taken packets."""
    deadline = time.monotonic() + 30
    while not file.exists() or file.stat().st_size <= before:
        assert process.poll() is None, "the process ended by itself"
        assert time.monotonic() < deadline, "the process took no packet within 30 s"
        time.sleep(0.005)
