"""One engine step with the whole `mdma-session` policy, compared with River's statistics alone.

Two hours of a strap (with RR intervals) and a patch, entry by entry: decoding, windows, limits,
rules, alarms and facts, in microseconds a reading. River gets the same heart rates and
temperatures, and keeps up the rolling statistics that the policy and the trend ask for (mean,
variance, minimum, maximum, median of a minute; minimum of a quarter of an hour): no decoding, no
rules, no facts.
"""

import random
import statistics
from datetime import datetime, timedelta
from time import process_time_ns

from river import stats, utils

from alerts.policy.parser import load_shipped
from benchmarks.results import Result, ratio
from benchmarks.sessions import spec
from devices.sensor import SensorSpec
from monitor.core.engine import Engine
from monitor.entries import Entry, EntryKind, body_bytes
from monitor.facts import ReadingFact

ROUNDS = 7
SECONDS = 7200
DOSE_S = 1200
_START_NS = 1_700_000_000 * 10**9


def run() -> list[Result]:
    """Return the ratio of the times that a reading takes."""
    entries, values = _session()
    readings = sum(
        isinstance(fact, ReadingFact)
        for engine in [Engine()]
        for entry in entries
        for _, fact in engine.apply(entry)
    )
    ours, river = [], []
    for _ in range(ROUNDS):
        ours.append(_engine_ns(entries) / readings)
        river.append(_river_ns(values) / len(values))
    mine, other = statistics.median(ours), statistics.median(river)
    return [
        Result(
            name="engine",
            measured="a reading through the whole engine with `mdma-session` (decoding, windows, "
            "limits, rules, alarms, facts), a strap with RR intervals and a patch",
            alternative="River's rolling mean, variance, minimum, maximum and median of the same "
            "values only",
            value=ratio(ours, river),
            figures=f"{mine / 1e3:.1f} us against {other / 1e3:.1f} us",
        )
    ]


def _session() -> tuple[list[Entry], list[tuple[datetime, float, str]]]:
    rng = random.Random(1)
    began = datetime(2026, 1, 1)  # noqa: DTZ001 - River knows no time zones
    session = spec(
        load_shipped("mdma-session"),
        (
            SensorSpec(label="strap", kind="heart-rate-strap"),
            SensorSpec(label="patch", kind="core-patch"),
        ),
    )
    entries: list[Entry] = []
    values: list[tuple[datetime, float, str]] = []

    def enter(second: float, kind: EntryKind, source: str, payload: bytes) -> None:
        received_ns = _START_NS + round(second * 1e9)
        entry = Entry(
            seq=len(entries) + 1,
            received_ns=received_ns,
            kind=kind,
            source=source,
            payload=payload,
        )
        entries.append(entry)

    enter(0, EntryKind.SESSION, "benchmark", body_bytes(session.body()))
    heart = 75.0
    for second in range(1, SECONDS):
        heart += rng.gauss(0, 0.5) + (75 - heart) * 0.01
        interval = round(1024 * 60 / heart * (1 + rng.gauss(0, 0.03)))
        payload = bytes([0x16, round(heart)]) + interval.to_bytes(2, "little")
        enter(second, EntryKind.PACKET, "strap/2A37", payload)
        values.append((began + timedelta(seconds=second), round(heart), "heart"))
        if second == DOSE_S:
            enter(second + 0.1, EntryKind.MARKER, "dose", body_bytes({"text": "", "by": "MK"}))
        if second % 10 == 0:
            hundredths = round(3700 + rng.gauss(0, 2) + second * 0.005)
            payload = b"\x04" + hundredths.to_bytes(3, "little") + b"\xfe\x02"
            enter(second + 0.3, EntryKind.PACKET, "patch/2A1C", payload)
            values.append((began + timedelta(seconds=second), hundredths / 100, "core"))
    return entries, values


def _engine_ns(entries: list[Entry]) -> int:
    engine = Engine()
    began = process_time_ns()
    for entry in entries:
        engine.apply(entry)
    return process_time_ns() - began


def _river_ns(values: list[tuple[datetime, float, str]]) -> int:
    minute = timedelta(seconds=60)
    rolling = {
        signal: [
            utils.TimeRolling(stats.Mean(), period=minute),
            utils.TimeRolling(stats.Var(), period=minute),
        ]
        for signal in ("heart", "core")
    }
    # These support counts only, so they get the number of values in the window.
    counted = {
        "heart": [stats.RollingMin(60), stats.RollingMax(60), stats.RollingQuantile(0.5, 60)],
        "core": [
            stats.RollingMin(6),
            stats.RollingMax(6),
            stats.RollingQuantile(0.5, 6),
            stats.RollingMin(90),
        ],
    }
    began = process_time_ns()
    for at, value, signal in values:
        for timed in rolling[signal]:
            timed.update(value, t=at)
            timed.get()
        for statistic in counted[signal]:
            statistic.update(value)
            statistic.get()
    return process_time_ns() - began
