"""CPU time of the export of eight hours of four sensors."""

import sqlite3
from dataclasses import replace
from pathlib import Path
from time import process_time

from monitor.entries import EntryKind, chain
from monitor.exports.exporter import export_recording
from monitor.exports.formats import FORMATS
from monitor.exports.options import ExportOptions
from monitor.storage.journal import Journal
from tests.analysis.rich_recording import ns, record

PACKETS, READINGS = 43_000, 83_000


def lengthen(path: Path) -> None:
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


def test_parquet_of_eight_hours_takes_less_than_a_second(tmp_path: Path) -> None:
    path = record(tmp_path / "long.journal", ended=False)
    lengthen(path)
    taken = []
    for number in range(3):
        began = process_time()
        done = export_recording(path, FORMATS["parquet"], tmp_path / str(number), ExportOptions())
        taken.append(process_time() - began)
        assert done.bytes > 100_000
    assert min(taken) < 1.0
