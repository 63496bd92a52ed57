"""Signal loss: detection of channels that are not judged, and the alarms about them.

Pure, like the engine: each call gets the time.
"""

from collections.abc import Callable

from alerts.active_alarms import ActiveAlarms
from alerts.deadline_queue import CONDITION_CLASS, DeadlineKey, Deadlines
from alerts.evidence import Zone
from alerts.policy.conditions import Frozen, Invalid
from devices.packets import Quality
from monitor.core.channel import Channel
from monitor.core.sensor import Sensor
from monitor.core.timeouts import Timeout
from monitor.facts import AlarmFact, Fact

_VIOLATED = Zone.VIOLATED  # attributes of enumerations are slow before Python 3.12
_OFF_BODY = frozenset({Quality.NO_CONTACT, Quality.NO_VALUE})
TAKEN_OFF_NS = 60 * 10**9  # less is a bad contact, not a sensor that has cooled down
_AWAY_NS = 600 * 10**9  # after this silence it is unknown whether the sensor was worn
# On an unstable link an open alarm is suspended only after this time without a value.
_SUSPEND_UNSTABLE_NS = 60 * 10**9
_HEARD_SPAN_NS = 300 * 10**9
# An `absent` rule adds up times without judgement within this multiple of its time.
_SPAN = 5
_FORGET_SAME_NS = 2**63  # never: a gap pauses the count, however long it is

_LOST = -1  # before every rule: a lost channel suspends its alarms first
_STABLE = -2
_CAUSE = -3
_CAUSE_AGAIN_NS = 60 * 10**9  # to keep the cause of an open alarm up to date


