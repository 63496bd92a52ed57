"""The seven bytes in which devices tell date and time: u16 year, month, day, hour, minute, second.

Source: Bluetooth GATT Specification Supplement, Date Time (0x2A08). A zero year, month or day
means that it is not known.
"""

from datetime import date, time

SIZE = 7
_EARLIEST_YEAR = 1582
_ANY_LEAP_YEAR = 2000


def iso_text(payload: bytes, at: int) -> str | None:
    """Return the device's own time, which has no zone, or None where there is no such time.

    With any part of the date unknown only the time of day is told. The caller has checked that
    the seven bytes are there.

    >>> iso_text(bytes.fromhex("DC070C050B321B"), 0)
    '2012-12-05T11:50:27'
    >>> iso_text(bytes.fromhex("000000000A1E2D"), 0)
    '10:30:45'
    """
    year = int.from_bytes(payload[at : at + 2], "little")
    month, day, hour, minute, second = payload[at + 2 : at + SIZE]
    if 0 < year < _EARLIEST_YEAR:
        return None
    try:
        on = date(year or _ANY_LEAP_YEAR, month or 1, day or 1)
        clock = time(hour, minute, second)
    except ValueError:
        return None
    return f"{on}T{clock}" if year and month and day else str(clock)


def add_device_time(
    payload: bytes, at: int, details: dict[str, str | int | float | bool]
) -> list[str]:
    """Enter the device's time as ``device_time``, or return the warning that it is none."""
    told = iso_text(payload, at)
    if told is None:
        return [f"time stamp {payload[at : at + SIZE].hex(' ')} is no date and time"]
    details["device_time"] = told
    return []
