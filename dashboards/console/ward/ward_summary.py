"""The ward's headline: its most urgent session in one line, and the time. Pure."""

from collections.abc import Collection

from alerts.time_format import clock, zone_name
from dashboards.console.markup import Html, join, tag
from dashboards.console.status import status_summary
from dashboards.console.views.session import SessionView
from dashboards.console.ward import session_tile
from dashboards.texts import gettext as _
from dashboards.texts import ngettext


def headline(views: Collection[SessionView], failures: Collection[str] = ()) -> tuple[str, Html]:
    """Return CSS classes and content of the headline.

    Args:
        views: of the sessions.
        failures: a sentence for each room that is not monitored because its session failed.
    """
    live = [view for view in views if not view.ended and view.replay is None]
    first = max(live, key=_urgency, default=None)
    level = status_summary.OK if first is None else status_summary.level(first)
    unmonitored = ngettext(
        "{n} room is not monitored", "{n} rooms are not monitored", len(failures)
    )
    if level == status_summary.OK and failures:
        sign = tag("strong", "sign", status_summary.sign("medium"))
        return "ward-headline p-medium", join([sign, tag("strong", "", unmonitored)])
    if first is None:
        return "ward-headline", tag("span", "", _("No session is monitored"))
    if level == status_summary.OK:
        text = ngettext("{n} session: no alarm", "{n} sessions: no alarm", len(live))
        return "ward-headline p-ok", tag("strong", "", f"✓ {text}")
    alarm = session_tile.shown_alarm(first)
    what = status_summary.person(first).text if alarm is None else alarm.message
    unanswered = sum(any(map(status_summary.unacknowledged, view.alarms)) for view in live)
    more = (
        ngettext(
            " · {n} session with unacknowledged alarms",
            " · {n} sessions with unacknowledged alarms",
            unanswered,
        )
        if unanswered
        else ""
    )
    if failures:
        more += f" · {unmonitored}"
    return (
        f"ward-headline p-{level}",
        join(
            [
                tag("strong", "sign", status_summary.sign(level)),
                tag("strong", "", f"{session_tile.room_name(first.room)} · {first.participant}"),
                tag("span", "", f"{what}{more}"),
            ]
        ),
    )


def time_of_day(views: Collection[SessionView]) -> Html:
    """Return the time of the sessions that run; empty without any."""
    live = [view for view in views if not view.ended and view.replay is None]
    if not live:
        return Html()
    latest = max(live, key=lambda view: view.now_ns)
    return join(
        [
            tag(
                "span",
                "clock-label",
                _("time {zone}").format(zone=zone_name(latest.now_ns, latest.zone)),
            ),
            tag("span", "clock-time", clock(latest.now_ns, latest.zone)),
        ]
    )


def _urgency(view: SessionView) -> tuple[int, int]:
    unacknowledged = status_summary.worst(filter(status_summary.unacknowledged, view.alarms))
    return status_summary.RANK[unacknowledged], status_summary.urgency(status_summary.level(view))
