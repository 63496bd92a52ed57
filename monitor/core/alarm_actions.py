"""Handlers of entries about alarms and calls: acknowledge, reset, accept. Pure."""

from collections.abc import Callable, Mapping

from alerts.active_alarms import ActiveAlarms
from alerts.alarm_review_fact import AlarmReviewFact
from monitor.core.calling import Calling
from monitor.core.system_faults import SystemFaults
from monitor.entries import Entry, EntryKind
from monitor.facts import Fact


class AlarmActions:
    """Handlers of actions on one session's alarms and calls.

    Args:
        alarms: of the session.
        faults: of the session.
        calling: of the session.
    """

    def __init__(self, alarms: ActiveAlarms, faults: SystemFaults, calling: Calling) -> None:
        self._alarms = alarms
        self._faults = faults
        self._calling = calling

    def handlers(self) -> Mapping[str, Callable[[int, Entry], list[Fact]]]:
        """Return the handler of each kind of entry."""
        return {
            EntryKind.ACKNOWLEDGE: self.acknowledge,
            EntryKind.UNACKNOWLEDGE: self.unacknowledge,
            EntryKind.RESET: self.reset,
            EntryKind.ALARM_REVIEW: self.review,
            EntryKind.PAUSE: self.pause,
            EntryKind.CALL: self.call,
            EntryKind.ACCEPT: self.accept,
            EntryKind.DECLINE: self.decline,
            EntryKind.HAND_ON: self.hand_on,
            EntryKind.TEST_CALL: self.order_test_call,
            EntryKind.DUTY: self.duty,
        }

    def acknowledge(self, now_ns: int, entry: Entry) -> list[Fact]:
        """Apply an ACKNOWLEDGE entry."""
        acknowledged = self._alarms.acknowledge(now_ns, entry.source, entry.body()["by"])
        return [*acknowledged, *self._faults.seen(now_ns)]

    def unacknowledge(self, now_ns: int, entry: Entry) -> list[Fact]:
        """Apply an UNACKNOWLEDGE entry."""
        return [*self._alarms.unacknowledge(now_ns, entry.source, entry.body()["by"])]

    def reset(self, now_ns: int, entry: Entry) -> list[Fact]:
        """Apply a RESET entry."""
        return [*self._alarms.reset(now_ns, entry.source, entry.body()["by"])]

    def review(self, _now_ns: int, entry: Entry) -> list[Fact]:
        """Apply an ALARM_REVIEW entry: a verdict on an occurrence, or its withdrawal."""
        return [review_fact(entry)]

    def pause(self, now_ns: int, entry: Entry) -> list[Fact]:
        """Apply a PAUSE entry: silence alarm sounds for a while, or let them sound again."""
        self._alarms.pause_audio(now_ns, on=entry.body().get("on") is not False)
        return []

    def call(self, now_ns: int, entry: Entry) -> list[Fact]:
        """Apply a CALL entry: the outcome of a call on one channel."""
        return self._calling.outcome(now_ns, int(entry.source), entry.body())

    def accept(self, now_ns: int, entry: Entry) -> list[Fact]:
        """Apply an ACCEPT entry."""
        return self._calling.accept(now_ns, entry.source, entry.body())

    def decline(self, now_ns: int, entry: Entry) -> list[Fact]:
        """Apply a DECLINE entry: the recipient of a call cannot respond."""
        return self._calling.decline(now_ns, int(entry.source), entry.body()["by"])

    def hand_on(self, now_ns: int, entry: Entry) -> list[Fact]:
        """Apply a HAND_ON entry: another recipient is asked to take over an alarm."""
        return self._calling.hand_on(now_ns, entry.source, entry.body()["to"])

    def order_test_call(self, now_ns: int, _entry: Entry) -> list[Fact]:
        """Apply a TEST_CALL entry."""
        return self._calling.test(now_ns)

    def duty(self, now_ns: int, entry: Entry) -> list[Fact]:
        """Apply a DUTY entry."""
        self._calling.duty(now_ns, entry.source, entry.body())
        return []


def review_fact(entry: Entry) -> AlarmReviewFact:
    """Return the fact that follows from an ALARM_REVIEW entry; no other state has a part in it."""
    body = entry.body()
    rule, _, subject = entry.source.partition("@")
    return AlarmReviewFact(
        subject=subject,
        at_ns=entry.received_ns,
        rule=rule,
        raised_ns=body["raised_ns"],
        verdict=body["verdict"] or "",
        by=body["by"],
    )
