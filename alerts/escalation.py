"""Escalation of open alarms through the tiers of the call plan until they are accepted.

Pure: each call gets the time; deadlines are shared with the alarms. The results are `CallFact`s:
notifications to be sent, and their outcomes.

The alarms of a ladder are one incident (see `alerts.ladder`; only the head of a ladder calls). It
calls all recipients of its first tier. If it is not accepted in time, or nobody of the tier can be
reached, it calls the next tier. After the last tier it starts again, but calls no tier more often
than once in that tier's time. Who declines is not called again in this round, unless it gets worse.
Calls stop when the alarm is accepted, acknowledged or over. An alarm that returns within ten
minutes continues an incident that nobody has accepted, where it stood.
"""

from collections.abc import Sequence

from alerts.alarm import Alarm, State, Step
from alerts.alarm_fact import AlarmFact
from alerts.answers import Answers
from alerts.call_fact import CallFact, CallPurpose, CallStep
from alerts.call_plan import Plan
from alerts.closures import Closures
from alerts.deadline_queue import DeadlineKey, Deadlines
from alerts.duty import DUTY, DUTY_ENDING, NOBODY_ON_DUTY, Turn
from alerts.grouping import Grouping
from alerts.hand_on import HAND_ON, HandOns
from alerts.incident import Incident, Occurrence
from alerts.incidents import Incidents
from alerts.ladder import ladder, rank
from alerts.notification_log import Notification, NotificationLog
from alerts.policy.conditions import FaultCondition
from alerts.retries import Retries
from alerts.tiers import CLOSURE, OVER, RETRY, TIER, Tiers

_OVER = ("inactive", "pending")


