"""Streams split into packets, commands of manufacturers, and samples that are not signals."""

from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.decoders import KINDS, Decoder
from devices.errors import DecodeError
from devices.vendors import berrymed, core, movesense, polar, polar_control, viatom
from devices.vendors.frames import Framer
from devices.vendors.polar import Measurement
from devices.vendors.polar_control import Setting

STRAP = KINDS["heart-rate-strap"]
FRAME = bytes.fromhex("8032004861")


def five(octets: bytes) -> int | None:
    if not octets[0] & 0x80:
        return 0
    return None if len(octets) < 5 else 5


@given(st.binary(max_size=60), st.lists(st.integers(0, 60)))
def test_frames_are_independent_of_packet_boundaries(stream: bytes, cuts: list[int]) -> None:
    edges = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    whole, parts = Framer(five), Framer(five)
    frames = [f for a, b in pairwise(edges) for f in parts.feed(stream[a:b])]
    assert frames == whole.feed(stream)
    assert parts.skipped == whole.skipped


def test_split_frame_is_decoded_when_complete() -> None:
    decoder = Decoder(STRAP)
    assert decoder(berrymed.STREAM, FRAME[:3]).readings == ()
    told = decoder(berrymed.STREAM, FRAME[3:]).readings
    assert [reading.value for reading in told] == [97.0, 72.0]


def test_incomplete_frame_is_discarded_on_reconnection() -> None:
    decoder = Decoder(STRAP)
    decoder(berrymed.STREAM, FRAME[:3])
    decoder.reconnected()
    with pytest.raises(DecodeError, match="no frame begins here"):
        decoder(berrymed.STREAM, FRAME[3:])


def test_stream_reports_changes_at_once_and_equal_values_periodically() -> None:
    decoder = Decoder(STRAP)
    told = [bool(decoder(berrymed.STREAM, FRAME * 5).readings) for _ in range(21)]
    assert [at for at, was in enumerate(told) if was] == [0, 4, 8, 12, 16, 20]
    assert decoder(berrymed.STREAM, FRAME[:4] + b"\x50").readings[0].value == 80.0


def test_incomplete_frame_does_not_affect_the_next() -> None:
    decoder = Decoder(STRAP)
    broken = FRAME[:2] + FRAME[3:]
    decoded = decoder(berrymed.STREAM, broken + FRAME)
    assert [reading.value for reading in decoded.readings] == [97.0, 72.0]
    assert decoded.warnings == ("4 bytes outside of frames skipped",)


def test_response_in_two_packets_is_decoded_once() -> None:
    decoder = Decoder(STRAP)
    assert len(decoder(viatom.ANSWERS, bytes(7) + b"\x61\x48" + bytes(11)).readings) == 3
    assert decoder(viatom.ANSWERS, b"\x00\x11").readings == ()
    with pytest.raises(DecodeError, match="truncated"):
        decoder(viatom.ANSWERS, b"\x00\x11")


def test_viatom_request_has_a_valid_checksum() -> None:
    checksum = 0
    for octet in viatom.POLL[:-1]:
        checksum ^= octet
        for _ in range(8):
            checksum = (checksum << 1) & 0xFF ^ (7 if checksum & 0x80 else 0)
    assert checksum == viatom.POLL[-1]


def test_ecg_is_in_microvolts_and_acceleration_in_milli_g() -> None:
    ecg = polar.frame(bytes.fromhex("00009435770000000000 0280FF 028000"))
    assert (ecg.device_ns, ecg.ecg_uv) == (2_000_000_000, (-32766, 32770))
    raw = polar.frame(bytes.fromhex("02009435770000000001 F7FFFFFFE703 F8FFFEFFE503"))
    assert raw.acceleration_mg == ((-9, -1, 999), (-8, -2, 997))


def test_differences_are_accumulated() -> None:
    """The start of a compressed frame from the SDK, truncated to one sample of ten bits."""
    body = bytes.fromhex("7107F06A9E8D 0A01 BE5CBE3A")
    frame = polar.frame(bytes.fromhex("02009435770000000081") + body)
    assert frame.acceleration_mg[0] == (1905, 27376, -29282)
    assert frame.acceleration_mg[1] == (1905 + 190, 27376 - 105, -29282 - 85)


SAMPLES = st.lists(st.tuples(*[st.integers(-500, 500)] * 3), min_size=1, max_size=20)


@given(SAMPLES, st.integers(11, 16))
def test_packed_differences_round_trip(samples: list[tuple[int, ...]], width: int) -> None:
    packed = 0
    deltas = [
        b - a for before, after in pairwise(samples) for a, b in zip(before, after, strict=True)
    ]
    for at, delta in enumerate(deltas):
        packed |= (delta & (1 << width) - 1) << at * width
    body = b"".join(axis.to_bytes(2, "little", signed=True) for axis in samples[0])
    body += bytes([width, len(samples) - 1])
    body += packed.to_bytes(-(-width * len(deltas) // 8), "little")
    frame = polar.frame(bytes(9).replace(b"\0", b"\2", 1) + b"\x81" + body)
    assert list(frame.acceleration_mg) == samples


@given(
    st.binary(max_size=64), st.sampled_from([0x00, 0x01, 0x02, 0x81]), st.sampled_from([0, 2, 3])
)
def test_any_frame_is_decoded_or_rejected(body: bytes, form: int, measurement: int) -> None:
    payload = bytes([measurement]) + bytes(8) + bytes([form]) + body
    with suppress(DecodeError):
        assert polar.frame(payload).measurement == measurement


def test_commands_match_the_documentation() -> None:
    ecg = {Setting.SAMPLE_RATE_HZ: 130, Setting.RESOLUTION_BITS: 14}
    assert polar_control.start(Measurement.ECG, ecg).hex() == "02000001820001010e00"
    assert polar_control.start(Measurement.PULSE_INTERVALS, {}).hex() == "0203"
    assert polar_control.stop(Measurement.ECG).hex() == "0300"
    assert polar_control.ask_settings(Measurement.ACCELERATION).hex() == "0102"
    assert movesense.subscribe("/Meas/ECG/125", 99) == b"\x01\x63/Meas/ECG/125"
    assert movesense.unsubscribe(99) == b"\x02\x63"
    assert core.feed_heart_rate(168).hex() == "13a8"
    with pytest.raises(ValueError, match="not a valid Bluetooth address"):
        core.pair("11:22")


def test_movesense_samples_are_signed() -> None:
    frame = movesense.ecg_frame(bytes.fromhex("0201E8030000FEFFFFFF0A000000"))
    assert frame.counts == (-2, 10)
    assert frame.microvolts() == (-0.76, 3.81)  # 0.38147 uV per count
