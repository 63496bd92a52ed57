"""Who is called next: each open alarm goes through the tiers until somebody accepts it.

Pure: time comes in with each call, and through the deadlines that the alarms have too. What comes
out are `CallFact`s: orders to call somebody, and what became of them.

An alarm that is raised calls its first tier, all of it at once. Accepted, acknowledged or over, it
is quiet. Not accepted in time, or nobody of the tier reached: the next tier. Behind the last one
it begins again, no tier more often than once in its own time.
"""

import enum
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import ClassVar

from alerts.active_alarms import AlarmFact
from alerts.call_plan import CALLING, Plan, Tier
from alerts.deadlines import CALL_CLASS, DeadlineKey, Deadlines

GATHER_NS = 2 * 10**9  # what rises in this time is one message; short beside any tier's time

# At equal times tiers give up first, so that all they want goes out in one message.
_TIER, _GATHER = 0, 1
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
        call: number of the order, from 1; 0 for an acceptance without one.
        step: a `CallStep`.
        tier: from 1; 0 for a test call.
        alarms: their keys, highest first; empty for a test call.
        priority: of the highest, empty for a test call.
        channel: through which it went, such as ``mailto``.
        reason: why it failed or was skipped.
        by: who accepted.
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


@dataclass(slots=True, kw_only=True)
class Case:
    """One occurrence of an alarm on its way through the tiers.

    Attributes:
        key: of the alarm.
        raised_ns: tells this occurrence from others of the same alarm.
        once: goes through the tiers once: it is about calls that fail.
        tier: index of the tier called last.
        rounds: how often the last tier has let its time pass.
        told: each recipient's latest step, in the order in which they were called.
        stopped: nobody is called any more: it was accepted, or acknowledged.
        by: who accepted it.
        accepted_ns: when.
    """

    key: str
    raised_ns: int
    priority: str
    technical: bool
    once: bool = False
    tier: int = 0
    rounds: int = 0
    told: dict[str, CallStep] = field(default_factory=dict)
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
class Order:
    """A call that was ordered, and how far it has come.

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
        cases: by alarm key.
        orders: by number.
    """

    def __init__(self, deadlines: Deadlines[DeadlineKey]) -> None:
        self.plan = Plan()
        self.on_duty: set[str] = set()
        self.unreachable: set[str] = set()
        self.cases: dict[str, Case] = {}
        self.orders: dict[int, Order] = {}
        self._deadlines = deadlines
        self._wanted: dict[str, list[str]] = {}  # recipient: keys of cases
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
        for case in self._live():
            if self._tiers(case):
                self._start(now_ns, case)
            else:
                self._forget(case)

    def open(
        self, now_ns: int, key: str, raised_ns: int, priority: str, trouble: str, *, technical: bool
    ) -> None:
        """Take that an alarm was raised.

        Args:
            now_ns: engine time.
            key: of the alarm.
            raised_ns: of this occurrence.
            priority: of the alarm.
            trouble: name of the monitor's own trouble that it is about, or empty.
            technical: it is about the equipment.
        """
        old = self.cases.get(key)
        if old is not None:
            self._forget(old)
        if trouble == "not-accepted":  # would call in its own name
            return
        case = Case(
            key=key,
            raised_ns=raised_ns,
            priority=priority,
            technical=technical,
            once=trouble == "call-failure",
        )
        if self._tiers(case):
            self.cases[key] = case
            self._start(now_ns, case)

    def alarm(self, now_ns: int, fact: AlarmFact, trouble: str) -> None:
        """Take a step of an alarm; `trouble` as in `open`."""
        key = f"{fact.rule}@{fact.subject}"
        if fact.step == "raised":
            technical = fact.technical
            self.open(now_ns, key, fact.at_ns, fact.priority, trouble, technical=technical)
            return
        case = self.cases.get(key)
        if case is None:
            return
        if fact.state in _OVER:
            self._forget(case)
        elif fact.state == "acknowledged":
            self._stop(case)

    def waiting(self, key: str, raised_ns: int | None = None) -> Case | None:
        """Return the occurrence of an alarm that people are called about still.

        Args:
            key: of the alarm.
            raised_ns: of the occurrence; None for the one that is open.
        """
        case = self.cases.get(key)
        if case is None or case.stopped or raised_ns not in (None, case.raised_ns):
            return None
        return case

    def accept(
        self, now_ns: int, key: str, raised_ns: int | None, by: str, call: int
    ) -> list[CallFact]:
        """Take that `by` looks after an occurrence of an alarm; empty when it is nobody's any more.

        Args:
            now_ns: engine time.
            key: of the alarm.
            raised_ns: of the occurrence; None for the one that is open.
            by: name for people.
            call: number of the order that was answered, or 0.
        """
        case = self.waiting(key, raised_ns)
        if case is None:
            return []
        order = self.orders.get(call)
        case.by, case.accepted_ns = by, now_ns
        if order is not None:
            case.told[order.recipient] = CallStep.ACCEPTED
        self._stop(case)
        return [
            self._fact(
                now_ns,
                order.recipient if order is not None else "session",
                call=call,
                step=CallStep.ACCEPTED,
                tier=case.tier + 1,
                alarms=(key,),
                priority=case.priority,
                by=by,
            )
        ]

    def outcome(
        self, now_ns: int, call: int, channel: str | None, step: CallStep, reason: str, left: int
    ) -> list[CallFact]:
        """Take what became of a call on one channel; `left` channels have not ended yet."""
        order = self.orders.get(call)
        if order is None:
            return []
        name = order.recipient
        if step is CallStep.DELIVERED:
            order.delivered = True
            self.unreachable.discard(name)
        order.done = order.done or not left
        # A channel that failed says little beside one that took it, or still may.
        lost = order.done and not order.delivered and step is CallStep.FAILED
        if lost and name in self.on_duty:
            self.unreachable.add(name)
        for case in self._told(order):
            if (step is not CallStep.FAILED or lost) and case.told[name] is not CallStep.ACCEPTED:
                case.told[name] = step
            if lost and case.calls.get(name) == call:
                case.failed.add(name)
                self._next_if_lost(now_ns, case)
        return [self._of(now_ns, order, step, channel=channel, reason=reason)]

    def duty(self, now_ns: int, name: str, *, on: bool) -> None:
        """Take that a recipient is on duty from now on, or not any more."""
        if on == (name in self.on_duty) or self.plan.recipient(name) is None:
            return
        if not on:
            self.on_duty.discard(name)
            self.unreachable.discard(name)
            for case in self._live():
                # Who was told already may still accept; who was not is not called any more.
                if case.calls.get(name, 0) is None:
                    del case.calls[name]
                    self._next_if_lost(now_ns, case)
            return
        self.on_duty.add(name)
        for case in self._live():
            if not case.calls:
                self._start(now_ns, case)  # there was nobody to call
            elif name in self.plan.tiers[case.tier].recipients and name not in case.calls:
                self._want(now_ns, name, case)

    def test(self, now_ns: int) -> list[CallFact]:
        """Order a test call to everybody on duty."""
        return [
            self._order(now_ns, recipient.id, tier=0, told=())
            for recipient in self.plan.recipients
            if recipient.id in self.on_duty
        ]

    def wake(self, now_ns: int, key: DeadlineKey) -> list[CallFact]:
        """Do what is due for a deadline of this class."""
        _, which, name = key
        if which == _TIER:
            self._next(now_ns, self.cases[name])
            return []
        wanted = [
            case
            for key_of_case in dict.fromkeys(self._wanted.pop(name, []))
            if (case := self.waiting(key_of_case)) is not None and case.calls.get(name, 0) is None
        ]
        if not wanted:
            return []
        # Whoever is called hears of all that is open and theirs: one answer accepts it all.
        told = sorted(
            (case for case in self._live() if case in wanted or self._concerns(name, case)),
            key=lambda case: case.rank,
        )
        fact = self._order(
            now_ns,
            name,
            tier=max(case.tier for case in wanted) + 1,
            told=told,
        )
        for case in wanted:
            case.calls[name] = fact.call
        for case in told:
            case.told[name] = CallStep.ORDERED
        return [fact]

    def unanswered(self) -> list[Case]:
        """Return the alarms that nobody has accepted in any tier, highest first."""
        cases = (case for case in self._live() if case.rounds and not case.once)
        return sorted(cases, key=lambda case: case.rank)

    def wanted(self, order: Order) -> bool:
        """Tell whether a call still has somebody to tell something new to."""
        if order.done or order.recipient not in self.on_duty:
            return False
        return order.test or any(not case.stopped for case in self._told(order))

    def _told(self, order: Order) -> list[Case]:
        """Return what an order tells, as far as it is open still."""
        return [
            case
            for key, raised_ns in order.occurrences
            if (case := self.cases.get(key)) is not None and case.raised_ns == raised_ns
        ]

    def _live(self) -> list[Case]:
        return [case for case in self.cases.values() if not case.stopped]

    def _tiers(self, case: Case) -> list[int]:
        return [index for index, tier in enumerate(self.plan.tiers) if _takes(tier, case)]

    def _concerns(self, name: str, case: Case) -> bool:
        return any(name in tier.recipients and _takes(tier, case) for tier in self.plan.tiers)

    def _start(self, now_ns: int, case: Case) -> None:
        case.next_tier = 0
        case.not_before.clear()
        self._next(now_ns, case)

    def _next(self, now_ns: int, case: Case) -> None:
        """Call the next tier with somebody to call; behind the last one begin again."""
        deadline = (CALL_CLASS, _TIER, case.key)
        case.calls, case.failed = {}, set()
        while True:
            mine = [index for index in self._tiers(case) if index >= case.next_tier]
            if not mine:
                case.rounds, case.next_tier = case.rounds + 1, 0
                if case.once:
                    self._stop(case)
                    return
                continue
            index = mine[0]
            if case.not_before.get(index, now_ns) > now_ns:
                case.next_tier = index
                self._deadlines.put(deadline, case.not_before[index])
                return
            tier = self.plan.tiers[index]
            case.tier, case.next_tier = index, index + 1
            ends_ns = now_ns + GATHER_NS + round(tier.accept_within_s * 1e9)
            case.not_before[index] = ends_ns
            names = [name for name in tier.recipients if name in self.on_duty]
            if case.once:  # about calls that fail: never to those whom they do not reach
                names = [name for name in names if name not in self.unreachable]
            if names:
                self._deadlines.put(deadline, ends_ns)
                for name in names:
                    self._want(now_ns, name, case)
                return

    def _next_if_lost(self, now_ns: int, case: Case) -> None:
        if set(case.calls) <= case.failed:
            self._next(now_ns, case)

    def _want(self, now_ns: int, name: str, case: Case) -> None:
        case.calls[name] = None
        self._wanted.setdefault(name, []).append(case.key)
        deadline = (CALL_CLASS, _GATHER, name)
        if self._deadlines.due(deadline) is None:
            self._deadlines.put(deadline, now_ns + GATHER_NS)

    def _stop(self, case: Case) -> None:
        case.stopped = True
        case.calls = {}
        self._deadlines.drop((CALL_CLASS, _TIER, case.key))

    def _forget(self, case: Case) -> None:
        self._stop(case)
        del self.cases[case.key]

    def _order(self, now_ns: int, name: str, *, tier: int, told: Iterable[Case]) -> CallFact:
        cases = list(told)
        order = Order(
            call=len(self.orders) + 1,
            recipient=name,
            at_ns=now_ns,
            tier=tier,
            occurrences=tuple((case.key, case.raised_ns) for case in cases),
            priority=cases[0].priority if cases else "",
        )
        self.orders[order.call] = order
        return self._of(now_ns, order, CallStep.ORDERED)

    def _of(
        self,
        now_ns: int,
        order: Order,
        step: CallStep,
        channel: str | None = None,
        reason: str = "",
    ) -> CallFact:
        return self._fact(
            now_ns,
            order.recipient,
            call=order.call,
            step=step,
            tier=order.tier,
            alarms=tuple(key for key, _ in order.occurrences),
            priority=order.priority,
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
        )


def _takes(tier: Tier, case: Case) -> bool:
    return tier.takes(case.priority, technical=case.technical)
