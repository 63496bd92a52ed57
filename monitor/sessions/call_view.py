"""What the console is shown of calls."""

from collections.abc import Sequence

from alerts.escalation import Escalation
from dashboards.console.model import CallView, RecipientView


def call_view(escalation: Escalation, alarm: str) -> CallView | None:
    """Return who is called about an open alarm, or None where nobody is."""
    case = escalation.cases.get(alarm)
    if case is None:
        return None
    return CallView(
        tier=case.tier + 1,
        told=[(escalation.plan.name(name), step.value) for name, step in case.told.items()],
        by=case.by,
        at_ns=case.accepted_ns,
    )


def recipient_views(escalation: Escalation) -> Sequence[RecipientView]:
    """Return everybody who can be called."""
    reached = {order.recipient: True for order in escalation.orders.values() if order.delivered}
    reached |= dict.fromkeys(escalation.unreachable, False)
    return [
        RecipientView(
            id=each.id,
            name=each.name,
            role=each.role,
            on_duty=each.id in escalation.on_duty,
            reached=reached.get(each.id),
        )
        for each in escalation.plan.recipients
    ]
