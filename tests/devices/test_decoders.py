"""Sensor kinds, notations of UUIDs, and properties of arbitrary bytes of any characteristic."""

import json
import math
import uuid

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from devices.decoders import KINDS, SensorKind, decode, full_uuid, recognise, short_uuid
from devices.errors import DecodeError
from devices.packets import Decoded, Quality
from devices.signals import SIGNALS
from devices.vendors import (
    berrymed,
    core,
    jumper,
    movesense,
    nonin,
    polar,
    polar_control,
    viatom,
    wellue,
)

CORE = "00002100-5B1E-4347-B07C-97B514DAE121"
CORE_OF_OLD = "00004200-F366-40B2-AC37-70CCE0AA83B1"
MEASURED = ["2A19", "2A1C", "2A1D", "2A1E", "2A35", "2A36", "2A37", "2A38", "2A5E", "2A5F", "2A60"]
MEASURED += ["2A6E"]
ABOUT_THE_DEVICE = ["2A23", "2A24", "2A25", "2A26", "2A27", "2A28", "2A29", "2A50"]
VENDORS = [core.TEMPERATURE, core.CONTROL_POINT, polar.DATA, polar_control.CONTROL_POINT]
VENDORS += [berrymed.STREAM, jumper.MEASUREMENT, movesense.DATA, nonin.MEASUREMENT]
VENDORS += [viatom.ANSWERS, wellue.STREAM]
STANDARD = [*MEASURED, *ABOUT_THE_DEVICE, *VENDORS]
READ = [*STANDARD, "advert"]
KIND = st.none() | st.sampled_from(list(KINDS.values()))


def check_laws(decoded: Decoded) -> None:
    """Check the invariants of a `Decoded`."""
    for reading in decoded.readings:
        # A device may send a number and flag it as invalid.
        if reading.value is None or reading.quality is Quality.NO_VALUE:
            assert reading.value is None
            assert reading.quality in {Quality.NO_VALUE, Quality.INVALID}
        assert reading.value is None or math.isfinite(reading.value)
        if reading.quality is Quality.GOOD:
            assert reading.value is not None
            assert SIGNALS[reading.signal].plausible(reading.value)
        assert reading.age_ns >= 0
    assert all(decoded.warnings)
    assert json.loads(json.dumps(dict(decoded.details))) == decoded.details


def check_rejection(error: DecodeError, payload: bytes) -> None:
    """Check that an error has an offset in the payload, or just after it, and a reason."""
    assert 0 <= error.offset <= len(payload)
    assert error.reason


@pytest.mark.parametrize("characteristic", READ)
@given(payload=st.binary(max_size=40) | st.binary(max_size=9), kind=KIND)
def test_any_bytes_are_decoded_or_rejected(
    characteristic: str, payload: bytes, kind: SensorKind | None
) -> None:
    try:
        check_laws(decode(characteristic, payload, kind))
    except DecodeError as error:
        check_rejection(error, payload)


@given(st.text(max_size=40))
@example("")
@example("2A37\n2A37")
@example("٢A37")
def test_unknown_characteristic_is_rejected(characteristic: str) -> None:
    try:
        known = short_uuid(characteristic) in STANDARD
    except ValueError:
        known = False
    if not known:
        with pytest.raises(DecodeError, match="unknown; choose one of: 2A19, 2A1C"):
            decode(characteristic, b"\x00\x48")


@pytest.mark.parametrize(
    "spelling",
    [
        "2A37",
        "2a37",
        "0x2A37",
        "0X2a37",
        " 2A37 ",
        "00002A37-0000-1000-8000-00805F9B34FB",
        "00002a37-0000-1000-8000-00805f9b34fb",
    ],
)
def test_uuid_is_accepted_in_any_notation(spelling: str) -> None:
    assert short_uuid(spelling) == "2A37"
    assert full_uuid(spelling) == "00002a37-0000-1000-8000-00805f9b34fb"
    assert decode(spelling, b"\x00\x48").readings[0].value == 72.0


@pytest.mark.parametrize(
    "spelling",
    ["", "2A3", "2A370", "0x", "heart rate", CORE[:-1], CORE + "0", "2A37" * 8, "{2A37}"],
)
def test_invalid_uuid_is_rejected(spelling: str) -> None:
    for spell in (short_uuid, full_uuid):
        with pytest.raises(ValueError, match="is not a valid UUID"):
            spell(spelling)


