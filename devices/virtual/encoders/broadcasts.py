"""What thermometers put into their advertisements.

Sources: BTHome v2 (bthome.io/format, /encryption); ATC1441 and pvvx as in `devices.broadcasts`;
MiBeacon 5, Govee, Inkbird, SensorPush and ThermoBeacon as the parsers of the Home Assistant family
read them; Ruuvi data format 5 (docs.ruuvi.com).
"""

from collections.abc import Callable
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers.aead import AESCCM

from devices.advertisement import Advert

_TAIL = "-0000-1000-8000-00805f9b34fb"
_BTHOME, _XIAOMI, _ATC = (f"0000{number}{_TAIL}" for number in ("fcd2", "fe95", "181a"))
_SENSORPUSH = "ef090000-11d6-42ba-93b8-9dd7ec090ab0"
_FFF0 = f"0000fff0{_TAIL}"
_MIC = 4  # bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Weather:
    """What is told.

    Attributes:
        celsius: measured.
        humidity: in %.
        battery: in %.
        counter: of advertisements; makers keep one byte of it, encryption four.
        address: of the device.
        key: in hex, where it is encrypted.
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


def bthome(now: Weather) -> Advert:
    """Return BTHome version 2, encrypted where there is a key."""
    told = (
        bytes([0x00, now.counter & 0xFF, 0x01, now.battery, 0x02])
        + _signed(now.celsius * 100)
        + b"\x03"
        + _unsigned(now.humidity * 100)
    )
    if now.key is None:
        return Advert(service_data={_BTHOME: b"\x40" + told})
    counter = now.counter.to_bytes(4, "little")
    nonce = now.octets + b"\xd2\xfc\x41" + counter
    sealed = AESCCM(bytes.fromhex(now.key), tag_length=_MIC).encrypt(nonce, told, None)
    body = b"\x41" + sealed[:-_MIC] + counter + sealed[-_MIC:]
    return Advert(service_data={_BTHOME: body})


def xiaomi(now: Weather) -> Advert:
    """Return MiBeacon 5 of an LYWSD03MMC with the temperature, encrypted where there is a key."""
    told = b"\x04\x10\x02" + _signed(now.celsius * 10)
    head = b"\x5b\x05" + bytes([now.counter & 0xFF])  # product, then what counts
    mac = now.octets[::-1]
    if now.key is None:
        return Advert(service_data={_XIAOMI: b"\x50\x50" + head + mac + told})
    counter = (now.counter >> 8 & 0xFFFFFF).to_bytes(3, "little")
    cipher = AESCCM(bytes.fromhex(now.key), tag_length=_MIC)
    sealed = cipher.encrypt(mac + head + counter, told, b"\x11")
    body = b"\x58\x50" + head + mac + sealed[:-_MIC] + counter + sealed[-_MIC:]
    return Advert(service_data={_XIAOMI: body})


def atc1441(now: Weather) -> Advert:
    """Return what ATC1441's firmware tells of a Xiaomi thermometer, most significant first."""
    told = (
        now.octets
        + round(now.celsius * 10).to_bytes(2, "big", signed=True)
        + bytes([round(now.humidity), now.battery])
        + _MILLIVOLT.to_bytes(2, "big")
        + bytes([now.counter & 0xFF])
    )
    return Advert(service_data={_ATC: told})


def pvvx(now: Weather) -> Advert:
    """Return what pvvx's firmware tells of a Xiaomi thermometer, least significant first."""
    told = (
        now.octets[::-1]
        + _signed(now.celsius * 100)
        + _unsigned(now.humidity * 100)
        + _unsigned(_MILLIVOLT)
        + bytes([now.battery, now.counter & 0xFF, 0x0D])
    )
    return Advert(service_data={_ATC: told})


def govee(now: Weather) -> Advert:
    """Return what a Govee H5074 tells."""
    told = b"\x00" + _signed(now.celsius * 100) + _unsigned(now.humidity * 100)
    return Advert(name="Govee_H5074_1234", maker_data={0xEC88: told + bytes([now.battery, 2])})


def inkbird(now: Weather) -> Advert:
    """Return what an IBS-TH tells, whose company number is the temperature."""
    number = round(now.celsius * 100) & 0xFFFF
    told = _unsigned(now.humidity * 100) + bytes([1, 0xD2, 0x5E, now.battery, 8])
    return Advert(name="sps", services=(f"0000fff0{_TAIL}",), maker_data={number: told})


def ruuvi(now: Weather) -> Advert:
    """Return data format 5: most significant byte first, one unit 0.005 degrees."""
    power = (_MILLIVOLT - 1600) << 5 | 0x16
    told = (
        b"\x05"
        + round(now.celsius / 0.005).to_bytes(2, "big", signed=True)
        + round(now.humidity / 0.0025).to_bytes(2, "big")
        + (101_325 - 50_000).to_bytes(2, "big")
        + b"\x00\x00\x00\x00\x03\xe8"  # lying still, 1 g downwards
        + power.to_bytes(2, "big")
        + b"\x00"
        + (now.counter & 0xFFFF).to_bytes(2, "big")
        + now.octets
    )
    return Advert(maker_data={0x0499: told})


def sensorpush(now: Weather) -> Advert:
    """Return what an HT.w tells: temperature and humidity in one number of mixed radix."""
    celsius = round((now.celsius + 40) / 0.0025)
    humidity = round(now.humidity / 0.0025)
    packed = celsius + humidity * _SENSORPUSH_RADIX
    told = b"\x04" + packed.to_bytes(4, "little")
    number = int.from_bytes(told[:2], "little")  # the first two bytes stand for the maker
    return Advert(services=(_SENSORPUSH,), name="SensorPush HT.w 1", maker_data={number: told[2:]})


def thermobeacon(now: Weather) -> Advert:
    """Return what a ThermoBeacon of type 16 tells: sixteenths of a degree."""
    told = (
        b"\x00\x00"
        + now.octets[::-1]
        + _unsigned(_MILLIVOLT)
        + _signed(now.celsius * 16)
        + _unsigned(now.humidity * 16)
        + now.counter.to_bytes(4, "little")
    )
    return Advert(services=(_FFF0,), name="ThermoBeacon", maker_data={0x10: told})


_MILLIVOLT = 3000
_SENSORPUSH_RADIX = 66001

FORMATS: dict[str, Callable[[Weather], Advert]] = {
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
