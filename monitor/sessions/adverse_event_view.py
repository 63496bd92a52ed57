"""Views of adverse events."""

from dashboards.console.views.adverse_events import (
    AdverseEventReport,
    AdverseEventStepView,
    AdverseEventView,
)
from monitor.core.engine import Engine
from monitor.facts import AdverseEventFact


def adverse_event_views(engine: Engine) -> list[AdverseEventView]:
    """Return the adverse events of a session with all their steps."""
    dose_ns = engine.dose_ns
    return [
        AdverseEventView(
            event=latest.event,
            report=_report(latest),
            steps=[
                AdverseEventStepView(
                    at_ns=fact.at_ns,
                    step=fact.step,
                    by=fact.by,
                    reason=fact.reason,
                    report=_report(fact),
                )
                for fact in engine.adverse_events.steps[latest.event]
            ],
            after_dose_s=None if dose_ns is None else (latest.started_ns - dose_ns) / 1e9,
        )
        for latest in engine.adverse_events.latest()
    ]


def _report(fact: AdverseEventFact) -> AdverseEventReport:
    return AdverseEventReport(
        kind=fact.subject,
        severity=fact.severity,
        started_ns=fact.started_ns,
        ended_ns=fact.ended_ns,
        relation=fact.relation,
        action=fact.action,
        text=fact.text,
    )
