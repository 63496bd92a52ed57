"""Texts of notifications: what is wrong and how urgent, without a name of the participant.

Pure. A message has the study code, never a person's name, a device's address or the cause of an
equipment alarm (which may quote one). It uses the messages of the policy's rules.
"""

import enum
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo

from alerts.call_fact import CallPurpose
from alerts.notification_requests import message_kind, request
from alerts.time_format import announced, clock, expected, span, zone_name
from devices.units import symbol

# Label of each priority. Source: IEC 60601-1-8, 201.3.2.2, as the console shows it.
MARKS = {"high": "*** HIGH", "medium": "** MEDIUM", "low": "* LOW"}
FOOT = "physiomon is not a medical device and never the sole monitor."

MOST_ALARMS = 10
_MOST_BYTES = 3900  # of a body; ntfy refuses more than 4096
_MOST_LETTERS = 300  # of one rule's message
_STEADY = {"Cel": 0.1, "/min": 3.0, "%": 1.0}  # smaller changes are steady


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmText:
    """One alarm of a notification.

    Attributes:
        priority: ``high``, ``medium`` or ``low``.
        what: the rule's message, and the state of its condition if that is over.
        label: short name of the measured quantity, such as ``HR``; empty if it has none.
        bound: ``>``, ``>=``, ``<`` or ``<=`` before the limit; empty if the alarm has none.
        value: last value compared with the limit, in `unit`.
        extreme: highest or lowest value since it was raised.
        limit: in `unit`.
        unit: UCUM code.
        before: value of the signal `before_min` minutes ago; None if unknown.
        before_min: minutes over which the trend is shown.
        since_ns: time at which it was raised.
        over: its condition is over.
        announced_ns: time at which it could first be announced, if that was later; else None.
        suspended: its sensor is lost, or its measurement too old, so it cannot be judged.
        spot: it is about spot measurements.
        age_s: age of a suspended alarm's value in seconds; None without a value.
        kind: what its rule is about, without values; see `alerts.rule_kind`.
    """

    priority: str
    what: str
    value: float | None
    limit: float | None
    unit: str
    since_ns: int
    label: str = ""
    bound: str = ""
    extreme: float | None = None
    before: float | None = None
    before_min: int = 1
    over: bool = False
    suspended: bool = False
    spot: bool = False
    announced_ns: int | None = None
    age_s: float | None = None
    kind: str = ""


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
    purpose: CallPurpose = CallPurpose.FIRST,
    over_ns: int | None = None,
    giver: str = "",
    arrives_ns: int | None = None,
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
        purpose: of the call.
        over_ns: time at which the last of the alarms ended, if they are over.
        giver: id of the recipient who hands on the alarms.
        arrives_ns: when the person who has accepted expects to arrive, or None.
    """
    shown = min(len(alarms), MOST_ALARMS)
    while True:
        parts = ["\n".join(alarm_lines(alarm, dose_ns, zone)) for alarm in alarms[:shown]]
        if shown < len(alarms):
            parts.append(f"and {len(alarms) - shown} more")
        ended = None if over_ns is None else clock(over_ns, zone)
        coming = expected(arrives_ns, zone)
        parts += [*request(purpose, tier, link, ended, coming), _where(place), FOOT]
        body = "\n\n".join(parts)
        if len(body.encode()) <= _MOST_BYTES or shown == 1:
            break
        shown -= 1
    title = _title(place, alarms, message_kind(purpose, tier, giver), purpose)
    if purpose.quiet:
        return Message(title, body, Urgency.QUIET, None, thread)
    return Message(title, body, Urgency(alarms[0].priority), link, thread)


def test_message(place: Place, link: str | None) -> Message:
    """Return the message of a test call."""
    parts = ["This is a test call before a session. Nothing is wrong."]
    if link is not None:
        parts.append(f"Open this link to test it on your device:\n{link}")
    title = f"TEST {place.participant} room {place.room}: nothing is wrong"
    return Message(title, "\n\n".join([*parts, _where(place), FOOT]), Urgency.TEST, link)


def _title(place: Place, alarms: Sequence[AlarmText], kind: str, purpose: CallPurpose) -> str:
    """Return a title whose first words show what a lock screen has room for."""
    first = replace(alarms[0], over=alarms[0].over or purpose is CallPurpose.OVER)
    kind += " " if kind else ""
    values = headline(first)
    more = f" (+{len(alarms) - 1})" if len(alarms) > 1 else ""
    what = _short(first.what)
    said = f"{values} - {what}" if values else what
    return f"{kind}{first.priority.upper()} {place.participant} room {place.room}: {said}{more}"


def headline(alarm: AlarmText) -> str:
    """Return the value of an alarm and its limit; empty if it has no value with a short name.

    >>> alarm = AlarmText(
    ...     priority="high", what="", label="HR", bound=">", value=141.2, limit=130.0,
    ...     unit="/min", since_ns=0, extreme=163.0,
    ... )
    >>> headline(alarm)
    'HR 141 (>130)'
    >>> headline(replace(alarm, value=71.0, over=True)), headline(replace(alarm, suspended=True))
    ('HR was 163, now 71 (>130)', 'HR last 141 (>130)')
    """
    if not alarm.label or alarm.value is None or alarm.limit is None:
        return ""
    value = number(alarm.value, alarm.unit, alarm.limit)
    if alarm.over and alarm.extreme is not None:
        extreme = number(alarm.extreme, alarm.unit, alarm.limit)
        value = f"was {extreme}, {'last' if alarm.suspended else 'now'} {value}"
    elif alarm.suspended:
        value = f"last {value}"
    return f"{alarm.label} {value} ({alarm.bound}{number(alarm.limit, alarm.unit)})"


def number(value: float, ucum: str, limit: float | None = None) -> str:
    """Return a whole number, or tenths of a temperature.

    A value that would look like the limit, but is not the same, has one more decimal.

    >>> number(141.4, "/min"), number(39.23, "Cel"), number(130.4, "/min", 130.0)
    ('141', '39.2', '130.4')
    """
    digits = 1 if ucum == "Cel" else 0
    if limit is not None and value != limit and round(value, digits) == round(limit, digits):
        digits += 1
    return f"{value:.{digits}f}"


def alarm_lines(alarm: AlarmText, dose_ns: int | None, zone: tzinfo | None = None) -> list[str]:
    """Return what is wrong, by how much, and for how long: a line each."""
    lines = [f"{MARKS[alarm.priority]}: {_short(alarm.what)}"]
    unit = symbol(alarm.unit)
    if alarm.value is not None:
        value = f"{number(alarm.value, alarm.unit, alarm.limit)} {unit}".rstrip()
        limit = "" if alarm.limit is None else f", limit {number(alarm.limit, alarm.unit)} {unit}"
        lines.append(f"{value}{limit.rstrip()}{trend(alarm)}")
    elif alarm.limit is not None:
        lines.append(f"limit {number(alarm.limit, alarm.unit)} {unit}".rstrip())
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


def trend(alarm: AlarmText) -> str:
    """Return the trend of a value over a named time; empty if that is unknown.

    >>> alarm = AlarmText(
    ...     priority="high", what="", value=141.0, limit=None, unit="/min", since_ns=0, before=98.2
    ... )
    >>> trend(alarm), trend(replace(alarm, before=140.0)), trend(replace(alarm, before=None))
    (', rising from 98 in 1 min', ', steady for 1 min', '')
    """
    if alarm.before is None or alarm.value is None:
        return ""
    change = alarm.value - alarm.before
    if abs(change) < _STEADY.get(alarm.unit, 1.0):
        return f", steady for {alarm.before_min} min"
    verb = "rising" if change > 0 else "falling"
    return f", {verb} from {number(alarm.before, alarm.unit)} in {alarm.before_min} min"


def _short(what: str) -> str:
    return what if len(what) <= _MOST_LETTERS else f"{what[:_MOST_LETTERS]}..."


def _where(place: Place) -> str:
    return f"Participant {place.participant}, room {place.room}, {place.site}{simulated(place)}"


def simulated(place: Place) -> str:
    """Return what follows the place of a virtual session; empty for a real one."""
    return " (simulated, no real person)" if place.virtual else ""


def _span(span_ns: int) -> str:
    hours, minutes = divmod(span_ns // (60 * 10**9), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"
