"""Temperature measurements composed of fields."""

from dataclasses import dataclass
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.decoders import KINDS, SensorKind, decode
from devices.errors import DecodeError
from devices.packets import Quality
from devices.signals import SIGNALS

KIND = st.none() | st.sampled_from(list(KINDS.values()))
SITES = dict(enumerate(["armpit", "body", "ear", "finger", "gastrointestinal tract"], start=1))
SITES |= {6: "mouth", 7: "rectum", 8: "toe", 9: "tympanum"}


DATES = st.dates(min_value=date(1582, 1, 1))
TIMES = st.times().map(lambda at: at.replace(microsecond=0))


@dataclass(frozen=True)
class Measurement:
    """A measurement as its fields."""

    hundredths: int
    at: datetime | None
    site: int | None

    def payload(self) -> bytes:
        flags = (self.at is not None) << 1 | (self.site is not None) << 2
        octets = bytes([flags]) + self.hundredths.to_bytes(3, "little", signed=True) + b"\xfe"
        if self.at is not None:
            octets += self.at.year.to_bytes(2, "little")
            octets += bytes(self.at.timetuple()[1:6])
        return octets + (b"" if self.site is None else bytes([self.site]))


MEASUREMENTS = st.builds(
    Measurement,
    hundredths=st.integers(-5000, 12000),
    at=st.none() | st.builds(datetime.combine, DATES, TIMES),
    site=st.none() | st.sampled_from(sorted(SITES)),
)


@given(MEASUREMENTS, KIND)
def test_every_field_is_decoded(sent: Measurement, kind: SensorKind | None) -> None:
    decoded = decode("2A1C", sent.payload(), kind)
    (reading,) = decoded.readings
    assert reading.value == float(f"{sent.hundredths}e-2")
    assert reading.signal == ("body_temperature" if kind is None else kind.temperature_signal)
    plausible = SIGNALS[reading.signal].plausible(reading.value)
    assert reading.quality is (Quality.GOOD if plausible else Quality.OUT_OF_RANGE)
    assert decoded.details == {
        **({} if sent.at is None else {"device_time": sent.at.isoformat()}),
        **({} if sent.site is None else {"site": SITES[sent.site]}),
    }
    assert decoded.warnings == ()


@given(MEASUREMENTS, KIND)
def test_intermediate_value_is_the_same_but_never_good(
    sent: Measurement, kind: SensorKind | None
) -> None:
    final, underway = (decode(uuid, sent.payload(), kind) for uuid in ("2A1C", "2A1E"))
    assert underway.readings[0].value == final.readings[0].value
    assert underway.readings[0].quality is max(final.readings[0].quality, Quality.QUESTIONABLE)
    assert underway.details == {**final.details, "intermediate": True}


@given(MEASUREMENTS, st.data())
def test_truncated_packet_is_rejected(sent: Measurement, data: st.DataObject) -> None:
    whole = sent.payload()
    cut = whole[: data.draw(st.integers(0, len(whole) - 1))]
    with pytest.raises(DecodeError) as caught:
        decode("2A1C", cut)
    assert caught.value.offset == len(cut)


@given(MEASUREMENTS, st.binary(min_size=7, max_size=7))
def test_invalid_time_stamp_keeps_the_temperature(sent: Measurement, stamp: bytes) -> None:
    whole = sent.payload()
    stamped = decode("2A1C", b"\x02" + whole[1:5] + stamp)
    assert stamped.readings == decode("2A1C", b"\x00" + whole[1:5]).readings
    assert ("device_time" in stamped.details) == (not stamped.warnings)
