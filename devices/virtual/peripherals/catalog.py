"""One virtual sensor for each kind in `devices.sensor_kinds`, with what makes it."""

import hashlib
import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from devices.errors import LinkError
from devices.virtual.encoders.broadcasts import FORMATS
from devices.virtual.faults import ANY, Fault, FaultKind
from devices.virtual.peripheral import Peripheral
from devices.virtual.peripherals.broadcasts import Broadcast
from devices.virtual.peripherals.core import CorePatch
from devices.virtual.peripherals.cuff import Cuff
from devices.virtual.peripherals.heart_rate_strap import Strap
from devices.virtual.peripherals.movesense import Movesense
from devices.virtual.peripherals.oximeters import BerryMed, Nonin, Oximeter, Viatom
from devices.virtual.peripherals.polar import PolarArmband, PolarStrap
from devices.virtual.peripherals.temperature import Patch, RoomThermometer, SkinPatch
from devices.virtual.peripherals.thermometer import Thermometer
from devices.virtual.peripherals.wearing import Now, Worn
from devices.virtual.physiology import Body
from devices.virtual.sample_sources import TemperatureSample, TemperatureSource
from devices.virtual.shared_radio import Air

_WORN: dict[str, type[Worn]] = {
    "polar-h10-ecg": PolarStrap,
    "polar-armband-ppi": PolarArmband,
    "movesense-ecg": Movesense,
    "core-patch-detail": CorePatch,
    "thermometer": Thermometer,
    "blood-pressure-cuff": Cuff,
    "pulse-oximeter": Oximeter,
    "nonin-oximeter": Nonin,
    "berrymed-oximeter": BerryMed,
    "viatom-oximeter": Viatom,
    "broadcast-thermometer": Broadcast,
    "broadcast-skin-thermometer": Broadcast,
}
_STATIC = "[C-Fc-f][0-9A-Fa-f](:[0-9A-Fa-f]{2}){5}"
_LONGEST_NAME = 29
_SIMPLE = ("heart-rate-strap", "core-patch", "skin-thermometer", "room-thermometer")

KINDS = (*_SIMPLE, *_WORN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Which virtual sensor is wanted.

    Attributes:
        kind: a name in `devices.sensor_kinds.KINDS`.
        name: advertised; by default the kind.
        address: by default one that follows from the name.
        faults: what goes wrong.
        seed: of the body.
        every_s: seconds between measurements; None as the real one.
        form: of a broadcast, a name in `FORMATS`.
        key: of an encrypted broadcast, in hex.
        drift_ppm: how much the own clock of a sensor that has one runs too fast.
        now: the clock of a sensor that tells the time.
    """

    kind: str
    name: str | None = None
    address: str | None = None
    faults: Sequence[Fault] = ()
    seed: int = 1
    every_s: float | None = None
    form: str = "bthome"
    key: str | None = None
    drift_ppm: float = 0.0
    now: Now | None = None


def faults_of(kind: str) -> frozenset[FaultKind]:
    """Return what can go wrong with a kind of sensor."""
    return _WORN[kind].FAULTS if kind in _WORN else ANY | {FaultKind.OFF_BODY}


def address_of(name: str) -> str:
    """Return the address that a virtual sensor has unless it is given another: a static one.

    >>> address_of("strap")[:2] in ("C0", "D0", "E0", "F0")
    True
    """
    octets = hashlib.sha256(name.encode()).digest()[:5]
    return ":".join(["F0", *(f"{octet:02X}" for octet in octets)])


def make(air: Air, wish: Wish) -> Peripheral:
    """Return a virtual sensor, still to be run.

    Raises:
        LinkError: there is no such kind, or a fault, format or key that it cannot have.
    """
    _check(wish)
    name = wish.name or wish.kind[:_LONGEST_NAME]
    address = wish.address or address_of(name)
    body = Body(seed=wish.seed)
    if wish.kind in _SIMPLE:
        if wish.kind == "heart-rate-strap":
            return Strap(air, body, name=name, address=address, faults=wish.faults)
        thermometers: dict[str, tuple[type[Patch | RoomThermometer], TemperatureSource]] = {
            "core-patch": (Patch, body),
            "skin-thermometer": (SkinPatch, _Series(body.skin)),
            "room-thermometer": (RoomThermometer, _Series(lambda at_s: 21.5 + at_s % 600 / 600)),
        }
        thermometer, source = thermometers[wish.kind]
        return thermometer(
            air, source, name=name, address=address, faults=wish.faults, every_s=wish.every_s
        )
    found = _WORN[wish.kind](
        air,
        body,
        name=name,
        address=address,
        faults=wish.faults,
        every_s=wish.every_s,
        now=wish.now,
    )
    if isinstance(found, PolarStrap | PolarArmband | Movesense):
        found.drift_ppm = wish.drift_ppm
    if isinstance(found, Broadcast):
        found.form, found.key = wish.form, wish.key
        found.on_skin = wish.kind == "broadcast-skin-thermometer"
    return found


def _check(wish: Wish) -> None:
    if wish.kind not in KINDS:
        raise LinkError(f"there is no virtual '{wish.kind}'; there are {', '.join(sorted(KINDS))}")
    can = faults_of(wish.kind)
    for fault in wish.faults:
        if fault.kind not in can:
            known = ", ".join(sorted(kind.value for kind in can))
            raise LinkError(f"a {wish.kind} cannot be '{fault.kind.value}'; it can: {known}")
    if wish.form not in FORMATS:
        raise LinkError(f"there is no format '{wish.form}'; there are {', '.join(FORMATS)}")
    if wish.key is not None and not re.fullmatch("[0-9A-Fa-f]{32}", wish.key):
        raise LinkError(f"'{wish.key}' is no key; give 32 hex digits")
    if wish.address is not None and not re.fullmatch(_STATIC, wish.address):
        raise LinkError(
            f"'{wish.address}' is no static address; give one such as F0:12:34:56:78:9A, whose "
            "first digit is C to F"
        )
    if wish.name is not None and not 0 < len(wish.name.encode()) <= _LONGEST_NAME:
        raise LinkError(f"'{wish.name}' is no name; it has 1 to {_LONGEST_NAME} bytes")
    if wish.key is not None and wish.form not in ("bthome", "xiaomi"):
        raise LinkError(f"'{wish.form}' is never encrypted: leave the key out")


@dataclass(frozen=True, slots=True)
class _Series:
    """A source of temperatures that follow a function of time."""

    celsius: Callable[[float], float]

    def temperature(self, every_s: float) -> Iterator[TemperatureSample]:
        for number in itertools.count(1):
            at_s = number * every_s
            yield TemperatureSample(at_s=at_s, celsius=self.celsius(at_s))
