"""Detect values that are missing, invalid or unchanging, by time alone.

Pure, like the engine: time comes in with each call.
"""

from collections.abc import Callable, Iterable

from alerts.active_alarms import ActiveAlarms
from alerts.alarm import Zone
from alerts.deadlines import CONDITION_CLASS, DeadlineKey, Deadlines
from devices.packets import Quality
from monitor.core.channel import Channel, Timeout
from monitor.core.sensor import Sensor
from monitor.facts import AlarmFact, Fact

_OFF_BODY = frozenset({Quality.NO_CONTACT, Quality.NO_VALUE})
_TAKEN_OFF_NS = 60 * 10**9  # less is a bad contact, not a sensor that has cooled down
_LOST = -1  # before every rule: a lost channel suspends its alarms before anything is judged


class SignalLoss:
    """Detect the loss of the signals of one session.

    Args:
        alarms: of the session.
        deadlines: of the session.
        sensors: by label; they say why nothing comes.
        unseen: suspends the alarms that cannot be evaluated while a channel has no values.
    """

    def __init__(
        self,
        alarms: ActiveAlarms,
        deadlines: Deadlines[DeadlineKey],
        sensors: dict[str, Sensor],
        unseen: Callable[[int, Channel], list[Fact]],
    ) -> None:
        self._alarms = alarms
        self._deadlines = deadlines
        self._sensors = sensors
        self._unseen = unseen

    def start_timers(self, now_ns: int, channel: Channel) -> None:
        """Start the clocks of what a channel's rules wait for."""
        clocks: list[tuple[list[Timeout], int | None]] = [
            (channel.absent, channel.seen_ns),
            (channel.invalid, channel.bad_since_ns),
            (channel.frozen, None if channel.lost else channel.changed_ns),
        ]
        for timeouts, since_ns in clocks:
            if since_ns is not None:
                running = [timeout for timeout in timeouts if not timeout.fired]
                self._arm(channel, running, since_ns, now_ns)

    def settles(self, now_ns: int, channel: Channel) -> bool:
        """Tell whether the sensor was put on too short a time ago to be held against limits."""
        off_ns = channel.off_since_ns
        if channel.worn_ns is None or (off_ns is not None and now_ns - off_ns >= _TAKEN_OFF_NS):
            channel.worn_ns = now_ns
        channel.off_since_ns = None
        return now_ns < channel.settled_ns

    def bad(self, now_ns: int, channel: Channel, quality: Quality) -> None:
        """Take a reading that is not GOOD."""
        if channel.rhythm is not None:
            channel.rhythm.bad(channel.at_ns, quality)
        if channel.off_since_ns is None and quality in _OFF_BODY:
            channel.off_since_ns = now_ns
        if channel.bad_since_ns is None:
            channel.bad_since_ns = now_ns
            self._arm(channel, channel.invalid, now_ns, now_ns)

    def returned(self, now_ns: int, channel: Channel) -> list[Fact]:
        """Take a GOOD value after there was none, or none in time."""
        if channel.lost:
            channel.lost = False
            key = (CONDITION_CLASS, _LOST, channel.name)
            self._deadlines.put(key, now_ns + channel.hold_ns)
        facts: list[Fact] = []
        for timeout in channel.absent:
            if timeout.fired:
                facts += self._over(now_ns, timeout)
                self._arm(channel, [timeout], now_ns, now_ns)
        channel.bad_since_ns = None
        for timeout in channel.invalid:
            timeout.armed = False
            self._deadlines.drop((CONDITION_CLASS, timeout.alarm.number, channel.name))
            facts += self._over(now_ns, timeout)
        channel.timed_out = False
        return facts

    def changed(self, now_ns: int, channel: Channel) -> list[Fact]:
        """Take a GOOD value other than the one before."""
        channel.changed_ns = now_ns
        facts: list[Fact] = []
        for timeout in channel.frozen:
            if not timeout.armed:
                facts += self._over(now_ns, timeout)
                self._arm(channel, [timeout], now_ns, now_ns)
        return facts

    def wake(self, now_ns: int, number: int, channel: Channel) -> list[Fact]:
        """Do what is due behind the deadline of a rule, or of the channel itself."""
        if number == _LOST:
            return self._lose(now_ns, channel)
        rules = (
            (channel.absent, channel.seen_ns),
            (channel.invalid, channel.bad_since_ns),
            (channel.frozen, channel.changed_ns),
        )
        for timeouts, since_ns in rules:
            for timeout in timeouts:
                if timeout.alarm.number == number and since_ns is not None:
                    return self._due(now_ns, channel, timeout, since_ns)
        return []

    def _due(self, now_ns: int, channel: Channel, timeout: Timeout, since_ns: int) -> list[Fact]:
        if since_ns + timeout.after_ns > now_ns:
            self._arm(channel, [timeout], since_ns, now_ns)
            return []
        timeout.armed = False
        label = channel.name.partition("/")[0]
        if timeout in channel.frozen:
            if channel.lost:
                return []  # nothing comes: that is another alarm
            cause = f"sensor '{label}' keeps sending the same value"
        else:
            channel.timed_out = True
            cause = self._sensors[label].why_silent(channel.quality)
        timeout.fired = True
        return [*self._alarms.evaluate(now_ns, timeout.alarm, Zone.VIOLATED, cause=cause)]

    def _lose(self, now_ns: int, channel: Channel) -> list[Fact]:
        """No value for too long: the channel's physiological alarms stand, unjudged."""
        due_ns = channel.seen_ns + channel.hold_ns
        if due_ns > now_ns:
            self._deadlines.put((CONDITION_CLASS, _LOST, channel.name), due_ns)
            return []
        channel.lost = True
        return self._unseen(now_ns, channel)

    def _over(self, now_ns: int, timeout: Timeout) -> list[AlarmFact]:
        timeout.fired = False
        if timeout.alarm.idle:
            return []
        return self._alarms.evaluate(now_ns, timeout.alarm, Zone.NORMAL)

    def _arm(
        self, channel: Channel, timeouts: Iterable[Timeout], since_ns: int, now_ns: int
    ) -> None:
        for timeout in timeouts:
            timeout.armed = True
            key = (CONDITION_CLASS, timeout.alarm.number, channel.name)
            self._deadlines.put(key, max(since_ns + timeout.after_ns, now_ns))
