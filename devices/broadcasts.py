"""Decoder of thermometers that only advertise, based on the parsers of Home Assistant.

They measure a room or a surface, never body temperature. The parsers are the extra `broadcasts`;
see docs/decisions/0011-broadcasts.md. Each advertisement has a new parser, so the result depends on
its bytes alone. Source of the ATC1441 and pvvx layouts, which none of the parsers supports: the
tests of custom-components/ble_monitor.
"""

from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from devices.advertisement import Advertisement, parse
from devices.errors import DecodeError
from devices.gatt.quality import make_reading
from devices.packets import Decoded, Reading
from devices.signals import SIGNALS

EXTRA = "pip install 'physiomon[broadcasts]'"
_ATC = "0000181a-0000-1000-8000-00805f9b34fb"
_XIAOMI = "0000fe95-0000-1000-8000-00805f9b34fb"
_NO_ADDRESS = "00:00:00:00:00:00"
# In this order: parsers that check a number of the protocol come before those that check a name.
_PARSERS = (
    ("bthome_ble", "BTHomeBluetoothDeviceData"),
    ("xiaomi_ble", "XiaomiBluetoothDeviceData"),
    ("ruuvitag_ble", "RuuvitagBluetoothDeviceData"),
    ("govee_ble", "GoveeBluetoothDeviceData"),
    ("sensorpush_ble", "SensorPushBluetoothDeviceData"),
    ("thermobeacon_ble", "ThermoBeaconBluetoothDeviceData"),
    ("inkbird_ble", "INKBIRDBluetoothDeviceData"),
)
_KEYED = frozenset({"bthome_ble", "xiaomi_ble"})

Values = dict[str, float]


def parsers_installed() -> bool:
    """Return whether the parsers are installed."""
    return all(find_spec(package) is not None for package, _ in _PARSERS)


class Broadcasts:
    """Decodes the advertisements of one thermometer in order, without repetitions. Pure.

    Args:
        signal: measured signal, ``ambient_temperature`` or ``skin_temperature``.
        key: key of encrypted advertisements, in hex.
        address: device address, which is part of the nonce of the encryption.
    """

    def __init__(self, signal: str, key: str | None = None, address: str | None = None) -> None:
        self._signal = SIGNALS[signal]
        self._key = None if key is None else bytes.fromhex(key)
        self._address = address or _NO_ADDRESS
        self._counter: float | None = None
        if parsers_installed():
            _load_parsers()  # takes a third of a second: load them before the session runs

    def __call__(self, payload: bytes) -> Decoded:
        """Decode temperature and battery; humidity and other values are details.

        Raises:
            DecodeError: not a valid advertisement of a known thermometer, a missing or wrong key,
                or the parsers are not installed.
        """
        advertisement = parse(payload)
        values = _atc(advertisement.service_data.get(_ATC, b""))
        if values is None:
            values = self._parse(advertisement)
        counter = values.pop("packet_id", None)
        if counter is not None and counter == self._counter:
            return Decoded(details={"repeated": True})
        self._counter = counter
        readings: list[Reading] = []
        temperature, battery = values.pop("temperature", None), values.pop("battery", None)
        if temperature is not None:
            readings.append(make_reading(self._signal, temperature))
        if battery is not None:
            readings.append(make_reading(SIGNALS["battery"], battery))
        return Decoded(readings=tuple(readings), details=values)

    def _parse(self, advertisement: Advertisement) -> Values:
        for package, parser_class, info in self._candidates(advertisement):
            parser = parser_class(bindkey=self._key) if package in _KEYED else parser_class()
            try:
                update = parser.update(info)
            except Exception as error:
                reason = f"{package} cannot parse it ({type(error).__name__})"
                raise DecodeError(0, reason) from error
            scheme = getattr(getattr(parser, "encryption_scheme", None), "value", "none")
            if scheme != "none" and not parser.bindkey_verified:
                missing = (
                    "missing: set 'key'"
                    if self._key is None
                    else "wrong: check 'key' and 'address'"
                )
                raise DecodeError(0, f"the advertisement is encrypted and its key is {missing}")
            values = _numbers(update)
            known = any(device.model for device in update.devices.values())
            if values or known:  # some packets contain no measurement
                counter = getattr(parser, "packet_id", None)
                if package == "xiaomi_ble":
                    counter = advertisement.service_data[_XIAOMI][4]
                return values if counter is None else {**values, "packet_id": counter}
        raise DecodeError(0, "the advertisement is not from a known thermometer")

    def _candidates(
        self, advertisement: Advertisement
    ) -> Iterator[tuple[str, Callable[..., Any], Any]]:
        if not parsers_installed():
            raise DecodeError(0, f"the parsers of advertisements are not installed: run {EXTRA}")
        info_of, parsers = _load_parsers()
        for package, parser_class in parsers:
            yield package, parser_class, info_of(advertisement, self._address)


@cache
def _load_parsers() -> tuple[
    Callable[[Advertisement, str], Any], list[tuple[str, Callable[..., Any]]]
]:
    """Return a function that makes the parsers' record of an advertisement, and the parsers.

    They are loaded on demand, because few sessions have such sensors.
    """
    record = import_module("habluetooth").BluetoothServiceInfoBleak

    def info(advertisement: Advertisement, address: str) -> Any:
        return record(
            name=advertisement.name,
            address=address.upper(),
            rssi=0,
            manufacturer_data=dict(advertisement.manufacturer_data),
            service_data=dict(advertisement.service_data),
            service_uuids=list(advertisement.services),
            source="",
            device=None,
            advertisement=None,
            connectable=False,
            time=0.0,
            tx_power=None,
        )

    return info, [(package, getattr(import_module(package), name)) for package, name in _PARSERS]


def _numbers(update: Any) -> Values:
    """Return the numbers of an update by name; those of the first probe if there are several."""
    values: Values = {}
    for key, value in update.entity_values.items():
        name, number = str(getattr(key.key, "value", key.key)), value.native_value
        plain = isinstance(number, int | float) and not isinstance(number, bool)
        if plain and name not in ("signal_strength", "packet_id"):
            values.setdefault("temperature" if name.startswith("temperature") else name, number)
    return {name: float(number) for name, number in values.items()}


def _atc(data: bytes) -> Values | None:
    """Decode data of ATC1441 (13 bytes, big-endian) or pvvx (15, little-endian) firmware."""
    match len(data):
        case 13:
            return {
                "temperature": int.from_bytes(data[6:8], "big", signed=True) / 10,
                "humidity": float(data[8]),
                "battery": float(data[9]),
                "voltage": int.from_bytes(data[10:12], "big") / 1000,
                "packet_id": float(data[12]),
            }
        case 15:
            return {
                "temperature": int.from_bytes(data[6:8], "little", signed=True) / 100,
                "humidity": int.from_bytes(data[8:10], "little") / 100,
                "battery": float(data[12]),
                "voltage": int.from_bytes(data[10:12], "little") / 1000,
                "packet_id": float(data[13]),
            }
    return None
