"""Encoders of virtual sensors match literal vectors from other sources."""

import doctest
from datetime import UTC, datetime, timedelta
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.broadcasts import Broadcasts
from devices.decoders import KINDS, Decoder, decode
from devices.packets import Quality
from devices.sensor import SensorSpec
from devices.vendors import berrymed, core, movesense, nonin, polar, polar_control, viatom
from devices.vendors.polar import PulseInterval
from devices.virtual import battery, faults, packets
from devices.virtual.encoders import broadcasts, cuff, medical, oximeter, streams
from devices.virtual.encoders import core as patch
from devices.virtual.encoders.broadcasts import FORMATS, BroadcastValues
from devices.virtual.encoders.medical import date_time, sfloat
from devices.virtual.peripherals import catalog
from monitor.service import radio
from tests.devices.vectors import load_payloads


def on(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


ADDRESS = "F0:11:22:33:44:55"
KEY = "231d39c1d7cc1ab1aee224cd096db932"
# Bytes of tests/devices/vectors, where their sources are, and the calls that encode them.
WRITTEN = {
    "2A37 00 55": packets.heart_rate(85, (), contact=None),
    "2A37 04 FF": packets.heart_rate(255, (), contact=False),
    "2A37 06 AA": packets.heart_rate(170, (), contact=True),
    "2A37 10 5A 0008 0010": packets.heart_rate(90, (2048, 4096), contact=None),
    "2A37 14 AA 8D00": packets.heart_rate(170, (141,), contact=False),
    "2A37 16 3C 1104": packets.heart_rate(60, (1041,), contact=True),
    "2A1C 06 B00E00FE DC070C050B321B 04": packets.temperature(
        37.6, site=4, at=on(2012, 12, 5, 11, 50, 27)
    ),
    "2A1C 06 710E00FE E90705150A1E2D 01": packets.temperature(
        36.97, site=1, at=on(2025, 5, 21, 10, 30, 45)
    ),
    "2A1C 00 C40900FE": packets.temperature(25.0, site=None),
    "2A1C 00 FFFF7F00": packets.temperature(None, site=None),
    "2A1C 04 850F00FE 09": packets.temperature(39.73, site=9),
    "2A6E 6E0E": packets.ambient(36.94),
    "2A6E 9CFF": packets.ambient(-1.0),
    "2A6E 0080": packets.ambient(None),
    "2A5F 00 6400 5A00": oximeter.continuous((100, 90)),
    "2A5F 1C 5F00 5A00 2000 000000 57F0": oximeter.continuous(
        (95, 90), status=oximeter.ONGOING, device=0, amplitude=8.7
    ),
    "2A5F 00 FF07 FF07": oximeter.continuous((None, None)),
    "2A5F 04 6100 4800 0020": oximeter.continuous((97, 72), status=oximeter.UNAVAILABLE),
    "2A5F 04 5800 7800 0080": oximeter.continuous((88, 120), status=1 << 15),
    "2A5F 03 62004800 62004A00 61004700": oximeter.continuous(
        (98, 72), fast=(98, 74), slow=(97, 71)
    ),
    "2A5F 08 5F00 6E00 080000": oximeter.continuous((95, 110), device=1 << 3),
    "2A5E 02 6200 4800 8000": oximeter.spot_check((98, 72), status=oximeter.VALIDATED),
    "2A5E 01 6100 4600 EA0703010A0F00": oximeter.spot_check((97, 70), at=on(2026, 3, 1, 10, 15)),
    "2A5E 11 6100 4600 EA0703010A0F00": oximeter.spot_check(
        (97, 70), at=on(2026, 3, 1, 10, 15), clock_set=False
    ),
    "2A35 00 A0006E007F00": cuff.pressure(160, 110, 127),
    "2A35 04 B40078008C00 6E00": cuff.pressure(180, 120, 140, pulse=110),
    "2A35 00 FF07FF07FF07": cuff.pressure(None, None, None),
    "2A35 08 780050005D00 FF": cuff.pressure(120, 80, 93, user=255),
    "2A35 10 78005000FF07 0400": cuff.pressure(120, 80, None, status=cuff.IRREGULAR),
    "2A35 1F 790051006A00 E90705150A1E2D 4800 01 0600": cuff.pressure(
        *(121, 81, 106),
        at=on(2025, 5, 21, 10, 30, 45),
        pulse=72,
        user=1,
        status=cuff.LOOSE | cuff.IRREGULAR,
        kpa=True,
    ),
    f"{core.TEMPERATURE} 37 190F A40D 2F00 11 00 27": patch.temperature(
        38.65,
        34.92,
        grade=patch.POOR,
        link=patch.NOT_RECEIVED,
        heart_rate=0,
        strain=3.9,
        reserved=b"\x2f\x00",
    ),
    f"{core.TEMPERATURE} 00 740E": patch.temperature(37.0),
    f"{core.TEMPERATURE} 05 FF7F B40C 00": patch.temperature(
        None, 32.52, grade=patch.INVALID, link=0
    ),
    f"{core.TEMPERATURE} 14 A00F 24 78": patch.temperature(
        40.0, grade=4, link=patch.RECEIVED, heart_rate=120
    ),
    f"{core.CONTROL_POINT} 80 13 01": patch.response(0x13, 1),
    f"{core.CONTROL_POINT} 80 08 01 02": patch.response(0x08, 1, b"\x02"),
    f"{nonin.MEASUREMENT} 0A 14 00 00 00 0007 61 0048": oximeter.nonin(
        97, 72, counter=7, status=0x14
    ),
    f"{nonin.MEASUREMENT} 0A 00 00 00 00 0008 7F 01FF": oximeter.nonin(
        None, None, counter=8, status=0
    ),
    f"{berrymed.STREAM} 80 32 00 48 61": oximeter.berrymed(97, 72, curve=50, finger=True),
    f"{berrymed.STREAM} 80 00 10 48 61": oximeter.berrymed(97, 72, curve=0, finger=False),
    f"{berrymed.STREAM} 80 00 50 7F 7F": oximeter.berrymed(None, None, curve=0, finger=False),
    f"{viatom.ANSWERS} 00000000000000 61 48 0000000000 55 00 03 06 01 00": oximeter.viatom(
        97, 72, battery=85, motion=3, perfusion=6, worn=True
    ),
    f"{viatom.ANSWERS} 00000000000000 00 00 0000000000 5A 00 00 00 00 00": oximeter.viatom(
        None, None, battery=90, motion=0, perfusion=0, worn=False
    ),
    f"{polar.DATA} 00 0094357700000000 00 0280FF 028000": streams.polar_ecg(
        2 * 10**9, (-32766, 32770)
    ),
    f"{polar.DATA} 02 0094357700000000 01 F7FFFFFFE703 F8FFFEFFE503": (
        streams.polar_acceleration(2 * 10**9, ((-9, -1, 999), (-8, -2, 997)))
    ),
    f"{polar.DATA} 03 0000000000000000 00 3CE803 0A00 06 3CE803 1F00 06 3CE803 0A00 07": (
        streams.polar_intervals(
            0,
            (
                PulseInterval(60, 1000, 10, disturbed=False, contact_bits=3),
                PulseInterval(60, 1000, 31, disturbed=False, contact_bits=3),
                PulseInterval(60, 1000, 10, disturbed=True, contact_bits=3),
            ),
        )
    ),
    f"{polar_control.CONTROL_POINT} F0 01 00 00 00 00 01 8200 01 01 0E00": streams.polar_response(
        1, 0, 0, ((0, 130, 2), (1, 14, 2))
    ),
    f"{polar_control.CONTROL_POINT} F0 01 06 07 00": streams.polar_response(1, 6, 7),
    f"{movesense.DATA} 02 01 E8030000 FEFFFFFF 0A000000": streams.movesense_ecg(1, 1000, (-2, 10)),
    f"{movesense.DATA} 01 01 C800": streams.movesense_result(1, 200),
    f"{movesense.DATA} 01 01 9401": streams.movesense_result(1, 404),
}
VECTORS = {
    (vector["characteristic"].lower(), bytes.fromhex(vector["hex"])) for vector in load_payloads()
}


@pytest.mark.parametrize("line", [*WRITTEN])
def test_encoder_matches_the_vector(line: str) -> None:
    characteristic, _, payload = line.partition(" ")
    assert WRITTEN[line] == bytes.fromhex(payload)
    assert (characteristic.lower(), bytes.fromhex(payload)) in VECTORS


PERCENT, RATE = st.integers(1, 100), st.integers(1, 1000)


@given(PERCENT, RATE, st.integers(-8, 7))
def test_decimals_round_trip(mantissa: int, other: int, exponent: int) -> None:
    payload = bytes([0]) + sfloat(mantissa) + sfloat(other)
    said = decode("2A5F", payload)
    assert [each.value for each in said.readings] == [mantissa, other]
    assert sfloat(mantissa * 10.0**exponent, exponent)[:1] == sfloat(mantissa)[:1]


@given(st.integers(0, 250_000_000_000).map(lambda s: on(1600, 1, 1) + timedelta(seconds=s)))
def test_times_round_trip(at: datetime) -> None:
    said = decode("2A35", cuff.pressure(120, 80, 93, at=at))
    assert said.details["device_time"] == at.replace(microsecond=0, tzinfo=None).isoformat()
    assert len(date_time(at)) == 7


@given(st.integers(0, 100), st.integers(1, 250), st.booleans())
def test_vendor_oximeters_round_trip(spo2: int, pulse: int, worn: bool) -> None:
    written = {
        nonin.MEASUREMENT: oximeter.nonin(spo2, pulse, counter=1, status=0x14),
        berrymed.STREAM: oximeter.berrymed(spo2, pulse, curve=1, finger=True),
        viatom.ANSWERS: oximeter.viatom(spo2, pulse, battery=50, motion=0, perfusion=1, worn=worn),
    }
    for characteristic, payload in written.items():
        first, second = decode(characteristic, payload).readings[:2]
        assert (first.value, second.value) == (spo2 or None, pulse)


@pytest.fixture(scope="module", autouse=True)
def _parsers_are_loaded() -> None:
    """Load third-party parsers before a test is timed."""
    Broadcasts("ambient_temperature")


@given(
    st.sampled_from([*FORMATS]),
    st.floats(-20, 60),
    st.integers(0, 0xFFFFFF),
    st.integers(1, 100),
    st.booleans(),
)
def test_broadcasts_round_trip(
    form: str, celsius: float, counter: int, battery: int, sealed: bool
) -> None:
    key = KEY if sealed and form in ("bthome", "xiaomi") else None
    now = BroadcastValues(
        celsius=celsius, counter=counter, battery=battery, address=ADDRESS, key=key
    )
    spec = SensorSpec(label="room", kind="broadcast-thermometer", address=ADDRESS, key=key)
    said = Decoder(KINDS["broadcast-thermometer"], spec)("advert", bytes(FORMATS[form](now)))
    told = {each.signal: each for each in said.readings}
    assert told["ambient_temperature"].value == pytest.approx(celsius, abs=0.06)
    if form in ("bthome", "pvvx", "atc1441", "govee", "inkbird"):
        assert told["battery"].value == battery


def test_encrypted_broadcast_differs() -> None:
    now = BroadcastValues(celsius=20, address=ADDRESS, key=KEY)
    for form in (broadcasts.bthome, broadcasts.xiaomi):
        assert (
            form(now).service_data
            != form(BroadcastValues(celsius=20, address=ADDRESS)).service_data
        )


def test_stored_and_questionable_spot_checks_are_flagged() -> None:
    at = on(2026, 1, 1)
    for payload, quality in (
        (oximeter.spot_check((97, 70), at=at, status=oximeter.STORED), Quality.STORED),
        (oximeter.spot_check((97, 70), status=oximeter.QUESTIONABLE), Quality.QUESTIONABLE),
    ):
        assert {each.quality for each in decode("2A5E", payload).readings} == {quality}


@pytest.mark.parametrize("module", [medical, patch, faults, battery, catalog, radio])
def test_examples_in_docstrings(module: ModuleType) -> None:
    failed, attempted = doctest.testmod(module)
    assert attempted > 0
    assert failed == 0
