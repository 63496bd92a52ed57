"""Encoders of blood pressure cuffs.

Source: Bluetooth GATT Specification Supplement, Blood Pressure Measurement, Intermediate Cuff
Pressure.
"""

from datetime import datetime

from devices.virtual.encoders.medical import date_time, sfloat

MOVEMENT, LOOSE, IRREGULAR = 1 << 0, 1 << 1, 1 << 2


def pressure(
    systolic: float | None,
    diastolic: float | None = None,
    mean: float | None = None,
    *,
    at: datetime | None = None,
    pulse: float | None = None,
    user: int | None = None,
    status: int | None = None,
    kpa: bool = False,
    exponent: int = 0,
) -> bytes:
    """Encode a 0x2A35 value, or a 0x2A36 value, which has only the first pressure."""
    flags = 0x01 if kpa else 0
    body = b"".join(sfloat(each, exponent) for each in (systolic, diastolic, mean))
    for bit, part in (
        (0x02, None if at is None else date_time(at)),
        (0x04, None if pulse is None else sfloat(pulse)),
        (0x08, None if user is None else bytes([user])),
        (0x10, None if status is None else status.to_bytes(2, "little")),
    ):
        if part is not None:
            flags, body = flags | bit, body + part
    return bytes([flags]) + body


def beurer(
    systolic: float, diastolic: float, *, at: datetime, pulse: int, user: int, status: int
) -> bytes:
    """Encode a 0x2A35 value as a Beurer BM85 does: see `devices.vendors.beurer`."""
    body = b"".join(sfloat(each, 0) for each in (systolic, diastolic, 0)) + date_time(at)
    return (
        bytes([0x56]) + body + pulse.to_bytes(2, "big") + bytes([user]) + status.to_bytes(2, "big")
    )
