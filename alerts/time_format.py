"""Formats of times and durations, in the time zone of the room."""

from datetime import UTC, datetime, tzinfo


def local(at_ns: int, zone: tzinfo | None) -> datetime:
    """Return a time in a time zone; None: that of this computer."""
    return datetime.fromtimestamp(at_ns / 1e9, UTC).astimezone(zone)


def offset_s(at_ns: int, zone: tzinfo | None) -> int:
    """Return the offset of a time zone from UTC in seconds at a time."""
    offset = local(at_ns, zone).utcoffset()
    return 0 if offset is None else round(offset.total_seconds())


def clock(at_ns: int, zone: tzinfo | None) -> str:
    """Return the time of day, to the second.

    >>> clock(1_700_000_000 * 10**9, UTC)
    '22:13:20'
    """
    return f"{local(at_ns, zone):%H:%M:%S}"


def minute(at_ns: int, zone: tzinfo | None) -> str:
    """Return the time of day, to the minute.

    >>> minute(1_700_000_000 * 10**9, UTC)
    '22:13'
    """
    return f"{local(at_ns, zone):%H:%M}"


def until(at_ns: int | None, now_ns: int, zone: tzinfo | None) -> str:
    """Return an addition to a state: when it ends, if known, with the weekday of another day.

    >>> until(1_700_000_000 * 10**9, 1_699_990_000 * 10**9, UTC)
    ' until 22:13'
    >>> until(1_700_000_000 * 10**9, 1_699_900_000 * 10**9, UTC), until(None, 0, UTC)
    (' until Tue 22:13', '')
    """
    if at_ns is None:
        return ""
    then = local(at_ns, zone)
    same = then.date() == local(now_ns, zone).date()
    return f" until {then:%H:%M}" if same else f" until {then:%a %H:%M}"


def expected(arrives_ns: int | None, zone: tzinfo | None) -> str:
    """Return an addition to an acceptance: when the person expects to arrive, if known.

    >>> expected(1_700_000_000 * 10**9, UTC)
    ', expected 22:13'
    """
    return "" if arrives_ns is None else f", expected {minute(arrives_ns, zone)}"


def announced(at_ns: int, zone: tzinfo | None) -> str:
    """Return an addition to the time of an alarm that was announced later.

    >>> announced(1_700_000_000 * 10**9, UTC)
    ', first announced 22:13:20'
    """
    return f", first announced {clock(at_ns, zone)}"


def zone_name(at_ns: int, zone: tzinfo | None) -> str:
    """Return the offset of a time zone from UTC as text.

    >>> zone_name(1_700_000_000 * 10**9, UTC)
    'UTC'
    """
    minutes = round(offset_s(at_ns, zone) / 60)
    if not minutes:
        return "UTC"
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'-' if minutes < 0 else '+'}{hours}{f':{rest:02}' if rest else ''}"


def span(seconds: float) -> str:
    """Return a duration as text.

    >>> [span(59), span(600), span(100_000)]
    ['59 s', '10 min', '27.8 h']
    """
    if seconds < 2 * 60:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 2 * 3600 else f"{seconds / 3600:.1f} h"
