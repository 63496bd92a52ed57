"""Formatting of numbers and times for display."""

from datetime import tzinfo

from alerts.time_format import clock, local, minute
from dashboards.texts import decimal, marked
from dashboards.texts import gettext as _
from devices import units

NO_VALUE = "--"

_WEEKDAYS = (
    marked("Mon"),
    marked("Tue"),
    marked("Wed"),
    marked("Thu"),
    marked("Fri"),
    marked("Sat"),
    marked("Sun"),
)

_MINUTE_S = 60
_HOUR_S = 3600


def number(value: float | None, decimals: int) -> str:
    """Return a value, or two dashes if there is none (never a zero that was not measured).

    >>> number(37.44, 1), number(None, 1)
    ('37.4', '--')
    """
    return NO_VALUE if value is None else decimal(f"{value:.{decimals}f}")


def quantity(value: float | None, ucum: str) -> str:
    """Return a value with its unit and the necessary digits, or two dashes.

    >>> quantity(38.0, "Cel"), quantity(None, "Cel")
    ('38.0 °C', '--')
    """
    return NO_VALUE if value is None else decimal(units.quantity(value, ucum))


def plain(value: float, ucum: str) -> str:
    """Return a value without its unit, with up to two decimals.

    >>> plain(38.0, "Cel"), plain(131.0, "/min")
    ('38.0', '131')
    """
    return decimal(units.plain(value, ucum))


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
        return _("never")
    return _("now") if seconds < 1 else _("{duration} ago").format(duration=duration(seconds))


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


def expected(arrives_ns: int | None, zone: tzinfo | None) -> str:
    """Return an addition to an acceptance: when the person expects to arrive, if known."""
    if arrives_ns is None:
        return ""
    return _(", expected {time}").format(time=minute(arrives_ns, zone))


def announced(at_ns: int, zone: tzinfo | None) -> str:
    """Return an addition to the time of an alarm that was announced later."""
    return _(", first announced {time}").format(time=clock(at_ns, zone))


def until(at_ns: int | None, now_ns: int, zone: tzinfo | None) -> str:
    """Return an addition to a state: when it ends, if known, with the weekday of another day."""
    if at_ns is None:
        return ""
    then = local(at_ns, zone)
    time = minute(at_ns, zone)
    if then.date() != local(now_ns, zone).date():
        time = f"{_(_WEEKDAYS[then.weekday()])} {time}"
    return _(" until {time}").format(time=time)


def count(number_of: int, noun: str, plural: str | None = None) -> str:
    """Return a number with its noun in English, for logs and journals.

    `plural` is needed if it is not the noun with an s.

    >>> count(1, "alarm"), count(1200, "alarm"), count(0, "entry", "entries")
    ('1 alarm', '1,200 alarms', '0 entries')
    """
    return f"{number_of:,} {noun if number_of == 1 else plural or f'{noun}s'}"
