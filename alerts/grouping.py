"""Grouping of alarms into messages: what one message to one recipient is about. Pure."""

from collections.abc import Sequence

from alerts.call_fact import CallFact, CallPurpose, CallStep
from alerts.call_plan import CALLING
from alerts.incident import Incident, Told
from alerts.notification_log import NotificationLog
from alerts.tiers import Tiers


class Grouping:
    """Orders the messages of one session.

    Args:
        tiers: of its call plan.
        log: of its notifications.
    """

    def __init__(self, tiers: Tiers, log: NotificationLog) -> None:
        self._tiers = tiers
        self._log = log

    def order(self, now_ns: int, name: str, incidents: Sequence[Incident]) -> list[CallFact]:
        """Order a message to a recipient about all that they are to know.

        It lists all open alarms of the recipient: one answer accepts them all.

        Args:
            now_ns: engine time.
            name: of the recipient.
            incidents: all that call.
        """
        if name not in self._tiers.on_duty:
            return []
        wanted = [
            incident
            for incident in incidents
            if name in incident.wanted
            and not self._tiers.aware(now_ns, name, incident, incident.wanted[name])
        ]
        if all(incident.once for incident in wanted):
            wanted = self._once(now_ns, name, wanted, incidents)
        if not wanted:
            return []
        included = [
            incident
            for incident in incidents
            if incident in wanted or self._mentions(name, incident)
        ]
        alarms = sorted(
            (alarm for incident in included for alarm in incident.calling),
            key=lambda alarm: alarm.rank,
        )
        fact = self._log.order(
            now_ns,
            name,
            tier=max(incident.wanted[name] for incident in wanted) + 1,
            alarms=alarms,
            purpose=self._purpose(name, wanted, included),
        )
        self._tiers.last[name] = now_ns, CALLING.index(alarms[0].priority)
        for incident in included:
            if incident in wanted or not incident.declined_by(name):
                incident.steps[name] = CallStep.ORDERED
            incident.told[name] = Told(call=fact.call, place=incident.head.place, at_ns=now_ns)
        for incident in wanted:
            self._tiers.sent(now_ns, name, incident, fact.call)
        return [fact]

    def _once(
        self, now_ns: int, name: str, wanted: Sequence[Incident], incidents: Sequence[Incident]
    ) -> list[Incident]:
        """Return what is to be sent if failed calls are all that a recipient is to hear of.

        A recipient of other calls reads it in the next one of them.
        """
        busy = any(incident.knows(name) for incident in incidents if not incident.once)
        lost = name in self._tiers.unreachable
        if not busy and not lost:
            return list(wanted)
        for incident in wanted:
            del incident.wanted[name]
            if lost:
                self._tiers.next_if_lost(now_ns, incident)
        return []

    def _mentions(self, name: str, incident: Incident) -> bool:
        if incident.once and (name in incident.told or name in self._tiers.unreachable):
            return False
        return self._tiers.concerns(name, incident)

    def _purpose(
        self, name: str, wanted: Sequence[Incident], included: Sequence[Incident]
    ) -> CallPurpose:
        known = [told for incident in included if (told := incident.knows(name)) is not None]
        if not known:
            first = all(
                incident.wanted[name] == self._tiers.of(incident.head)[0] for incident in wanted
            )
            return CallPurpose.FIRST if first else CallPurpose.NEXT_TIER
        for incident in included:
            told = incident.knows(name)
            if told is None or told.place < incident.head.place:
                return CallPurpose.WORSE
        return CallPurpose.AGAIN
