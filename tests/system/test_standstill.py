"""A real `physiomon run` that is stopped by a signal while its sensor keeps sending."""

import contextlib
import json
import signal
import time
from pathlib import Path

from devices.packets import Quality
from devices.virtual.peripherals.catalog import default_address
from monitor.analysis.replay import verify
from monitor.entries import Entry, EntryKind
from monitor.errors import JournalError
from monitor.storage.journal import Journal
from tests.servers.process import wait_until
from tests.system.command import refusal
from tests.virtual.test_processes import process, sensor, shared_radio

STOPPED_S = 12.0  # longer than the limit of 5 s, and than the 10 s after which a heart rate is lost
CONFIG = """
[session]
site = "here"
room = "1"
participant = "P01"
id = "stopped"
policy = "demo"

[radio]
virtual = "{place}"

[journal]
directory = "."

[console]
port = 0

[[sensor]]
label = "strap"
kind = "heart-rate-strap"
address = "{address}"
"""


def entries(path: Path) -> list[Entry]:
    """Return the journaled entries so far."""
    with contextlib.suppress(JournalError), Journal.read(path) as journal:
        return list(journal.entries())
    return []


def count(path: Path, kind: EntryKind) -> int:
    return sum(entry.kind == kind for entry in entries(path))


def test_process_stopped_by_a_signal_reports_a_standstill(tmp_path: Path) -> None:
    config, journal = tmp_path / "session.toml", tmp_path / "stopped.journal"
    strap = default_address("heart-rate-strap")
    with shared_radio() as place, sensor("heart-rate-strap", "--shared-radio", place):
        config.write_text(CONFIG.format(place=place, address=strap))
        run = process("run", str(config), wait_for="console")
        with run as (_, service):
            wait_until(lambda: count(journal, EntryKind.PACKET) > 5, "packets")
            service.send_signal(signal.SIGSTOP)
            stopped_ns = time.time_ns()
            time.sleep(STOPPED_S)  # the tested standstill
            service.send_signal(signal.SIGCONT)
            wait_until(lambda: count(journal, EntryKind.STANDSTILL) > 1, "the end of a standstill")
            after = count(journal, EntryKind.PACKET)
            wait_until(lambda: count(journal, EntryKind.PACKET) > after, "a fresh packet")
            refused = refusal("run", str(config))
    assert "is being recorded by another process; stop that one first" in refused
    with Journal.read(journal) as recorded:
        assert recorded.damage() is None
        assert verify(recorded).difference is None
        found = list(recorded.entries())
        facts = list(recorded.facts())
    # A busy machine may have had others; this one contains the signal.
    begin = next(
        number
        for number, entry in enumerate(found)
        if entry.kind == EntryKind.STANDSTILL
        and "since_ns" in entry.body()
        and entry.received_ns - entry.body()["since_ns"] > 0.9 * STOPPED_S * 1e9
    )
    since_ns, until_ns = found[begin].body()["since_ns"], found[begin].received_ns
    assert since_ns <= stopped_ns + 10**9
    over = next(
        number
        for number, entry in enumerate(found)
        if number > begin and entry.kind == EntryKind.STANDSTILL and entry.body().get("over")
    )
    waited = [entry.seq for entry in found[begin:over] if entry.kind == EntryKind.PACKET]
    assert len(waited) > 5  # they were in the socket meanwhile
    qualities = {
        json.loads(row.payload)["quality"]
        for row in facts
        if row.kind == "reading" and row.entry in waited
    }
    assert qualities == {int(Quality.STORED)}
    alarms = [(row.at_ns, json.loads(row.payload)) for row in facts if row.kind == "alarm"]
    (told,) = (
        body
        for at_ns, body in alarms
        if 0 <= at_ns - until_ns < 10 and (body["rule"], body["step"]) == ("standstill", "raised")
    )
    assert "monitoring was interrupted from" in told["cause"]
    late = [body for at_ns, body in alarms if since_ns < at_ns < until_ns]
    assert late
    assert {body["announced_ns"] for body in late} == {until_ns}
