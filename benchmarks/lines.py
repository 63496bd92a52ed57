"""Line protocol: the encoder compared with questdb's buffer and influxdb-client's `Point`."""

import json
import statistics
from collections.abc import Callable
from time import process_time

import orjson
from influxdb_client.client.write.point import Point
from questdb.ingress import Buffer, TimestampNanos

from benchmarks.results import Result, ratio
from monitor.delivery.line_protocol import LineEncoder
from monitor.facts import ReadingFact, payload
from monitor.storage.fact_rows import FactRow

ROUNDS = 7
FACTS = 20_000
_TAGS = {"site": "zurich", "session": "s1", "participant": "P01", "sensor": "strap"}


def run() -> list[Result]:
    """Return the ratios of the times that a line takes."""
    rows = [
        FactRow(n, n, n, "reading", "strap/heart_rate", payload(_fact(n))) for n in range(FACTS)
    ]
    encoder = LineEncoder("zurich", "s1", "P01")
    contenders: dict[str, Callable[[], object]] = {
        "ours": lambda: [encoder.line(row) for row in rows],
        "questdb": lambda: _buffer(rows),
        "Point": lambda: [_point(row) for row in rows],
    }
    taken: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(ROUNDS):
        for name, work in contenders.items():
            taken[name].append(_seconds(work))
    us = {name: statistics.median(each) / FACTS * 1e6 for name, each in taken.items()}
    return [
        Result(
            name=f"lines {name}",
            measured=f"line protocol of {FACTS:,} heart rates, JSON included",
            alternative=alternative,
            value=ratio(taken["ours"], taken[name]),
            goal=goal,
            figures=f"{us['ours']:.2f} us a line against {us[name]:.2f} us",
        )
        for name, alternative, goal in (
            ("questdb", "questdb's `Buffer`, written in Rust, with orjson", 0.4),
            ("Point", "influxdb-client's `Point`", None),
        )
    ]


def _fact(number: int) -> ReadingFact:
    return ReadingFact(
        subject="strap/heart_rate", at_ns=number, value=60.0 + number % 40, quality=0
    )


def _buffer(rows: list[FactRow]) -> bytes:
    buffer = Buffer(protocol_version=1)
    for row in rows:
        columns = orjson.loads(row.payload)
        buffer.row("heart_rate", symbols=_TAGS, columns=columns, at=TimestampNanos(row.at_ns))
    return bytes(buffer)


def _point(row: FactRow) -> str:
    fields = json.loads(row.payload)
    record = {"measurement": "heart_rate", "tags": _TAGS, "fields": fields, "time": row.at_ns}
    line: str = Point.from_dict(record).to_line_protocol()
    return line


def _seconds(work: Callable[[], object]) -> float:
    began = process_time()
    work()
    return process_time() - began
