"""Times, values and people as a report writes them. Pure."""

from dataclasses import dataclass
from datetime import UTC

from alerts.time_format import local, zone_name
from devices.signals import SIGNALS
from devices.units import quantity
from monitor.analysis.recorded_actions import pseudonyms
from monitor.analysis.recorded_events import EventKind
from monitor.analysis.session_data import SessionData
from monitor.reports.figures import hour_text

NONE = "-"
_HOUR_NS = 3600 * 10**9


@dataclass(frozen=True, slots=True)
class Disclosure:
    """Content that a report has only on request.

    Attributes:
        names: of people who acted; otherwise pseudonyms with the roles that were recorded.
        notes: texts that people typed, which may contain names.
    """

    names: bool = False
    notes: bool = False


class Texts:
    """Texts of one session.

    Args:
        data: the session.
        disclosure: what may be shown.
    """

    def __init__(self, data: SessionData, disclosure: Disclosure) -> None:
        self._data = data
        self._zone = data.zone or UTC
        self._notes = disclosure.notes
        self._phases = list(
            dict.fromkeys(
                event.text
                for event in data.events
                if event.kind is EventKind.MARKER and event.name == "phase"
            )
        )
        self._people = {} if disclosure.names else dict(pseudonyms(list(data.actions)))
        self._days = local(data.session.ended_ns, self._zone).date() != self.day(
            data.session.began_ns
        )

    def day(self, at_ns: int) -> object:
        """Return the date of a time."""
        return local(at_ns, self._zone).date()

    def clock(self, at_ns: int) -> str:
        """Return the time of day to the second, with the weekday if the session has several."""
        return f"{local(at_ns, self._zone):{'%a ' if self._days else ''}%H:%M:%S}"

    def date(self, at_ns: int) -> str:
        """Return date and time with the time zone."""
        return f"{local(at_ns, self._zone):%d %B %Y, %H:%M} {zone_name(at_ns, self._zone)}"

    def hours(self, at_ns: int) -> float:
        """Return hours after the dose, or after the start of a session without dose."""
        return (at_ns - self._data.zero_ns) / _HOUR_NS

    def after(self, at_ns: int) -> str:
        """Return `hours` as ``h:mm``."""
        return hour_text(self.hours(at_ns))

    @property
    def axis(self) -> str:
        """Return the name of the time axis."""
        what = "start" if self._data.dose_ns is None else "dose"
        return (
            f"time after the {what} of the session (h:mm)"
            if what == "start"
            else ("time after the dose (h:mm)")
        )

    @property
    def after_heading(self) -> str:
        """Return the heading of a column of `after`."""
        return "after start" if self._data.dose_ns is None else "after dose"

    def who(self, name: str) -> str:
        """Return a person as far as the report discloses it."""
        return self._people.get(name, "another person" if self._people and name else name) or NONE

    def phase(self, name: str) -> str:
        """Return the name of a phase, which people typed, or its number."""
        if self._notes or name not in self._phases:
            return name
        return f"phase {self._phases.index(name) + 1}"

    def note(self, text: str) -> str:
        """Return a text that a person typed, or that there is one."""
        if not text:
            return NONE
        return text if self._notes else "(text withheld)"


def value(number: float | None, unit: str) -> str:
    """Return a value with its unit."""
    return NONE if number is None else quantity(number, unit)


def channel_label(channel: str) -> str:
    """Return a channel in words: signal and sensor."""
    sensor, _, signal = channel.partition("/")
    known = SIGNALS.get(signal)
    return channel if known is None else f"{known.label} ({sensor})"


def span(seconds: float | None) -> str:
    """Return a time as m:ss or h:mm:ss."""
    if seconds is None:
        return NONE
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def length(span_ns: int) -> str:
    """Return a duration in hours, or in minutes below an hour.

    >>> length(5_999 * 10**9), length(60 * 10**9)
    ('1 h 40 min', '1 min')
    """
    hours, minutes = divmod(round(span_ns / 60e9), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def percent(share: float | None) -> str:
    """Return a share; one that is not complete never looks so."""
    if share is None:
        return NONE
    text = f"{share:.1%}"
    return "99.9%" if text == "100.0%" and share < 1 else text
