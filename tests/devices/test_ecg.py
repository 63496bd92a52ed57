"""ECG samples keep their number, order, voltage and spacing despite the radio."""

import itertools
import random
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.ecg import EcgBlock, EcgStream
from devices.vendors import movesense, polar

S = 10**9
START_NS = 1_700_000_000 * S
POLAR = (polar.DATA, 130.0, 73)
MOVESENSE = (movesense.DATA, 125.0, 16)


def packet(characteristic: str, last_stamp_ns: int, uv: list[int], rate_hz: float) -> bytes:
    """Encode a packet independently of the project's encoders."""
    if characteristic == polar.DATA:
        body = b"".join(each.to_bytes(3, "little", signed=True) for each in uv)
        return struct.pack("<BQB", 0, last_stamp_ns, 0) + body
    first_ms = round((last_stamp_ns - (len(uv) - 1) * S / rate_hz) / 1e6)
    counts = [round(each / 0.381469726) for each in uv]
    return struct.pack(f"<BBI{len(uv)}i", 2, 1, first_ms, *counts)


def play(
    sensor: tuple[str, float, int],
    frames: int,
    *,
    rng: random.Random,
    lost: frozenset[int] = frozenset(),
    ppm: float = 0.0,
    jitter_ns: int = 0,
) -> list[tuple[int, EcgBlock]]:
    """Return each block with the true time of its last sample."""
    characteristic, rate_hz, count = sensor
    stream, blocks = EcgStream(), []
    received_ns = 0
    for number in range(frames):
        passed_ns = round((number + 1) * count * S / rate_hz)
        true_ns = START_NS + passed_ns + round(passed_ns * ppm / 1e6)
        received_ns = max(received_ns + 1, true_ns + rng.randrange(jitter_ns + 1))
        if number in lost:
            continue
        uv = [number * count + n for n in range(count)]
        payload = packet(characteristic, 7 * S + passed_ns, uv, rate_hz)
        block = stream.add(characteristic, payload, received_ns)
        assert block is not None
        blocks.append((true_ns, block))
    return blocks


@given(
    st.sampled_from([POLAR, MOVESENSE]),
    st.sets(st.integers(1, 118), max_size=20),
    st.floats(-100, 100),
    st.integers(0, S // 5),
    st.randoms(use_true_random=False),
)
def test_samples_are_placed_and_gaps_found(
    sensor: tuple[str, float, int],
    lost: set[int],
    ppm: float,
    jitter_ns: int,
    rng: random.Random,
) -> None:
    _, rate_hz, count = sensor
    blocks = play(sensor, 120, rng=rng, lost=frozenset(lost), ppm=ppm, jitter_ns=jitter_ns)
    assert len(blocks) == 120 - len(lost)
    expected = 0
    for true_ns, block in blocks:
        first = round(block.uv[0])
        assert [round(uv) for uv in block.uv] == list(range(first, first + count))
        # Frames are lost as a whole; the count of missing samples may be off by drift and jitter.
        assert block.missing is not None
        assert abs(block.missing - (first - expected)) <= max(1, 0.01 * (first - expected))
        expected = first + count
        # Drift is known only after a minute.
        assert -S // 100 <= block.last_ns - true_ns <= jitter_ns + S // 100
        assert abs(block.interval_ns * rate_hz / S - 1) < 0.04
    for (_, before), (_, after) in itertools.pairwise(blocks):
        assert before.last_ns < after.first_ns
    times = [at_ns for at_ns, _ in blocks[-1][1].samples()]
    assert times == sorted(times)
    assert (times[0], times[-1]) == (blocks[-1][1].first_ns, blocks[-1][1].last_ns)


@pytest.mark.parametrize("sensor", [POLAR, MOVESENSE])
def test_time_settles_on_the_fastest_packets(sensor: tuple[str, float, int]) -> None:
    frames = round(300 * sensor[1] / sensor[2])
    blocks = play(sensor, frames, rng=random.Random(3), ppm=40, jitter_ns=S // 5)
    assert all(abs(block.last_ns - true_ns) < 5 * 10**6 for true_ns, block in blocks[-100:])


def test_restart_of_the_sensor_is_a_gap_of_unknown_length() -> None:
    stream = EcgStream()
    before = stream.add(polar.DATA, packet(polar.DATA, 900 * S, [1] * 73, 130.0), START_NS)
    after = stream.add(polar.DATA, packet(polar.DATA, 1 * S, [2] * 73, 130.0), START_NS + 5 * S)
    assert before is not None
    assert after is not None
    assert after.missing is None
    assert after.last_ns == START_NS + 5 * S


def test_clock_that_moves_back_never_mixes_samples() -> None:
    stream = EcgStream()
    blocks = [
        stream.add(polar.DATA, packet(polar.DATA, stamp * S, [1] * 73, 130.0), START_NS + n)
        for n, stamp in enumerate([50, 20, 90, 1])
    ]
    known = [block for block in blocks if block is not None]
    assert len(known) == 4
    assert all(a.last_ns < b.first_ns for a, b in itertools.pairwise(known))


def test_repeated_packet_is_ignored() -> None:
    stream, payload = EcgStream(), packet(polar.DATA, 900 * S, [1] * 73, 130.0)
    assert stream.add(polar.DATA, payload, START_NS) is not None
    assert stream.add(polar.DATA, payload, START_NS + 1000) is None


def test_packets_without_stamps_are_placed_by_their_arrival() -> None:
    stream, ends = EcgStream(), []
    for number in range(5):
        block = stream.add(polar.DATA, packet(polar.DATA, 0, [1] * 130, 130.0), number * S + S)
        assert block is not None
        assert block.missing == 0
        ends.append(block.last_ns)
    assert ends == [S, 2 * S, 3 * S, 4 * S, 5 * S]


@pytest.mark.parametrize(
    ("characteristic", "payload"),
    [
        ("2A37", "1648"),
        (polar.DATA, "02009435770000000001F7FFFFFFE703"),  # acceleration
        (polar.DATA, "00009435770000000000"),  # no samples
        (movesense.DATA, "0101C800"),  # the result of a command
    ],
)
def test_other_packets_have_no_ecg(characteristic: str, payload: str) -> None:
    assert EcgStream().add(characteristic, bytes.fromhex(payload), START_NS) is None


@given(st.sampled_from([polar.DATA, movesense.DATA, "2A37"]), st.lists(st.binary(max_size=80)))
def test_any_bytes_are_accepted(characteristic: str, payloads: list[bytes]) -> None:
    stream = EcgStream()
    blocks = [stream.add(characteristic, each, START_NS + n) for n, each in enumerate(payloads)]
    known = [block for block in blocks if block is not None]
    assert all(a.last_ns < b.first_ns for a, b in itertools.pairwise(known))
