"""Blood pressure and due measurements on a tile of the ward page. Pure."""

from alerts.time_format import minute
from dashboards.console.formatting import duration
from dashboards.console.markup import Html, tag
from dashboards.console.measurements import blood_pressure
from dashboards.console.views.measurements import PRESSURES, latest_blood_pressure
from dashboards.console.views.session import SessionView

_SHORT = {
    "Systolic blood pressure": "BP",
    "Diastolic blood pressure": "BP",
    "Mean arterial pressure": "BP",
}


def pressure(view: SessionView) -> Html:
    """Return the latest blood pressure with its mean, time and alarm."""
    latest = latest_blood_pressure(view.spot_measurements)
    if latest is None:
        return tag("span", "tile-bp none", "BP --")
    levels = [each for each in view.latest_measurements if each.signal in PRESSURES]
    priority = blood_pressure.alarm_priority(view)
    stale = any(each.stale for each in levels)
    return tag(
        "span",
        f"tile-bp{f' p-{priority}' if priority else ''}{' stale' if stale else ''}",
        tag("span", "tile-label", "BP "),
        tag("strong", "", latest.text),
        f" {minute(latest.at_ns, view.zone)}{', old' if stale else ''}",
    )


def due(view: SessionView) -> Html:
    """Return the measurements that are overdue, or else the next one; empty without any."""
    overdue = [_short(each.label) for each in view.scheduled if each.overdue]
    if overdue:
        return tag("strong", "tile-due overdue", f"DUE: {', '.join(dict.fromkeys(overdue))}")
    planned = [each for each in view.scheduled if each.due_ns is not None]
    if not planned:
        return tag("span", "tile-due")
    first_ns = min(each.due_ns or 0 for each in planned)
    names = dict.fromkeys(_short(each.label) for each in planned if each.due_ns == first_ns)
    left = duration((first_ns - view.now_ns) / 1e9)
    return tag("span", "tile-due", f"{', '.join(names)} in {left}")


def _short(label: str) -> str:
    return _SHORT.get(label, label.lower())
