"""Log of notifications: calls to recipients, their progress, and the facts about them. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from alerts.call_fact import CallFact, CallPurpose, CallStep
from alerts.incident import Incident


@dataclass(slots=True, kw_only=True)
class Notification:
    """A call to one recipient and its progress.

    Attributes:
        occurrences: key and time of each alarm in the message.
        purpose: first call, repetition, all-clear and so on.
        by: who has accepted, for the purpose ``accepted``.
        over_ns: time at which the last of the alarms ended, for the purpose ``over``.
        delivered: at least one channel delivered it.
        done: each channel has delivered it or failed, or it was skipped.
    """

    call: int
    recipient: str
    at_ns: int
    tier: int
    occurrences: tuple[tuple[str, int], ...]
    priority: str
    purpose: CallPurpose = CallPurpose.FIRST
    by: str | None = None
    over_ns: int | None = None
    delivered: bool = False
    done: bool = False

    @property
    def test(self) -> bool:
        """Return whether it is a test call."""
        return not self.occurrences


class NotificationLog:
    """The notifications of one session.

    Attributes:
        numbered: by number, from 1.
    """

    def __init__(self) -> None:
        self.numbered: dict[int, Notification] = {}
        self._last_ns: dict[str, int] = {}

    def order(
        self, now_ns: int, name: str, *, tier: int, incidents: Iterable[Incident]
    ) -> CallFact:
        """Order a call to a recipient about incidents, highest first; none: a test call."""
        incidents = list(incidents)
        notification = Notification(
            call=len(self.numbered) + 1,
            recipient=name,
            at_ns=now_ns,
            tier=tier,
            occurrences=tuple((incident.key, incident.raised_ns) for incident in incidents),
            priority=incidents[0].priority if incidents else "",
            purpose=CallPurpose.FIRST if incidents else CallPurpose.TEST,
        )
        self.numbered[notification.call] = notification
        return self.step(now_ns, notification, CallStep.ORDERED)

    def step(
        self,
        now_ns: int,
        notification: Notification,
        step: CallStep,
        channel: str | None = None,
        reason: str = "",
    ) -> CallFact:
        """Return a step of a notification as a fact."""
        return self.fact(
            now_ns,
            notification.recipient,
            call=notification.call,
            step=step,
            tier=notification.tier,
            alarms=tuple(key for key, _ in notification.occurrences),
            priority=notification.priority,
            channel=channel,
            reason=reason,
            purpose=notification.purpose.value,
        )

    def fact(
        self,
        now_ns: int,
        subject: str,
        *,
        call: int,
        step: CallStep,
        tier: int,
        alarms: tuple[str, ...],
        priority: str,
        channel: str | None = None,
        reason: str = "",
        by: str | None = None,
        ladder: str = "",
        purpose: str = "",
    ) -> CallFact:
        """Return a step of a call as a fact, later than each before it of the same recipient."""
        at_ns = self._last_ns[subject] = max(now_ns, self._last_ns.get(subject, 0) + 1)
        return CallFact(
            subject=subject,
            at_ns=at_ns,
            call=call,
            step=step.value,
            tier=tier,
            alarms=alarms,
            priority=priority,
            channel=channel,
            reason=reason,
            by=by,
            ladder=ladder,
            purpose=purpose,
        )
