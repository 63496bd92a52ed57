"""Who is called next: each open alarm goes through the tiers until somebody accepts it.

Pure: time comes in with each call, and through the deadlines that the alarms have too. What comes
out are `CallFact`s: notifications to be sent, and their outcomes.

An alarm that is raised calls its first tier, all of it at once. Accepted, acknowledged or over, it
is quiet. Not accepted in time, or nobody of the tier reached: the next tier. Behind the last one
it begins again, no tier more often than once in its own time.

Of a ladder (see `alerts.ladder`) only the head calls. An acceptance is of the ladder, up to the
alarm that was accepted.
"""

import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from alerts.acceptances import Acceptances
from alerts.alarm import Alarm, State, Step
from alerts.alarm_fact import AlarmFact
from alerts.call_plan import CALLING, Plan, Tier
from alerts.deadlines import CALL_CLASS, DeadlineKey, Deadlines
from alerts.ladder import Rank, ladder, rank
from alerts.policy.rules import Trouble

GROUP_WAIT_NS = 2 * 10**9  # what rises in this time is one message; short beside any tier's time

# At equal times tiers give up first, so that all they want goes out in one message.
_TIER, _GROUP = 0, 1
_OVER = ("inactive", "pending")


class CallStep(enum.StrEnum):
    """What happens to a call."""

    ORDERED = "ordered"
    DELIVERED = "delivered"  # through one channel
    FAILED = "failed"  # through one channel
    SKIPPED = "skipped"  # not tried: over, accepted, or a later call said more
    ACCEPTED = "accepted"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFact:
    """One step of a call.

    Attributes:
        subject: the recipient's id, or ``session`` where somebody accepts who was not called.
        at_ns: strictly increasing for each recipient.
        call: number of the notification, from 1; 0 for an acceptance without one.
        step: a `CallStep`.
        tier: from 1; 0 for a test call.
        alarms: their keys, highest first; empty for a test call.
        priority: of the highest, empty for a test call.
        channel: through which it went, such as ``mailto``.
        reason: why it failed or was skipped.
        by: who accepted.
        matter: name of the ladder that was accepted; empty for any other step.
    """

    kind: ClassVar[str] = "call"
    subject: str
    at_ns: int
    call: int
    step: str
    tier: int
    alarms: tuple[str, ...]
    priority: str
    channel: str | None = None
    reason: str = ""
    by: str | None = None
    matter: str = ""


@dataclass(slots=True, kw_only=True)
class Incident:
    """Track one occurrence of an alarm through the tiers.

    Attributes:
        key: of the alarm.
        raised_ns: tells this occurrence from others of the same alarm.
        ladder: of the alarm.
        place: of the alarm in its ladder.
        once: goes through the tiers once: it is about calls that fail.
        tier: index of the tier called last.
        rounds: how often the last tier has let its time pass.
        steps: each recipient's latest step, in the order in which they were called.
        stopped: nobody is called any more: it was accepted, or acknowledged.
        by: who accepted it.
        accepted_ns: when.
    """

    key: str
    raised_ns: int
    ladder: str
    place: Rank
    priority: str
    technical: bool
    once: bool = False
    tier: int = 0
    rounds: int = 0
    steps: dict[str, CallStep] = field(default_factory=dict)
    stopped: bool = False
    by: str | None = None
    accepted_ns: int | None = None
    next_tier: int = 0  # where to look on
    not_before: dict[int, int] = field(default_factory=dict)  # tier: when it may be called again
    calls: dict[str, int | None] = field(default_factory=dict)  # of this tier; None: not yet out
    failed: set[str] = field(default_factory=set)  # recipients of this tier

    @property
    def rank(self) -> tuple[int, int, str]:
        """Return what sorts the highest, then the newest first."""
        return (-CALLING.index(self.priority), -self.raised_ns, self.key)


