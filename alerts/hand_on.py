"""Handing on an acceptance: another person is asked to take over, and may refuse. Pure.

Until that person accepts, the first one remains responsible and nobody else is called. If the
person cannot be reached, declines, or does not answer in the time of their tier, the first one
gets a message.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from alerts.acceptances import Acceptance
from alerts.call_fact import CallFact, CallPurpose, CallStep
from alerts.deadline_queue import CALL_CLASS, DeadlineKey, Deadlines
from alerts.incident import Occurrence
from alerts.incidents import Incidents
from alerts.notification_log import Notification, NotificationLog
from alerts.tiers import Tiers

HAND_ON = 6  # number of the deadline; those of `alerts.tiers` and `alerts.duty` are lower


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pending:
    """A request that nobody has answered yet.

    Attributes:
        call: number of the notification.
        to: id of the recipient who is asked.
        by: name of the person who has accepted.
        accepted_ns: time of the acceptance; a later one is about other alarms too.
    """

    call: int
    to: str
    by: str
    accepted_ns: int


class HandOns:
    """The acceptances of one session that are being handed on.

    Args:
        deadlines: of the session.
        tiers: of its call plan.
        log: of its notifications.
        incidents: of the session.
    """

    def __init__(
        self,
        deadlines: Deadlines[DeadlineKey],
        tiers: Tiers,
        log: NotificationLog,
        incidents: Incidents,
    ) -> None:
        self._deadlines = deadlines
        self._tiers = tiers
        self._log = log
        self._incidents = incidents
        self._pending: dict[str, _Pending] = {}  # by ladder

    def accepted_by(self, key: str) -> str | None:
        """Return who has accepted an open alarm and can hand it on, or None."""
        alarm = self._incidents.occurrences.get(key)
        acceptance = None if alarm is None else self._acceptance(alarm.incident.ladder)
        if alarm is None or acceptance is None or alarm.by != acceptance.by:
            return None
        return acceptance.by

    def asked(self, key: str) -> str | None:
        """Return the id of the recipient who is asked to take over an alarm, or None."""
        alarm = self._incidents.occurrences.get(key)
        pending = None if alarm is None else self._valid(alarm.incident.ladder)
        return None if pending is None else pending.to

    def waits(self, notification: Notification) -> bool:
        """Return whether a request can still be accepted or declined."""
        return self._ladder(notification.call) is not None

    def order(self, now_ns: int, key: str, to: str) -> list[CallFact]:
        """Ask a recipient to take over an alarm; empty if nobody has accepted it."""
        by, alarm = self.accepted_by(key), self._incidents.occurrences.get(key)
        acceptance = None if alarm is None else self._acceptance(alarm.incident.ladder)
        if by is None or alarm is None or acceptance is None:
            return []
        if self._tiers.plan.recipient(to) is None:
            return []
        incident = alarm.incident
        index = self._tier_of(to)
        fact = self._log.order(
            now_ns,
            to,
            tier=index + 1,
            alarms=self._alarms(incident.ladder, by),
            purpose=CallPurpose.HANDED_ON,
            by=self._id(by) or "",
        )
        self._pending[incident.ladder] = _Pending(
            call=fact.call, to=to, by=by, accepted_ns=acceptance.at_ns
        )
        incident.steps[to] = CallStep.ORDERED
        within_ns = round(self._tiers.plan.tiers[index].accept_within_s * 1e9)
        self._deadlines.put((CALL_CLASS, HAND_ON, incident.ladder), now_ns + within_ns)
        return [fact]

    def accept(self, now_ns: int, call: int, by: str, arrives_ns: int | None) -> list[CallFact]:
        """Accept a request: `by` is responsible now, and the first person hears of it."""
        ladder = self._ladder(call)
        if ladder is None:
            return []
        pending, acceptance = self._pending[ladder], self._acceptance(ladder)
        alarms = self._alarms(ladder, pending.by)
        self._drop(ladder)
        if acceptance is None or not alarms:
            return []
        acceptance.by, acceptance.at_ns, acceptance.arrives_ns = by, now_ns, arrives_ns
        for alarm in alarms:
            alarm.by, alarm.accepted_ns, alarm.arrives_ns = by, now_ns, arrives_ns
        alarms[0].incident.steps[pending.to] = CallStep.ACCEPTED
        fact = self._answer(
            now_ns, pending, CallStep.ACCEPTED, alarms, by, ladder=ladder, arrives_ns=arrives_ns
        )
        return [fact, *self._tell(now_ns, pending, alarms, CallPurpose.ACCEPTED, by)]

    def give_back(self, now_ns: int, call: int, by: str = "") -> list[CallFact]:
        """End a request that was declined by `by` or has not reached anybody."""
        ladder = self._ladder(call)
        if ladder is None:
            return []
        pending = self._pending[ladder]
        alarms = self._alarms(ladder, pending.by)
        self._drop(ladder)
        facts: list[CallFact] = []
        if alarms:
            step = CallStep.DECLINED if by else CallStep.FAILED
            alarms[0].incident.steps[pending.to] = step
        if by:
            facts = [self._answer(now_ns, pending, CallStep.DECLINED, alarms, by)]
        return facts + self._tell(now_ns, pending, alarms, CallPurpose.NOT_TAKEN, pending.by)

    def expire(self, now_ns: int, ladder: str) -> list[CallFact]:
        """End a request without an answer."""
        pending = self._pending.get(ladder)
        facts = [] if pending is None else self.give_back(now_ns, pending.call)
        self._pending.pop(ladder, None)  # also of alarms that are over now, and may return
        return facts

    def _answer(
        self,
        now_ns: int,
        pending: _Pending,
        step: CallStep,
        alarms: Sequence[Occurrence],
        by: str,
        *,
        ladder: str = "",
        arrives_ns: int | None = None,
    ) -> CallFact:
        """Return the answer of the person who was asked."""
        notification = self._log.numbered[pending.call]
        return self._log.fact(
            now_ns,
            pending.to,
            call=pending.call,
            step=step,
            tier=notification.tier,
            alarms=tuple(alarm.key for alarm in alarms),
            priority=notification.priority,
            by=by,
            ladder=ladder,
            arrives_ns=arrives_ns,
        )

    def _tell(
        self,
        now_ns: int,
        pending: _Pending,
        alarms: Sequence[Occurrence],
        purpose: CallPurpose,
        by: str,
    ) -> list[CallFact]:
        """Inform the person who has handed on, if they are a recipient and it is not over."""
        name = self._id(pending.by)
        if name is None or not alarms:
            return []
        tier = self._tier_of(name) + 1
        return [self._log.order(now_ns, name, tier=tier, alarms=alarms, purpose=purpose, by=by)]

    def _acceptance(self, ladder: str) -> Acceptance | None:
        return self._incidents.acceptances.of(ladder)

    def _valid(self, ladder: str) -> _Pending | None:
        """Return the request about a ladder while the same acceptance is in force."""
        pending, acceptance = self._pending.get(ladder), self._acceptance(ladder)
        if pending is None or acceptance is None or acceptance.at_ns != pending.accepted_ns:
            return None
        return pending if self._alarms(ladder, pending.by) else None

    def _ladder(self, call: int) -> str | None:
        for ladder, pending in self._pending.items():
            if pending.call == call and self._valid(ladder) is not None:
                return ladder
        return None

    def _alarms(self, ladder: str, by: str) -> list[Occurrence]:
        """Return the open alarms of a ladder that somebody has accepted, highest first."""
        alarms = self._incidents.occurrences.values()
        mine = (each for each in alarms if each.incident.ladder == ladder and each.by == by)
        return sorted(mine, key=lambda alarm: alarm.rank)

    def _drop(self, ladder: str) -> None:
        del self._pending[ladder]
        self._deadlines.drop((CALL_CLASS, HAND_ON, ladder))

    def _id(self, name: str) -> str | None:
        people = self._tiers.plan.recipients
        return next((each.id for each in people if each.name == name), None)

    def _tier_of(self, name: str) -> int:
        tiers = enumerate(self._tiers.plan.tiers)
        return next((index for index, tier in tiers if name in tier.recipients), 0)
