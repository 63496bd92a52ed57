"""Blood pressure and due measurements on a tile of the ward page. Pure."""

from alerts.time_format import minute
from dashboards.console.formatting import duration
from dashboards.console.markup import Html, tag
from dashboards.console.measurements import blood_pressure
from dashboards.console.measurements.measurement_times import left_s
from dashboards.console.views.measurements import latest_blood_pressure
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
    priority = blood_pressure.alarm_priority(view)
    stale = blood_pressure.is_stale(view)
    return tag(
        "span",
        f"tile-bp{f' p-{priority}' if priority else ''}{' stale' if stale else ''}",
        tag("span", "tile-label", "BP "),
        tag("strong", "", latest.text),
        f" {minute(latest.at_ns, view.zone)}{', old' if stale else ''}",
    )


def due(view: SessionView) -> Html:
    """Return the measurements that are overdue, or else the next one; empty without any."""
    if not view.scheduled:
        return tag("span", "tile-due")
    left = [left_s(each, view) for each in view.scheduled]
    first_s = min(left)
    names = ", ".join(
        dict.fromkeys(
            _short(each.label)
            for each, seconds in zip(view.scheduled, left, strict=True)
            if seconds == first_s
        )
    )
    if not first_s:
        return tag("strong", "tile-due overdue", f"DUE: {names}")
    return tag("span", "tile-due", f"{names} in {duration(first_s)}")


def _short(label: str) -> str:
    return _SHORT.get(label, label.lower())
