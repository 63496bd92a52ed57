"""The sentence on what needs doing in a session. Pure."""

from collections.abc import Iterator

from dashboards.console.alarms.groups import alarm_groups
from dashboards.console.formatting import countdown
from dashboards.console.measurements import measurement_times
from dashboards.console.status.status_summary import (
    ENDED,
    OK,
    Status,
    listed,
    unacknowledged,
    urgency,
    worst,
)
from dashboards.console.views.alarms import AlarmView
from dashboards.console.views.session import SessionView
from dashboards.texts import gettext as _
from dashboards.texts import in_sentence, ngettext


def to_do(view: SessionView) -> Status:
    """Return what needs doing."""
    if view.ended:
        return Status(ENDED, _("Dismiss the session when it is no longer needed here"))
    parts = [*_answers(view)]
    if view.preflight:
        parts.append(_("start the session"))
    overdue = [due.label for due in view.scheduled if not measurement_times.left_s(due, view)]
    if overdue:
        parts.append(_("measure {signals}").format(signals=listed(overdue)))
    if again := measurement_times.again_text(view):
        parts.append(_("measure {again}").format(again=again))
    if missing := sum(not each.done for each in view.before_dose):
        parts.append(ngettext("{n} item before the dose", "{n} items before the dose", missing))
    if view.notices:
        parts.append(ngettext("read {n} notice", "read {n} notices", len(view.notices)))
    pressing = bool(parts)
    parts += [
        _("measure {signal} in {time}").format(
            signal=in_sentence(due.label), time=countdown(left_s)
        )
        for due in view.scheduled
        if 0 < (left_s := measurement_times.left_s(due, view)) < measurement_times.SOON_S
    ]
    if not parts:
        return Status(OK, _("Nothing"))
    level = worst(alarm for alarm in view.alarms if unacknowledged(alarm) or _unresolved(alarm))
    return Status(max(level, "low" if pressing else "info", key=urgency), _sentence(parts))


def _answers(view: SessionView) -> Iterator[str]:
    """Yield what open alarms ask for; information asks for nothing."""
    groups = [group for group in alarm_groups(view.alarms) if group.head.priority != "info"]
    if active := sum(bool(group.keys("active")) for group in groups):
        yield ngettext("acknowledge {n} alarm", "acknowledge {n} alarms", active)
    if latched := sum(bool(group.keys("latched")) for group in groups):
        yield ngettext("reset {n} alarm", "reset {n} alarms", latched)
    if doubtful := sum(len(alarm.unconfirmed) for alarm in view.alarms):
        yield ngettext("review {n} measurement", "review {n} measurements", doubtful)
    if unresolved := sum(map(_unresolved, view.alarms)):
        yield ngettext("resolve {n} high alarm", "resolve {n} high alarms", unresolved)


def _unresolved(alarm: AlarmView) -> bool:
    """Return whether the condition of a high alarm still holds although it was acknowledged."""
    return alarm.priority == "high" and alarm.state == "acknowledged"


def _sentence(parts: list[str]) -> str:
    text = ", ".join(parts)
    return text[:1].upper() + text[1:]
