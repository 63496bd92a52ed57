"""View of the calls of a session for the console, made from the escalation's state."""

from collections.abc import Sequence

from alerts.call_fact import CallStep
from alerts.escalation import Escalation
from dashboards.console.views.alarms import CallView
from dashboards.console.views.session import RecipientView


def call_view(escalation: Escalation, alarm: str) -> CallView | None:
    """Return the state of the calls about an open alarm, or None without calls."""
    occurrence = escalation.occurrences.get(alarm)
    if occurrence is None:
        return None
    incident = occurrence.incident
    return CallView(
        tier=incident.tier + 1,
        recipients=[
            (escalation.plan.name(name), step.value) for name, step in incident.steps.items()
        ],
        by=occurrence.by,
        at_ns=occurrence.accepted_ns,
        arrives_ns=occurrence.arrives_ns,
    )


def recipient_views(escalation: Escalation) -> Sequence[RecipientView]:
    """Return the recipients of calls."""
    reached = {
        notification.recipient: True
        for notification in escalation.notifications.values()
        if notification.delivered
    }
    reached |= dict.fromkeys(escalation.unreachable, False)
    accepted, declined = _answers(escalation)
    return [
        RecipientView(
            id=each.id,
            name=each.name,
            role=each.role,
            on_duty=each.id in escalation.on_duty,
            reached=reached.get(each.id),
            answer="accepted" if each.id in accepted else "declined" if each.id in declined else "",
            arrives_ns=accepted.get(each.id),
            until_ns=escalation.duty.turns[each.id].until_ns,
            stand_ins=escalation.duty.stand_ins(each.id, escalation.plan),
            tiers=[
                number
                for number, tier in enumerate(escalation.plan.tiers, 1)
                if each.id in tier.recipients
            ],
        )
        for each in escalation.plan.recipients
    ]


def _answers(escalation: Escalation) -> tuple[dict[str, int | None], set[str]]:
    """Return those who accepted, with the time of arrival, and those who declined open alarms."""
    accepted: dict[str, int | None] = {}
    declined: set[str] = set()
    for occurrence in escalation.occurrences.values():
        for name, step in occurrence.incident.steps.items():
            if step is CallStep.ACCEPTED and occurrence.by == escalation.plan.name(name):
                times = (accepted.get(name), occurrence.arrives_ns)
                accepted[name] = max((each for each in times if each is not None), default=None)
            elif step is CallStep.DECLINED and not occurrence.stopped:
                declined.add(name)
    return accepted, declined
