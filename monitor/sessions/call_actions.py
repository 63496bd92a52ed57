"""Actions on the calls of one session, and the outcomes of these calls."""

from collections.abc import Callable

import structlog

from alerts.call_fact import CallStep
from alerts.duty import DutySource
from monitor.core.engine import Engine
from monitor.entries import EntryKind
from monitor.errors import ActError
from monitor.sessions.action_texts import action_name
from monitor.sessions.session_control import Act

log = structlog.get_logger()


class CallActions:
    """Acceptance, duty, test calls and call outcomes of one session.

    Args:
        session: id, for the log.
        engine: of the session.
        act: journals an action and applies it.

    Attributes:
        next_shift_ns: returns when a recipient's duty next changes by the roster, or None.
    """

    def __init__(self, session: str, engine: Engine, act: Act) -> None:
        self._session_id = session
        self._engine = engine
        self._act = act
        self.next_shift_ns: Callable[[str], int | None] = lambda _recipient: None

    def accept(
        self,
        alarm: str,
        by: str,
        via: str,
        *,
        raised_ns: int | None = None,
        call: int = 0,
        arrives_ns: int | None = None,
    ) -> None:
        """Accept responsibility for an alarm: nobody else is called about it.

        This covers the alarm and all alarms of its ladder that are not higher, until no condition
        of the ladder has been violated for ten minutes.

        Args:
            alarm: its key.
            by: who accepts.
            via: ``link`` or ``console``.
            raised_ns: time at which the occurrence was raised, or an earlier one of the same
                incident; None for the open one.
            call: number of the call that is answered.
            arrives_ns: when the person expects to arrive, or None.
        """
        waiting = self._engine.calling.escalation.waiting(alarm, raised_ns)
        if waiting is None:
            raise ActError("nobody is being called about this alarm any more; nothing to accept")
        body = {
            "by": action_name(by),
            "via": via,
            "raised_ns": waiting.raised_ns,
            "call": call,
            "matter": waiting.incident.ladder,
            "arrives_ns": arrives_ns,
        }
        self._act(EntryKind.ACCEPT, alarm, body)

    def hand_on(self, alarm: str, to: str, by: str, via: str) -> None:
        """Ask another recipient to take over an alarm; until then, nothing changes.

        Args:
            alarm: its key.
            to: id of the recipient.
            by: who hands it on.
            via: ``link`` or ``api``.
        """
        escalation = self._engine.calling.escalation
        accepted_by = escalation.hand_ons.accepted_by(alarm)
        if accepted_by is None:
            raise ActError("nobody has accepted this alarm, or it is over; nothing to hand on")
        if escalation.plan.recipient(to) is None:
            raise ActError(f"this session has no recipient '{to}'")
        if escalation.plan.name(to) == accepted_by:
            raise ActError(f"{accepted_by} has accepted it already; hand it on to somebody else")
        self._act(EntryKind.HAND_ON, alarm, {"to": to, "by": action_name(by), "via": via})

    def take_over(self, call: int, via: str, arrives_ns: int | None) -> None:
        """Accept a request to take over, for its recipient."""
        escalation = self._engine.calling.escalation
        notification = escalation.notifications[call]
        if not escalation.hand_ons.waits(notification):
            raise ActError("this was taken back, or it is over; nothing to take over")
        key, raised_ns = notification.occurrences[0]
        body = {
            "by": action_name(escalation.plan.name(notification.recipient)),
            "via": via,
            "raised_ns": raised_ns,
            "call": call,
            "arrives_ns": arrives_ns,
        }
        self._act(EntryKind.ACCEPT, key, body)

    def decline(self, call: int, via: str) -> None:
        """Decline a call for its recipient: others are called at once.

        They are not called again about it until all tiers were called, unless it gets worse.

        Args:
            call: its number.
            via: ``link``.
        """
        escalation = self._engine.calling.escalation
        notification = escalation.notifications.get(call)
        asked = notification is not None and escalation.hand_ons.waits(notification)
        if not asked and not escalation.answers.declinable(call):
            raise ActError("nobody waits for an answer to this call any more; nothing to decline")
        recipient = escalation.notifications[call].recipient
        name = escalation.plan.name(recipient)
        body = {"recipient": recipient, "by": action_name(name), "via": via}
        self._act(EntryKind.DECLINE, str(call), body)

    def test_call(self, by: str) -> None:
        """Send a test call to everyone on duty."""
        if not self._engine.calling.escalation.on_duty:
            raise ActError("nobody is on duty; put someone on duty first")
        self._act(EntryKind.TEST_CALL, "session", {"by": action_name(by)})

    def duty(self, recipient: str, by: str, *, on: bool) -> None:
        """Put a recipient on or off duty, until their duty next changes by the roster."""
        if self._engine.calling.escalation.plan.recipient(recipient) is None:
            raise ActError(f"this session has no recipient '{recipient}'")
        self.turn(recipient, action_name(by), DutySource.HAND, self.next_shift_ns(recipient), on=on)

    def hand_over(self, recipient: str, to: str, by: str) -> None:
        """Hand duty over to another recipient of the same tiers, until the end of the shift.

        The other one is on duty first, so that nobody is left out.
        """
        escalation = self._engine.calling.escalation
        plan, duty = escalation.plan, escalation.duty
        for name in (recipient, to):
            if plan.recipient(name) is None:
                raise ActError(f"this session has no recipient '{name}'")
        if recipient not in duty.on:
            raise ActError(f"{plan.name(recipient)} is not on duty; nothing to hand over")
        if to not in duty.stand_ins(recipient, plan):
            raise ActError(
                f"{plan.name(to)} is not in each tier of {plan.name(recipient)}, so calls would "
                "leave a tier out; choose somebody who is"
            )
        until_ns, theirs = duty.turns[recipient].until_ns, duty.turns[to]
        stays = theirs.on and theirs.until_ns is None
        if not stays and not (theirs.on and until_ns and (theirs.until_ns or 0) >= until_ns):
            self.turn(to, action_name(by), DutySource.HANDOVER, until_ns, on=True)
        self.turn(recipient, action_name(by), DutySource.HANDOVER, until_ns, on=False)

    def turn(
        self, recipient: str, by: str, source: DutySource, until_ns: int | None, *, on: bool
    ) -> None:
        """Record the duty of a recipient, and when it will change; None: not planned."""
        body = {"on": on, "by": by, "via": source.value, "until_ns": until_ns}
        log.info("duty", session=self._session_id, recipient=recipient, **body)
        self._act(EntryKind.DUTY, recipient, body)

    def called(
        self,
        call: int,
        channel: str | None,
        outcome: CallStep,
        reason: str,
        left: int,
        *,
        transient: bool = False,
        retry_after_s: float | None = None,
    ) -> None:
        """Record the outcome of a call on one channel.

        Args:
            call: its number.
            channel: kind of the channel; None if the call was not tried on any.
            outcome: delivered, failed or skipped.
            reason: why it failed or was skipped.
            left: number of channels that are still pending.
            transient: the cause of the failure may pass, so that a retry can succeed.
            retry_after_s: time that the service asked to wait, or None.
        """
        notification = self._engine.calling.escalation.notifications[call]
        body = {
            "recipient": notification.recipient,
            "tier": notification.tier,
            "channel": channel,
            "outcome": outcome.value,
            "reason": reason,
            "left": left,
            "transient": transient,
            "retry_after_s": retry_after_s,
        }
        log.info(
            "call", session=self._session_id, call=call, channel=channel, outcome=outcome.value
        )
        self._act(EntryKind.CALL, str(call), body)
