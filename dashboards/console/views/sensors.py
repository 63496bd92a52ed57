"""Sensors, and devices that a scan has found."""

from dataclasses import dataclass


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
