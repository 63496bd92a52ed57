"""Times of exports: exact to a nanosecond, or of a fixed date that is no time of day."""

import datetime

_SECOND_NS = 10**9

# Date of second 0 where a format demands one and times are relative. Dates before 1925 mark shifted
# ones. Source: BIDS 1.11, Scans file.
SHIFTED = "1900-01-01T00:00:00Z"
_SHIFTED_S = int(datetime.datetime.fromisoformat(SHIFTED).timestamp())


def iso_utc(at_ns: int) -> str:
    """Return UTC nanoseconds as ISO 8601, with as many digits as are needed.

    >>> iso_utc(1_700_000_000_000_000_000), iso_utc(-500_000_000)
    ('2023-11-14T22:13:20Z', '1969-12-31T23:59:59.5Z')
    """
    seconds, ns = divmod(at_ns, _SECOND_NS)
    at = datetime.datetime.fromtimestamp(0, datetime.UTC) + datetime.timedelta(seconds=seconds)
    fraction = f".{ns:09d}".rstrip("0") if ns else ""
    return f"{at:%Y-%m-%dT%H:%M:%S}{fraction}Z"


def shifted(at_ns: int, zero_ns: int) -> str:
    """Return a time as ISO 8601 as if zero had been at the beginning of 1900.

    >>> shifted(5 * 10**9, 2 * 10**9)
    '1900-01-01T00:00:03Z'
    """
    return iso_utc(at_ns - zero_ns + _SHIFTED_S * _SECOND_NS)
