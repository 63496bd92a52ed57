"""Encoders of advertisements of thermometers.

Sources: BTHome v2 (bthome.io/format, /encryption); ATC1441 and pvvx as in `devices.broadcasts`;
MiBeacon 5, Govee, Inkbird, SensorPush and ThermoBeacon as the parsers of the Home Assistant family
read them; Ruuvi data format 5 (docs.ruuvi.com).
"""

from collections.abc import Callable
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers.aead import AESCCM

from devices.advertisement import Advertisement

_TAIL = "-0000-1000-8000-00805f9b34fb"
_BTHOME, _XIAOMI, _ATC = (f"0000{number}{_TAIL}" for number in ("fcd2", "fe95", "181a"))
_SENSORPUSH = "ef090000-11d6-42ba-93b8-9dd7ec090ab0"
_FFF0 = f"0000fff0{_TAIL}"
_MIC = 4  # bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class BroadcastValues:
    """Values of an advertisement.

    Attributes:
        celsius: temperature in degrees Celsius.
        humidity: relative humidity in %.
        battery: charge in %.
        counter: number of the advertisement; formats send one byte of it, encryption uses four.
        address: device address.
        key: encryption key in hex, if encrypted.
    """

    celsius: float
    humidity: float = 45.0
    battery: int = 90
    counter: int = 0
    address: str
    key: str | None = None

    @property
    def octets(self) -> bytes:
        """Return the address, most significant byte first."""
        return bytes.fromhex(self.address.replace(":", ""))


def bthome(values: BroadcastValues) -> Advertisement:
    """Encode BTHome version 2, encrypted if there is a key."""
    data = (
        bytes([0x00, values.counter & 0xFF, 0x01, values.battery, 0x02])
        + _signed(values.celsius * 100)
        + b"\x03"
        + _unsigned(values.humidity * 100)
    )
    if values.key is None:
        return Advertisement(service_data={_BTHOME: b"\x40" + data})
    counter = values.counter.to_bytes(4, "little")
    nonce = values.octets + b"\xd2\xfc\x41" + counter
    sealed = AESCCM(bytes.fromhex(values.key), tag_length=_MIC).encrypt(nonce, data, None)
    body = b"\x41" + sealed[:-_MIC] + counter + sealed[-_MIC:]
    return Advertisement(service_data={_BTHOME: body})


def xiaomi(values: BroadcastValues) -> Advertisement:
    """Encode MiBeacon 5 of an LYWSD03MMC with the temperature, encrypted if there is a key."""
    data = b"\x04\x10\x02" + _signed(values.celsius * 10)
    head = b"\x5b\x05" + bytes([values.counter & 0xFF])  # product, then the counter
    mac = values.octets[::-1]
    if values.key is None:
        return Advertisement(service_data={_XIAOMI: b"\x50\x50" + head + mac + data})
    counter = (values.counter >> 8 & 0xFFFFFF).to_bytes(3, "little")
    cipher = AESCCM(bytes.fromhex(values.key), tag_length=_MIC)
    sealed = cipher.encrypt(mac + head + counter, data, b"\x11")
    body = b"\x58\x50" + head + mac + sealed[:-_MIC] + counter + sealed[-_MIC:]
    return Advertisement(service_data={_XIAOMI: body})


def atc1441(values: BroadcastValues) -> Advertisement:
    """Encode data of the ATC1441 firmware for Xiaomi thermometers, big-endian."""
    data = (
        values.octets
        + round(values.celsius * 10).to_bytes(2, "big", signed=True)
        + bytes([round(values.humidity), values.battery])
        + _MILLIVOLT.to_bytes(2, "big")
        + bytes([values.counter & 0xFF])
    )
    return Advertisement(service_data={_ATC: data})


def pvvx(values: BroadcastValues) -> Advertisement:
    """Encode data of the pvvx firmware for Xiaomi thermometers, little-endian."""
    data = (
        values.octets[::-1]
        + _signed(values.celsius * 100)
        + _unsigned(values.humidity * 100)
        + _unsigned(_MILLIVOLT)
        + bytes([values.battery, values.counter & 0xFF, 0x0D])
    )
    return Advertisement(service_data={_ATC: data})


def govee(values: BroadcastValues) -> Advertisement:
    """Encode data of a Govee H5074."""
    data = b"\x00" + _signed(values.celsius * 100) + _unsigned(values.humidity * 100)
    return Advertisement(
        name="Govee_H5074_1234", manufacturer_data={0xEC88: data + bytes([values.battery, 2])}
    )


def inkbird(values: BroadcastValues) -> Advertisement:
    """Encode data of an Inkbird IBS-TH, whose company number is the temperature."""
    number = round(values.celsius * 100) & 0xFFFF
    data = _unsigned(values.humidity * 100) + bytes([1, 0xD2, 0x5E, values.battery, 8])
    return Advertisement(
        name="sps", services=(f"0000fff0{_TAIL}",), manufacturer_data={number: data}
    )


def ruuvi(values: BroadcastValues) -> Advertisement:
    """Encode Ruuvi data format 5: big-endian, in steps of 0.005 degrees."""
    power = (_MILLIVOLT - 1600) << 5 | 0x16
    data = (
        b"\x05"
        + round(values.celsius / 0.005).to_bytes(2, "big", signed=True)
        + round(values.humidity / 0.0025).to_bytes(2, "big")
        + (101_325 - 50_000).to_bytes(2, "big")
        + b"\x00\x00\x00\x00\x03\xe8"  # lying still, 1 g downwards
        + power.to_bytes(2, "big")
        + b"\x00"
        + (values.counter & 0xFFFF).to_bytes(2, "big")
        + values.octets
    )
    return Advertisement(manufacturer_data={0x0499: data})


def sensorpush(values: BroadcastValues) -> Advertisement:
    """Encode data of a SensorPush HT.w: temperature and humidity in one mixed-radix number."""
    celsius = round((values.celsius + 40) / 0.0025)
    humidity = round(values.humidity / 0.0025)
    packed = celsius + humidity * _SENSORPUSH_RADIX
    data = b"\x04" + packed.to_bytes(4, "little")
    number = int.from_bytes(data[:2], "little")  # the first two bytes replace the company number
    return Advertisement(
        services=(_SENSORPUSH,), name="SensorPush HT.w 1", manufacturer_data={number: data[2:]}
    )


def thermobeacon(values: BroadcastValues) -> Advertisement:
    """Encode data of a ThermoBeacon of type 16: sixteenths of a degree."""
    data = (
        b"\x00\x00"
        + values.octets[::-1]
        + _unsigned(_MILLIVOLT)
        + _signed(values.celsius * 16)
        + _unsigned(values.humidity * 16)
        + values.counter.to_bytes(4, "little")
    )
    return Advertisement(services=(_FFF0,), name="ThermoBeacon", manufacturer_data={0x10: data})


_MILLIVOLT = 3000
_SENSORPUSH_RADIX = 66001

FORMATS: dict[str, Callable[[BroadcastValues], Advertisement]] = {
    each.__name__: each
    for each in (
        *(bthome, xiaomi, atc1441, pvvx, govee),
        *(inkbird, ruuvi, sensorpush, thermobeacon),
    )
}


def _signed(number: float) -> bytes:
    return round(number).to_bytes(2, "little", signed=True)


def _unsigned(number: float) -> bytes:
    return round(number).to_bytes(2, "little")
