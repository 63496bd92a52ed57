"""Escalation of open alarms through the tiers of the call plan until they are accepted.

Pure: each call gets the time; deadlines are shared with the alarms. The results are `CallFact`s:
notifications to be sent, and their outcomes.

A raised alarm calls all recipients of its first tier. If it is not accepted in time, or nobody of
the tier can be reached, it calls the next tier. After the last tier it starts again, but calls no
tier more often than once in that tier's time. An accepted, acknowledged or past alarm calls nobody.

Only the head of a ladder calls (see `alerts.ladder`). An acceptance covers the ladder up to the
accepted alarm.
"""

from collections.abc import Sequence

from alerts.acceptances import Acceptances
from alerts.alarm import Alarm, State, Step
from alerts.alarm_fact import AlarmFact
from alerts.call_fact import CallFact, CallStep
from alerts.call_plan import Plan
from alerts.deadlines import DeadlineKey, Deadlines
from alerts.incident import Incident
from alerts.ladder import ladder, rank
from alerts.notification_log import Notification, NotificationLog
from alerts.policy.rules import FaultCondition
from alerts.tiers import TIER, Tiers

_OVER = ("inactive", "pending")


class Escalation:
    """The escalation of one session's alarms.

    Attributes:
        incidents: by alarm key.
        notifications: calls to recipients, by number.
    """

    def __init__(self, deadlines: Deadlines[DeadlineKey]) -> None:
        self.incidents: dict[str, Incident] = {}
        self._log = NotificationLog()
        self.notifications = self._log.numbered
        self._tiers = Tiers(deadlines)
        self._acceptances = Acceptances()

    @property
    def plan(self) -> Plan:
        """Return the plan in force."""
        return self._tiers.plan

    @property
    def on_duty(self) -> set[str]:
        """Return the ids of the recipients on duty."""
        return self._tiers.on_duty

    @property
    def unreachable(self) -> set[str]:
        """Return the ids of recipients whose last call failed on all channels."""
        return self._tiers.unreachable

    def use(self, now_ns: int, plan: Plan) -> None:
        """Put a plan in force; restart open incidents and keep who is on duty."""
        self._tiers.use(plan)
        for incident in self._live():
            if self._tiers.of(incident):
                self._tiers.start(now_ns, incident)
            else:
                self._forget(incident)

    def open(self, now_ns: int, alarm: Alarm, rounds: int = 0) -> None:
        """Begin to call about an alarm, unless its ladder is already accepted.

        Args:
            now_ns: engine time.
            alarm: head of its ladder, or over and not acknowledged.
            rounds: unanswered rounds of another alarm of the ladder.
        """
        old = self.incidents.get(alarm.key)
        if old is not None:
            self._forget(old)
        condition = alarm.rule.condition
        fault = condition.name if isinstance(condition, FaultCondition) else ""
        if fault == "not-accepted":  # the alarm that was not accepted is already calling
            return
        incident = Incident(
            key=alarm.key,
            raised_ns=alarm.raised_ns,
            ladder=ladder(alarm),
            place=rank(alarm),
            priority=alarm.rule.priority.name.lower(),
            technical=alarm.rule.technical,
            once=fault == "call-failure",
            rounds=rounds,
        )
        if not self._tiers.of(incident):
            return
        self.incidents[alarm.key] = incident
        acceptance = self._acceptances.find(incident.ladder, incident.place)
        if acceptance is None:
            self._tiers.start(now_ns, incident)
            return
        incident.by, incident.accepted_ns = acceptance.by, acceptance.at_ns
        self._tiers.stop(incident)

    def alarm(self, now_ns: int, fact: AlarmFact, alarm: Alarm, holding: Sequence[Alarm]) -> None:
        """Update the incidents after a step of an alarm.

        Args:
            now_ns: engine time.
            fact: the step.
            alarm: of the step, in its state after all steps of the moment.
            holding: the alarms of its ladder that hold, the head first.
        """
        name = ladder(alarm)
        self._acceptances.follow(now_ns, name, quiet=not holding)
        rounds = max((each.rounds for each in self._live() if each.ladder == name), default=0)
        incident = self.incidents.get(fact.key)
        if incident is not None:
            if fact.state in _OVER or alarm.head:  # over, or covered by a higher one
                self._forget(incident)
            elif fact.state == State.ACKNOWLEDGED.value:
                self._tiers.stop(incident)
            elif fact.step == Step.UNACKNOWLEDGED.value and incident.by is None:
                incident.stopped = False
                self._tiers.start(now_ns, incident)
        if not holding or holding[0].state is not State.ACTIVE:
            return
        head = holding[0]
        known = self.incidents.get(head.key)
        if known is None or known.raised_ns != head.raised_ns:
            self.open(now_ns, head, rounds)

    def waiting(self, key: str, raised_ns: int | None = None) -> Incident | None:
        """Return an occurrence of an alarm about which people are still called, or None.

        Args:
            key: of the alarm.
            raised_ns: of the occurrence; None for the one that is open.
        """
        incident = self.incidents.get(key)
        if incident is None or incident.stopped or raised_ns not in (None, incident.raised_ns):
            return None
        return incident

    def accept(
        self, now_ns: int, key: str, raised_ns: int | None, by: str, call: int, *, quiet: bool
    ) -> list[CallFact]:
        """Accept an incident, and its ladder up to it, for `by`.

        Args:
            now_ns: engine time.
            key: of the alarm.
            raised_ns: of the occurrence; None for the one that is open.
            by: name of the person.
            call: number of the notification that was answered, or 0.
            quiet: no alarm of its ladder holds.

        Returns:
            The acceptance; empty if already accepted, acknowledged or over.
        """
        incident = self.waiting(key, raised_ns)
        if incident is None:
            return []
        notification = self.notifications.get(call)
        if notification is not None:
            incident.steps[notification.recipient] = CallStep.ACCEPTED
        self._acceptances.add(now_ns, incident.ladder, incident.place, by, quiet=quiet)
        for each in self._live():
            if each.ladder == incident.ladder and each.place <= incident.place:
                each.by, each.accepted_ns = by, now_ns
                self._tiers.stop(each)
        return [
            self._log.fact(
                now_ns,
                notification.recipient if notification is not None else "session",
                call=call,
                step=CallStep.ACCEPTED,
                tier=incident.tier + 1,
                alarms=(key,),
                priority=incident.priority,
                by=by,
                ladder=incident.ladder,
            )
        ]

    def outcome(
        self, now_ns: int, call: int, channel: str | None, step: CallStep, reason: str, left: int
    ) -> list[CallFact]:
        """Apply the outcome of a call on one channel; `left` channels are still pending."""
        notification = self.notifications.get(call)
        if notification is None:
            return []
        name = notification.recipient
        if step is CallStep.DELIVERED:
            notification.delivered = True
            self.unreachable.discard(name)
        notification.done = notification.done or not left
        # A failed channel matters only if no other channel delivered or is pending.
        lost = notification.done and not notification.delivered and step is CallStep.FAILED
        if lost and name in self.on_duty:
            self.unreachable.add(name)
        for incident in self._open_incidents(notification):
            accepted = incident.steps[name] is CallStep.ACCEPTED
            if (step is not CallStep.FAILED or lost) and not accepted:
                incident.steps[name] = step
            if lost and incident.calls.get(name) == call:
                incident.failed.add(name)
                self._tiers.next_if_lost(now_ns, incident)
        return [self._log.step(now_ns, notification, step, channel=channel, reason=reason)]

    def duty(self, now_ns: int, name: str, *, on: bool) -> None:
        """Put a recipient on or off duty."""
        if on == (name in self.on_duty) or self.plan.recipient(name) is None:
            return
        if not on:
            self.on_duty.discard(name)
            self.unreachable.discard(name)
            for incident in self._live():
                # A recipient who was called may still accept; one who was not is not called.
                if incident.calls.get(name, 0) is None:
                    del incident.calls[name]
                    self._tiers.next_if_lost(now_ns, incident)
            return
        self.on_duty.add(name)
        for incident in self._live():
            if not incident.calls:
                self._tiers.start(now_ns, incident)  # there was nobody to call
            elif name in self.plan.tiers[incident.tier].recipients and name not in incident.calls:
                self._tiers.want(now_ns, name, incident)

    def test(self, now_ns: int) -> list[CallFact]:
        """Order a test call to all recipients on duty."""
        return [
            self._log.order(now_ns, recipient.id, tier=0, incidents=())
            for recipient in self.plan.recipients
            if recipient.id in self.on_duty
        ]

    def wake(self, now_ns: int, key: DeadlineKey) -> list[CallFact]:
        """Apply a deadline of a call."""
        _, which, name = key
        if which == TIER:
            self._tiers.next(now_ns, self.incidents[name])
            return []
        wanted = [
            incident
            for key_of_incident in self._tiers.wanted(name)
            if (incident := self.waiting(key_of_incident)) is not None
            and incident.calls.get(name, 0) is None
        ]
        if not wanted:
            return []
        # A call lists all open incidents of its recipient: one answer accepts them all.
        included = sorted(
            (
                incident
                for incident in self._live()
                if incident in wanted or self._tiers.concerns(name, incident)
            ),
            key=lambda incident: incident.rank,
        )
        fact = self._log.order(
            now_ns,
            name,
            tier=max(incident.tier for incident in wanted) + 1,
            incidents=included,
        )
        for incident in wanted:
            incident.calls[name] = fact.call
        for incident in included:
            incident.steps[name] = CallStep.ORDERED
        return [fact]

    def unanswered(self) -> list[Incident]:
        """Return the incidents not accepted in any tier, highest first."""
        incidents = (incident for incident in self._live() if incident.rounds and not incident.once)
        return sorted(incidents, key=lambda incident: incident.rank)

    def wanted(self, notification: Notification) -> bool:
        """Return whether a call is still to be sent."""
        if notification.done or notification.recipient not in self.on_duty:
            return False
        return notification.test or any(
            not incident.stopped for incident in self._open_incidents(notification)
        )

    def _open_incidents(self, notification: Notification) -> list[Incident]:
        """Return the incidents of a notification that are still open."""
        return [
            incident
            for key, raised_ns in notification.occurrences
            if (incident := self.incidents.get(key)) is not None and incident.raised_ns == raised_ns
        ]

    def _live(self) -> list[Incident]:
        return [incident for incident in self.incidents.values() if not incident.stopped]

    def _forget(self, incident: Incident) -> None:
        self._tiers.stop(incident)
        del self.incidents[incident.key]
