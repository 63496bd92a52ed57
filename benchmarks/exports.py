"""Export of eight hours of four sensors to Parquet, compared with sqlite3, json and pandas.

The comparison reads the readings of the same file, and neither beats, events and alarms nor the
hash chain, which the export verifies.
"""

import json
import sqlite3
import statistics
import tempfile
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from time import process_time

import pandas as pd

from benchmarks.results import Result, ratio
from monitor.entries import EntryKind, chain
from monitor.exports.exporter import export_recording
from monitor.exports.formats import FORMATS
from monitor.exports.options import ExportOptions
from monitor.storage.journal import Journal
from tests.analysis.rich_recording import ns, record

ROUNDS = 5
PACKETS, READINGS = 43_000, 83_000


def run() -> list[Result]:
    """Return the ratio of the CPU times."""
    ours: list[float] = []
    theirs: list[float] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = record(folder / "long.journal", ended=False)
        _lengthen(path)
        for number in range(ROUNDS):
            ours.append(_seconds(partial(_export, path, folder / str(number))))
            theirs.append(_seconds(partial(_plain, path, folder / "plain.parquet")))
    mine, other = statistics.median(ours), statistics.median(theirs)
    return [
        Result(
            name="exports",
            measured=f"export of eight hours of four sensors to Parquet, {READINGS:,} readings "
            "with beats, events, alarms and the check of the hash chain",
            alternative="sqlite3, json and pandas for the readings only",
            value=ratio(ours, theirs),
            figures=f"{mine:.2f} CPU s against {other:.2f} CPU s",
        )
    ]


def _seconds(work: Callable[[], object]) -> float:
    began = process_time()
    work()
    return process_time() - began


def _export(path: Path, target: Path) -> None:
    export_recording(path, FORMATS["parquet"], target, ExportOptions())


def _plain(path: Path, target: Path) -> None:
    with sqlite3.connect(path) as database:
        rows = database.execute(
            "SELECT at_ns, subject, payload FROM facts WHERE kind = 'reading'"
        ).fetchall()
    database.close()
    frame = pd.DataFrame(
        [{"at_ns": at_ns, "channel": channel, **json.loads(body)} for at_ns, channel, body in rows]
    )
    frame.to_parquet(target)


def _lengthen(path: Path) -> None:
    """Append packets and readings in two statements: one at a time would take minutes."""
    with Journal.read(path) as journal:
        last = [*journal.entries()][-1]
        digest = bytes.fromhex(journal.hash_of(last.seq))
    rows = []
    for number in range(1, PACKETS):
        entry = replace(
            last,
            seq=last.seq + number,
            received_ns=last.received_ns + number * 600_000_000,
            kind=EntryKind.PACKET,
            source="strap/2A37",
            payload=b"\x16\x46\x00\x03",
        )
        digest = chain(digest, entry)
        times = entry.received_ns, entry.measured_ns
        rows.append((entry.seq, *times, entry.kind, entry.source, entry.payload, digest))
    with sqlite3.connect(path) as database:
        database.executemany("INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
        database.execute(
            """INSERT INTO facts WITH RECURSIVE
               numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)
               SELECT (SELECT max(id) FROM facts) + n, ?, ? + n * 300000000, 'reading',
               printf('strap%d/%s', n % 4, CASE n % 2 WHEN 1 THEN 'heart_rate'
                                                  ELSE 'rr_interval' END),
               printf('{"value":%d.0,"quality":0}', 600 + n % 40) FROM numbers""",
            (READINGS, last.seq + PACKETS - 1, ns(1000)),
        )
    database.close()
