"""The status at a glance: is the person well, do the sensors work, what needs doing.

Pure: a `SessionView` in, sentences and priorities out. Unknown is never reported as OK.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from alerts.time_format import clock
from dashboards.console.status import judgement_text
from dashboards.console.views.alarms import AlarmView
from dashboards.console.views.channels import ChannelView
from dashboards.console.views.sensors import SensorView
from dashboards.console.views.session import SessionView
from dashboards.texts import gettext as _
from dashboards.texts import in_sentence, marked, ngettext, shown

RANK = {"": -1, "info": 0, "low": 1, "medium": 2, "high": 3}

OK = "ok"  # a level in addition to the priorities: known, and nothing to do
UNKNOWN = "unknown"  # the state is unknown; shown as prominently as a medium alarm
ENDED = "ended"

# Text for each colour. Source: Comen N10 and GOST R 60601-1-8-2007, clause 201.3.2.2.
_SIGNS = {
    "high": marked("*** HIGH"),
    "medium": marked("** MEDIUM"),
    "low": marked("* LOW"),
    "info": marked("i INFO"),
    UNKNOWN: marked("? UNKNOWN"),
    OK: marked("✓ OK"),
    ENDED: marked("■ ENDED"),
}


def sign(level: str) -> str:
    """Return the text of a priority or level, with its sign; empty without one."""
    return _(_SIGNS[level]) if level else ""


def stars(level: str) -> str:
    """Return the sign alone."""
    return _SIGNS[level].split()[0]


_ANNOUNCED = frozenset({"raised", "reminder", "unacknowledged"})
_ROOM = "/ambient_temperature"  # not about the person
_BATTERY_LOW = 20.0  # per cent; the shipped policy raises its first battery alarm here


@dataclass(frozen=True, slots=True)
class Status:
    """One of the three answers: a level (a priority, `OK` or `UNKNOWN`) and a sentence."""

    level: str
    text: str


def worst(alarms: Iterable[AlarmView]) -> str:
    """Return the highest priority of some alarms, or an empty string without alarms."""
    return max((alarm.priority for alarm in alarms), key=RANK.__getitem__, default="")


def unacknowledged(alarm: AlarmView) -> bool:
    """Return whether an alarm has not been acknowledged."""
    return alarm.state == "active" or (alarm.state == "latched" and alarm.by is None)


def has_unacknowledged(channel: ChannelView, view: SessionView) -> bool:
    """Return whether a channel has an alarm that has not been acknowledged."""
    return any(
        unacknowledged(alarm)
        for alarm in view.alarms
        if not alarm.technical and alarm.subject in (channel.channel, "session")
    )


def level(view: SessionView) -> str:
    """Return the level of a whole session; unknown ranks like a medium alarm."""
    return max(person(view).level, sensors(view).level, key=urgency)


def urgency(level: str) -> int:
    """Return a number that increases with the urgency of a level."""
    return {OK: -1, ENDED: -1, UNKNOWN: RANK["medium"], **RANK}[level]


def person(view: SessionView) -> Status:
    """Return whether the person is well, as far as known."""
    if view.ended:
        return Status(ENDED, _("Ended{at}; monitoring has stopped").format(at=_ended_at(view)))
    if view.failure:
        return Status("high", view.failure)
    alarms = [alarm for alarm in view.alarms if not alarm.technical]
    level = worst(alarms) or OK
    text = _("No alarm")
    if alarms:
        text = next(alarm.message for alarm in alarms if alarm.priority == level)
        text += _(" and {count} more").format(count=len(alarms) - 1) if len(alarms) > 1 else ""
    doubts = list(_doubts(view))
    if not any(map(judgement_text.judged, _about_the_person(view))):
        return Status(
            max(level, UNKNOWN, key=urgency), _("{text}, and no signal is judged").format(text=text)
        )
    if doubts:
        return Status(
            max(level, "low", key=urgency),
            _("{text}, but {doubts}").format(text=text, doubts=", ".join(doubts)),
        )
    settling = [channel.label for channel in _about_the_person(view) if _settles(channel)]
    if not settling:
        return Status(level, text)
    text += _(", {signals} not fully alarmed yet (settling)").format(signals=listed(settling))
    return Status(max(level, "info", key=urgency), text)


def _about_the_person(view: SessionView) -> list[ChannelView]:
    return [channel for channel in view.channels if not channel.channel.endswith(_ROOM)]


def _doubts(view: SessionView) -> Iterator[str]:
    """Yield the reasons to doubt the answer: signals that are not judged, or not continuously.

    The text about an unstable link stays the same while values come and go.
    """
    channels = _about_the_person(view)
    unstable = [channel for channel in channels if channel.heard_share is not None]
    steady = [channel for channel in channels if channel.heard_share is None]
    unjudged = [channel.label for channel in steady if channel.state == judgement_text.NOT_JUDGED]
    dead = [
        channel.label
        for channel in steady
        if channel.state != judgement_text.NOT_JUDGED and not judgement_text.live(channel)
    ]
    if unjudged:
        yield ngettext(
            "{n} signal not judged ({signals})", "{n} signals not judged ({signals})", len(unjudged)
        ).format(signals=listed(unjudged))
    if unstable:
        labels = [channel.label for channel in unstable]
        yield ngettext(
            "{n} unstable link ({signals})", "{n} unstable links ({signals})", len(labels)
        ).format(signals=listed(labels))
    if dead:
        yield _("no live {signals}").format(signals=listed(dead))


def _settles(channel: ChannelView) -> bool:
    return any(wait.what == "settling" for wait in channel.waits)


def sensors(view: SessionView) -> Status:
    """Return whether the sensors work."""
    if view.ended:
        return Status(ENDED, _("Disconnected"))
    if view.failure:
        return Status(UNKNOWN, _("Not known"))
    problems = [
        f"{sensor.label} {problem}"
        for sensor in sorted(view.sensors, key=lambda sensor: sensor.state == "connected")
        if (problem := _problem(sensor, view))
    ]
    alarms = [alarm for alarm in view.alarms if alarm.technical and not alarm.procedure]
    level = worst(alarms)
    if not view.sensors:
        return Status(UNKNOWN, _("No sensors configured"))
    if problems:
        return Status(level or "low", ", ".join(problems))
    connected = ngettext("{n} sensor connected", "{n} sensors connected", len(view.sensors))
    if not alarms:
        return Status(OK, connected)
    first = next(alarm.message for alarm in alarms if alarm.priority == level)
    return Status(level, f"{connected}. {first.partition(': ')[0]}")


def battery_low(sensor: SensorView) -> bool:
    """Return whether a battery needs changing soon; False if its level is unknown."""
    return sensor.battery is not None and sensor.battery < _BATTERY_LOW


def sounding(views: Iterable[SessionView]) -> str:
    """Return the priority to sound: that of the highest unacknowledged alarm.

    An alarm continues to sound when its sensor is lost: a detached sensor must not silence it.
    """
    level = worst(
        alarm for view in views if _sounds(view) for alarm in view.alarms if unacknowledged(alarm)
    )
    return level if RANK[level] > RANK["info"] else ""


def announcement(views: Iterable[SessionView]) -> tuple[int, str]:
    """Return time and priority of the last announcement, or 0 and "" if there is none.

    Announcements are alarms that are raised, reminded of or unacknowledged, but not those inside a
    higher alarm; of several at one time, the highest. A new announcement sounds at once, even
    while another alarm sounds.
    """
    steps = [
        (event.announced_ns or event.at_ns, event.priority)
        for view in views
        if _sounds(view)
        for event in view.history
        if event.step in _ANNOUNCED and not event.head and RANK[event.priority] > RANK["info"]
    ]
    return max(steps, key=lambda step: (step[0], RANK[step[1]]), default=(0, ""))


def title(views: Collection[SessionView]) -> str:
    """Return the title of the browser's tab, which shows alarms while another tab is in front."""
    alarms = [alarm for view in views for alarm in view.alarms if unacknowledged(alarm)]
    level = worst(alarms)
    mark = f"{stars(level)} " if level else ""
    if len(views) != 1:
        sessions = ngettext("{n} session", "{n} sessions", len(views))
        return f"{mark}physiomon, {sessions}"
    view = next(iter(views))
    # The stars and the sentence are those of the same alarm.
    highest = [alarm for alarm in alarms if alarm.priority == level]
    text = person(view).text
    if highest and all(alarm.technical for alarm in highest):
        text = highest[0].message
    return f"{mark}{view.participant} - {text}"


