"""Progress of incidents through the tiers of the call plan. Pure."""

from alerts.call_fact import CallStep
from alerts.call_plan import CALLING, Plan, Tier
from alerts.deadline_queue import CALL_CLASS, DeadlineKey, Deadlines
from alerts.duty import Duty
from alerts.incident import Incident, Occurrence

GROUP_WAIT_NS = 2 * 10**9  # alarms raised within this time share a message
GROUP_INTERVAL_NS = 20 * 10**9  # between messages to a person, unless the later one is higher
PENDING_NS = 20 * 10**9  # a message that no channel has taken by then has not reached anybody
REPEAT_NS = 60 * 10**9  # at least, between two messages to a person about the same alarms
# The same after some rounds in which nobody has accepted: at most 15 messages in half an hour.
SOON_ROUNDS = 2
LATER_REPEAT_NS = 180 * 10**9

# At equal times tiers expire first, so that their next calls share a message.
TIER, OVER, RETRY, GROUP, CLOSURE = range(5)


class Tiers:
    """Tiers of one session's call plan, with the recipients on duty and those to be called.

    Attributes:
        plan: in force.
        duty: of the recipients.
        unreachable: ids of recipients whose last call failed on all channels.
        last: time and priority of the last message about alarms to each recipient.
    """

    def __init__(self, deadlines: Deadlines[DeadlineKey]) -> None:
        self.plan = Plan()
        self.duty = Duty(deadlines)
        self.unreachable: set[str] = set()
        self.last: dict[str, tuple[int, int]] = {}
        self._deadlines = deadlines

    @property
    def on_duty(self) -> set[str]:
        """Return the ids of recipients on duty."""
        return self.duty.on

    def use(self, plan: Plan) -> None:
        """Put a plan in force; keep who is on duty."""
        self.duty.use(plan)
        self.unreachable &= self.on_duty
        self.plan = plan

    def of(self, alarm: Occurrence) -> list[int]:
        """Return the indices of the tiers that an alarm is for."""
        return [index for index, tier in enumerate(self.plan.tiers) if _takes(tier, alarm)]

    def concerns(self, name: str, incident: Incident) -> bool:
        """Return whether an incident is for a tier of a recipient."""
        tiers = (self.plan.tiers[index] for index in self.of(incident.head))
        return any(name in tier.recipients for tier in tiers)

    def next(self, now_ns: int, incident: Incident) -> None:
        """Call the next tier that has a recipient on duty; after the last tier start again."""
        incident.calls, incident.failed, incident.advance = {}, set(), False
        while True:
            index = self._following(incident)
            if index is None:
                incident.rounds, incident.next_tier = incident.rounds + 1, 0
                if incident.once:
                    return
                continue
            if incident.not_before.get(index, now_ns) > now_ns:
                incident.next_tier = index
                self._deadlines.put(_tier(incident), incident.not_before[index])
                return
            incident.tier, incident.next_tier = index, index + 1
            self._not_before(incident, index, now_ns + GROUP_WAIT_NS)
            incident.reached.discard(index)
            names = [name for name in self._on_duty(index) if not incident.declined_by(name)]
            if incident.once:  # about failed calls: never to unreachable recipients
                names = [name for name in names if name not in self.unreachable]
            if names:
                if not incident.once:
                    latest_ns = now_ns + GROUP_INTERVAL_NS + PENDING_NS
                    self._deadlines.put(_tier(incident), latest_ns)
                incident.picking = True
                for name in names:
                    self.want(now_ns, name, incident, index)
                incident.picking = False
                self._reach_aware(now_ns, incident)
                return

    def expire(self, now_ns: int, incident: Incident) -> None:
        """End the time of a tier: call the next one, at the latest when the alarm returns."""
        if incident.over_ns is None:
            self.next(now_ns, incident)
        elif not incident.waiting:  # else nobody of this tier knows yet
            incident.advance = True
            if self._following(incident) is None:
                incident.rounds, incident.next_tier = incident.rounds + 1, 0

    def next_if_lost(self, now_ns: int, incident: Incident) -> None:
        """Call the next tier if no recipient of this one can be reached."""
        if incident.exhausted:
            self.next(now_ns, incident)

    def leave(self, now_ns: int, name: str, incident: Incident) -> None:
        """Stop counting on a recipient who has declined; call the next tier if nobody is left."""
        index = incident.tier_of.get(name)
        wanted = incident.wanted.pop(name, None) == incident.tier
        current = incident.calls.pop(name, None) is not None or wanted
        if index is not None and not incident.informed_in(index):
            incident.reached.discard(index)
        if not current:
            return
        deadline = _tier(incident)
        if incident.exhausted:
            if not incident.advance:
                self._deadlines.drop(deadline)
                self.expire(now_ns, incident)
        elif incident.tier not in incident.reached and not incident.once:
            due_ns, pending_ns = self._deadlines.due(deadline), now_ns + PENDING_NS
            self._deadlines.put(deadline, pending_ns if due_ns is None else min(due_ns, pending_ns))

    def resume(self, now_ns: int, incident: Incident) -> None:
        """Continue with an incident whose alarm has returned, where it stood."""
        incident.over_ns = None
        self._deadlines.drop((CALL_CLASS, OVER, incident.ladder))
        cleared, incident.cleared = incident.cleared, False
        if cleared:  # they believe that it is over
            incident.told.clear()
            incident.informed.clear()
            incident.declines.clear()
        if incident.advance:
            self.next(now_ns, incident)
        elif self._deadlines.due(_tier(incident)) is None and not incident.once:
            self._deadlines.put(_tier(incident), now_ns + GROUP_INTERVAL_NS + PENDING_NS)
        for name in incident.wanted:  # they have waited for others before
            self._gather(name, incident, now_ns + GROUP_WAIT_NS if cleared else now_ns)

    def catch_up(self, now_ns: int, incident: Incident) -> None:
        """Call those of the tiers called so far who do not know how high the alarm is."""
        if incident.once:
            return
        for index in self.of(incident.head):
            if index > incident.tier and not incident.rounds:
                return
            for name in self._on_duty(index):
                told = incident.told.get(name)
                if name not in incident.wanted and (
                    told is None or told.place < incident.head.place
                ):
                    self.want(now_ns, name, incident, index)

    def want(self, now_ns: int, name: str, incident: Incident, index: int) -> None:
        """Call a recipient of a tier, with all that is raised within `GROUP_WAIT_NS`.

        Somebody who has had a message about all of it within the repeat time, or who cannot
        respond, is not called again.
        """
        if incident.declined_by(name) or self.aware(now_ns, name, incident, index):
            return
        incident.wanted[name] = index
        self._gather(name, incident, now_ns + GROUP_WAIT_NS)

    def aware(self, now_ns: int, name: str, incident: Incident, index: int) -> bool:
        """Return whether a recipient of a tier needs no call now: a recent message says it all."""
        told = incident.knows(name)
        if told is None or told.place < incident.head.place:
            return False
        if now_ns - told.at_ns >= self._repeat_ns(incident, index):
            return False
        incident.wanted.pop(name, None)
        incident.tier_of[name] = index
        if index == incident.tier:
            incident.calls[name] = told.call
            self._reach_aware(now_ns, incident)
        return True

    def come(self, now_ns: int, name: str, incident: Incident) -> None:
        """Call a recipient who comes on duty, if a tier of theirs is being called."""
        mine = [i for i in self.of(incident.head) if name in self.plan.tiers[i].recipients]
        if not mine or incident.once or incident.declined_by(name):
            return
        if not incident.calls and not incident.wanted:  # there was nobody to call
            incident.tier, incident.next_tier = mine[0], mine[0] + 1
            self._deadlines.put(_tier(incident), now_ns + GROUP_INTERVAL_NS + PENDING_NS)
            self.want(now_ns, name, incident, mine[0])
        elif incident.tier in mine and name not in incident.calls:
            self.want(now_ns, name, incident, incident.tier)

    def sent(self, now_ns: int, name: str, incident: Incident, call: int) -> None:
        """Record that a wanted recipient has been sent a message."""
        index = incident.tier_of[name] = incident.wanted.pop(name)
        incident.declines.pop(name, None)
        if index == incident.tier:
            incident.calls[name] = call
            incident.failed.discard(name)
            if index not in incident.reached and not incident.once:
                self._deadlines.put(_tier(incident), now_ns + PENDING_NS)

    def reach(self, now_ns: int, incident: Incident, index: int, at_ns: int) -> None:
        """Record that somebody of a tier has the message since `at_ns`: their time begins."""
        if index in incident.reached:
            return
        incident.reached.add(index)
        self._not_before(incident, index, at_ns)
        if incident.once or (incident.over_ns is not None and incident.advance):
            return
        waits = not incident.calls and not incident.wanted and len(incident.reached) == 1
        if waits:  # nobody had been reached in any tier, and a retry has succeeded
            incident.tier, incident.next_tier = index, index + 1
        if waits or index == incident.tier:
            ends_ns = at_ns + round(self.plan.tiers[index].accept_within_s * 1e9)
            self._deadlines.put(_tier(incident), max(now_ns, ends_ns))

    def apply(
        self, now_ns: int, name: str, incident: Incident, step: CallStep, *, lost: bool, done: bool
    ) -> None:
        """Apply the outcome of the last message to a recipient about an incident.

        Args:
            now_ns: engine time.
            name: of the recipient.
            incident: that the message is about.
            step: delivered, failed or skipped.
            lost: no channel has taken it.
            done: no channel is pending.
        """
        told, index = incident.told[name], incident.tier_of.get(name)
        answered = incident.steps.get(name) in (CallStep.ACCEPTED, CallStep.DECLINED)
        if (step is not CallStep.FAILED or lost) and not answered:
            incident.steps[name] = step
        if step is CallStep.DELIVERED:
            told.lost = False
            told.delivered_ns = now_ns if told.delivered_ns is None else told.delivered_ns
            incident.informed.add(name)
            incident.failed.discard(name)
            if incident.open and index is not None and name not in incident.declines:
                self.reach(now_ns, incident, index, now_ns)
        elif done and told.delivered_ns is None:
            told.lost = True
            current = incident.open and incident.calls.get(name) == told.call
            if lost and current:
                incident.failed.add(name)
                self.next_if_lost(now_ns, incident)
            elif current and name in self.on_duty:  # skipped; call when the alarm returns
                del incident.calls[name]
                incident.wanted[name] = incident.tier

    def _reach_aware(self, now_ns: int, incident: Incident) -> None:
        """Begin the time of a tier of which everybody needs no call now."""
        known = (incident.knows(name) for name in incident.calls)
        delivered = [told.delivered_ns for told in known if told is not None]
        at_ns = max((each for each in delivered if each is not None), default=None)
        if at_ns is not None and not incident.waiting and not incident.picking:
            self.reach(now_ns, incident, incident.tier, at_ns)

    def stop(self, incident: Incident) -> None:
        """Call nobody about an incident any more."""
        incident.open, incident.over_ns = False, None
        incident.calls, incident.wanted = {}, {}
        for name, told in incident.told.items():
            if self.last.get(name, (None,))[0] == told.at_ns:
                del self.last[name]  # answered: what is new does not wait
        for which in (TIER, OVER):
            self._deadlines.drop((CALL_CLASS, which, incident.ladder))

    def _following(self, incident: Incident) -> int | None:
        later = (index for index in self.of(incident.head) if index >= incident.next_tier)
        return next(later, None)

    def _on_duty(self, index: int) -> list[str]:
        return [name for name in self.plan.tiers[index].recipients if name in self.on_duty]

    def _repeat_ns(self, incident: Incident, index: int) -> int:
        least_ns = REPEAT_NS if incident.rounds < SOON_ROUNDS else LATER_REPEAT_NS
        return max(least_ns, round(self.plan.tiers[index].accept_within_s * 1e9))

    def _not_before(self, incident: Incident, index: int, told_ns: int) -> None:
        earliest_ns = told_ns + self._repeat_ns(incident, index)
        incident.not_before[index] = max(incident.not_before.get(index, 0), earliest_ns)

    def _gather(self, name: str, incident: Incident, due_ns: int) -> None:
        last = self.last.get(name)
        if last is not None and CALLING.index(incident.head.priority) <= last[1]:
            due_ns = max(due_ns, last[0] + GROUP_INTERVAL_NS)
        deadline = (CALL_CLASS, GROUP, name)
        known_ns = self._deadlines.due(deadline)
        if known_ns is None or due_ns < known_ns:
            self._deadlines.put(deadline, due_ns)


def _tier(incident: Incident) -> DeadlineKey:
    return (CALL_CLASS, TIER, incident.ladder)


def _takes(tier: Tier, alarm: Occurrence) -> bool:
    return tier.takes(alarm.priority, technical=alarm.technical)
