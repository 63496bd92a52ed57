"""Sensors, and devices that a scan has found."""

from dataclasses import dataclass
from typing import Final

RECEIVING_S: Final = 60.0  # the slowest sensors send every 10 s


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorView:
    """One sensor and its link.

    Attributes:
        state: ``searching``, ``connected``, ``silent`` or ``lost``.
        reason: one sentence for users, possibly empty.
        battery: per cent, or None if not reported.
        rssi: in dBm when it was found, or None.
        packets: number received in this session.
        gaps: number of times that the link was lost or silent.
        age_s: seconds since its last packet, or None before the first.
    """

    label: str
    kind: str
    state: str
    reason: str
    battery: float | None
    rssi: int | None
    packets: int
    gaps: int
    age_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BlindedSensorView:
    """All that a blinded rater may know of a sensor, on every page and in every format.

    Some sensors send a packet for each heart beat: a count or an exact age would tell the rate.

    Attributes:
        battery: per cent, rounded, or None if not reported.
        receiving: data has arrived within a minute.
    """

    label: str
    state: str
    battery: float | None
    receiving: bool


def blinded_sensor(sensor: SensorView) -> BlindedSensorView:
    """Return what a blinded rater may know of a sensor."""
    return BlindedSensorView(
        label=sensor.label,
        state=sensor.state,
        battery=None if sensor.battery is None else float(round(sensor.battery)),
        receiving=sensor.age_s is not None and sensor.age_s < RECEIVING_S,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundDeviceView:
    """A device that a scan has found.

    Attributes:
        key: identifies it in `Backend.exchange`; valid until the next scan.
            Addresses stay with the backend.
        name: advertised name and the end of its address.
        kind: key of its kind, or empty if unknown.
        rssi: signal strength in dBm.
        used: sensor that already uses the device, or empty.
    """

    key: str
    name: str
    kind: str
    rssi: int
    used: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenDevice:
    """A device that somebody has chosen. Without key, address and name: the only one nearby.

    Attributes:
        kind: key of `Backend.kinds`.
        key: of a `FoundDeviceView`, or empty.
        address: as typed, or empty.
        name: as typed, or empty.
    """

    kind: str
    key: str = ""
    address: str = ""
    name: str = ""
