"""Notation and kind of device addresses, and the configuration that a scan prints."""

import tomllib

import pytest
from bleak.backends.device import BLEDevice
from hypothesis import given
from hypothesis import strategies as st

from devices.addresses import AddressKind, address_kind, normalise_address
from devices.decoders import KINDS
from devices.found_sensor import config_lines, likely_kind, toml_string
from devices.scanner import ScanResult
from monitor.config.run import SensorConfig

STATIC, PRIVATE, OTHER = "C0:9E:1A:00:00:01", "4A:11:22:33:44:55", "5B:66:77:88:99:AA"


def found(
    address: str, name: str | None = "Band", kind: str | None = "heart-rate-strap"
) -> ScanResult:
    return ScanResult(
        device=BLEDevice(address, name, {"props": {"AddressType": "random"}}),
        name=name,
        rssi=-60,
        services=(),
        kind=KINDS[kind] if kind else None,
    )


def configured(*scanned: ScanResult) -> list[SensorConfig]:
    text = "\n".join(config_lines(scanned).values())
    return [SensorConfig(**each) for each in tomllib.loads(text)["sensor"]]


@pytest.mark.parametrize(
    "text", ["a0:9e:1a:00:00:01", "A0-9E-1A-00-00-01", "A09E1A000001", " a09e1a000001\n"]
)
def test_notations_of_an_address_are_equal(text: str) -> None:
    assert normalise_address(text) == "A0:9E:1A:00:00:01"
    assert SensorConfig(label="a", kind="thermometer", address=text).address == normalise_address(
        text
    )


def test_identifier_of_macos_is_an_address() -> None:
    identifier = "6f2a5c3e-1b7d-4e7b-9a52-0d9c6f0b8a11"
    assert normalise_address(identifier) == identifier.upper()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "A0:9E:1A:00:00",
        "A0:9E:1A:00:00:01:02",
        "A0:9E-1A:00:00:01",
        "A0:9E:1A:00:00:0G",
        "00:00:00:00:00:00",
        "ff:ff:ff:ff:ff:ff",
        "My strap",
        "A0:9E:1A:00:00:0\u0661",
    ],
)
def test_invalid_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="use six pairs of hexadecimal digits"):
        SensorConfig(label="a", kind="thermometer", address=text)


@pytest.mark.parametrize(
    ("address", "address_type", "kind"),
    [
        (STATIC, "public", AddressKind.PUBLIC),
        (PRIVATE, "public", AddressKind.PUBLIC),
        (STATIC, "random", AddressKind.STATIC),
        (PRIVATE, "random", AddressKind.RESOLVABLE),
        ("3A:11:22:33:44:55", "random", AddressKind.NON_RESOLVABLE),
        ("8A:11:22:33:44:55", "random", AddressKind.UNKNOWN),
        (PRIVATE, None, AddressKind.UNKNOWN),
        ("6F2A5C3E-1B7D-4E7B-9A52-0D9C6F0B8A11", "random", AddressKind.UNKNOWN),
    ],
)
def test_kind_of_an_address(address: str, address_type: str | None, kind: AddressKind) -> None:
    assert address_kind(address, address_type) is kind
    assert kind.is_private == (kind in (AddressKind.RESOLVABLE, AddressKind.NON_RESOLVABLE))


def test_configuration_identifies_a_sensor_by_a_permanent_address_or_name() -> None:
    lasting, changing = configured(found(STATIC), found(PRIVATE, "Watch"))
    assert (lasting.address, lasting.name) == (STATIC, None)
    assert (changing.address, changing.name) == (None, "Watch")


def test_configuration_never_contains_an_ambiguous_name() -> None:
    scanned = [found(PRIVATE, "Watch"), found(OTHER, "Watch")]
    assert all(each.name is None and each.address is None for each in configured(*scanned))
    assert all("switch the others off" in text for text in config_lines(scanned).values())
    assert "pair it" in config_lines([found(PRIVATE, None)])[PRIVATE]


def test_name_suggests_a_kind_only_in_the_configuration() -> None:
    berry = found(STATIC, "BerryMed", kind=None)
    assert likely_kind(berry) is KINDS["berrymed-oximeter"]
    assert [each.kind for each in configured(berry)] == ["berrymed-oximeter"]
    assert config_lines([found(STATIC, "Band", kind=None)]) == {}


@given(st.text(max_size=30).filter(bool))
def test_any_name_is_a_valid_string_of_the_configuration(name: str) -> None:
    name = name.encode("utf-8", "replace").decode()
    assert toml_string(name).isprintable()
    assert tomllib.loads(f"name = {toml_string(name)}")["name"] == name
    [sensor] = configured(found(PRIVATE, name))
    assert sensor.name == name


def test_sensor_that_no_advertisement_identifies_needs_an_address_or_a_name() -> None:
    with pytest.raises(ValueError, match="no advertisement shows"):
        SensorConfig(label="ecg", kind="polar-h10-ecg")
    assert SensorConfig(label="ecg", kind="polar-h10-ecg", name="Polar H10 12345678")
    assert SensorConfig(label="ecg", kind="polar-h10-ecg", gateway="room1")  # which knows it
