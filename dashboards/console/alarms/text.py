"""Texts about an open alarm: its values and times, its calls and its state. Pure."""

from datetime import tzinfo

from alerts.time_format import clock
from dashboards.console.formatting import announced, duration, expected, plain, quantity, stopwatch
from dashboards.console.views.alarms import AlarmView
from dashboards.console.views.session import SessionView
from dashboards.texts import gettext as _
from dashboards.texts import marked

_SESSION = "session"  # subject of alarms about more than one signal, or none
_MANUAL = "manual"
_MINUTE_NS = 60 * 10**9
_STEPS = {
    "ordered": marked("is being called"),
    "delivered": marked("called, no answer yet"),
    "failed": marked("NOT REACHED"),
    "skipped": marked("not called"),
    "accepted": marked("accepted"),
    "declined": marked("cannot come"),
}


def alarm_facts(alarm: AlarmView, view: SessionView) -> str:
    """Return value, limit and times of an alarm."""
    parts = []
    if alarm.state == "latched" and (course := _course(alarm)):
        parts.append(course)
    else:
        if alarm.value is not None:
            parts.append(f"{quantity(alarm.value, alarm.unit)}{_value_age(alarm, view)}")
        if alarm.limit is not None:
            parts.append(_("limit {limit}").format(limit=quantity(alarm.limit, alarm.unit)))
    minutes = max(0, view.now_ns - alarm.since_ns) // _MINUTE_NS
    lasts = f" ({duration(60 * minutes)})" if minutes else ""
    late = "" if alarm.announced_ns is None else announced(alarm.announced_ns, view.zone)
    parts.append(
        _("since {time}{lasts}{late}").format(
            time=clock(alarm.since_ns, view.zone)[:-3], lasts=lasts, late=late
        )
    )
    if view.dose_ns is not None and alarm.since_ns >= view.dose_ns:
        parts.append(
            _("dose +{time}").format(time=stopwatch((alarm.since_ns - view.dose_ns) / 1e9)[:-3])
        )
    return " · ".join(parts)


def _course(alarm: AlarmView) -> str:
    """Return extreme and limit of a latched alarm, and the present value, which is within it."""
    extreme, limit = alarm.extreme, alarm.limit
    if extreme is None or limit is None:
        return ""
    sign = ">" if extreme > limit else "<" if extreme < limit else "="
    text = f"{plain(extreme, alarm.unit)} {sign} {quantity(limit, alarm.unit)}"
    if alarm.value is None:
        return text
    return f"{text}, {_('last') if alarm.suspended else _('now')} {plain(alarm.value, alarm.unit)}"


def about(alarm: AlarmView, view: SessionView) -> str:
    """Return whether an alarm is about the person or the equipment, and the signal or sensor."""
    kind = _("Equipment") if alarm.technical else _("Person")
    labels = {channel.channel: channel.label for channel in view.channels}
    sensor = alarm.subject.partition("/")[0]
    label = labels.get(alarm.subject, "")
    for each in view.latest_measurements:
        if alarm.subject == f"session/{each.signal}":
            label, sensor = each.label, _("by hand") if each.source == _MANUAL else each.source
    if alarm.procedure:
        kind = _("Protocol")
    if not label and alarm.subject == _SESSION:
        return kind
    return f"{kind} · {f'{label}, {sensor}' if label else alarm.subject}"


def _value_age(alarm: AlarmView, view: SessionView) -> str:
    """Return the age of the value of a suspended alarm."""
    if not alarm.suspended or alarm.seen_ns is None:
        return ""
    return _(" {duration} ago").format(duration=duration((view.now_ns - alarm.seen_ns) / 1e9))


def called(alarm: AlarmView, zone: tzinfo | None) -> str:
    """Return who was called about an alarm and who accepted; empty without a call."""
    call = alarm.call
    if call is None:
        return ""
    steps = ", ".join(f"{name} {_(_STEPS[step])}" for name, step in call.recipients)
    if call.by is not None and call.at_ns is not None:
        rest = _(" Called: {steps}.").format(steps=steps) if steps else ""
        at = f"{clock(call.at_ns, zone)}{expected(call.arrives_ns, zone)}"
        return _("Call accepted by {by} at {at}.{rest}").format(by=call.by, at=at, rest=rest)
    if not steps:
        return (
            ""
            if alarm.state == "acknowledged"
            else _("Not called: nobody is on duty, or the call is not due yet.")
        )
    return _("Called, tier {tier}: {steps}.").format(tier=call.tier, steps=steps)


def alarm_state(alarm: AlarmView) -> str:
    """Return who acknowledged an alarm, and whether it can be judged now."""
    match alarm.state:
        case "acknowledged":
            state = _("Acknowledged by {by}").format(by=alarm.by)
        case "latched":
            state = _("Condition over - reset to clear")
            state += _(", acknowledged by {by}").format(by=alarm.by) if alarm.by else ""
        case _ if alarm.call is not None and alarm.call.by is not None:
            state = _("Not acknowledged in the room")
        case _:
            state = _("Not acknowledged")
    if not alarm.suspended:
        return state
    if alarm.spot:
        return _("{state}. Not measured for an hour: cannot be judged now.").format(state=state)
    return _("{state}. Sensor lost: cannot be judged now.").format(state=state)
