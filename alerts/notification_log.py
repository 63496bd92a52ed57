"""Log of notifications: calls to recipients, their progress, and the facts about them. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from alerts.call_fact import CallFact, CallPurpose, CallStep
from alerts.incident import Occurrence


@dataclass(slots=True, kw_only=True)
class Notification:
    """A call to one recipient and its progress.

    Attributes:
        occurrences: key and time of each alarm in the message.
        purpose: first call, repetition, all-clear and so on.
        by: who has accepted, for the purpose ``accepted``; for ``handed-on``, the id of the one who
            hands on.
        over_ns: time at which the last of the alarms ended, for the purpose ``over``.
        delivered: at least one channel delivered it.
        done: each channel has delivered it or failed, or it was skipped.
        failures: attempts after which no channel had delivered it.
        retried: channels to try now, after a failure; None: all.
        passing: channels that have failed in this attempt for a reason that may pass.
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
    failures: int = 0
    retried: frozenset[str | None] | None = None
    passing: set[str | None] = field(default_factory=set)
    retry_after_s: float = 0.0  # the longest that a service asked for in this attempt

    @property
    def test(self) -> bool:
        """Return whether it is a test call."""
        return not self.occurrences

    @property
    def asks(self) -> bool:
        """Return whether it is a call of the escalation, which waits for a response."""
        return not self.test and not self.purpose.quiet and not self.direct

    @property
    def direct(self) -> bool:
        """Return whether it is to this recipient alone, on duty or not: an alarm is handed on."""
        return self.purpose in (CallPurpose.HANDED_ON, CallPurpose.NOT_TAKEN)


class NotificationLog:
    """The notifications of one session.

    Attributes:
        numbered: by number, from 1.
    """

    def __init__(self) -> None:
        self.numbered: dict[int, Notification] = {}
        self._last_ns: dict[str, int] = {}

    def order(
        self,
        now_ns: int,
        name: str,
        *,
        tier: int,
        alarms: Sequence[Occurrence],
        purpose: CallPurpose,
        by: str | None = None,
        over_ns: int | None = None,
    ) -> CallFact:
        """Order a call to a recipient about alarms, highest first; none: a test call."""
        notification = Notification(
            call=len(self.numbered) + 1,
            recipient=name,
            at_ns=now_ns,
            tier=tier,
            occurrences=tuple((alarm.key, alarm.raised_ns) for alarm in alarms),
            priority=alarms[0].priority if alarms else "",
            purpose=purpose,
            by=by,
            over_ns=over_ns,
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
        arrives_ns: int | None = None,
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
            arrives_ns=arrives_ns,
        )
