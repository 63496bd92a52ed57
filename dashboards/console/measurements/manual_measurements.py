"""Lists of measurements, scheduled measurements and changed rules. Pure."""

from alerts.time_format import clock
from dashboards.console.formatting import countdown, quantity
from dashboards.console.markup import Html, join, tag
from dashboards.console.measurements import blood_pressure, measurement_times
from dashboards.console.views.before_dose import DoseCheckView
from dashboards.console.views.measurements import (
    PRESSURES,
    ScheduledMeasurementView,
    SpotMeasurementView,
)
from dashboards.console.views.rules import OverrideView
from dashboards.console.views.session import SessionView
from dashboards.texts import gettext as _

_BY_HAND = "manual"


def measured(view: SessionView) -> Html:
    """Return the total fluid intake and all measurements, latest first, with corrections."""
    rows = [
        *blood_pressure.rows(view),
        *(
            (each.at_ns, _measured(each, view))
            for each in view.spot_measurements
            if each.signal not in (*PRESSURES, "fluid_intake")
        ),
    ]
    rows.sort(key=lambda row: -row[0])
    shown: list[str] = [row for _, row in rows]
    if view.fluid_ml:
        total = quantity(view.fluid_ml, "mL")
        shown.insert(0, _row("finding", _("Total fluids"), total, ""))
    return join(shown) if shown else tag("li", "quiet", _("No measurements yet."))


def scheduled(view: SessionView) -> Html:
    """Return what is to be ready before the dose, and the scheduled measurements, soonest first."""
    before = [_before_dose(each) for each in view.before_dose]
    return join([*before, *(_due(each, view) for each in view.scheduled)])


def changes(view: SessionView) -> Html:
    """Return the rules that are changed for this participant; always visible."""
    return join([_change(each) for each in view.overrides])


def _measured(each: SpotMeasurementView, view: SessionView) -> Html:
    value = quantity(each.value, each.unit)
    source = (
        _("by hand {by}").format(by=each.by)
        if each.source == _BY_HAND
        else f"{each.source} {each.by}"
    )
    void = each.corrected is not None
    return tag(
        "li",
        "finding void" if void else "finding",
        tag("span", "finding-time", clock(each.at_ns, view.zone)[:-3]),
        tag("span", "finding-label", each.label),
        tag(
            "span",
            "finding-value",
            tag("span", "struck", tag("s", "", value), f" {each.corrected}") if void else value,
        ),
        tag("span", "finding-age", source.rstrip()),
    )


def _before_dose(check: DoseCheckView) -> Html:
    sign = "✓ " if check.done else ""
    classes = "due" if check.done else "due soon"
    return _row(classes, check.what, f"{sign}{check.progress}", _("before the dose"))


def _due(due: ScheduledMeasurementView, view: SessionView) -> Html:
    left_s = measurement_times.left_s(due, view)
    if left_s <= 0 or due.due_ns is None:
        return _row("due p-low", due.label, _("DUE NOW"), "")
    soon = " soon" if left_s < measurement_times.SOON_S else ""
    at = clock(due.due_ns, view.zone)[:-3]
    return _row(
        f"due{soon}",
        due.label,
        at,
        _("in {countdown}").format(countdown=countdown(left_s)),
    )


def _change(change: OverrideView) -> Html:
    sign, classes = ("✕", "change off") if change.off else ("≠", "change")
    what = sign + " " + _("Rule {rule}: {change}").format(rule=change.rule, change=change.change)
    return tag("p", classes, f"{what} - {change.by}: {change.reason}")


def _row(classes: str, label: str, value: str, beside: str) -> Html:
    return tag(
        "li",
        classes,
        tag("span", "finding-label", label),
        tag("span", "finding-value", value),
        tag("span", "finding-age", beside),
    )
