"""Times of the next measurements: those of the protocol, and those that an alarm asks for. Pure."""

from dashboards.console.formatting import countdown
from dashboards.console.views.measurements import (
    ScheduledMeasurementView,
    latest_blood_pressure,
)
from dashboards.console.views.session import SessionView
from dashboards.texts import gettext as _

SOON_S = 600.0  # a measurement due within this time is highlighted


def left_s(due: ScheduledMeasurementView, view: SessionView) -> float:
    """Return the seconds until a scheduled measurement is due; 0 if it is due."""
    if due.overdue or due.due_ns is None:
        return 0.0
    return max(0.0, (due.due_ns - view.now_ns) / 1e9)


def again_s(view: SessionView) -> float | None:
    """Return the seconds until blood pressure is to be measured again, or None.

    An alarm on its last value asks for it; the time counts from that measurement, and is negative
    when it is over.
    """
    latest = latest_blood_pressure(view.spot_measurements)
    asked = [
        alarm.measure_again_s
        for head in view.alarms
        for alarm in (head, *head.inside)
        if alarm.state != "latched" and alarm.measure_again_s is not None
    ]
    if latest is None or not asked:
        return None
    return (latest.at_ns - view.now_ns) / 1e9 + min(asked)


def again_text(view: SessionView) -> str:
    """Return when to measure again, such as ``again in 3:20``; empty if no alarm asks."""
    seconds = again_s(view)
    if seconds is None:
        return ""
    return (
        _("again in {countdown}").format(countdown=countdown(seconds))
        if seconds > 0
        else _("again NOW")
    )