class SignalLoss:
    """Detects which channels of one session are not judged.

    Args:
        alarms: of the session.
        deadlines: of the session.
        sensors: by label; they have the reasons of missing values.
        suspend_alarms: suspends the alarms that cannot be evaluated without values of a channel.
    """

    def __init__(
        self,
        alarms: ActiveAlarms,
        deadlines: Deadlines[DeadlineKey],
        sensors: dict[str, Sensor],
        suspend_alarms: Callable[[int, Channel], list[Fact]],
    ) -> None:
        self._alarms = alarms
        self._deadlines = deadlines
        self._sensors = sensors
        self._suspend_alarms = suspend_alarms

    def start_timers(self, now_ns: int, channel: Channel) -> None:
        """Start the timers of a channel's rules."""
        self._arm_absent(now_ns, channel)
        if channel.bad_since_ns is not None:
            for timeout in channel.timeouts.invalid:
                if not timeout.fired:
                    self._arm(channel, timeout, channel.bad_since_ns + timeout.after_ns, now_ns)
        for timeout in channel.timeouts.frozen:
            if not timeout.fired and timeout.same.zone is not None:
                self._arm(channel, timeout, now_ns, now_ns)

    # Readings

    def good(self, now_ns: int, channel: Channel) -> None:
        """Apply a valid reading, before it is heard: a sensor just put on starts to settle."""
        heard_ns, off_ns, channel.off_ns = channel.heard_ns, channel.off_ns, None
        if channel.settling.began_ns is not None:
            away = heard_ns is not None and now_ns - heard_ns >= _AWAY_NS
            taken_off = off_ns is not None and off_ns[1] - off_ns[0] >= TAKEN_OFF_NS
            if not away and not taken_off:
                return
        channel.settling.begin(channel.at_ns)

    def bad(
        self, now_ns: int, channel: Channel, value: float | None, quality: Quality, *, live: bool
    ) -> None:
        """Apply an invalid reading; one that is not `live` interrupts only the beats."""
        if channel.rhythm is not None:
            channel.rhythm.bad(channel.at_ns, quality)
        if not live:
            return
        channel.steady = False
        below = value is not None and value < channel.signal.lowest
        if quality in _OFF_BODY or (quality is Quality.OUT_OF_RANGE and below):
            first_ns, last_ns = channel.off_ns or (now_ns, now_ns)
            silent = now_ns - last_ns > channel.hold_ns
            channel.off_ns = (now_ns, now_ns) if silent else (first_ns, now_ns)
        channel.heard_ns = now_ns
        if channel.bad_since_ns is None:
            channel.bad_since_ns = now_ns
            for timeout in channel.timeouts.invalid:
                self._arm(channel, timeout, now_ns + timeout.after_ns, now_ns)

    def changed(self, now_ns: int, channel: Channel, *, same: bool) -> list[Fact]:
        """Apply a valid value that is the same as the previous one, or not."""
        facts: list[Fact] = []
        for timeout in channel.timeouts.frozen:
            if not same:
                if timeout.fired or not timeout.alarm.idle:
                    facts += self._over(now_ns, timeout)
                timeout.same.restart(now_ns, _VIOLATED, channel.valid_ns)
            else:
                timeout.same.see(now_ns, _VIOLATED, channel.valid_ns, _FORGET_SAME_NS)
            if not timeout.armed and not timeout.fired:
                left_ns = timeout.after_ns - timeout.same.violated_ns
                self._arm(channel, timeout, now_ns + left_ns, now_ns)
        return facts

    def judged(self, now_ns: int, channel: Channel, before_ns: int) -> list[Fact]:
        """Record that a channel was judged, and the time before that at which it was."""
        if channel.lost:
            channel.lost = False
            self._deadlines.put((CONDITION_CLASS, _LOST, channel.name), now_ns + channel.hold_ns)
        channel.bad_since_ns = None
        channel.steady = not channel.outage.open and not channel.spot
        for timeout in channel.timeouts.invalid:
            if timeout.armed and not timeout.fired:
                timeout.armed = False
                self._deadlines.drop((CONDITION_CLASS, timeout.alarm.number, channel.name))
        if channel.judged_ns < now_ns:  # a limit is unknown
            return []
        outage = channel.outage
        if now_ns - before_ns >= channel.hold_ns:
            outage.interrupted()
            outage.add_spell(before_ns + channel.hold_ns, now_ns)
            self._arm_absent(now_ns, channel)
        if not outage.open:
            return []
        outage.judged(now_ns)
        return self._end_outage(now_ns, channel)

    # Deadlines

    def wake(self, now_ns: int, number: int, channel: Channel) -> list[Fact]:
        """Apply the deadline of a rule, or of the channel itself."""
        if number == _LOST:
            return self._lose(now_ns, channel)
        if number == _STABLE:
            return self._end_outage(now_ns, channel)
        if number == _CAUSE:
            if channel.outage.open:
                self._update_cause(now_ns, channel)
            return []
        for timeout in channel.timeouts.all:
            if timeout.alarm.number == number:
                timeout.armed = False
                due_ns = self._due_ns(channel, timeout)
                if due_ns is None:
                    return []
                if due_ns > now_ns:
                    self._arm(channel, timeout, due_ns, now_ns)
                    return []
                return self._fire(now_ns, channel, timeout)
        return []

    def _due_ns(self, channel: Channel, timeout: Timeout) -> int | None:
        """Return when a rule's time expires without a value; None: it is not waiting."""
        if timeout.kind is Frozen:
            # In a gap it waits for the next value: what is left may be a nanosecond.
            return timeout.same.full_ns(Zone.VIOLATED, timeout.after_ns)
        if timeout.kind is Invalid:
            since_ns = channel.bad_since_ns
            return None if since_ns is None else since_ns + timeout.after_ns
        # Without a break, or together with earlier times without judgement.
        began_ns = channel.judged_ns + channel.hold_ns
        spent_ns = channel.outage.unjudged_ns(began_ns - _SPAN * timeout.after_ns)
        need_ns = max(0, timeout.after_ns - channel.hold_ns - spent_ns)
        return min(channel.judged_ns + timeout.after_ns, began_ns + need_ns)

    def _fire(self, now_ns: int, channel: Channel, timeout: Timeout) -> list[Fact]:
        timeout.fired = True
        if timeout.kind is Frozen:
            label = channel.name.partition("/")[0]
            cause = f"sensor '{label}' keeps sending the same value"
        else:
            channel.steady = False
            channel.outage.begin(now_ns, counts=channel.good_ns is not None)
            cause = self._update_cause(now_ns, channel)
        return [*self._alarms.evaluate(now_ns, timeout.alarm, Zone.VIOLATED, cause=cause)]

    def _lose(self, now_ns: int, channel: Channel) -> list[Fact]:
        """Suspend the physiological alarms of a channel without a value for too long."""
        key = (CONDITION_CLASS, _LOST, channel.name)
        if channel.seen_ns + channel.hold_ns > now_ns:
            self._deadlines.put(key, channel.seen_ns + channel.hold_ns)
            return []
        if not channel.lost:
            channel.lost, channel.steady = True, False
            channel.outage.interrupted()
        suspend_ns = channel.seen_ns + max(channel.hold_ns, _SUSPEND_UNSTABLE_NS)
        if channel.outage.unstable:
            self._update_cause(now_ns, channel)
            if now_ns < suspend_ns:
                self._deadlines.put(key, suspend_ns)
                return []
        return self._suspend_alarms(now_ns, channel)

    def _end_outage(self, now_ns: int, channel: Channel) -> list[Fact]:
        """End the alarms of an outage once the channel was judged for long enough."""
        if now_ns - channel.judged_ns >= channel.hold_ns:  # lost at this very moment
            channel.outage.interrupted()
        ends_ns = channel.outage.ends_ns()
        if ends_ns is None:
            return []
        if ends_ns > now_ns:
            self._deadlines.put((CONDITION_CLASS, _STABLE, channel.name), ends_ns)
            return []
        channel.outage.end()
        facts: list[Fact] = []
        for timeout in (*channel.timeouts.absent, *channel.timeouts.invalid):
            facts += self._over(now_ns, timeout)
        self._arm_absent(now_ns, channel)
        return facts

    def why(self, now_ns: int, channel: Channel) -> str:
        """Return in one sentence why a channel is not judged, or only at times."""
        label = channel.name.partition("/")[0]
        sensor = self._sensors.get(label)
        if channel.late_ns is not None and now_ns - channel.late_ns < channel.hold_ns:
            return f"the values of sensor '{label}' are delayed too much to show the present state"
        lost = channel.good_ns is None or now_ns - channel.seen_ns >= channel.hold_ns
        silent = channel.heard_ns is None or now_ns - channel.heard_ns >= channel.hold_ns
        heard = None if lost and not silent else self.heard_share(now_ns, channel)
        if heard is not None:
            share = round(100 * heard)
            if share == 100:  # noqa: PLR2004 - %
                return f"sensor '{label}' is received again, but its link was unstable"
            received = f"{share} % received in the last 5 minutes"
            return f"the link to sensor '{label}' is unstable: {received}"
        if not lost and (unknown := channel.unknown_limit(now_ns)) is not None:
            return f"too few values to judge '{unknown.condition.signal}' by its rolling limit"
        return "" if sensor is None else sensor.why_silent(channel.quality)

    @staticmethod
    def heard_share(now_ns: int, channel: Channel) -> float | None:
        """Return the share of the last 5 minutes that was received; None: its link is stable.

        A link without any values is not unstable but silent.
        """
        if not channel.outage.unstable:
            return None
        share = channel.heard_share(now_ns, _HEARD_SPAN_NS)
        return share if round(100 * share) else None

    def _update_cause(self, now_ns: int, channel: Channel) -> str:
        """Update the cause of open alarms, without a separate step."""
        cause = self.why(now_ns, channel)
        for timeout in channel.timeouts.absent:
            if timeout.fired:
                self._alarms.explain(timeout.alarm, cause)
        self._deadlines.put((CONDITION_CLASS, _CAUSE, channel.name), now_ns + _CAUSE_AGAIN_NS)
        return cause

    def _over(self, now_ns: int, timeout: Timeout) -> list[AlarmFact]:
        timeout.fired = False
        if timeout.alarm.idle:
            return []
        return self._alarms.evaluate(now_ns, timeout.alarm, Zone.NORMAL)

    def _arm_absent(self, now_ns: int, channel: Channel) -> None:
        for timeout in channel.timeouts.absent:
            due_ns = self._due_ns(channel, timeout)
            if due_ns is not None and not timeout.fired:
                self._arm(channel, timeout, due_ns, now_ns)

    def _arm(self, channel: Channel, timeout: Timeout, due_ns: int, now_ns: int) -> None:
        timeout.armed = True
        key = (CONDITION_CLASS, timeout.alarm.number, channel.name)
        self._deadlines.put(key, max(due_ns, now_ns))
