"""Date and time in seven bytes: u16 year, month, day, hour, minute, second.

Source: Bluetooth GATT Specification Supplement, Date Time (0x2A08). A year, month or day of zero
is unknown.
"""

from datetime import date, time

SIZE = 7
_EARLIEST_YEAR = 1582
_ANY_LEAP_YEAR = 2000


def iso_text(payload: bytes, at: int) -> str | None:
    """Return the device time, which has no time zone, or None if it is invalid.

    If any part of the date is unknown, only the time of day is returned. The caller ensures that
    the seven bytes exist.

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
    """Add ``device_time`` to the details, or return a warning that it is invalid."""
    text = iso_text(payload, at)
    if text is None:
        return [f"time stamp {payload[at : at + SIZE].hex(' ')} is not a valid date and time"]
    details["device_time"] = text
    return []