class Escalation:
    """The escalation of one session's alarms.

    Attributes:
        occurrences: alarms that people are or were called about, by key.
        notifications: calls to recipients, by number.
        answers: of people to calls.
        duty: of the recipients.
        hand_ons: acceptances that are being handed on.
    """

    def __init__(self, deadlines: Deadlines[DeadlineKey]) -> None:
        self._log = NotificationLog()
        self.notifications = self._log.numbered
        self._tiers = Tiers(deadlines)
        self._closures = Closures(deadlines, self._tiers, self._log)
        self._incidents = Incidents(deadlines, self._tiers, self._closures)
        self.occurrences = self._incidents.occurrences
        self.duty = self._tiers.duty
        self._grouping = Grouping(self._tiers, self._log)
        self.answers = Answers(self._tiers, self._log, self._incidents)
        self.hand_ons = HandOns(deadlines, self._tiers, self._log, self._incidents)
        self._retries = Retries(deadlines, self._tiers, self._log, self._incidents.about)

    @property
    def plan(self) -> Plan:
        """Return the plan in force."""
        return self._tiers.plan

    @property
    def on_duty(self) -> set[str]:
        """Return the ids of the recipients on duty."""
        return self.duty.on

    @property
    def unreachable(self) -> set[str]:
        """Return the ids of recipients whose last call failed on all channels."""
        return self._tiers.unreachable

    def use(self, now_ns: int, plan: Plan) -> None:
        """Put a plan in force; restart open incidents and keep who is on duty."""
        self._tiers.use(plan)
        self.duty.watch(now_ns)
        self._incidents.restart(now_ns)

    def open(self, now_ns: int, alarm: Alarm) -> None:
        """Begin to call about an alarm, unless its ladder is already accepted.

        Args:
            now_ns: engine time.
            alarm: head of its ladder, or over and not acknowledged.
        """
        condition = alarm.rule.condition
        fault = condition.name if isinstance(condition, FaultCondition) else ""
        if fault == "not-accepted":  # the alarm that was not accepted is already calling
            return
        incident = Incident(
            ladder=ladder(alarm),
            opened_ns=alarm.raised_ns,
            about_duty=fault in (NOBODY_ON_DUTY, DUTY_ENDING),
        )
        occurrence = Occurrence(
            key=alarm.key,
            raised_ns=alarm.raised_ns,
            place=rank(alarm),
            priority=alarm.rule.priority.name.lower(),
            technical=alarm.rule.technical,
            incident=incident,
        )
        self._incidents.add(now_ns, occurrence, once=fault == "call-failure")

    def alarm(self, now_ns: int, fact: AlarmFact, alarm: Alarm, holding: Sequence[Alarm]) -> None:
        """Update the incidents after a step of an alarm.

        Args:
            now_ns: engine time.
            fact: the step.
            alarm: of the step, in its state after all steps of the moment.
            holding: the alarms of its ladder that hold, the head first.
        """
        name = ladder(alarm)
        self._incidents.acceptances.follow(now_ns, name, quiet=not holding)
        known = self.occurrences.get(fact.key)
        if known is not None:
            if alarm.head or (fact.state in _OVER and known.stopped):  # a higher one covers it
                self._incidents.remove(known)
            elif fact.state in _OVER:
                known.over = True
            elif fact.state == State.ACKNOWLEDGED.value:
                known.stopped = True
            elif fact.step == Step.UNACKNOWLEDGED.value and known.by is None:
                self._incidents.remove(known)
                known.stopped = False
                self._incidents.add(now_ns, known, once=known.incident.once)
        if holding and holding[0].state is State.ACTIVE:
            head = holding[0]
            now_known = self.occurrences.get(head.key)
            if now_known is None or now_known.raised_ns != head.raised_ns:
                self.open(now_ns, head)
        if known is not None:
            self._incidents.settle(now_ns, known.incident, fact.by)

    def waiting(self, key: str, raised_ns: int | None = None) -> Occurrence | None:
        """Return an alarm about which people are still called, or None.

        Args:
            key: of the alarm.
            raised_ns: of its occurrence, or of an earlier one of the same incident; None for the
                one that is open.
        """
        return self._incidents.waiting(key, raised_ns)

    def find(self, key: str, raised_ns: int) -> Occurrence | None:
        """Return an alarm about which people are or were called, likewise, or None."""
        return self._incidents.find(key, raised_ns)

    def unanswered(self) -> list[Occurrence]:
        """Return the highest alarm of each incident not accepted in any tier, highest first."""
        return self._incidents.unanswered()

    def outcome(
        self,
        now_ns: int,
        call: int,
        channel: str | None,
        step: CallStep,
        reason: str,
        left: int,
        *,
        transient: bool = True,
        retry_after_s: float | None = None,
    ) -> list[CallFact]:
        """Apply the outcome of a call on one channel.

        Args:
            now_ns: engine time.
            call: number of the notification.
            channel: its kind; None for no channel.
            step: delivered, failed or skipped.
            reason: of a failure.
            left: number of channels that are still pending.
            transient: a failure may pass.
            retry_after_s: time that the service asked to wait, or None.
        """
        notification = self.notifications.get(call)
        if notification is None:
            return []
        name = notification.recipient
        lost = self._retries.outcome(
            now_ns,
            notification,
            channel,
            step,
            left,
            transient=transient,
            retry_after_s=retry_after_s,
        )
        if step is CallStep.DELIVERED:
            self.unreachable.discard(name)
        if lost and name in self.on_duty and not notification.purpose.quiet:
            self.unreachable.add(name)
            self._incidents.lose(now_ns, name)
        for incident in self._incidents.about(notification):
            self._tiers.apply(now_ns, name, incident, step, lost=lost, done=notification.done)
        fact = self._log.step(now_ns, notification, step, channel=channel, reason=reason)
        return [fact, *(self.hand_ons.give_back(now_ns, call) if lost else ())]

    def change_duty(self, now_ns: int, name: str, turn: Turn) -> None:
        """Put a recipient on or off duty, or change until when."""
        changed = self.duty.set(name, turn)
        self.duty.watch(now_ns)
        if not changed:
            return
        if not turn.on:
            self.unreachable.discard(name)
        for incident in self._incidents.calling():
            if turn.on:
                self._tiers.come(now_ns, name, incident)
            elif incident.wanted.pop(name, None) == incident.tier:
                # A recipient who was called may still accept; one who was not is not called.
                self._tiers.next_if_lost(now_ns, incident)

    def test(self, now_ns: int) -> list[CallFact]:
        """Order a test call to all recipients on duty."""
        return [
            self._log.order(now_ns, recipient.id, tier=0, alarms=(), purpose=CallPurpose.TEST)
            for recipient in self.plan.recipients
            if recipient.id in self.on_duty
        ]

    def wake(self, now_ns: int, key: DeadlineKey) -> list[CallFact]:
        """Apply a deadline of a call."""
        _, which, name = key
        if which == DUTY:
            return []  # whether duty ends soon is asked after each deadline
        if which == TIER:
            self._tiers.expire(now_ns, self._incidents.by_ladder[name])
        elif which == OVER:
            incident = self._incidents.by_ladder[name]
            incident.cleared = True
            self._closures.add(now_ns, incident, CallPurpose.OVER)
        elif which == RETRY:
            return self._retries.wake(now_ns, int(name))
        elif which == HAND_ON:
            return self.hand_ons.expire(now_ns, name)
        elif which == CLOSURE:
            return self._closures.wake(now_ns, name)
        else:
            return self._grouping.order(now_ns, name, self._incidents.calling())
        return []

    def wanted(self, notification: Notification) -> bool:
        """Return whether a call is still to be sent."""
        if notification.done:
            return False
        if notification.purpose is CallPurpose.HANDED_ON:
            return self.hand_ons.waits(notification)
        anyone = notification.direct or notification.purpose.quiet  # whether on duty or not
        if notification.recipient not in self.on_duty and not anyone:
            return False
        return not notification.asks or any(
            alarm is not None
            and alarm.calling
            and not alarm.incident.declined_by(notification.recipient)
            for alarm in (
                self._incidents.find(*occurrence) for occurrence in notification.occurrences
            )
        )