@dataclass(slots=True, kw_only=True)
class Notification:
    """A call to one recipient and its progress.

    Attributes:
        occurrences: key and time of each alarm that the message tells.
        delivered: at least one channel took it.
        done: every channel has taken it or failed, or it was skipped.
    """

    call: int
    recipient: str
    at_ns: int
    tier: int
    occurrences: tuple[tuple[str, int], ...]
    priority: str
    delivered: bool = False
    done: bool = False

    @property
    def test(self) -> bool:
        """Tell whether it is about no alarm."""
        return not self.occurrences


class Escalation:
    """The calls of one session.

    Attributes:
        plan: in force.
        on_duty: ids of those who are called.
        unreachable: ids of those whose last call nobody took.
        incidents: by alarm key.
        notifications: by number.
    """

    def __init__(self, deadlines: Deadlines[DeadlineKey]) -> None:
        self.plan = Plan()
        self.on_duty: set[str] = set()
        self.unreachable: set[str] = set()
        self.incidents: dict[str, Incident] = {}
        self.notifications: dict[int, Notification] = {}
        self._deadlines = deadlines
        self._acceptances = Acceptances()
        self._wanted: dict[str, list[str]] = {}  # recipient: keys of incidents
        self._last_ns: dict[str, int] = {}

    def use(self, now_ns: int, plan: Plan) -> None:
        """Take a plan, the first or another; what is open begins anew, duty stays as it is."""
        known = {recipient.id for recipient in self.plan.recipients}
        self.on_duty = {
            each.id
            for each in plan.recipients
            if (each.id in self.on_duty if each.id in known else each.on_duty)
        }
        self.unreachable &= self.on_duty
        self.plan = plan
        for incident in self._live():
            if self._tiers(incident):
                self._start(now_ns, incident)
            else:
                self._forget(incident)

    def open(self, now_ns: int, alarm: Alarm, rounds: int = 0) -> None:
        """Begin to call about an alarm, unless somebody looks after its matter already.

        Args:
            now_ns: engine time.
            alarm: head of its ladder, or over and not acknowledged.
            rounds: how often nobody accepted another alarm of the ladder.
        """
        old = self.incidents.get(alarm.key)
        if old is not None:
            self._forget(old)
        condition = alarm.rule.condition
        trouble = condition.name if isinstance(condition, Trouble) else ""
        if trouble == "not-accepted":  # would call in its own name
            return
        incident = Incident(
            key=alarm.key,
            raised_ns=alarm.raised_ns,
            ladder=ladder(alarm),
            place=rank(alarm),
            priority=alarm.rule.priority.name.lower(),
            technical=alarm.rule.technical,
            once=trouble == "call-failure",
            rounds=rounds,
        )
        if not self._tiers(incident):
            return
        self.incidents[alarm.key] = incident
        acceptance = self._acceptances.find(incident.ladder, incident.place)
        if acceptance is None:
            self._start(now_ns, incident)
            return
        incident.by, incident.accepted_ns = acceptance.by, acceptance.at_ns
        self._stop(incident)

    def alarm(self, now_ns: int, fact: AlarmFact, alarm: Alarm, holding: Sequence[Alarm]) -> None:
        """Follow a step of an alarm.

        Args:
            now_ns: engine time.
            fact: the step.
            alarm: that took it, as it is after all that happened at that moment.
            holding: the alarms of its ladder that hold, the head first.
        """
        name = ladder(alarm)
        self._acceptances.follow(now_ns, name, quiet=not holding)
        rounds = max((each.rounds for each in self._live() if each.ladder == name), default=0)
        incident = self.incidents.get(fact.key)
        if incident is not None:
            if fact.state in _OVER or alarm.head:  # over, or a higher one calls in its place
                self._forget(incident)
            elif fact.state == State.ACKNOWLEDGED.value:
                self._stop(incident)
            elif fact.step == Step.UNACKNOWLEDGED.value and incident.by is None:
                incident.stopped = False
                self._start(now_ns, incident)
        if not holding or holding[0].state is not State.ACTIVE:
            return
        head = holding[0]
        known = self.incidents.get(head.key)
        if known is None or known.raised_ns != head.raised_ns:
            self.open(now_ns, head, rounds)

    def waiting(self, key: str, raised_ns: int | None = None) -> Incident | None:
        """Return the occurrence of an alarm that people are called about still.

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
        """Accept an incident, and all of its ladder up to it, for `by`.

        Args:
            now_ns: engine time.
            key: of the alarm.
            raised_ns: of the occurrence; None for the one that is open.
            by: name for people.
            call: number of the notification that was answered, or 0.
            quiet: no alarm of its ladder holds.

        Returns:
            The acceptance; empty if it was accepted already, acknowledged or over.
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
                self._stop(each)
        return [
            self._fact(
                now_ns,
                notification.recipient if notification is not None else "session",
                call=call,
                step=CallStep.ACCEPTED,
                tier=incident.tier + 1,
                alarms=(key,),
                priority=incident.priority,
                by=by,
                matter=incident.ladder,
            )
        ]

    def outcome(
        self, now_ns: int, call: int, channel: str | None, step: CallStep, reason: str, left: int
    ) -> list[CallFact]:
        """Take what became of a call on one channel; `left` channels have not ended yet."""
        notification = self.notifications.get(call)
        if notification is None:
            return []
        name = notification.recipient
        if step is CallStep.DELIVERED:
            notification.delivered = True
            self.unreachable.discard(name)
        notification.done = notification.done or not left
        # A channel that failed says little beside one that took it, or still may.
        lost = notification.done and not notification.delivered and step is CallStep.FAILED
        if lost and name in self.on_duty:
            self.unreachable.add(name)
        for incident in self._open_incidents(notification):
            accepted = incident.steps[name] is CallStep.ACCEPTED
            if (step is not CallStep.FAILED or lost) and not accepted:
                incident.steps[name] = step
            if lost and incident.calls.get(name) == call:
                incident.failed.add(name)
                self._next_if_lost(now_ns, incident)
        return [self._of(now_ns, notification, step, channel=channel, reason=reason)]

    def duty(self, now_ns: int, name: str, *, on: bool) -> None:
        """Take that a recipient is on duty from now on, or not any more."""
        if on == (name in self.on_duty) or self.plan.recipient(name) is None:
            return
        if not on:
            self.on_duty.discard(name)
            self.unreachable.discard(name)
            for incident in self._live():
                # Who was told already may still accept; who was not is not called any more.
                if incident.calls.get(name, 0) is None:
                    del incident.calls[name]
                    self._next_if_lost(now_ns, incident)
            return
        self.on_duty.add(name)
        for incident in self._live():
            if not incident.calls:
                self._start(now_ns, incident)  # there was nobody to call
            elif name in self.plan.tiers[incident.tier].recipients and name not in incident.calls:
                self._want(now_ns, name, incident)

    def test(self, now_ns: int) -> list[CallFact]:
        """Order a test call to everybody on duty."""
        return [
            self._notify(now_ns, recipient.id, tier=0, incidents=())
            for recipient in self.plan.recipients
            if recipient.id in self.on_duty
        ]

    def wake(self, now_ns: int, key: DeadlineKey) -> list[CallFact]:
        """Do what is due for a deadline of this class."""
        _, which, name = key
        if which == _TIER:
            self._next(now_ns, self.incidents[name])
            return []
        wanted = [
            incident
            for key_of_incident in dict.fromkeys(self._wanted.pop(name, []))
            if (incident := self.waiting(key_of_incident)) is not None
            and incident.calls.get(name, 0) is None
        ]
        if not wanted:
            return []
        # Whoever is called hears of all that is open and theirs: one answer accepts it all.
        included = sorted(
            (
                incident
                for incident in self._live()
                if incident in wanted or self._concerns(name, incident)
            ),
            key=lambda incident: incident.rank,
        )
        fact = self._notify(
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
        """Return the alarms that nobody has accepted in any tier, highest first."""
        incidents = (incident for incident in self._live() if incident.rounds and not incident.once)
        return sorted(incidents, key=lambda incident: incident.rank)

    def wanted(self, notification: Notification) -> bool:
        """Tell whether a call still has somebody to tell something new to."""
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

    def _tiers(self, incident: Incident) -> list[int]:
        return [index for index, tier in enumerate(self.plan.tiers) if _takes(tier, incident)]

    def _concerns(self, name: str, incident: Incident) -> bool:
        return any(name in tier.recipients and _takes(tier, incident) for tier in self.plan.tiers)

    def _start(self, now_ns: int, incident: Incident) -> None:
        incident.next_tier = 0
        incident.not_before.clear()
        self._next(now_ns, incident)

    def _next(self, now_ns: int, incident: Incident) -> None:
        """Call the next tier with somebody to call; behind the last one begin again."""
        deadline = (CALL_CLASS, _TIER, incident.key)
        incident.calls, incident.failed = {}, set()
        while True:
            mine = [index for index in self._tiers(incident) if index >= incident.next_tier]
            if not mine:
                incident.rounds, incident.next_tier = incident.rounds + 1, 0
                if incident.once:
                    self._stop(incident)
                    return
                continue
            index = mine[0]
            if incident.not_before.get(index, now_ns) > now_ns:
                incident.next_tier = index
                self._deadlines.put(deadline, incident.not_before[index])
                return
            tier = self.plan.tiers[index]
            incident.tier, incident.next_tier = index, index + 1
            ends_ns = now_ns + GROUP_WAIT_NS + round(tier.accept_within_s * 1e9)
            incident.not_before[index] = ends_ns
            names = [name for name in tier.recipients if name in self.on_duty]
            if incident.once:  # about calls that fail: never to those whom they do not reach
                names = [name for name in names if name not in self.unreachable]
            if names:
                self._deadlines.put(deadline, ends_ns)
                for name in names:
                    self._want(now_ns, name, incident)
                return

    def _next_if_lost(self, now_ns: int, incident: Incident) -> None:
        if set(incident.calls) <= incident.failed:
            self._next(now_ns, incident)

    def _want(self, now_ns: int, name: str, incident: Incident) -> None:
        incident.calls[name] = None
        self._wanted.setdefault(name, []).append(incident.key)
        deadline = (CALL_CLASS, _GROUP, name)
        if self._deadlines.due(deadline) is None:
            self._deadlines.put(deadline, now_ns + GROUP_WAIT_NS)

    def _stop(self, incident: Incident) -> None:
        incident.stopped = True
        incident.calls = {}
        self._deadlines.drop((CALL_CLASS, _TIER, incident.key))

    def _forget(self, incident: Incident) -> None:
        self._stop(incident)
        del self.incidents[incident.key]

    def _notify(
        self, now_ns: int, name: str, *, tier: int, incidents: Iterable[Incident]
    ) -> CallFact:
        incidents = list(incidents)
        notification = Notification(
            call=len(self.notifications) + 1,
            recipient=name,
            at_ns=now_ns,
            tier=tier,
            occurrences=tuple((incident.key, incident.raised_ns) for incident in incidents),
            priority=incidents[0].priority if incidents else "",
        )
        self.notifications[notification.call] = notification
        return self._of(now_ns, notification, CallStep.ORDERED)

    def _of(
        self,
        now_ns: int,
        notification: Notification,
        step: CallStep,
        channel: str | None = None,
        reason: str = "",
    ) -> CallFact:
        return self._fact(
            now_ns,
            notification.recipient,
            call=notification.call,
            step=step,
            tier=notification.tier,
            alarms=tuple(key for key, _ in notification.occurrences),
            priority=notification.priority,
            channel=channel,
            reason=reason,
        )

    def _fact(
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
        matter: str = "",
    ) -> CallFact:
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
            matter=matter,
        )


def _takes(tier: Tier, incident: Incident) -> bool:
    return tier.takes(incident.priority, technical=incident.technical)
