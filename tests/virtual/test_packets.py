"""Packets of virtual sensors, byte for byte."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.decoders import decode
from devices.virtual import packets


@pytest.mark.parametrize(
    ("rate", "rr", "contact", "expected"),
    [
        pytest.param(60, [1041], True, "16 3C 1104", id="one beat"),
        pytest.param(90, [2048, 4096], None, "10 5A 0008 0010", id="oldest beat first"),
        pytest.param(170, [], True, "06 AA", id="no beats, no flag"),
        pytest.param(0, [], False, "04 00", id="off the body"),
        pytest.param(0, [], None, "00 00", id="off the body, contact unsupported"),
        pytest.param(255, [], None, "00 FF", id="the highest rate of one byte"),
        pytest.param(257, [1, 65535], True, "17 0101 0100 FFFF", id="a rate of two bytes"),
        pytest.param(60, [99999], None, "10 3C FFFF", id="a pause longer than the field allows"),
    ],
)
def test_heart_rate(rate: int, rr: list[int], contact: bool | None, expected: str) -> None:
    assert packets.heart_rate(rate, rr, contact=contact) == bytes.fromhex(expected)


def test_newest_beats_are_sent_if_not_all_fit() -> None:
    beats = list(range(1, 13))
    assert packets.heart_rate(60, beats, contact=None)[2::2] == bytes(beats[-9:])
    assert packets.heart_rate(300, beats, contact=None)[3::2] == bytes(beats[-8:])


@given(st.integers(0, 65535), st.lists(st.integers(1, 10**6)), st.none() | st.booleans())
def test_every_heart_rate_fits_a_notification(rate: int, rr: list[int], contact: bool) -> None:
    payload = packets.heart_rate(rate, rr, contact=contact)
    assert len(payload) <= 20
    assert not decode("2A37", payload).warnings


@pytest.mark.parametrize(
    ("celsius", "body", "expected"),
    [
        (36.5, True, "04 420E00FE 02"),
        (36.5, False, "00 420E00FE"),
        (25.0, False, "00 C40900FE"),
        (-1.0, False, "00 9CFFFFFE"),
        (None, True, "04 FFFF7F00 02"),
    ],
)
def test_temperature(celsius: float | None, body: bool, expected: str) -> None:
    assert packets.temperature(celsius, site=2 if body else None) == bytes.fromhex(expected)


@pytest.mark.parametrize(
    ("celsius", "expected"),
    [(25.0, "C409"), (37.0, "740E"), (0.0, "0000"), (-10.0, "18FC"), (None, "0080")],
)
def test_ambient(celsius: float | None, expected: str) -> None:
    assert packets.ambient(celsius) == bytes.fromhex(expected)


@given(st.integers(0, 2**32), st.binary(min_size=2, max_size=20))
def test_malformed_payload_is_never_too_long(seed: int, payload: bytes) -> None:
    broken = packets.malformed(payload, random.Random(seed))
    assert len(broken) <= 20
    assert broken == packets.malformed(payload, random.Random(seed))
