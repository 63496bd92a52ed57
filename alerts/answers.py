"""Answers to calls: "I will respond" ends them, "I cannot" calls others at once. Pure."""

from alerts.call_fact import CallFact, CallStep
from alerts.incident import Decline, Incident, Occurrence
from alerts.incidents import Incidents
from alerts.notification_log import NotificationLog
from alerts.tiers import Tiers


class Answers:
    """The answers to one session's calls.

    Args:
        tiers: of its call plan.
        log: of its notifications.
        incidents: of the session.
    """

    def __init__(self, tiers: Tiers, log: NotificationLog, incidents: Incidents) -> None:
        self._tiers = tiers
        self._log = log
        self._incidents = incidents

    def accept(
        self,
        now_ns: int,
        key: str,
        raised_ns: int | None,
        by: str,
        call: int,
        *,
        quiet: bool,
        arrives_ns: int | None = None,
    ) -> list[CallFact]:
        """Accept an alarm, and its ladder up to it, for `by`.

        Args:
            now_ns: engine time.
            key: of the alarm.
            raised_ns: of the occurrence; None for the one that is open.
            by: name of the person.
            call: number of the notification that was answered, or 0.
            quiet: no alarm of its ladder holds.
            arrives_ns: when the person expects to arrive, or None.

        Returns:
            The acceptance; empty if already accepted, acknowledged or over.
        """
        alarm = self._incidents.waiting(key, raised_ns)
        if alarm is None:
            return []
        incident = alarm.incident
        notification = self._log.numbered.get(call)
        if notification is not None:
            incident.steps[notification.recipient] = CallStep.ACCEPTED
        self._incidents.acceptances.add(
            now_ns, incident.ladder, alarm.place, by, quiet=quiet, arrives_ns=arrives_ns
        )
        for each in incident.occurrences.values():
            if not each.stopped and each.place <= alarm.place:
                each.by, each.accepted_ns, each.stopped = by, now_ns, True
                each.arrives_ns = arrives_ns
        self._incidents.settle(now_ns, incident, by)
        return [
            self._log.fact(
                now_ns,
                notification.recipient if notification is not None else "session",
                call=call,
                step=CallStep.ACCEPTED,
                tier=incident.tier + 1,
                alarms=(key,),
                priority=alarm.priority,
                by=by,
                ladder=incident.ladder,
                arrives_ns=arrives_ns,
            )
        ]

    def declinable(self, call: int) -> list[Occurrence]:
        """Return the alarms of a call that its recipient can decline, highest first."""
        notification = self._log.numbered.get(call)
        if notification is None or not notification.asks:
            return []
        found = (self._incidents.waiting(*occurrence) for occurrence in notification.occurrences)
        alarms = [
            alarm
            for alarm in found
            if alarm is not None and not alarm.incident.declined_by(notification.recipient)
        ]
        return sorted(alarms, key=lambda alarm: alarm.rank)

    def decline(self, now_ns: int, call: int, by: str) -> list[CallFact]:
        """Decline a call for its recipient.

        Args:
            now_ns: engine time.
            call: number of the notification.
            by: name of the recipient.

        Returns:
            The answer; empty if it is declined already, or nobody is called about it any more.
        """
        alarms = self.declinable(call)
        if not alarms:
            return []
        notification = self._log.numbered[call]
        for incident in {alarm.incident.ladder: alarm.incident for alarm in alarms}.values():
            place = max(alarm.place for alarm in alarms if alarm.incident is incident)
            decline = Decline(place=place, rounds=incident.rounds, at_ns=now_ns)
            self._apply(now_ns, notification.recipient, incident, decline)
        return [
            self._log.fact(
                now_ns,
                notification.recipient,
                call=call,
                step=CallStep.DECLINED,
                tier=notification.tier,
                alarms=tuple(alarm.key for alarm in alarms),
                priority=alarms[0].priority,
                by=by,
            )
        ]

    def _apply(self, now_ns: int, name: str, incident: Incident, decline: Decline) -> None:
        """Record that a recipient cannot respond; call the next tier if nobody else is left."""
        incident.declines[name] = decline
        incident.steps[name] = CallStep.DECLINED
        if incident.declined_by(name) is not None:  # else it got worse: they are called about that
            self._tiers.leave(now_ns, name, incident)
