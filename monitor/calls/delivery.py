"""Delivery of the calls that the engine orders, and journaling of each outcome.

The engine's orders are the queue: calls without an outcome are delivered, also after a crash, as
long as they are still wanted.
"""

import asyncio
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from alerts.accept_links import AcceptLinks, Ticket
from alerts.call_fact import CallFact, CallPurpose, CallStep
from alerts.call_plan import CALLING
from alerts.message_content import Content, with_content
from alerts.notification_channel import NotificationChannel, Outcome
from alerts.notification_log import Notification
from alerts.notification_text import Message, Place, call_message, test_message
from alerts.time_format import clock
from monitor.calls.alarm_texts import alarm_text
from monitor.calls.failure_calls import call_about_failure
from monitor.facts import Fact
from monitor.sessions.session import Session

PART = "calls"
TEST_CALL = 0  # number in the links of `physiomon call-test`, which has no session
_TEST_STALE_NS = 10 * 60 * 10**9
_RISING = ("", *CALLING)  # a test call has no priority


@dataclass(frozen=True, slots=True, kw_only=True)
class CallSetup:
    """Channels of each recipient, and signer of links if configured."""

    channels: Mapping[str, Sequence[NotificationChannel]]
    links: AcceptLinks | None = None

    @property
    def unconfirmed(self) -> frozenset[str]:
        """Return the ids of recipients without a channel that confirms messages."""
        return frozenset(
            name
            for name, channels in self.channels.items()
            if not any(channel.confirms for channel in channels)
        )


