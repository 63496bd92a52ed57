"""Progress of incidents through the tiers of the call plan. Pure."""

from alerts.call_plan import Plan, Tier
from alerts.deadlines import CALL_CLASS, DeadlineKey, Deadlines
from alerts.incident import Incident

GROUP_WAIT_NS = 2 * 10**9  # alarms raised within this time share a message

# At equal times tiers expire first, so that their next calls share a message.
TIER, GROUP = 0, 1


class Tiers:
    """Tiers of one session's call plan, with the recipients on duty and those to be called.

    Attributes:
        plan: in force.
        on_duty: ids of recipients on duty.
        unreachable: ids of recipients whose last call failed on all channels.
    """

    def __init__(self, deadlines: Deadlines[DeadlineKey]) -> None:
        self.plan = Plan()
        self.on_duty: set[str] = set()
        self.unreachable: set[str] = set()
        self._deadlines = deadlines
        self._wanted: dict[str, list[str]] = {}  # recipient: keys of incidents

    def use(self, plan: Plan) -> None:
        """Put a plan in force; keep who is on duty."""
        known = {recipient.id for recipient in self.plan.recipients}
        self.on_duty = {
            each.id
            for each in plan.recipients
            if (each.id in self.on_duty if each.id in known else each.on_duty)
        }
        self.unreachable &= self.on_duty
        self.plan = plan

    def wanted(self, name: str) -> list[str]:
        """Return the keys of the incidents that a recipient is to be called about, once."""
        return list(dict.fromkeys(self._wanted.pop(name, [])))

    def of(self, incident: Incident) -> list[int]:
        """Return the indices of the tiers that an incident is for."""
        return [index for index, tier in enumerate(self.plan.tiers) if _takes(tier, incident)]

    def concerns(self, name: str, incident: Incident) -> bool:
        """Return whether an incident is for a tier of a recipient."""
        return any(name in tier.recipients and _takes(tier, incident) for tier in self.plan.tiers)

    def start(self, now_ns: int, incident: Incident) -> None:
        """Call the first tier of an incident."""
        incident.next_tier = 0
        incident.not_before.clear()
        self.next(now_ns, incident)

    def next(self, now_ns: int, incident: Incident) -> None:
        """Call the next tier that has a recipient on duty; after the last tier start again."""
        deadline = (CALL_CLASS, TIER, incident.key)
        incident.calls, incident.failed = {}, set()
        while True:
            mine = [index for index in self.of(incident) if index >= incident.next_tier]
            if not mine:
                incident.rounds, incident.next_tier = incident.rounds + 1, 0
                if incident.once:
                    self.stop(incident)
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
            if incident.once:  # about failed calls: never to unreachable recipients
                names = [name for name in names if name not in self.unreachable]
            if names:
                self._deadlines.put(deadline, ends_ns)
                for name in names:
                    self.want(now_ns, name, incident)
                return

    def next_if_lost(self, now_ns: int, incident: Incident) -> None:
        """Call the next tier if no recipient of this one can be reached."""
        if set(incident.calls) <= incident.failed:
            self.next(now_ns, incident)

    def want(self, now_ns: int, name: str, incident: Incident) -> None:
        """Call a recipient about an incident, with all that is raised within `GROUP_WAIT_NS`."""
        incident.calls[name] = None
        self._wanted.setdefault(name, []).append(incident.key)
        deadline = (CALL_CLASS, GROUP, name)
        if self._deadlines.due(deadline) is None:
            self._deadlines.put(deadline, now_ns + GROUP_WAIT_NS)

    def stop(self, incident: Incident) -> None:
        """Call nobody about an incident any more."""
        incident.stopped = True
        incident.calls = {}
        self._deadlines.drop((CALL_CLASS, TIER, incident.key))


def _takes(tier: Tier, incident: Incident) -> bool:
    return tier.takes(incident.priority, technical=incident.technical)
