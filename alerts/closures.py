"""Quiet messages to those who were called: somebody has accepted, or it is over. Pure."""

from alerts.call_fact import CallFact, CallPurpose
from alerts.deadline_queue import CALL_CLASS, DeadlineKey, Deadlines
from alerts.incident import Incident, Occurrence
from alerts.notification_log import NotificationLog
from alerts.tiers import CLOSURE, GROUP_WAIT_NS, Tiers

HOLD_NS = 60 * 10**9  # an alarm may return within this time before the all-clear

# Alarms with the same answer share a message.
_Answer = tuple[CallPurpose, str | None]


class Closures:
    """The quiet messages of one session; each recipient gets one for each incident.

    Args:
        deadlines: of the session.
        tiers: of its call plan.
        log: of its notifications.
    """

    def __init__(
        self, deadlines: Deadlines[DeadlineKey], tiers: Tiers, log: NotificationLog
    ) -> None:
        self._deadlines = deadlines
        self._tiers = tiers
        self._log = log
        self._waiting: dict[str, list[tuple[_Answer, Incident, int]]] = {}

    def add(
        self, now_ns: int, incident: Incident, purpose: CallPurpose, by: str | None = None
    ) -> None:
        """Inform those who were called about an incident that it is closed, except `by`."""
        if incident.once:
            return
        for name in sorted(incident.told):
            if by is not None and self._tiers.plan.name(name) == by:
                continue
            since_ns = now_ns if incident.over_ns is None else incident.over_ns
            self._waiting.setdefault(name, []).append(((purpose, by), incident, since_ns))
            deadline = (CALL_CLASS, CLOSURE, name)
            if self._deadlines.due(deadline) is None:
                self._deadlines.put(deadline, now_ns + GROUP_WAIT_NS)

    def wake(self, now_ns: int, name: str) -> list[CallFact]:
        """Order the messages to a recipient, if a call about the alarms has reached them."""
        answers: dict[_Answer, list[tuple[Occurrence, int, int]]] = {}
        for answer, incident, since_ns in self._waiting.pop(name, []):
            if name in incident.informed and not incident.calling and name in self._tiers.on_duty:
                item = (incident.head, since_ns, incident.tier_of.get(name, incident.tier))
                answers.setdefault(answer, []).append(item)
        return [
            self._log.order(
                now_ns,
                name,
                tier=max(tier for _, _, tier in items) + 1,
                alarms=sorted((head for head, _, _ in items), key=lambda head: head.rank),
                purpose=purpose,
                by=by,
                over_ns=max(since_ns for _, since_ns, _ in items)
                if purpose is CallPurpose.OVER
                else None,
            )
            for (purpose, by), items in answers.items()
        ]
