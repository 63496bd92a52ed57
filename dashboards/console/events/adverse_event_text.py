"""Adverse events in words. Pure."""

from datetime import tzinfo

from alerts.time_format import clock
from dashboards.console.formatting import duration, stopwatch
from dashboards.console.markup import Html, tag
from dashboards.console.views.adverse_events import (
    SEVERITIES,
    AdverseEventReport,
    AdverseEventStepView,
    AdverseEventView,
)
from dashboards.console.views.session import SessionView
from dashboards.texts import gettext as _
from dashboards.texts import shown


def name(report: AdverseEventReport) -> str:
    """Return the kind of an event, or the description of another one."""
    return report.text if report.kind == "other" else report.kind


def summary(event: AdverseEventView, now_ns: int, zone: tzinfo | None) -> str:
    """Return an event in one line: severity, times, relation to the dose, action."""
    report = event.report
    assert report.started_ns is not None  # noqa: S101 - set in every view
    began = clock(report.started_ns, zone)[:5]
    if report.ended_ns is None:
        lasts = _("since {began}, {duration}").format(
            began=began, duration=duration((now_ns - report.started_ns) / 1e9)
        )
    else:
        lasts = _("{since} to {until}").format(since=began, until=clock(report.ended_ns, zone)[:5])
    parts = [
        f"{name(report)}, {shown(SEVERITIES[report.severity])}",
        lasts,
        timing(event.after_dose_s),
    ]
    parts.append(
        _("relation to the drug: {relation}").format(relation=shown(report.relation or ""))
    )
    if report.kind != "other" and report.text:
        parts.append(report.text)
    if report.action:
        parts.append(_("action: {action}").format(action=report.action))
    return "; ".join(part for part in parts if part)


def timing(after_dose_s: float | None) -> str:
    """Return when an event started relative to the dose.

    >>> timing(None), timing(-90), timing(5400)
    ('', 'before the dose', '1:30:00 after the dose')
    """
    if after_dose_s is None:
        return ""
    return (
        _("{time} after the dose").format(time=stopwatch(after_dose_s))
        if after_dose_s >= 0
        else _("before the dose")
    )


def step_line(step: AdverseEventStepView, zone: tzinfo | None) -> str:
    """Return a step of an event in one line."""
    report = step.report
    because = f": {step.reason}" if step.reason else ""
    what = f"{name(report)}, {shown(SEVERITIES[report.severity])}"
    return _("{time} {what} {step} by {by}{because}").format(
        time=clock(step.at_ns, zone), what=what, step=shown(step.step), by=step.by, because=because
    )


def log_lines(view: SessionView) -> list[tuple[int, Html]]:
    """Return each step of each adverse event for the log, with its time."""
    return [
        (
            step.at_ns,
            tag(
                "li", "p-marker", _("Adverse event: {step}").format(step=step_line(step, view.zone))
            ),
        )
        for event in view.adverse_events
        for step in event.steps
    ]
