"""Heart rate measurements composed of fields, and properties of arbitrary bytes."""

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.decoders import decode
from devices.errors import DecodeError
from devices.packets import Quality

U16 = st.integers(0, 0xFFFF)
IMPOSSIBLE_BPM = 1000  # above it the bytes were misread
CONTACT = {0: "unsupported", 1: "unsupported", 2: "no", 3: "yes"}


@dataclass(frozen=True)
class Measurement:
    """A measurement as its fields; `counts` is None without the flag for intervals."""

    wide: bool
    bpm: int
    contact: int
    energy_kj: int | None
    counts: list[int] | None

    def payload(self) -> bytes:
        flags = self.wide | self.contact << 1
        flags |= (self.energy_kj is not None) << 3 | (self.counts is not None) << 4
        octets = bytes([flags]) + self.bpm.to_bytes(2 if self.wide else 1, "little")
        for number in ([] if self.energy_kj is None else [self.energy_kj]) + (self.counts or []):
            octets += number.to_bytes(2, "little")
        return octets


@st.composite
def measurements(draw: st.DrawFn) -> Measurement:
    wide = draw(st.booleans())
    return Measurement(
        wide=wide,
        bpm=draw(U16 if wide else st.integers(0, 255)),
        contact=draw(st.integers(0, 3)),
        energy_kj=draw(st.none() | U16),
        counts=draw(st.none() | st.lists(U16, min_size=1, max_size=9)),
    )


@given(measurements())
def test_every_field_is_decoded(sent: Measurement) -> None:
    decoded = decode("2A37", sent.payload())
    rate, *intervals = decoded.readings
    counts = sent.counts or []

    assert decoded.warnings == ()
    assert decoded.details["contact"] == CONTACT[sent.contact]
    assert decoded.details.get("energy_kj") == sent.energy_kj
    bpm = sent.bpm if 0 < sent.bpm <= IMPOSSIBLE_BPM else None
    assert (rate.signal, rate.value, rate.age_ns) == ("heart_rate", bpm, 0)
    assert [Fraction(beat.value or 0) for beat in intervals] == [
        Fraction(count * 1000, 1024) for count in counts
    ]
    assert [beat.age_ns for beat in intervals] == [
        sum(counts[index + 1 :]) * 10**9 // 1024 for index in range(len(counts))
    ]


@given(measurements())
def test_quality_follows_value_and_contact(sent: Measurement) -> None:
    rate, *intervals = decode("2A37", sent.payload()).readings
    if sent.bpm == 0:
        want = Quality.NO_VALUE
    elif sent.bpm > IMPOSSIBLE_BPM:
        want = Quality.INVALID
    elif sent.contact == 2:
        want = Quality.NO_CONTACT
    elif 10 <= sent.bpm <= 250:
        want = Quality.GOOD
    else:
        want = Quality.OUT_OF_RANGE
    assert rate.quality is want

    for beat in intervals:
        assert beat.value is not None
        if sent.contact == 2:
            assert beat.quality is Quality.NO_CONTACT
        elif not 300 <= beat.value <= 2000:
            assert beat.quality is Quality.OUT_OF_RANGE
        else:
            assert beat.quality is (Quality.GOOD if sent.bpm else Quality.QUESTIONABLE)


@given(measurements().filter(lambda sent: sent.bpm <= IMPOSSIBLE_BPM), st.data())
def test_truncated_packet_never_changes_the_heart_rate(
    sent: Measurement, data: st.DataObject
) -> None:
    whole = sent.payload()
    cut = whole[: data.draw(st.integers(0, len(whole) - 1))]
    fixed = 2 + sent.wide + (0 if sent.energy_kj is None else 2)
    if len(cut) < fixed:
        with pytest.raises(DecodeError) as caught:
            decode("2A37", cut)
        assert caught.value.offset == len(cut)
    else:
        assert decode("2A37", cut).readings[0] == decode("2A37", whole).readings[0]


@given(st.binary(max_size=64))
def test_ages_of_beats_follow_their_intervals(rest: bytes) -> None:
    beats = decode("2A37", b"\x10\x48" + rest).readings[1:]
    ages = [beat.age_ns for beat in beats]
    assert ages == sorted(ages, reverse=True)
    assert ages[-1:] in ([], [0])
    for earlier, later in pairwise(beats):
        assert later.value is not None
        # Ages are whole nanoseconds, each rounded down.
        assert earlier.age_ns - later.age_ns == pytest.approx(later.value * 1e6, abs=1)
