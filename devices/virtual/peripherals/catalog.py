"""Virtual sensors by kind: those of `devices.sensor_kinds`, with their faults and addresses."""

import hashlib
import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from devices.errors import LinkError
from devices.sensor_kinds import KINDS, SensorKind
from devices.virtual.encoders.broadcasts import FORMATS
from devices.virtual.faults import Fault, FaultKind
from devices.virtual.peripheral import Peripheral
from devices.virtual.peripherals.body_sensor import BodySensor, DeviceClock
from devices.virtual.peripherals.broadcasts import BroadcastThermometer
from devices.virtual.peripherals.core import CorePatch
from devices.virtual.peripherals.cuff import BeurerCuff, Cuff
from devices.virtual.peripherals.heart_rate_strap import Strap
from devices.virtual.peripherals.movesense import Movesense
from devices.virtual.peripherals.oximeters import BerryMed, Jumper, Nonin, Oximeter, Viatom, Wellue
from devices.virtual.peripherals.polar import PolarArmband, PolarStrap
from devices.virtual.peripherals.temperature import (
    Patch,
    RoomThermometer,
    SkinPatch,
    SourceThermometer,
)
from devices.virtual.peripherals.thermometer import Thermometer
from devices.virtual.physiology import Body
from devices.virtual.sample_sources import TemperatureSample, TemperatureSource
from devices.virtual.shared_radio import SharedRadio

# Kinds with services or data of their manufacturer.
_SPECIFIC: dict[str, type[Peripheral]] = {
    "polar-h10-ecg": PolarStrap,
    "polar-armband-ppi": PolarArmband,
    "movesense-ecg": Movesense,
    "core-patch": Patch,
    "core-patch-detail": CorePatch,
    "beurer-bm85": BeurerCuff,
    "nonin-oximeter": Nonin,
    "berrymed-oximeter": BerryMed,
    "jumper-oximeter": Jumper,
    "wellue-oximeter": Wellue,
    "viatom-oximeter": Viatom,
}
# Any other kind, by the standard characteristics that carry its values. The first match counts.
_STANDARD: tuple[tuple[type[Peripheral], frozenset[str]], ...] = (
    (Strap, frozenset({"2A37"})),
    (Thermometer, frozenset({"2A1C", "2A1E"})),
    (SkinPatch, frozenset({"2A1C"})),
    (RoomThermometer, frozenset({"2A6E"})),
    (Cuff, frozenset({"2A35", "2A36"})),
    (Oximeter, frozenset({"2A5F", "2A5E"})),
)
_BATTERY = "2A19"  # every virtual sensor that connects has it
_STATIC = "[C-Fc-f][0-9A-Fa-f](:[0-9A-Fa-f]{2}){5}"
_LONGEST_NAME = 29


@dataclass(frozen=True, slots=True, kw_only=True)
class VirtualSensorConfig:
    """Configuration of a virtual sensor.

    Attributes:
        kind: a name in `devices.sensor_kinds.KINDS`.
        name: advertised name; by default the kind.
        address: static address; by default derived from the name.
        faults: faults with their times.
        seed: seed of the simulated body.
        every_s: seconds between measurements; None for those of the real sensor.
        advert_format: advertising format of a broadcast, a name in `FORMATS`.
        key: key of an encrypted broadcast, in hex.
        drift_ppm: how much too fast the clock of a sensor with its own clock runs.
        clock: clock of a sensor that sends its time.
    """

    kind: str
    name: str | None = None
    address: str | None = None
    faults: Sequence[Fault] = ()
    seed: int = 1
    every_s: float | None = None
    advert_format: str = "bthome"
    key: str | None = None
    drift_ppm: float = 0.0
    clock: DeviceClock | None = None


def supported_kinds() -> list[str]:
    """Return the kinds that have a virtual sensor."""
    return [name for name, kind in KINDS.items() if _peripheral_class(kind) is not None]


def supported_faults(kind: str) -> frozenset[FaultKind]:
    """Return the faults that a virtual sensor of a kind can have.

    Raises:
        LinkError: the kind has no virtual sensor.
    """
    return _required_class(kind).FAULTS


def default_address(name: str) -> str:
    """Return the static address of a virtual sensor that is configured without one.

    >>> default_address("strap")[:2] in ("C0", "D0", "E0", "F0")
    True
    """
    octets = hashlib.sha256(name.encode()).digest()[:5]
    return ":".join(["F0", *(f"{octet:02X}" for octet in octets)])


