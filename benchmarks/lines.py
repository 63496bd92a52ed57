"""Line protocol: physiomon's encoder compared with influxdb-client's `Point`."""

import json
import statistics
from collections.abc import Callable
from time import process_time

from influxdb_client.client.write.point import Point

from benchmarks.results import Result, ratio
from monitor.delivery.line_protocol import LineEncoder
from monitor.facts import ReadingFact, payload
from monitor.storage.fact_rows import FactRow

ROUNDS = 7
FACTS = 20_000


def run() -> list[Result]:
    """Return the ratio of the times that a line takes."""
    rows = [
        FactRow(n, n, n, "reading", "strap/heart_rate", payload(_fact(n))) for n in range(FACTS)
    ]
    encoder = LineEncoder("zurich", "s1", "P01")
    ours: list[float] = []
    theirs: list[float] = []
    for _ in range(ROUNDS):
        ours.append(_seconds(lambda: [encoder.line(row) for row in rows]))
        theirs.append(_seconds(lambda: [_point(row) for row in rows]))
    mine, other = statistics.median(ours), statistics.median(theirs)
    return [
        Result(
            name="lines",
            measured=f"line protocol of {FACTS:,} readings, JSON included",
            alternative="influxdb-client's `Point`",
            value=ratio(ours, theirs),
            figures=f"{mine / FACTS * 1e6:.2f} us a line against {other / FACTS * 1e6:.2f} us",
        )
    ]


def _fact(number: int) -> ReadingFact:
    return ReadingFact(
        subject="strap/heart_rate", at_ns=number, value=60.0 + number % 40, quality=0
    )


def _point(row: FactRow) -> str:
    body = json.loads(row.payload)
    tags = {"site": "zurich", "session": "s1", "participant": "P01", "sensor": "strap"}
    fields = {"value": body["value"], "quality": body["quality"]}
    record = {"measurement": "heart_rate", "tags": tags, "fields": fields, "time": row.at_ns}
    line: str = Point.from_dict(record).to_line_protocol()
    return line


def _seconds(work: Callable[[], object]) -> float:
    began = process_time()
    work()
    return process_time() - began
