"""Event log: state changes of alarms, markers and session events, newest first. Pure."""

from alerts.time_format import clock
from dashboards.console.events import adverse_event_text
from dashboards.console.formatting import announced, duration, stopwatch
from dashboards.console.markup import Html, join, tag
from dashboards.console.status import status_summary
from dashboards.console.views.alarms import AlarmEventView
from dashboards.console.views.session import MarkerView, SessionEventView, SessionView
from dashboards.texts import gettext as _
from dashboards.texts import marked, shown

_LATER_S = 60.0  # an entry within a minute counts as immediate

_STEPS = {
    "uncovered": marked("no longer inside a higher alarm"),
    "unacknowledged": marked("acknowledgement undone"),
}


def lines(view: SessionView) -> Html:
    """Return a line for each state change, marker and session event."""
    happened = [
        (event.at_ns, _event(event, view))
        for event in view.history
        if event.step == "raised" or not event.head  # the higher alarm shows the response
    ]
    happened += [(each.at_ns, _marker(each, _when(each.at_ns, view))) for each in view.markers]
    happened += adverse_event_text.log_lines(view)
    happened += [(each.at_ns, _life(each, _when(each.at_ns, view))) for each in view.session_events]
    return join([line for _, line in sorted(happened, key=lambda known: -known[0])])


def _when(at_ns: int, view: SessionView) -> str:
    """Return the time of day, followed by the time since the dose."""
    dose_ns = view.dose_ns
    since = "" if dose_ns is None else f" ({stopwatch((at_ns - dose_ns) / 1e9)})"
    return f"{clock(at_ns, view.zone)}{since}"


def _event(event: AlarmEventView, view: SessionView) -> Html:
    when = _when(event.at_ns, view)
    by = _(" by {by}").format(by=event.by) if event.by else ""
    sign = status_summary.stars(event.priority)
    late = "" if event.announced_ns is None else announced(event.announced_ns, view.zone)
    step = _(_STEPS[event.step]) if event.step in _STEPS else shown(event.step)
    inside = _(", inside a higher alarm") if event.head else ""
    text = f"{when} {sign} {event.message}: {step}{by}{inside}{late}"
    return tag("li", f"p-{event.priority}", text)


def _marker(marker: MarkerView, when: str) -> Html:
    amount = f" {marker.amount}" if marker.amount else ""
    detail = f": {marker.text}" if marker.text else ""
    later = (
        _(", entered {duration} later").format(duration=duration(marker.later_s))
        if marker.later_s >= _LATER_S
        else ""
    )
    without = (
        _(", although {missing}: {reason}").format(
            missing="; ".join(marker.missing), reason=marker.reason
        )
        if marker.missing
        else ""
    )
    text = f"{when} {shown(marker.kind)}{amount}{detail} - {marker.by}{later}{without}"
    if marker.undone is None:
        return tag("li", "p-marker", text)
    return tag(
        "li", "p-marker", tag("s", "", text), _(" undone by {undone}").format(undone=marker.undone)
    )


def _life(life: SessionEventView, when: str) -> Html:
    because = f": {life.reason}" if life.reason else ""
    step = {"start": _("session started"), "end": _("session ended"), "sensor": _("sensor")}[
        life.step
    ]
    return tag("li", "p-info", f"{when} {step} ({life.text}) - {life.by}{because}")
