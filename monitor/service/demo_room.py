"""Virtual sensors of a demo: simulated participants, sensors and events."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from devices.sensor import SensorSpec
from devices.virtual.faults import Fault, FaultKind
from devices.virtual.peripheral import Peripheral
from devices.virtual.peripherals import Patch, RoomThermometer, SkinPatch, Strap
from devices.virtual.peripherals.polar import PolarStrap
from devices.virtual.peripherals.temperature import SourceThermometer
from devices.virtual.physiology import Body, Episode
from devices.virtual.recording import Recording
from devices.virtual.shared_radio import SharedRadio

DOSE_S = 25 * 60.0  # the patch settles for 15 minutes; then come the minutes of the baseline
SUPPLEMENT_S = DOSE_S + 125 * 60.0
# Faults of the first participant's sensors.
_STRAP_SLIPS = (Fault(FaultKind.DROP_OUT, 200, 25), Fault(FaultKind.OFF_BODY, 300, 20))
_PATCH_SLIPS = (Fault(FaultKind.OFF_BODY, 300, 45),)


@dataclass(frozen=True, slots=True)
class Place:
    """One participant: virtual sensors, and their configuration."""

    participant: str
    room: str
    peripherals: Sequence[Peripheral]
    sensors: tuple[SensorSpec, ...]


def simulated(shared_radio: SharedRadio, number: int, seed: int, *, ecg: bool) -> Place:
    """Return participant `number` with a strap and a patch on a simulated body.

    With `ecg` the strap sends one too, two packets a second.

    Within the first minutes a startle raises the heart rate above a limit; then the first
    participant's strap drops out, and later both sensors come off the body.
    """
    body = Body(
        seed=seed * 100 + number,
        resting_rate=66.0 + 3 * (number % 3),
        dose_s=DOSE_S,
        supplement_s=SUPPLEMENT_S,
        rate_rise=28.0 + 6 * (number % 2),
        core_rise=0.5 + 0.3 * (number % 2),
        episodes=(Episode(at_s=70, for_s=70, rise=46),),
    )
    slips = number == 1
    strap = (PolarStrap if ecg else Strap)(
        shared_radio,
        body,
        name=f"Virtual strap {number}",
        address=_address(number, 1),
        faults=_STRAP_SLIPS if slips else (),
    )
    if isinstance(strap, PolarStrap):
        strap.detects_contact = True  # as the other one, so that the alarms are the same
    patch = Patch(
        shared_radio,
        body,
        name=f"CORE {number}",
        address=_address(number, 2),
        every_s=2.0,
        faults=_PATCH_SLIPS if slips else (),
    )
    kinds = {"strap": "polar-h10-ecg"} if ecg else {}
    return _place(number, {"strap": strap, "patch": patch}, kinds)


def recorded(shared_radio: SharedRadio, number: int, recording: Recording) -> Place:
    """Return participant `number` with the sensors that a recording needs."""
    sensors: dict[str, Peripheral] = {}
    if recording.hearts:
        sensors["strap"] = Strap(
            shared_radio,
            recording,
            name=f"Recorded strap {number}",
            address=_address(number, 1),
            waits_for_subscriber=True,
        )
    for address, (name, temperatures) in enumerate(recording.temperatures.items(), 2):
        label, thermometer = _THERMOMETERS[name]
        sensors[label] = thermometer(
            shared_radio,
            temperatures,
            name=f"Recorded thermometer {number}" if label != "patch" else f"CORE {number}",
            address=_address(number, address),
            waits_for_subscriber=True,
        )
    return _place(number, sensors)


_THERMOMETERS: Mapping[str, tuple[str, type[SourceThermometer]]] = {
    "core_temperature": ("patch", Patch),
    "skin_temperature": ("skin", SkinPatch),
    "ambient_temperature": ("room", RoomThermometer),
}
_KINDS = {
    "strap": "heart-rate-strap",
    "patch": "core-patch",
    "skin": "skin-thermometer",
    "room": "room-thermometer",
}


def _place(number: int, sensors: dict[str, Peripheral], kinds: Mapping[str, str] = _KINDS) -> Place:
    return Place(
        participant=f"P{number:02}",
        room=str(number),
        peripherals=list(sensors.values()),
        sensors=tuple(
            SensorSpec(label=label, kind={**_KINDS, **kinds}[label], address=sensor.address)
            for label, sensor in sensors.items()
        ),
    )


def _address(number: int, sensor: int) -> str:
    return f"F0:00:00:00:{number:02X}:{sensor:02X}"