def _sounds(view: SessionView) -> bool:
    """Return whether alarms of a session can sound: not if paused, ended or a recording."""
    return view.audio_paused_s <= 0 and not view.ended and view.replay is None


def link_problem(sensor: SensorView, view: SessionView) -> str:
    """Return the received share of an unstable link, or that its signals are not judged."""
    channels = [c for c in view.channels if c.channel.startswith(f"{sensor.label}/")]
    if text := next(filter(None, map(judgement_text.received_share, channels)), ""):
        return text
    return _("not judged") if any(c.state == judgement_text.NOT_JUDGED for c in channels) else ""


def _problem(sensor: SensorView, view: SessionView) -> str:
    if sensor.state not in ("connected", "waiting"):
        return shown(sensor.state)
    if text := link_problem(sensor, view):
        return text
    return (
        _("battery {percent} %").format(percent=f"{sensor.battery:.0f}")
        if battery_low(sensor)
        else ""
    )


def listed(labels: Iterable[str]) -> str:
    """Return labels in one sentence, each once."""
    return ", ".join(dict.fromkeys(in_sentence(label) for label in labels))


def _ended_at(view: SessionView) -> str:
    ends = [event.at_ns for event in view.session_events if event.step == "end"]
    return f" {clock(ends[-1], view.zone)[:-3]}" if ends else ""
