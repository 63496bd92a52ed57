"""Sensors, and devices that a scan has found."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorView:
    """One sensor and its link.

    Attributes:
        state: ``searching``, ``connected``, ``silent`` or ``lost``.
        reason: one sentence for people, possibly empty.
        battery: per cent, or None if never told.
        rssi: dBm when it was found, or None.
        packets: received in this session.
        gaps: how often the link was lost or fell silent.
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
class FoundDeviceView:
    """A device that a scan has heard.

    Attributes:
        key: names it in `Backend.exchange`; valid until the next scan.
            Addresses stay with the backend.
        name: as it calls itself, and the end of its address where that tells it from others.
        kind: key of what it is, or nothing where it cannot be told.
        rssi: signal strength in dBm.
        used: the sensor that it is already, or nothing.
    """

    key: str
    name: str
    kind: str
    rssi: int
    used: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenDevice:
    """A device that somebody has chosen.

    Attributes:
        kind: key of `Backend.kinds`.
        key: of a `FoundDeviceView`, or nothing.
        address: as typed, or nothing.
        name: likewise; with none of the three it is the first of its kind that is found.
    """

    kind: str
    key: str = ""
    address: str = ""
    name: str = ""
