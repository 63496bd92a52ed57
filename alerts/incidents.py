"""The incidents of one session: which alarms call, return, are over or answered. Pure."""

from alerts.acceptances import Acceptances
from alerts.call_fact import CallPurpose
from alerts.closures import HOLD_NS, Closures
from alerts.deadline_queue import CALL_CLASS, DeadlineKey, Deadlines
from alerts.incident import Incident, Occurrence
from alerts.notification_log import Notification
from alerts.tiers import OVER, Tiers

RETURN_NS = 600 * 10**9  # an alarm that returns later is a new incident


class Incidents:
    """The incidents of one session.

    Args:
        deadlines: of the session.
        tiers: of its call plan.
        closures: its quiet messages.

    Attributes:
        occurrences: alarms that people are or were called about, by key.
        by_ladder: the last incident of each ladder.
        acceptances: of the ladders.
    """

    def __init__(self, deadlines: Deadlines[DeadlineKey], tiers: Tiers, closures: Closures) -> None:
        self.occurrences: dict[str, Occurrence] = {}
        self.by_ladder: dict[str, Incident] = {}
        self.acceptances = Acceptances()
        self._deadlines = deadlines
        self._tiers = tiers
        self._closures = closures

    def add(self, now_ns: int, alarm: Occurrence, *, once: bool) -> None:
        """Add an alarm to the incident of its ladder, or to a new one."""
        if not self._tiers.of(alarm):
            return
        name = alarm.incident.ladder
        incident = self.by_ladder.get(name)
        over_ns = None if incident is None else incident.over_ns
        if over_ns is not None and incident is not None and now_ns - over_ns >= RETURN_NS:
            self.forget(incident)
        if incident is None or not incident.open:
            incident = Incident(
                ladder=name,
                opened_ns=alarm.raised_ns,
                about_duty=alarm.incident.about_duty,
                once=once,
            )
            self.by_ladder[name] = incident
        fresh = not incident.occurrences
        alarm.incident = incident
        incident.occurrences[alarm.key] = self.occurrences[alarm.key] = alarm
        acceptance = self.acceptances.find(name, alarm.place)
        if acceptance is not None:
            alarm.by, alarm.accepted_ns, alarm.stopped = acceptance.by, acceptance.at_ns, True
            alarm.arrives_ns = acceptance.arrives_ns
        if fresh:
            incident.head, incident.open = alarm, acceptance is None
            incident.unreachable |= self._tiers.unreachable
        if acceptance is not None:
            return
        incident.head = incident.calling[0]
        if fresh:
            self._tiers.next(now_ns, incident)
            return
        if incident.over_ns is not None:
            self._tiers.resume(now_ns, incident)
        self._tiers.catch_up(now_ns, incident)

    def restart(self, now_ns: int) -> None:
        """Call again from the first tier about all that calls."""
        for incident in [*self.by_ladder.values()]:
            if incident.open:
                calling = incident.calling
                self.forget(incident)
                for alarm in calling:
                    self.add(now_ns, alarm, once=incident.once)

    def settle(self, now_ns: int, incident: Incident, by: str | None) -> None:
        """Stop calls about an incident that is over or that `by` has answered."""
        calling = incident.calling
        if calling:
            incident.head = calling[0]
        elif any(not each.stopped for each in incident.occurrences.values()):
            if incident.over_ns is None:
                incident.over_ns = now_ns
                self._deadlines.put((CALL_CLASS, OVER, incident.ladder), now_ns + HOLD_NS)
        elif incident.open:
            if not incident.cleared:
                self._closures.add(now_ns, incident, CallPurpose.ACCEPTED, by)
            self._tiers.stop(incident)

    def lose(self, now_ns: int, name: str) -> None:
        """Call about failed calls again if a recipient is lost who was not when they began."""
        for incident in self.by_ladder.values():
            if incident.once and incident.open and name not in incident.unreachable:
                incident.unreachable.add(name)
                incident.told.clear()
                incident.declines.clear()
                incident.advance, incident.next_tier = True, 0
                incident.not_before.clear()
                if incident.calling:
                    self._tiers.next(now_ns, incident)

    def remove(self, alarm: Occurrence) -> None:
        """Remove an alarm that nobody is called about any more."""
        self.occurrences.pop(alarm.key, None)
        alarm.incident.occurrences.pop(alarm.key, None)

    def forget(self, incident: Incident) -> None:
        """Remove an incident."""
        self._tiers.stop(incident)
        for alarm in [*incident.occurrences.values()]:
            self.remove(alarm)
        del self.by_ladder[incident.ladder]

    def find(self, key: str, raised_ns: int | None) -> Occurrence | None:
        """Return an alarm about which people are or were called, or None.

        Args:
            key: of the alarm.
            raised_ns: of its occurrence, or of an earlier one of the same incident; None for the
                last one.
        """
        known = self.occurrences.get(key)
        if known is None or raised_ns is None:
            return known
        return known if known.incident.opened_ns <= raised_ns <= known.raised_ns else None

    def waiting(self, key: str, raised_ns: int | None) -> Occurrence | None:
        """Return an alarm, likewise, about which people are still called, or None."""
        found = self.find(key, raised_ns)
        if found is None or found.stopped or (found.over and found.incident.cleared):
            return None
        return found

    def about(self, notification: Notification) -> list[Incident]:
        """Return the incidents about which a notification is the last one to its recipient."""
        return [
            incident
            for incident in self.by_ladder.values()
            if (told := incident.told.get(notification.recipient)) is not None
            and told.call == notification.call
        ]

    def calling(self) -> list[Incident]:
        """Return the incidents that call."""
        return [incident for incident in self.by_ladder.values() if incident.calling]

    def unanswered(self) -> list[Occurrence]:
        """Return the highest alarm of each incident not accepted in any tier, highest first."""
        heads = (
            incident.head
            for incident in self.by_ladder.values()
            if incident.rounds
            and not incident.once
            and not incident.about_duty
            and (incident.calling or (incident.over_ns is not None and not incident.cleared))
        )
        return sorted(heads, key=lambda alarm: alarm.rank)
