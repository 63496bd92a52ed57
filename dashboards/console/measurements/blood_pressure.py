"""Blood pressure on the session page: the numeric, and the table of all measurements. Pure."""

from alerts.time_format import clock
from dashboards.console.formatting import NO_VALUE, age, countdown, plain
from dashboards.console.markup import Html, tag
from dashboards.console.measurements import measurement_times
from dashboards.console.status import status_summary
from dashboards.console.status.cards import numeric
from dashboards.console.views.channels import LimitView
from dashboards.console.views.measurements import (
    PRESSURES,
    BloodPressureView,
    blood_pressures,
    latest_blood_pressure,
)
from dashboards.console.views.session import SessionView
from dashboards.texts import gettext as _
from devices.units import symbol

UNIT = "mm[Hg]"
_BY_HAND = "manual"


def tile(view: SessionView) -> Html:
    """Return the numeric of blood pressure: the latest measurement, its age and what is due."""
    latest = latest_blood_pressure(view.spot_measurements)
    label = _("Blood pressure")
    if view.ended:
        return numeric(label, "", "", NO_VALUE, (symbol(UNIT), ""), (), ())
    if latest is None:
        return numeric(
            label,
            "",
            "",
            NO_VALUE,
            (symbol(UNIT), ""),
            _limits(view),
            [tag("span", "", _("not measured")), *_next(view)],
        )
    mean = "" if latest.mean is None else f"({latest.mean:.0f})"
    old = tag("span", "age", age((view.now_ns - latest.at_ns) / 1e9))
    priority = alarm_priority(view)
    return numeric(
        label,
        who(latest),
        status_summary.sign(priority) if priority else "",
        latest.text.partition(" ")[0],
        (symbol(UNIT), mean),
        _limits(view),
        [tag("span", "", clock(latest.at_ns, view.zone)[:-3]), old, *_next(view)],
    )


def who(measured: BloodPressureView) -> str:
    """Return the source of a measurement: the person who entered it, or the cuff."""
    if measured.source == _BY_HAND:
        return _("by hand {by}").format(by=measured.by).rstrip()
    return f"{measured.source} {measured.by}".rstrip()


def classes(view: SessionView) -> str:
    """Return the CSS classes of the numeric."""
    found = ["vital-now", "pressure"]
    if view.ended or is_stale(view):
        found.append("stale")
    if (priority := alarm_priority(view)) and not view.ended:
        unseen = any(
            status_summary.unacknowledged(alarm)
            for alarm in view.alarms
            if alarm.spot and alarm.subject.partition("/")[2] in PRESSURES
        )
        found += [f"p-{priority}", "unacknowledged" if unseen else "acknowledged"]
    return " ".join(found)


def is_stale(view: SessionView) -> bool:
    """Return whether the latest measurement is too old, or missing.

    It may lack one of the pressures, whose last value is then older but not shown. So a single
    value that is current makes the measurement current.
    """
    return all(each.stale for each in view.latest_measurements if each.signal in PRESSURES)


def rows(view: SessionView) -> list[tuple[int, Html]]:
    """Return time and row of each measurement of blood pressure, for the table."""
    return [(each.at_ns, _row(each, view)) for each in blood_pressures(view.spot_measurements)]


def _row(each: BloodPressureView, view: SessionView) -> Html:
    struck = [
        tag("span", "struck", tag("s", "", plain(old.value, old.unit)), f" {old.corrected}")
        for old in each.struck
    ]
    value = f"{each.text} {symbol(UNIT)}" if each.counts else ""
    return tag(
        "li",
        "finding" if each.counts else "finding void",
        tag("span", "finding-time", clock(each.at_ns, view.zone)[:-3]),
        tag("span", "finding-label", _("BP")),
        tag("span", "finding-value", value, *struck),
        tag("span", "finding-age", who(each)),
    )


def alarm_priority(view: SessionView) -> str:
    """Return the highest priority of an alarm on the last measurement, or an empty string."""
    found = [each.priority or "" for each in view.latest_measurements if each.signal in PRESSURES]
    return max(found, key=status_summary.RANK.__getitem__, default="")


def _limits(view: SessionView) -> list[tuple[LimitView, str]]:
    """Return the limits of systolic pressure, which is the first of the pair."""
    return [(limit, plain(limit.value, UNIT)) for limit in view.spot_limits.get("systolic", ())]


def _next(view: SessionView) -> list[Html]:
    """Return when blood pressure is to be measured next, if that is known."""
    if text := measurement_times.again_text(view):
        return [tag("strong", "next due", text)]
    dues = [due for due in view.scheduled if due.label == _("Blood pressure")]
    if not dues:
        return []
    left_s = min(measurement_times.left_s(due, view) for due in dues)
    if left_s <= 0:
        return [tag("strong", "next due", _("DUE NOW"))]
    return [tag("span", "next", _("next in {countdown}").format(countdown=countdown(left_s)))]