class CallDelivery:
    """Delivery of one session's calls while it runs."""

    def __init__(self, session: Session, setup: CallSetup) -> None:
        self._session = session
        self._setup = setup
        self._ordered = asyncio.Event()
        self._running: set[int] = set()
        session.control.unconfirmed = setup.unconfirmed
        session.listeners.append(self._hear)

    async def run(self) -> None:
        """Deliver until cancelled."""
        self._running.clear()
        async with asyncio.TaskGroup() as tasks:
            while (failure := self._session.engine.failure) is None:
                self._ordered.clear()
                for notification in self._due():
                    self._running.add(notification.call)
                    name = f"{self._session.spec.id}/call {notification.call}"
                    tasks.create_task(self._deliver(notification), name=name)
                await self._ordered.wait()
            # No engine records outcomes any more: pending calls are dropped.
            await call_about_failure(self._session, self._setup.channels, failure)
            await asyncio.Event().wait()

    def _hear(self, fact: Fact) -> None:
        if isinstance(fact, CallFact) or self._session.engine.failure is not None:
            self._ordered.set()

    def _due(self) -> list[Notification]:
        """Return the calls to deliver now; record why others are skipped."""
        escalation = self._session.engine.calling.escalation
        waiting = [
            notification
            for notification in escalation.notifications.values()
            if not notification.done and notification.call not in self._running
        ]
        newest = {
            notification.recipient: notification.call
            for notification in waiting
            if notification.asks
        }
        due = []
        for notification in waiting:
            reason = ""
            if notification.delivered:
                reason = "already delivered by another channel"
            elif not escalation.wanted(notification):
                reason = "over, accepted, or recipient no longer on duty"
            elif notification.asks:
                if notification.call != newest[notification.recipient]:
                    reason = "replaced by a later call to the same person"
            elif self._session.engine.now_ns - notification.at_ns > _TEST_STALE_NS:
                reason = "it was ordered too long ago"
            if reason:
                self._session.calls.called(notification.call, None, CallStep.SKIPPED, reason, 0)
            else:
                due.append(notification)
        due.sort(
            key=lambda notification: (-_RISING.index(notification.priority), notification.call)
        )
        return due  # all of them: no recipient waits for a channel of another that hangs

    async def _deliver(self, notification: Notification) -> None:
        """Try all channels of a recipient concurrently, and journal each outcome immediately."""
        channels = [
            channel
            for channel in self._setup.channels.get(notification.recipient, ())
            if notification.retried is None or channel.kind in notification.retried
        ]
        try:
            if not channels:
                reason = "no channel is configured"
                failed = Outcome(delivered=False, reason=reason, transient=False)
                self._outcome(notification, None, failed, left=0)
                return
            messages = self.messages(notification, {channel.content for channel in channels})
            left = len(channels)

            async def attempt(channel: NotificationChannel) -> None:
                nonlocal left
                outcome = await channel.send(messages[channel.content])
                left -= 1
                self._outcome(notification, channel.kind, outcome, left=left)

            async with asyncio.TaskGroup() as tasks:
                for channel in channels:
                    tasks.create_task(attempt(channel))
        finally:
            self._running.discard(notification.call)
            self._ordered.set()

    def _outcome(
        self, notification: Notification, channel: str | None, outcome: Outcome, *, left: int
    ) -> None:
        session = self._session
        name = session.engine.calling.escalation.plan.name(notification.recipient)
        at = clock(session.engine.now_ns, session.spec.zone)
        failed = f"{at}: {name} could not be called by {channel or 'any channel'}: {outcome.reason}"
        notice = None if outcome.delivered else failed
        session.notice(f"call/{notification.recipient}/{channel}", notice)
        if channel is not None:
            failing = session.control.failing_channels
            (failing.discard if outcome.delivered else failing.add)(
                (notification.recipient, channel)
            )
        step = CallStep.DELIVERED if outcome.delivered else CallStep.FAILED
        transient = outcome.transient and not outcome.delivered
        session.calls.called(
            notification.call,
            channel,
            step,
            outcome.reason,
            left,
            transient=transient,
            retry_after_s=outcome.retry_after_s,
        )

    def _arrives_ns(self, notification: Notification) -> int | None:
        """Return when the person who has accepted is expected, for the message that it is so."""
        if notification.purpose is not CallPurpose.ACCEPTED:
            return None
        escalation = self._session.engine.calling.escalation
        found = (escalation.find(*occurrence) for occurrence in notification.occurrences)
        times = (alarm.arrives_ns for alarm in found if alarm is not None)
        return max((each for each in times if each is not None), default=None)

    def messages(
        self, notification: Notification, contents: Iterable[Content]
    ) -> dict[Content, Message]:
        """Return the message of a call with each content."""
        session = self._session
        engine, spec = session.engine, session.spec
        links = self._setup.links
        link = None if links is None else links.link(ticket(links.pseudonym(spec.id), notification))
        place = Place(
            participant=spec.participant, site=spec.site, room=spec.room, virtual=spec.virtual
        )
        alarms = [
            alarm_text(engine, alarm, notification.recipient)
            for key, _ in notification.occurrences
            if (alarm := engine.alarms.find(key)) is not None
        ]
        tier, purpose = notification.tier, notification.purpose
        message = (
            call_message(
                place,
                alarms,
                tier=tier,
                dose_ns=engine.dose_ns,
                link=link,
                zone=spec.zone,
                thread=_thread(spec.id, notification),
                purpose=purpose,
                over_ns=notification.over_ns,
                arrives_ns=self._arrives_ns(notification),
                giver=notification.by or "" if purpose is CallPurpose.HANDED_ON else "",
            )
            if alarms
            else test_message(place, link)
        )
        return {
            content: with_content(message, content, place, alarms, tier=tier, purpose=purpose)
            for content in contents
        }


def _thread(session: str, notification: Notification) -> str:
    """Return an id for all messages about an incident; it contains nothing about the session."""
    first = min(notification.occurrences, key=lambda occurrence: occurrence[1])
    return hashlib.sha256(f"{session} {first}".encode()).hexdigest()[:32]


def ticket(session: str, notification: Notification) -> Ticket:
    """Return the ticket that a call's link contains; `session` is its pseudonym there."""
    return Ticket(
        session=session,
        call=notification.call,
        recipient=notification.recipient,
        at_ns=notification.at_ns,
    )
