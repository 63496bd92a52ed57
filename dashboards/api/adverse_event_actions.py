"""Actions on adverse events, for the action routes."""

from collections.abc import Callable, Sequence
from typing import Any

from dashboards.api.action_models import (
    Action,
    AdverseEventChange,
    AdverseEventEnd,
    AdverseEventWithdrawal,
    NewAdverseEvent,
)
from dashboards.api.backend import ApiBackend
from dashboards.api.time_format import parse
from dashboards.console.views.adverse_events import AdverseEventReport

Do = Callable[[ApiBackend, str, str, Any], None]


def _report(backend: ApiBackend, session: str, by: str, act: NewAdverseEvent) -> None:
    backend.adverse_events(session).report(_reported(act), by)


def _change(backend: ApiBackend, session: str, by: str, act: AdverseEventChange) -> None:
    backend.adverse_events(session).change(act.event, _reported(act), by, act.reason)


def _end(backend: ApiBackend, session: str, by: str, act: AdverseEventEnd) -> None:
    backend.adverse_events(session).end(act.event, by, _at(act.at, "at"))


def _withdraw(backend: ApiBackend, session: str, by: str, act: AdverseEventWithdrawal) -> None:
    backend.adverse_events(session).withdraw(act.event, by, act.reason)


def _reported(act: NewAdverseEvent) -> AdverseEventReport:
    return AdverseEventReport(
        kind=act.kind,
        severity=act.severity,
        started_ns=_at(act.started, "started"),
        ended_ns=_at(act.ended, "ended"),
        relation=act.relation,
        action=act.action,
        text=act.text,
    )


def _at(text: str | None, name: str) -> int | None:
    return None if text is None else parse(text, name)


# Name, summary, body and handler of each route.
ROUTES: Sequence[tuple[str, str, type[Action], Do]] = (
    ("adverse-event", "Report an adverse event.", NewAdverseEvent, _report),
    ("change-adverse-event", "Change an adverse event.", AdverseEventChange, _change),
    ("end-adverse-event", "End an adverse event.", AdverseEventEnd, _end),
    (
        "withdraw-adverse-event",
        "Withdraw an adverse event that was reported by mistake.",
        AdverseEventWithdrawal,
        _withdraw,
    ),
)
