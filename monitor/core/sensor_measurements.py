"""Spot measurements from sensors: reliable ones are judged, doubtful ones must be confirmed.

Pure. A value that a cuff or thermometer reports as doubtful, or that may be an old record, is
neither judged nor dropped: it is a fault of its channel until a person decides whether it is valid.
"""

from collections.abc import Sequence

from devices.packets import Decoded, Quality
from monitor.core.device_clock import DeviceClock
from monitor.core.spot_measurements import SpotMeasurement
from monitor.core.spot_rules import SpotRules
from monitor.core.system_faults import SystemFaults
from monitor.core.unconfirmed import (
    UNCONFIRMED,
    VIOLATING,
    WAITED,
    SpotValue,
    Unconfirmed,
    reason_of,
)
from monitor.entries import Entry
from monitor.facts import Fact, ReadingFact

# Label, device time and values of a measurement.
_Sent = tuple[str, str, tuple[tuple[str, float], ...]]


class SensorMeasurements:
    """Spot measurements from the sensors of one session.

    Attributes:
        unconfirmed: measurements to confirm or reject, in the order of reception.
    """

    def __init__(self, rules: SpotRules, faults: SystemFaults) -> None:
        self.unconfirmed: list[Unconfirmed] = []
        self._rules = rules
        self._faults = faults
        self._judged: set[_Sent] = set()
        self._asked: set[_Sent] = set()
        self._reported: dict[str, str] = {}  # fault by channel

    def take(
        self,
        now_ns: int,
        entry: Entry,
        label: str,
        values: Sequence[SpotValue],
        decoded: Decoded,
        clock: DeviceClock,
        received: str,
        *,
        waited: bool = False,
    ) -> list[Fact]:
        """Record the values of one packet.

        Args:
            now_ns: engine time.
            entry: of the packet.
            label: of the sensor.
            values: at least one.
            decoded: content of the packet.
            clock: of the device.
            received: time of day in the room.
            waited: it waited for an unknown time during a standstill.
        """
        sure = [each for each in values if each.quality is Quality.GOOD]
        doubtful = tuple(each for each in values if each.quality is not Quality.GOOD)
        stamp = decoded.details.get("device_time")
        device_time = stamp if isinstance(stamp, str) else ""
        sent = label, device_time, tuple((each.signal, each.value) for each in values)
        facts: list[Fact] = []
        if sure:
            if device_time and not doubtful:
                self._judged.add(sent)
            for each in sure:
                measurement = SpotMeasurement(
                    entry.seq, each.signal, label, each.at_ns, now_ns, each.value
                )
                facts += self._rules.record(now_ns, measurement)
            for each in sure:
                facts += self._rules.revise(now_ns, each.signal)
        # A true stamp tells a record that is sent again from an equal measurement.
        again = sent in self._judged or (sent in self._asked and clock.runs)
        if not doubtful or again:
            return facts
        self._asked.add(sent)
        stored = doubtful[0].quality is Quality.STORED
        learns = stored and device_time != "" and not waited
        new = Unconfirmed(
            entry=entry.seq,
            source=label,
            signal=doubtful[0].signal,
            at_ns=doubtful[0].at_ns,
            values=doubtful,
            received=received,
            reason=WAITED if waited else reason_of(doubtful, decoded),
            measured_ns=clock.measured_ns(entry.received_ns, device_time) if stored else None,
            clock=(clock, entry.received_ns, device_time) if learns else None,
        )
        return facts + self._ask(now_ns, new)

    def lose(
        self, now_ns: int, entry: Entry, label: str, signal: str, why: str, received: str
    ) -> list[Fact]:
        """Record a measurement of which a value cannot be read: somebody has to know.

        Args:
            now_ns: engine time.
            entry: of the packet.
            label: of the sensor.
            signal: of the value.
            why: in words.
            received: time of day in the room.
        """
        lost = Unconfirmed(
            entry=entry.seq,
            source=label,
            signal=signal,
            at_ns=entry.received_ns,
            values=(),
            received=received,
            reason=f"it cannot be read ({why}); measure again, or enter what the sensor shows",
        )
        return self._ask(now_ns, lost)

    def _ask(self, now_ns: int, new: Unconfirmed) -> list[Fact]:
        self.unconfirmed.append(new)
        return self._report(now_ns, new.channel, again=True)

    def find(self, channel: str, at_ns: int) -> Unconfirmed | None:
        """Return the unconfirmed measurement of a channel and a time, or None."""
        for each in self.unconfirmed:
            if (each.channel, each.at_ns) == (channel, at_ns):
                return each
        return None

    def settle(self, now_ns: int, entry: Entry) -> list[Fact]:
        """Apply a SETTLE entry: valid values are judged, others are voided."""
        body = entry.body()
        found = self.find(entry.source, body["at_ns"])
        if found is None:
            return []
        self.unconfirmed.remove(found)
        facts = self._accept(now_ns, found, body["by"]) if body["valid"] else _void(found)
        return facts + self._report(now_ns, found.channel)

    def re_evaluate(self, now_ns: int) -> list[Fact]:
        """Report unconfirmed measurements again under changed rules."""
        channels = dict.fromkeys(each.channel for each in self.unconfirmed)
        return [fact for channel in channels for fact in self._report(now_ns, channel)]

    def _accept(self, now_ns: int, found: Unconfirmed, by: str) -> list[Fact]:
        if found.clock is not None and found.measured_ns is None:
            clock, received_ns, device_time = found.clock
            clock.confirm(received_ns, device_time)
        facts: list[Fact] = []
        for each in found.possible:
            channel = f"{found.source}/{each.signal}"
            at_ns = each.at_ns if found.measured_ns is None else found.measured_ns
            measurement = SpotMeasurement(
                entry=found.entry,
                signal=each.signal,
                source=found.source,
                measured_ns=self._rules.measurements.free_ns(channel, at_ns),
                entered_ns=now_ns,
                value=each.value,
                by=by,
            )
            facts.append(
                ReadingFact(
                    subject=channel,
                    at_ns=measurement.measured_ns,
                    value=each.value,
                    quality=int(Quality.GOOD),
                )
            )
            facts += self._rules.record(now_ns, measurement)
        for each in found.possible:
            facts += self._rules.revise(now_ns, each.signal)
        return facts

    def _report(self, now_ns: int, channel: str, *, again: bool = False) -> list[Fact]:
        """Report the present fault of a channel.

        Args:
            now_ns: engine time.
            channel: of the measurements.
            again: a measurement was added: an acknowledged alarm is raised again.
        """
        here = [each for each in self.unconfirmed if each.channel == channel]
        grave = [each for each in here if self._violates(each)]
        first = (grave or here)[-1:]
        name = VIOLATING if grave and self._faults.watched(VIOLATING) else UNCONFIRMED
        was = self._reported.pop(channel, name)
        facts: list[Fact] = []
        if was != name or not here:
            facts += self._faults.report(now_ns, was, channel, None)
        for each in first:
            self._reported[channel] = name
            more = f" ({len(here)} in all)" if len(here) > 1 else ""
            facts += self._faults.report(now_ns, name, channel, each.words + more, again=again)
        return facts

    def _violates(self, unconfirmed: Unconfirmed) -> bool:
        return any(self._rules.violates(each.signal, each.value) for each in unconfirmed.possible)


def _void(found: Unconfirmed) -> list[Fact]:
    return [
        ReadingFact(
            subject=f"{found.source}/{each.signal}",
            at_ns=each.at_ns,
            value=each.value,
            quality=int(Quality.INVALID),
        )
        for each in found.values
    ]
