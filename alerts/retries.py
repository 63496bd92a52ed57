"""Retries of calls that no channel has delivered. Pure.

As long as nobody at all has the message, an attempt is made every few seconds, so that it arrives
within ten seconds of the return of a network: an attempt without a network takes up to 3 s. If
somebody else has it, and after ten minutes, less often.
"""

from collections.abc import Callable, Iterable

from alerts.call_fact import CallFact, CallStep
from alerts.deadline_queue import CALL_CLASS, DeadlineKey, Deadlines
from alerts.incident import Incident
from alerts.notification_log import Notification, NotificationLog
from alerts.tiers import RETRY, Tiers

_NOBODY_S = (5.0, 7.0)  # waits after the first failures; the last one repeats
_OTHERS_S = (5.0, 15.0, 30.0, 60.0)
_LONG_S = 30.0
_LONG_NS = 600 * 10**9
_LONGEST_S = 300.0  # whatever a service asks for


class Retries:
    """The retries of one session's calls.

    Args:
        deadlines: of the session.
        tiers: of its call plan.
        log: of its notifications.
        about: returns the incidents about which a notification is the recipient's last one.
    """

    def __init__(
        self,
        deadlines: Deadlines[DeadlineKey],
        tiers: Tiers,
        log: NotificationLog,
        about: Callable[[Notification], Iterable[Incident]],
    ) -> None:
        self._deadlines = deadlines
        self._tiers = tiers
        self._log = log
        self._about = about

    def outcome(
        self,
        now_ns: int,
        notification: Notification,
        channel: str | None,
        step: CallStep,
        left: int,
        *,
        transient: bool,
        retry_after_s: float | None,
    ) -> bool:
        """Apply the outcome of one channel; return whether the attempt failed on all of them."""
        if step is CallStep.DELIVERED:
            notification.delivered = True
        elif step is CallStep.FAILED and transient:
            notification.passing.add(channel)
            notification.retry_after_s = max(notification.retry_after_s, retry_after_s or 0.0)
        notification.done = notification.done or not left
        # A failed channel matters only if no other channel delivered or is pending.
        lost = notification.done and not notification.delivered and step is CallStep.FAILED
        if lost and notification.asks:
            notification.failures += 1
            if notification.passing:
                self._wait(now_ns, notification)
        return lost

    def wake(self, now_ns: int, call: int) -> list[CallFact]:
        """Try a notification again, if nobody of its tier has been reached meanwhile."""
        notification = self._log.numbered[call]
        name = notification.recipient
        missing = [
            incident
            for incident in self._about(notification)
            # Failed calls are no matter for those who cannot be reached.
            if not incident.once
            and incident.tier_of.get(name) not in incident.reached
            and not incident.declined_by(name)
        ]
        if name not in self._tiers.on_duty or notification.delivered or not missing:
            return []
        if not any(incident.calling for incident in missing):
            if any(each.over_ns is not None and not each.cleared for each in missing):
                self._wait(now_ns, notification)  # the alarm may return
            return []
        notification.done = False
        notification.retried = frozenset(notification.passing)
        notification.passing, notification.retry_after_s = set(), 0.0
        for incident in missing:
            told = incident.told[name]
            told.lost, told.at_ns = False, now_ns
        return [self._log.step(now_ns, notification, CallStep.RETRIED)]

    def _wait(self, now_ns: int, notification: Notification) -> None:
        others = any(incident.reached for incident in self._about(notification))
        waits = _OTHERS_S if others else _NOBODY_S
        wait_s = waits[min(max(notification.failures, 1), len(waits)) - 1]
        if not others and now_ns - notification.at_ns > _LONG_NS:
            wait_s = _LONG_S
        wait_s = max(wait_s, min(notification.retry_after_s, _LONGEST_S))
        key = (CALL_CLASS, RETRY, str(notification.call))
        self._deadlines.put(key, now_ns + round(wait_s * 1e9))
