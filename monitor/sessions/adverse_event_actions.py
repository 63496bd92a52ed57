"""Actions on adverse events: report, change, end, withdraw."""

from alerts.policy.study_drug import OTHER
from dashboards.console.views.adverse_events import AdverseEventReport
from monitor.clock import SessionClock
from monitor.core.adverse_events import SEVERITIES, relation_in_time
from monitor.core.engine import Engine
from monitor.entries import EntryKind
from monitor.errors import ActError
from monitor.facts import AdverseEventFact, Relation
from monitor.sessions.action_texts import action_name, action_reason, limited_text
from monitor.sessions.entry_times import checked_ns
from monitor.sessions.session_control import Act


class AdverseEventActions:
    """Actions on the adverse events of one session, each in a person's name.

    Every method raises ActError if the action is not possible; nothing is journaled then.

    Args:
        engine: of the session.
        clock: of the session.
        act: journals and applies an action.
    """

    def __init__(self, engine: Engine, clock: SessionClock, act: Act) -> None:
        self._engine = engine
        self._clock = clock
        self._act = act

    def report(self, report: AdverseEventReport, by: str) -> None:
        """Report an adverse event."""
        body = self._body(report, action_name(by))
        self._act(EntryKind.ADVERSE_EVENT, report.kind, body)

    def change(self, event: int, report: AdverseEventReport, by: str, reason: str) -> None:
        """Change an adverse event; the journal keeps what was reported before."""
        known = self._known(event)
        body = self._body(report, action_name(by), known)
        self._act(
            EntryKind.ADVERSE_EVENT,
            report.kind,
            {**body, "event": event, "reason": action_reason(reason)},
        )

    def end(self, event: int, by: str, at_ns: int | None = None) -> None:
        """End an adverse event now, or at `at_ns`."""
        known = self._known(event)
        if known.ended_ns is not None:
            raise ActError("this adverse event has ended already; change it to correct the time")
        ended_ns = self._checked_end_ns(known.started_ns, at_ns)
        self._again(known, action_name(by), ended_ns=ended_ns)

    def withdraw(self, event: int, by: str, reason: str) -> None:
        """Withdraw an adverse event that was reported by mistake."""
        self._again(
            self._known(event), action_name(by), withdrawn=True, reason=action_reason(reason)
        )

    def _known(self, event: int) -> AdverseEventFact:
        known = self._engine.adverse_events.find(event)
        if known is None:
            raise ActError("this adverse event was withdrawn, or does not exist")
        return known

    def _again(self, known: AdverseEventFact, by: str, **changes: object) -> None:
        body = {
            "event": known.event,
            "severity": known.severity,
            "started_ns": known.started_ns,
            "ended_ns": known.ended_ns,
            "relation": known.relation,
            "action": known.action,
            "text": known.text,
            "by": by,
        }
        self._act(EntryKind.ADVERSE_EVENT, known.subject, {**body, **changes})

    def _body(
        self, report: AdverseEventReport, by: str, known: AdverseEventFact | None = None
    ) -> dict[str, object]:
        self._check(report, known)
        started_ns = checked_ns(self._engine, self._clock.now_ns(), report.started_ns)
        ended_ns = None
        if report.ended_ns is not None:
            ended_ns = self._checked_end_ns(started_ns, report.ended_ns)
        return {
            "severity": report.severity,
            "started_ns": started_ns,
            "ended_ns": ended_ns,
            "relation": report.relation or relation_in_time(started_ns, self._engine.dose_ns),
            "action": limited_text(report.action, "action taken"),
            "text": limited_text(report.text, "description"),
            "by": by,
        }

    def _checked_end_ns(self, started_ns: int, at_ns: int | None) -> int:
        ended_ns = checked_ns(self._engine, self._clock.now_ns(), at_ns)
        if ended_ns < started_ns:
            raise ActError("an adverse event cannot end before it started; check the times")
        return ended_ns

    def _check(self, report: AdverseEventReport, known: AdverseEventFact | None) -> None:
        policy = self._engine.policy
        kinds = [*(policy.events if policy is not None else ()), OTHER]
        if report.kind not in kinds and (known is None or known.subject != report.kind):
            raise ActError(
                f"adverse event '{report.kind}' is unknown; the policy has: {', '.join(kinds)}"
            )
        if report.kind == OTHER and not report.text.strip():
            raise ActError("describe the adverse event in words")
        if report.severity not in SEVERITIES:
            raise ActError("the severity must be 1 (mild), 2 (moderate) or 3 (severe)")
        if report.relation is not None and report.relation not in [*Relation]:
            raise ActError(f"relation '{report.relation}' is unknown; known: {', '.join(Relation)}")
