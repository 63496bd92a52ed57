"""Lists of measurements, scheduled measurements and changed rules. Pure."""

from alerts.time_format import clock
from dashboards.console import status_summary
from dashboards.console.formatting import age, duration, quantity
from dashboards.console.markup import Html, join, tag
from dashboards.console.views.measurements import LatestMeasurementView, ScheduledMeasurementView
from dashboards.console.views.rules import OverrideView
from dashboards.console.views.session import SessionView

_BY_HAND = "manual"
_SOON_S = 600.0  # a measurement due within this time is highlighted


def measured(view: SessionView) -> Html:
    """Return the latest value of each measurement and the total fluid intake."""
    rows: list[str] = [
        _measured(each) for each in view.latest_measurements if each.signal != "fluid_intake"
    ]
    if view.fluid_ml:
        total = quantity(view.fluid_ml, "mL")
        rows.append(_row("finding", "Total fluids", total, ""))
    return join(rows) if rows else tag("li", "quiet", "No measurements yet.")


def scheduled(view: SessionView) -> Html:
    """Return the scheduled measurements, soonest first."""
    return join([_due(each, view) for each in view.scheduled])


def changes(view: SessionView) -> Html:
    """Return the rules that are changed for this participant; always visible."""
    return join([_change(each) for each in view.overrides])


def _measured(each: LatestMeasurementView) -> Html:
    classes = "finding"
    classes += f" p-{each.priority}" if each.priority else ""
    classes += " stale" if each.stale else ""
    sign = f"{status_summary.SIGNS[each.priority]} " if each.priority else ""
    source = "" if each.source == _BY_HAND else f"{each.source}, "
    beside = f"{sign}{source}{age(each.age_s)}"
    return _row(classes, each.label, quantity(each.value, each.unit), beside)


def _due(due: ScheduledMeasurementView, view: SessionView) -> Html:
    left_s = None if due.due_ns is None else (due.due_ns - view.now_ns) / 1e9
    if due.overdue or left_s is None or left_s <= 0:
        return _row("due p-low", due.label, "DUE NOW", "")
    soon = " soon" if left_s < _SOON_S else ""
    assert due.due_ns is not None  # noqa: S101 - there is time left until it
    return _row(f"due{soon}", due.label, clock(due.due_ns, view.zone)[:5], f"in {duration(left_s)}")


def _change(change: OverrideView) -> Html:
    sign, classes = ("✕", "change off") if change.off else ("≠", "change")
    what = f"{sign} Rule {change.rule}: {change.change}"
    return tag("p", classes, f"{what} - {change.by}: {change.reason}")


def _row(classes: str, label: str, value: str, beside: str) -> Html:
    return tag(
        "li",
        classes,
        tag("span", "finding-label", label),
        tag("span", "finding-value", value),
        tag("span", "finding-age", beside),
    )
