"""ECG of recorded sessions: the last seconds, and around an alarm."""

import math
from dataclasses import replace
from pathlib import Path

import pytest

from dashboards.console.views.ecg import EcgView
from devices.virtual.faults import parse_fault
from devices.virtual.peripherals.catalog import VirtualSensorConfig
from monitor.core.gateways import Gateways
from monitor.sessions.ecg_strips import LatestEcg, ecg_around
from monitor.storage.journal import Journal
from tests.virtual.test_kinds import BEGAN, record

S = 10**9
BEGAN_NS = round(BEGAN.timestamp() * S)


def recorded(folder: Path, kind: str, seconds: float, fault: str) -> Path:
    faults = (parse_fault(fault),)
    record(folder, VirtualSensorConfig(kind=kind, faults=faults, drift_ppm=80.0), seconds)
    return folder / f"{kind}.journal"


def span(view: EcgView) -> tuple[float, float]:
    """Return the times of the first and the last sample, in seconds of the session."""
    first, last = view.blocks[0].first_ns, view.blocks[-1].last_ns
    return (first - BEGAN_NS) / S, (last - BEGAN_NS) / S


def beats_per_minute(view: EcgView) -> float:
    """Count peaks above half a millivolt."""
    samples = [sample for block in view.blocks for sample in block.samples()]
    peaks = [
        at_ns
        for (_, before), (at_ns, uv), (_, after) in zip(
            samples, samples[1:], samples[2:], strict=False
        )
        if uv > 500 and before < uv >= after
    ]
    return 60 * S * (len(peaks) - 1) / (peaks[-1] - peaks[0])


@pytest.mark.parametrize("kind", ["polar-h10-ecg", "movesense-ecg"])
def test_last_seconds_and_the_journal_have_the_same_samples(tmp_path: Path, kind: str) -> None:
    path = recorded(tmp_path, kind, 90, "drop-out@40+10")
    latest = LatestEcg()
    with Journal.read(path) as journal:
        middle_ns = BEGAN_NS + 30 * S
        for entry in journal.entries():
            if entry.received_ns > middle_ns + 5 * S:
                break
            latest.take(entry)
        [live] = latest.views(middle_ns + 5 * S)
        [past] = ecg_around(journal, Gateways(), middle_ns, journal.end_ns)
        assert (live.since_ns, live.until_ns) == (past.since_ns, past.until_ns)
        first_s, last_s = span(past)
        assert first_s <= 20
        assert last_s >= 35
        # Read from the middle of the session, and still at the same time.
        for block in live.blocks:
            nearest = min(past.blocks, key=lambda each: abs(each.first_ns - block.first_ns))
            assert nearest.uv == block.uv
            assert abs(nearest.first_ns - block.first_ns) < S // 50
        # The virtual body rests at 66 /min.
        assert math.isclose(beats_per_minute(past), 66, rel_tol=0.1)
        assert all(block.missing == 0 for block in past.blocks[1:])

        # Around the drop-out samples are missing.
        [view] = ecg_around(journal, Gateways(), BEGAN_NS + 45 * S, journal.end_ns)
        assert view.blocks
        inside = [
            at_ns
            for block in view.blocks
            for at_ns, _ in block.samples()
            if 42 * S < at_ns - BEGAN_NS < 48 * S
        ]
        assert inside == []


def test_alarm_before_any_sample_has_no_strip(tmp_path: Path) -> None:
    path = recorded(tmp_path, "polar-h10-ecg", 20, "drop-out@15+2")
    with Journal.read(path) as journal:
        assert ecg_around(journal, Gateways(), BEGAN_NS - 60 * S, journal.end_ns) == []


def test_skipped_packets_have_no_samples(tmp_path: Path) -> None:
    path = recorded(tmp_path, "polar-h10-ecg", 20, "drop-out@15+2")
    latest = LatestEcg()
    with Journal.read(path) as journal:
        for entry in journal.entries():
            latest.skip(entry)
        [view] = latest.views(journal.end_ns)
    assert (view.sensor, view.last_ns) == ("it", None)


def test_unreadable_session_never_stops_monitoring(tmp_path: Path) -> None:
    path = recorded(tmp_path, "polar-h10-ecg", 20, "drop-out@15+2")
    latest = LatestEcg()
    with Journal.read(path) as journal:
        for entry in journal.entries():
            latest.take(replace(entry, payload=b"?") if entry.seq == 1 else entry)
        assert latest.views(journal.end_ns) == []


def test_seq_is_found_by_time(tmp_path: Path) -> None:
    path = recorded(tmp_path, "polar-h10-ecg", 20, "drop-out@15+2")
    with Journal.read(path) as journal:
        entries = [*journal.entries()]
        for entry in entries:
            assert journal.last_seq_until(entry.received_ns) == entry.seq
            assert journal.last_seq_until(entry.received_ns - 1) == entry.seq - 1
        assert journal.last_seq_until(entries[-1].received_ns + 1) == entries[-1].seq
        assert journal.last_seq_until(0) == 0
