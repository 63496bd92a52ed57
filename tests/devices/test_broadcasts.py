"""Thermometers that only advertise: keys, repetitions, and arbitrary bytes."""

from contextlib import suppress

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESCCM
from hypothesis import given
from hypothesis import strategies as st

from devices.advertisement import Advertisement, parse
from devices.broadcasts import Broadcasts
from devices.decoders import KINDS, Decoder, decode
from devices.errors import DecodeError
from devices.sensor import SensorSpec
from tests.devices.test_decoders import check_laws

BTHOME = "0000fcd2-0000-1000-8000-00805f9b34fb"
XIAOMI = "0000fe95-0000-1000-8000-00805f9b34fb"
ATC = "0000181a-0000-1000-8000-00805f9b34fb"
PUSH = "ef090000-11d6-42ba-93b8-9dd7ec090ab0"
KEY, ADDRESS = "231d39c1d7cc1ab1aee224cd096db932", "54:48:E6:8F:80:A5"
# Source: bthome.io and the tests of bthome-ble, with KEY and ADDRESS.
ENCRYPTED = bytes(
    Advertisement(service_data={BTHOME: bytes.fromhex("41a47266c95f730011223378237214")})
)

UUIDS = st.sampled_from([BTHOME, XIAOMI, ATC, PUSH]) | st.uuids().map(str)
ADVERTS = st.builds(
    Advertisement,
    name=st.sampled_from(["", "sps", "GVH5075_1234", "SensorPush HT.w 0CA1", "T201"]),
    services=st.lists(UUIDS, max_size=2).map(tuple),
    service_data=st.dictionaries(UUIDS, st.binary(max_size=24), max_size=2),
    manufacturer_data=st.dictionaries(
        st.sampled_from([0xEC88, 0x0499, 0x0010, 2044]) | st.integers(0, 0xFFFF),
        st.binary(max_size=26),
        max_size=2,
    ),
)


def sensor(key: str | None = KEY, address: str | None = ADDRESS) -> Decoder:
    spec = SensorSpec(label="room", kind="broadcast-thermometer", key=key, address=address)
    return Decoder(KINDS[spec.kind], spec)


@given(ADVERTS)
def test_advertisement_round_trip(advertisement: Advertisement) -> None:
    assert parse(bytes(advertisement)) == advertisement


@given(st.binary(max_size=60))
def test_any_bytes_are_parsed_or_rejected(payload: bytes) -> None:
    with suppress(DecodeError):
        parse(payload)


@given(ADVERTS)
def test_any_advertisement_is_decoded_or_rejected(advertisement: Advertisement) -> None:
    with suppress(DecodeError):
        decoded = decode("advert", bytes(advertisement))
        check_laws(decoded)
        assert {reading.signal for reading in decoded.readings} <= {
            "ambient_temperature",
            "battery",
        }


def test_encrypted_advertisement_is_decoded_with_its_key() -> None:
    decoded = sensor()("advert", ENCRYPTED)
    assert [reading.value for reading in decoded.readings] == [25.06]
    assert decoded.details == {"humidity": 50.55}


@pytest.mark.parametrize(
    ("key", "address"), [("00" * 16, ADDRESS), (KEY, "54:48:E6:8F:80:A6"), (KEY, None)]
)
def test_wrong_key_or_address_is_reported(key: str, address: str | None) -> None:
    with pytest.raises(DecodeError, match="its key is wrong: check 'key' and 'address'"):
        sensor(key, address)("advert", ENCRYPTED)


def test_repeated_packet_is_decoded_once() -> None:
    read = Broadcasts("ambient_temperature")
    packets = [bytes([0x40, 0x00, number, 0x02, 0xCA, 0x09]) for number in (7, 7, 8, 255, 0, 0)]
    told = [
        len(read(bytes(Advertisement(service_data={BTHOME: packet}))).readings)
        for packet in packets
    ]
    assert told == [1, 0, 1, 1, 1, 0]


def test_sensorpush_temperature_follows_its_formula() -> None:
    """The formula of its manufacturer: (packed % 66001) * 0.0025 - 40."""
    advertisement = Advertisement(
        name="SensorPush HT.w 0CA1", services=(PUSH,), manufacturer_data={39428: b"\xc9\xa5F"}
    )
    (reading,) = decode("advert", bytes(advertisement)).readings
    packed = int.from_bytes(b"\x9a\xc9\xa5F", "little")
    assert reading.value == pytest.approx(packed % 66001 * 0.0025 - 40, abs=0.005)
    assert reading.signal == "ambient_temperature"


def xiaomi(payload: bytes, counter: int, key: str | None = None) -> bytes:
    """Return a packet of an LYWSD03MMC in the MiBeacon 5 layout, encrypted if there is a key.

    Frame control, product 0x055B, counter, address; then the object, or the sealed object with
    the counter's other bytes and the tag. Nonce: address, product, all bytes of the counter.
    """
    address = bytes.fromhex(ADDRESS.replace(":", ""))[::-1]
    head = bytes.fromhex("5b05") + bytes([counter])
    if key is None:
        told = bytes.fromhex("5058") + head + address + payload
    else:
        rest = bytes(3)
        sealed = AESCCM(bytes.fromhex(key), tag_length=4).encrypt(
            address + head + rest, payload, b"\x11"
        )
        told = bytes.fromhex("5858") + head + address + sealed[:-4] + rest + sealed[-4:]
    return bytes(Advertisement(name="LYWSD03MMC", service_data={XIAOMI: told}))


TEMPERATURE = bytes.fromhex("041002D900")  # object 0x1004: 21.7 C


def test_xiaomi_is_decoded_with_and_without_key() -> None:
    for key in (None, KEY):
        decoded = sensor(key)("advert", xiaomi(TEMPERATURE, 5, key))
        assert [reading.value for reading in decoded.readings] == [21.7]
    with pytest.raises(DecodeError, match="its key is missing"):
        sensor(None)("advert", xiaomi(TEMPERATURE, 5, KEY))


def test_repeated_xiaomi_packet_is_decoded_once() -> None:
    read = sensor(None)
    told = [len(read("advert", xiaomi(TEMPERATURE, number)).readings) for number in (5, 5, 6, 5)]
    assert told == [1, 0, 1, 1]


def test_packet_of_a_known_thermometer_may_contain_no_values() -> None:
    assert sensor(None)("advert", xiaomi(b"", 7)).readings == ()