def make_sensor(shared_radio: SharedRadio, config: VirtualSensorConfig) -> Peripheral:
    """Return a virtual sensor that advertises as its kind; `run` switches it on.

    Raises:
        LinkError: the kind has no virtual sensor, or an option is invalid for it.
    """
    _check(config)
    kind = KINDS[config.kind]
    sensor = _make(_required_class(config.kind), shared_radio, kind, config)
    if kind.services and kind.name not in _SPECIFIC and not kind.broadcasts:
        sensor.advertised_services = kind.services
    return sensor


def _peripheral_class(kind: SensorKind) -> type[Peripheral] | None:
    if kind.name in _SPECIFIC:
        return _SPECIFIC[kind.name]
    if kind.broadcasts:
        return BroadcastThermometer
    for found, characteristics in _STANDARD:
        if found is Thermometer and not kind.connects_per_reading:
            continue
        subscribed = {*kind.subscribe, *kind.subscribe_optional}
        if subscribed & characteristics and {*kind.subscribe} <= characteristics | {_BATTERY}:
            return found
    return None


def _required_class(kind: str) -> type[Peripheral]:
    found = _peripheral_class(KINDS[kind]) if kind in KINDS else None
    if found is None:
        known = ", ".join(sorted(supported_kinds()))
        raise LinkError(f"kind '{kind}' has no virtual sensor; choose one of: {known}")
    return found


def _make(
    peripheral: type[Peripheral],
    shared_radio: SharedRadio,
    kind: SensorKind,
    config: VirtualSensorConfig,
) -> Peripheral:
    name = config.name or config.kind[:_LONGEST_NAME]
    address = config.address or default_address(name)
    body = Body(seed=config.seed)
    if issubclass(peripheral, Strap):
        return peripheral(shared_radio, body, name=name, address=address, faults=config.faults)
    if issubclass(peripheral, SourceThermometer):
        return peripheral(
            shared_radio,
            _temperature_source(kind, body),
            name=name,
            address=address,
            faults=config.faults,
            every_s=config.every_s,
        )
    assert issubclass(peripheral, BodySensor)  # noqa: S101 - there is no other
    sensor = peripheral(
        shared_radio,
        body,
        name=name,
        address=address,
        faults=config.faults,
        every_s=config.every_s,
        clock=config.clock,
    )
    if isinstance(sensor, PolarStrap | PolarArmband | Movesense):
        sensor.drift_ppm = config.drift_ppm
    if isinstance(sensor, BroadcastThermometer):
        sensor.advert_format, sensor.key = config.advert_format, config.key
        sensor.on_skin = kind.temperature_signal == "skin_temperature"
    return sensor


def _temperature_source(kind: SensorKind, body: Body) -> TemperatureSource:
    match kind.temperature_signal:
        case "skin_temperature":
            return _FunctionSource(body.skin)
        case "ambient_temperature":
            return _FunctionSource(lambda at_s: 21.5 + at_s % 600 / 600)
        case _:
            return body


def _check(config: VirtualSensorConfig) -> None:
    supported = supported_faults(config.kind)
    for fault in config.faults:
        if fault.kind not in supported:
            known = ", ".join(sorted(kind.value for kind in supported))
            raise LinkError(
                f"kind '{config.kind}' does not support fault '{fault.kind.value}'; "
                f"choose one of: {known}"
            )
    if config.advert_format not in FORMATS:
        raise LinkError(
            f"format '{config.advert_format}' does not exist; choose one of: {', '.join(FORMATS)}"
        )
    if config.key is not None and not re.fullmatch("[0-9A-Fa-f]{32}", config.key):
        raise LinkError(f"'{config.key}' is not a valid key; use 32 hex digits")
    if config.address is not None and not re.fullmatch(_STATIC, config.address):
        raise LinkError(
            f"'{config.address}' is not a static address; use one such as F0:12:34:56:78:9A, "
            "whose first digit is C to F"
        )
    if config.name is not None and not 0 < len(config.name.encode()) <= _LONGEST_NAME:
        raise LinkError(f"'{config.name}' is not a valid name; use 1 to {_LONGEST_NAME} bytes")
    if config.key is not None and config.advert_format not in ("bthome", "xiaomi"):
        raise LinkError(f"format '{config.advert_format}' is never encrypted; omit the key")


@dataclass(frozen=True, slots=True)
class _FunctionSource:
    """A source of temperatures that follow a function of time."""

    celsius: Callable[[float], float]

    def temperature(self, every_s: float) -> Iterator[TemperatureSample]:
        for number in itertools.count(1):
            at_s = number * every_s
            yield TemperatureSample(at_s=at_s, celsius=self.celsius(at_s))
