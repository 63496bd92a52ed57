"""`kill -9` under load: no accepted packet is lost."""

import json
import random
import signal
import sys
import time
from pathlib import Path

from monitor.analysis.replay import verify
from monitor.clock import SessionClock
from monitor.entries import EntryKind
from monitor.sessions.session import Session
from monitor.statistics.baseline import Baseline
from monitor.storage.journal import Journal
from monitor.storage.schema import VERSION
from tests.durations import SOAK
from tests.engine.scripted_session import spec
from tests.servers.forked import forked
from tests.servers.process import wait_until
from tests.sessions.manual_clocks import Hands

# Before each step of recording a packet, and of recording its facts, in the
# first run and later; and before the steps of a checkpoint.
MOMENTS = [
    *(("INSERT INTO entries", n) for n in (1, 23)),
    *(("COMMIT entries", n) for n in (1, 23)),
    ("return", 23),
    *(("INSERT INTO facts", n) for n in (1, 23)),
    *(("COMMIT facts", n) for n in (1, 2)),
    ("BEGIN IMMEDIATE facts", 2),
    ("PRAGMA wal_checkpoint(PASSIVE)", 1),
    ("PRAGMA wal_checkpoint(TRUNCATE)", 1),
    (f"PRAGMA user_version = {VERSION}", 1),
]
RANDOM_KILLS = 50 if SOAK else 4
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
    """Record ten quiet minutes, the dose, and six seconds of a fast heart that end now.

    The kills take about as long as a fast heart must last for its alarm.
    """
    hands = Hands(time.time_ns() - 607 * 10**9)
    session = Session.open(spec(), journal, hands.clock())
    for second in range(600):
        hands.pass_s(1)
        session.packet("strap", "2A37", bytes([0x06, 70 + second % 2]))
    session.actions.mark("dose", "100 mg", "AB", reason="a test")
    for _ in range(6):
        hands.pass_s(1)
        session.packet("strap", "2A37", bytes([0x06, 120]))
    session.end("prepared")
    session.close()


def open_alarms(journal: Path) -> set[str]:
    """Return the alarms left open by the recorded steps, without the engine."""
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


def test_kills_lose_no_accepted_packet(tmp_path: Path) -> None:
    journal, returned = tmp_path / "s.journal", tmp_path / "returned"
    prepare(journal)
    returned.touch()
    rng = random.Random(20)
    kills = [*MOMENTS, *[None] * RANDOM_KILLS]
    rng.shuffle(kills)
    seen: list[int] = []
    unreturned: set[int] = set()
    for moment in kills:
        before = returned.stat().st_size
        command = [sys.executable, "-m", "tests.sessions.recording_process", journal, returned]
        with forked([*map(str, command), *map(str, moment or ())]) as process:
            if moment is None:
                wait_until(
                    lambda: process.poll() is not None or returned.stat().st_size > before,  # noqa: B023
                    "a packet",
                )
                time.sleep(rng.uniform(0, LONGEST_RUN_S))  # the random moment itself
                process.kill()
            assert process.wait() == -signal.SIGKILL
        seen = packets(journal)
        told = [int(line) for line in returned.read_text().split("\n")[:-1]]
        assert seen[: len(told)] == told
        assert len(seen) - len(told) <= 1  # journaled, killed before the callback returned
        unreturned.add(len(seen) - len(told))
        returned.write_text("".join(f"{number}\n" for number in seen))

    assert unreturned == {0, 1}
    assert seen == list(range(1, len(seen) + 1))
    assert len(seen) > 5 * len(kills)
    with Journal.read(journal) as recorded:
        assert recorded.damage() is None
        assert verify(recorded).difference is None
        kinds = [entry.kind for entry in recorded.entries()]
    assert kinds.count(EntryKind.RUN) == len(kills) + 1

    # It resumes in its last state: with the alarm of the first runs, and the baseline.
    session = Session.open(spec(), journal, SessionClock.of_machine())
    alarms, channel = session.engine.alarms, session.engine.channels["strap/heart_rate"]
    session.end("looked at")
    session.close()
    assert "hr-high@strap/heart_rate" in open_alarms(journal)
    assert {alarm.key for alarm in alarms.open()} == open_alarms(journal)
    assert channel.baseline == Baseline(median=70.5, spread=3.0)
