"""Texts of notifications: what is wrong and how urgent, without a name of the participant.

Pure. A message has the study code, never a person's name, a device's address or the cause of an
equipment alarm (which may quote one). It uses the messages of the policy's rules.
"""

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo

from alerts.time_format import announced, clock, span, zone_name
from devices.units import quantity, symbol

# Label of each priority. Source: IEC 60601-1-8, 201.3.2.2, as the console shows it.
MARKS = {"high": "*** HIGH", "medium": "** MEDIUM", "low": "* LOW"}
FOOT = "physiomon is not a medical device and never the sole monitor."

_TREND_MIN = {"Cel": 10}  # minutes; in one minute a temperature hardly changes
_STEADY = {"Cel": 0.005, "/min": 0.5}  # per minute: smaller slopes are steady


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmText:
    """One alarm of a notification.

    Attributes:
        priority: ``high``, ``medium`` or ``low``.
        what: the rule's message, and the state of its condition if that is over.
        value: last value compared with the limit, in `unit`.
        limit: in `unit`.
        unit: UCUM code.
        slope_per_min: present slope of the signal; None if unknown.
        since_ns: time at which it was raised.
        announced_ns: time at which it could first be announced, if that was later; else None.
        suspended: its sensor is lost, or its measurement too old, so it cannot be judged.
        spot: it is about spot measurements.
        age_s: age of a suspended alarm's value in seconds; None without a value.
    """

    priority: str
    what: str
    value: float | None
    limit: float | None
    unit: str
    slope_per_min: float | None
    since_ns: int
    suspended: bool = False
    spot: bool = False
    announced_ns: int | None = None
    age_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Participant and location of a session."""

    participant: str  # a study code
    site: str
    room: str
    virtual: bool = False


class Urgency(enum.StrEnum):
    """Urgency that a service shows: the priority of the alarm, if there is something to do."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    QUIET = "quiet"  # nothing to do any more
    TEST = "test"


@dataclass(frozen=True, slots=True)
class Message:
    """A notification.

    Attributes:
        title: the first words, on a lock screen.
        body: everything else, as plain text.
        urgency: how it is shown.
        link: what a tap on it opens; None if links are not configured.
        thread: the same for all messages of an incident; empty if it belongs to none.
    """

    title: str
    body: str
    urgency: Urgency = Urgency.HIGH
    link: str | None = None
    thread: str = ""


def call_message(
    place: Place,
    alarms: Sequence[AlarmText],
    *,
    tier: int,
    dose_ns: int | None,
    link: str | None,
    zone: tzinfo | None = None,
    thread: str = "",
) -> Message:
    """Return the message of a call about alarms, highest first.

    Args:
        place: of the session.
        alarms: at least one.
        tier: that is called, from 1.
        dose_ns: time of the dose, or None.
        link: accepts the call; None if links are not configured.
        zone: of the times of day; by default that of this computer.
        thread: the same for all messages of an incident.
    """
    first = alarms[0]
    more = f" (+{len(alarms) - 1})" if len(alarms) > 1 else ""
    title = f"{MARKS[first.priority]} {place.participant}: {first.what}{more}, room {place.room}"
    parts = [_where(place)]
    parts += ["\n".join(alarm_lines(alarm, dose_ns, zone)) for alarm in alarms]
    if tier > 1:
        parts.append(f"You are called in tier {tier}: no earlier recipient has accepted.")
    if link is None:
        parts.append("Accept the call at the console of the session.")
    else:
        parts.append(f"Accept (you take over, nobody else is called):\n{link}")
    body = "\n\n".join([*parts, FOOT])
    return Message(title, body, Urgency(first.priority), link, thread)


def test_message(place: Place, link: str | None) -> Message:
    """Return the message of a test call."""
    parts = [_where(place), "This is a test call before a session. Nothing is wrong."]
    if link is not None:
        parts.append(f"Open this link to test it on your device:\n{link}")
    title = f"Test call, {place.participant}, room {place.room}: nothing is wrong"
    return Message(title, "\n\n".join([*parts, FOOT]), Urgency.TEST, link)


def alarm_lines(alarm: AlarmText, dose_ns: int | None, zone: tzinfo | None = None) -> list[str]:
    """Return what is wrong, by how much, and for how long: a line each."""
    lines = [f"{MARKS[alarm.priority]}: {alarm.what}"]
    if alarm.value is not None:
        value = quantity(alarm.value, alarm.unit)
        limit = "" if alarm.limit is None else f", limit {quantity(alarm.limit, alarm.unit)}"
        lines.append(f"{value}{limit}{trend(alarm.slope_per_min, alarm.unit)}")
    elif alarm.limit is not None:
        lines.append(f"limit {quantity(alarm.limit, alarm.unit)}")
    since = f"since {clock(alarm.since_ns, zone)} {zone_name(alarm.since_ns, zone)}"
    if dose_ns is not None and alarm.since_ns >= dose_ns:
        since += f", {_span(alarm.since_ns - dose_ns)} after the dose"
    if alarm.announced_ns is not None:
        since += announced(alarm.announced_ns, zone)
    lines.append(since)
    if alarm.suspended and alarm.spot:
        lines.append("No measurement for an hour: the alarm cannot be judged.")
    elif alarm.suspended:
        old = "no value" if alarm.age_s is None else f"the last value is {span(alarm.age_s)} old"
        lines.append(f"The sensor is lost: {old}, and the alarm cannot be judged.")
    return lines


def trend(slope_per_min: float | None, ucum: str) -> str:
    """Return the trend of a value; empty if it is unknown.

    >>> trend(0.031, "Cel"), trend(-4.0, "/min"), trend(0.0, "Cel"), trend(None, "Cel")
    (', rising 0.31 °C in 10 min', ', falling 4 /min in 1 min', ', steady', '')
    """
    if slope_per_min is None:
        return ""
    if abs(slope_per_min) < _STEADY.get(ucum, 0.0):
        return ", steady"
    minutes = _TREND_MIN.get(ucum, 1)
    verb = "rising" if slope_per_min > 0 else "falling"
    change = f"{round(abs(slope_per_min) * minutes, 2):g} {symbol(ucum)}"
    return f", {verb} {change} in {minutes} min"


def _where(place: Place) -> str:
    simulated = " (simulated, no real person)" if place.virtual else ""
    return f"Participant {place.participant}, room {place.room}, {place.site}{simulated}"


def _span(span_ns: int) -> str:
    hours, minutes = divmod(span_ns // (60 * 10**9), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"
