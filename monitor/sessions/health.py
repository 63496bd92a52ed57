"""Reasons why a session cannot raise alarms, be shown or call people."""

import time
from collections.abc import Collection, Sequence

from dashboards.console.views.service_health import ServiceHealth
from monitor.sessions.session import Session

_LATE_NS = 10 * 10**9  # the engine advances at least once per second


def why_unwell(session: Session) -> str | None:
    """Return why a session no longer protects anybody, or None if it does.

    The sentence leaves the site: it contains nothing about the participant.
    """
    if session.ended:
        return None
    if session.engine.failure is not None:
        return "the engine has failed: no rule is evaluated"
    if session.now_ns() - session.engine.now_ns > _LATE_NS:
        return "the engine stands still"
    if not session.recorded():
        return "the journal cannot be written"
    if session.shown.failed:
        return "a session cannot be shown"
    escalation = session.engine.calling.escalation
    if escalation.plan.recipients and escalation.on_duty <= escalation.unreachable:
        return "nobody can be called: nobody is on duty, or no call arrives"
    return None


def service_health(sessions: Collection[Session], failures: Sequence[str]) -> ServiceHealth:
    """Return the health of a service.

    Args:
        sessions: of the service.
        failures: reasons of sessions that do not run; they are not repeated.
    """
    running = [session for session in sessions if not session.ended]
    reason = next(filter(None, map(why_unwell, running)), None)
    if reason is None and failures:
        reason = "a room is not monitored"
    return ServiceHealth(
        reason=reason,
        running=len(running),
        advanced_ns=min(map(_advanced_ns, running), default=time.time_ns()),
    )


def _advanced_ns(session: Session) -> int:
    """Return the time of the last evaluation; one that is not late counts as now.

    Evaluations follow packets, and a packet of some straps follows a heart beat: the exact times
    would show a blinded rater the heart rate.
    """
    now_ns, evaluated_ns = session.now_ns(), session.engine.now_ns
    return evaluated_ns if now_ns - evaluated_ns > _LATE_NS else now_ns
