"""Beats and sensors' own clocks, from packets to facts."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from devices.sensor import SensorSpec
from devices.vendors import polar
from devices.virtual import packets
from devices.virtual.encoders import streams
from monitor.core.engine import Engine
from monitor.core.session_spec import DERIVATION, SessionSpec
from monitor.entries import Entry, EntryKind, body_bytes
from monitor.errors import JournalError
from monitor.facts import ClockFact, Fact, GapFact, ReadingFact, StatisticFact
from tests.engine.scripted_session import START_NS, spec

S = 10**9
STRAP = SensorSpec(label="it", kind="heart-rate-strap")
ARMBAND = SensorSpec(label="it", kind="polar-armband-ppi")
ECG = SensorSpec(label="it", kind="polar-h10-ecg")


def play(sensor: SensorSpec, packets_: Iterable[tuple[float, str, bytes]]) -> list[Fact]:
    """Return the facts of packets (second, characteristic, payload); ``link`` is a state."""
    engine = Engine()
    session = replace(spec(), sensors=(sensor,))
    entries = [(0.0, EntryKind.SESSION, "s1", body_bytes(session.body()))]
    for second, characteristic, payload in packets_:
        if characteristic == "link":
            body = body_bytes({"state": payload.decode(), "reason": "", "rssi": None})
            entries.append((second, EntryKind.LINK, "it", body))
        else:
            entries.append((second, EntryKind.PACKET, f"it/{characteristic}", payload))
    facts: list[Fact] = []
    for seq, (second, kind, source, payload) in enumerate(entries, 1):
        received_ns = START_NS + round(second * S)
        entry = Entry(seq=seq, received_ns=received_ns, kind=kind, source=source, payload=payload)
        facts += [fact for _, fact in engine.apply(entry)]
    return facts


def beats(facts: Iterable[Fact]) -> list[ReadingFact]:
    return [
        fact
        for fact in facts
        if isinstance(fact, ReadingFact) and fact.subject.endswith("/rr_interval")
    ]


def gaps(facts: Iterable[Fact]) -> list[GapFact]:
    return [fact for fact in facts if isinstance(fact, GapFact)]


def heart(count: int, seed: int = 1) -> list[int]:
    """Return intervals in milliseconds."""
    rng = np.random.default_rng(seed)
    return [int(n) for n in 900 + np.cumsum(rng.normal(0, 4, count)) + rng.normal(0, 25, count)]


def strap(seconds: int) -> list[tuple[float, str, bytes]]:
    told, beat_s = [], 0.0
    intervals = iter(heart(3 * seconds))
    for second in range(1, seconds):
        inside = []
        while beat_s < second:
            inside.append(round(next(intervals) * 1.024))
            beat_s += inside[-1] / 1024
        told.append((second + 0.05, "2A37", packets.heart_rate(67, inside, contact=True)))
    return told


def test_beats_are_one_interval_apart() -> None:
    found = beats(play(STRAP, strap(300)))
    assert len(found) > 300
    for before, beat in pairwise(found):
        assert beat.value is not None
        assert abs(beat.at_ns - before.at_ns - beat.value * 1e6) < S / 2048


def test_lost_link_is_a_gap_with_an_unknown_number_of_beats() -> None:
    told = strap(60)
    facts = play(
        STRAP, [*told[:30], (30.5, "link", b"lost"), (33.5, "link", b"connected"), *told[34:]]
    )
    (gap,) = gaps(facts)
    found = beats(facts)
    assert gap.missing is None
    assert gap.subject == "it/rr_interval"
    assert [gap.after_ns, gap.at_ns] in [[a.at_ns, b.at_ns] for a, b in pairwise(found)]


def test_lost_packet_is_a_gap_with_the_number_of_missing_beats() -> None:
    told = strap(120)
    facts = play(STRAP, [*told[:60], *told[75:]])
    (gap,) = gaps(facts)
    whole, part = beats(play(STRAP, told)), beats(facts)
    assert gap.missing == pytest.approx(len(whole) - len(part), abs=1)


def test_time_without_skin_contact_is_one_gap() -> None:
    off = packets.heart_rate(67, [900], contact=False)
    told = strap(60)
    facts = play(
        STRAP, [*told[:20], *((second, "2A37", off) for second in range(21, 40)), *told[40:]]
    )
    assert [gap.missing for gap in gaps(facts)] == [None]


def armband(intervals: list[int], every_s: float = 5.0) -> list[tuple[float, str, bytes]]:
    """Return packets of an optical armband: rates by the standard service, intervals by its own."""
    told, beat_s, at_s = [], 0.0, 30.0
    waiting = list(intervals)
    while waiting:
        inside = []
        while waiting and beat_s < at_s - 30:
            inside.append(polar.PulseInterval(67, waiting.pop(0), 10, False, 3))
            beat_s += inside[-1].interval_ms / 1000
        told.append((at_s - 2.5, "2A37", packets.heart_rate(67, [], contact=True)))
        if inside:
            told.append((at_s, polar.DATA, streams.polar_intervals(0, inside)))
        at_s += every_s
    return told


def rmssd(facts: Iterable[Fact]) -> list[tuple[int, float]]:
    """Return (time, ms) wherever RMSSD over five minutes is known."""
    return [
        (fact.at_ns, value)
        for fact in facts
        if isinstance(fact, StatisticFact) and fact.window_s == 300
        if (value := fact.values.get("rmssd")) is not None
    ]


def test_armband_rmssd_uses_every_successive_difference() -> None:
    """Heart rates of another characteristic arrive between the intervals and have no effect."""
    facts = play(ARMBAND, armband(heart(400)))
    assert not gaps(facts)
    at_ns, ours = rmssd(facts)[-1]
    inside = [beat.value for beat in beats(facts) if at_ns - 300 * S < beat.at_ns <= at_ns]
    steps = np.round(np.array(inside) * 1.024)
    assert ours == pytest.approx(float(np.sqrt(np.mean(np.diff(steps) ** 2))) / 1.024, rel=1e-9)


def test_rmssd_uses_no_difference_across_a_lost_armband_packet() -> None:
    """The rate changed in the lost packet: a false pair would be the only difference."""
    told = armband([800] * 400 + [900] * 400)
    changed = next(
        entry
        for entry in told
        if entry[1] == polar.DATA
        if any(beat.interval_ms == 900 for beat in polar.frame(entry[2]).intervals)
    )
    told.remove(changed)
    facts = play(ARMBAND, told)
    assert [gap.missing for gap in gaps(facts)] == [pytest.approx(6, abs=1)]
    assert {value for _, value in rmssd(facts)} == {0.0}


def ecg(seconds: int, ppm: float, set_back_at: int = 0) -> list[tuple[float, str, bytes]]:
    rng = np.random.default_rng(2)
    told = []
    for second in range(1, seconds):
        clock_ns = round(second * S / (1 + ppm / 1e6)) + 600_000_000 * S
        if set_back_at and second >= set_back_at:
            clock_ns -= 300_000_000 * S
        told.append(
            (second + rng.uniform(0.01, 0.2), polar.DATA, streams.polar_ecg(clock_ns, [1, 2]))
        )
    return told


@pytest.mark.parametrize("ppm", [-80.0, 0.0, 45.0])
def test_sensor_clock_drift_is_reported(ppm: float) -> None:
    clocks = [fact for fact in play(ECG, ecg(3600, ppm)) if isinstance(fact, ClockFact)]
    assert len(clocks) == 6
    assert {clock.subject for clock in clocks} == {"it"}
    assert all(clock.drift_ppm == pytest.approx(ppm, abs=25) for clock in clocks[1:])
    assert clocks[-1].jumps == 0
    # A stamp in session time: the fastest packet took 10 ms.
    for clock in clocks[1:]:
        true_ns = START_NS + round((clock.stamp_ns - 600_000_000 * S) * (1 + ppm / 1e6))
        assert 0 <= clock.at_ns - true_ns < 50_000_000


def test_clock_set_back_is_reported_as_a_jump_after_resynchronisation() -> None:
    clocks = [fact for fact in play(ECG, ecg(900, 0, 400)) if isinstance(fact, ClockFact)]
    assert [clock.jumps for clock in clocks] == [0, 1]
    assert clocks[1].at_ns - START_NS < 500 * S


def test_first_entry_without_derivation_number_means_derivation_1() -> None:
    body = replace(spec(), sensors=(STRAP,)).body()
    assert body.pop("derivation") == DERIVATION
    assert SessionSpec.from_body(body).derivation == 1


def test_journal_of_a_newer_derivation_is_refused() -> None:
    body = spec().body() | {"derivation": DERIVATION + 1}
    with pytest.raises(JournalError, match="use that version or a newer one"):
        SessionSpec.from_body(body)
