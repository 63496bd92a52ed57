"""Reduced content of notifications, for services and screens that others can read. Pure."""

import enum
from collections.abc import Sequence
from dataclasses import replace

from alerts.call_fact import CallPurpose
from alerts.notification_requests import message_kind, request
from alerts.notification_text import (
    FOOT,
    MARKS,
    MOST_ALARMS,
    AlarmText,
    Message,
    Place,
    simulated,
)


class Content(enum.StrEnum):
    """Content of a message besides its link."""

    FULL = "full"  # everything
    CODE = "code"  # priority, participant code, room and kinds of the rules, without values
    NONE = "none"  # the room


def with_content(
    message: Message,
    content: Content,
    place: Place,
    alarms: Sequence[AlarmText] = (),
    *,
    tier: int = 0,
    purpose: CallPurpose = CallPurpose.FIRST,
) -> Message:
    """Return a message with reduced content; its urgency, link and thread stay.

    Args:
        message: with full content.
        content: of the channel.
        place: of the session.
        alarms: of the message, highest first; none for a test call.
        tier: that is called, from 1.
        purpose: of the call.
    """
    if content is Content.FULL:
        return message
    code = content is Content.CODE
    where = f"{place.participant} room {place.room}" if code else f"room {place.room}"
    if not alarms:
        title = f"TEST {where}: nothing is wrong"
        parts = ["This is a test call before a session. Nothing is wrong."]
        if message.link is not None:
            parts.append(f"Open this link to test it on your device:\n{message.link}")
    else:
        kind = message_kind(purpose, tier)
        if code:
            title, parts = f"{kind} {_code_title(where, alarms)}".strip(), _code_lines(alarms)
        else:
            title = _room_title(place.room, kind, message.link, quiet=purpose.quiet)
            parts = [f"{title}."]
        parts += request(purpose, tier, message.link, None)
    who = f"Participant {place.participant}, room" if code else "Room"
    parts += [f"{who} {place.room}{simulated(place)}", FOOT]
    return replace(message, title=title, body="\n\n".join(parts))


def _code_title(where: str, alarms: Sequence[AlarmText]) -> str:
    more = f" (+{len(alarms) - 1})" if len(alarms) > 1 else ""
    return f"{alarms[0].priority.upper()} {where}: {_kind(alarms[0])}{more}"


def _code_lines(alarms: Sequence[AlarmText]) -> list[str]:
    lines = [f"{MARKS[alarm.priority]}: {_kind(alarm)}" for alarm in alarms[:MOST_ALARMS]]
    if len(alarms) > MOST_ALARMS:
        lines.append(f"and {len(alarms) - MOST_ALARMS} more")
    return lines


def _room_title(room: str, kind: str, link: str | None, *, quiet: bool) -> str:
    prefix = f"{kind}: alarm" if kind else "Alarm"
    if quiet:
        return f"{prefix} in room {room}"
    if link is None:
        return f"{prefix}, go to room {room}"
    return f"{prefix} in room {room}, open the link"


def _kind(alarm: AlarmText) -> str:
    """Return what an alarm is about, and its state; without values."""
    state = ", condition over" if alarm.over else ", not judged now" if alarm.suspended else ""
    return f"{alarm.kind or 'Alarm'}{state}"
