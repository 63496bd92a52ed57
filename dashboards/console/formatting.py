"""Formatting of numbers and times for display."""

from devices import units

NO_VALUE = "--"

_MINUTE_S = 60
_HOUR_S = 3600


def number(value: float | None, decimals: int) -> str:
    """Return a value, or two dashes if there is none (never a zero that was not measured).

    >>> number(37.44, 1), number(None, 1)
    ('37.4', '--')
    """
    return NO_VALUE if value is None else f"{value:.{decimals}f}"


def quantity(value: float | None, ucum: str) -> str:
    """Return a value with its unit and the necessary digits, or two dashes.

    >>> quantity(38.0, "Cel"), quantity(None, "Cel")
    ('38.0 °C', '--')
    """
    return NO_VALUE if value is None else units.quantity(value, ucum)


def duration(seconds: float) -> str:
    """Return a duration in the coarsest useful unit.

    >>> duration(8.7), duration(119), duration(200), duration(4000)
    ('8 s', '119 s', '3 min', '1 h 6 min')
    """
    whole = int(max(0.0, seconds))
    if whole < 2 * _MINUTE_S and whole != _MINUTE_S:
        return f"{whole} s"
    if whole < _HOUR_S:
        return f"{whole // _MINUTE_S} min"
    return f"{whole // _HOUR_S} h {whole % _HOUR_S // _MINUTE_S} min"


def age(seconds: float | None) -> str:
    """Return an age in words.

    >>> age(None), age(0.4), age(12.0)
    ('never', 'now', '12 s ago')
    """
    if seconds is None:
        return "never"
    return "now" if seconds < 1 else f"{duration(seconds)} ago"


def stopwatch(seconds: float) -> str:
    """Return hours, minutes and seconds of a clock that counts from an event.

    >>> stopwatch(6130.9), stopwatch(-5)
    ('1:42:10', '-0:00:05')
    """
    whole = int(abs(seconds))
    sign = "-" if seconds <= -1 else ""
    return f"{sign}{whole // _HOUR_S}:{whole % _HOUR_S // _MINUTE_S:02}:{whole % _MINUTE_S:02}"


def countdown(seconds: float) -> str:
    """Return the time left in minutes and seconds, with hours if needed.

    >>> countdown(200.0), countdown(4000.0)
    ('3:20', '1:06:40')
    """
    return stopwatch(max(0.0, seconds)).removeprefix("0:").removeprefix("0")


def count(number_of: int, noun: str, plural: str | None = None) -> str:
    """Return a number with its noun; `plural` if that is not the noun with an s.

    >>> count(1, "alarm"), count(1200, "alarm"), count(0, "entry", "entries")
    ('1 alarm', '1,200 alarms', '0 entries')
    """
    return f"{number_of:,} {noun if number_of == 1 else plural or f'{noun}s'}"