@given(st.uuids())
@example(uuid.UUID(CORE))
@example(uuid.UUID("12342a37-0000-1000-8000-00805f9b34fb"))
def test_vendor_uuids_keep_128_bits(number: uuid.UUID) -> None:
    assert short_uuid(str(number).upper()) == full_uuid(str(number)) == str(number)


@given(st.integers(0, 0xFFFF))
def test_short_and_full_uuid_are_inverse(number: int) -> None:
    short = f"{number:04X}"
    assert uuid.UUID(full_uuid(short)).int >> 96 == number
    assert short_uuid(full_uuid(short)) == short


@pytest.mark.parametrize(
    ("services", "name", "kind"),
    [
        pytest.param(["180D"], "Polar H10 1234", "heart-rate-strap", id="a strap"),
        pytest.param([full_uuid("180D"), "180F"], None, "heart-rate-strap", id="in full"),
        pytest.param(["1809", CORE.lower()], "CORE", "core-patch", id="a core patch"),
        pytest.param([CORE, "1809"], None, "core-patch", id="a core patch without a name"),
        pytest.param([CORE_OF_OLD], "x", "core-patch", id="a core patch of old"),
        pytest.param(["1809"], "FT95", "thermometer", id="a thermometer"),
        pytest.param(["1809"], None, "thermometer", id="a thermometer without a name"),
        pytest.param(["1809"], "Corentin", "thermometer", id="a name that begins like CORE"),
        pytest.param(["1809"], "CORE 12:34", None, id="a name alone makes no core patch"),
        pytest.param(["181A"], "ATC_1", "room-thermometer", id="a room thermometer"),
        pytest.param(["180F"], "CORE", None, id="a battery is no kind"),
        pytest.param(["no uuid", "180D"], None, "heart-rate-strap", id="beside nonsense"),
        pytest.param([], "Polar H10", None, id="a name is not enough"),
    ],
)
def test_kind_is_recognised(services: list[str], name: str | None, kind: str | None) -> None:
    assert recognise(iter(services), name) == (None if kind is None else KINDS[kind])


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_entry_of_a_kind_is_consistent(kind: SensorKind) -> None:
    assert KINDS[kind.name] is kind
    assert recognise(kind.services, None) is (kind if kind.services else None)
    services = [each for each in kind.broadcast_in if isinstance(each, str)]
    makers = [each for each in kind.broadcast_in if isinstance(each, int)]
    assert recognise((), None, services, makers) is (kind if kind.broadcast_in else None)
    assert kind.examples
    assert all(quirk.endswith(".") for quirk in kind.quirks)
    assert set(kind.signals) <= set(SIGNALS)
    assert kind.silent_after_s > 0
    characteristics = (*kind.subscribed, *kind.read_once)
    assert set(characteristics) <= set(STANDARD)
    assert kind.broadcasts == (not characteristics or not kind.read_once)
    assert [*kind.services, *characteristics] == [
        short_uuid(number) for number in (*kind.services, *characteristics)
    ]
    assert kind.temperature_signal in SIGNALS


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_kind_provides_the_signals_of_its_characteristics(kind: SensorKind) -> None:
    samples = {
        "2A37": "1048AB03",
        "2A1C": "006D0100FF",
        "2A1E": "006D0100FF",
        "2A6E": "C409",
        "2A19": "64",
        "2A35": "04B40078008C006E00",
        "2A36": "00AC00FF07FF07",
        "2A5E": "0061004800",
        "2A5F": "0061004800",
        core.TEMPERATURE: "01740EB40C",
        core.CONTROL_POINT: "801301",
        polar_control.CONTROL_POINT: "F0020000",
        polar.DATA: "0300000000000000000058E803000006",
        movesense.DATA: "0201E8030000",
        nonin.MEASUREMENT: "0A0000000000076100480000",
        jumper.MEASUREMENT: "81386344",
        wellue.STREAM: "AA550F0801603F002D00388CAA55F0030303F6",
        berrymed.STREAM: "8032004861",
        viatom.ANSWERS: "00000000000000614800000000005500030601",
        "advert": "0C16D2FC40016402CA0903BF13",
    }
    there = ("advert",) if kind.broadcasts else kind.subscribed
    yielded = {
        reading.signal
        for uuid_ in there
        for reading in decode(uuid_, bytes.fromhex(samples[uuid_]), kind).readings
    }
    assert yielded == set(kind.signals)
