"""Blood pressure and due measurements on a tile of the ward page. Pure."""

from alerts.time_format import minute
from dashboards.console.formatting import duration
from dashboards.console.markup import Html, tag
from dashboards.console.measurements import blood_pressure
from dashboards.console.measurements.measurement_times import left_s
from dashboards.console.views.measurements import latest_blood_pressure
from dashboards.console.views.session import SessionView
from dashboards.texts import gettext as _
from dashboards.texts import in_sentence, marked, original

_SHORT = {
    "Systolic blood pressure": marked("BP"),
    "Diastolic blood pressure": marked("BP"),
    "Mean arterial pressure": marked("BP"),
}


def pressure(view: SessionView) -> Html:
    """Return the latest blood pressure with its mean, time and alarm."""
    latest = latest_blood_pressure(view.spot_measurements)
    if latest is None:
        return tag("span", "tile-bp none", f"{_('BP')} --")
    priority = blood_pressure.alarm_priority(view)
    stale = blood_pressure.is_stale(view)
    return tag(
        "span",
        f"tile-bp{f' p-{priority}' if priority else ''}{' stale' if stale else ''}",
        tag("span", "tile-label", f"{_('BP')} "),
        tag("strong", "", latest.text),
        f" {minute(latest.at_ns, view.zone)}{_(', old') if stale else ''}",
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
        return tag("strong", "tile-due overdue", _("DUE: {signals}").format(signals=names))
    return tag(
        "span", "tile-due", _("{signals} in {time}").format(signals=names, time=duration(first_s))
    )


def _short(label: str) -> str:
    short = _SHORT.get(original(label))
    return in_sentence(label) if short is None else _(short)
