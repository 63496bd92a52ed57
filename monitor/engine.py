"""The engine: journal entries in, derived facts out.

A pure state machine. Time comes in with each entry; before an entry is applied, every deadline
that is due by then fires, stamped with its own due time. `advance` does the same without an entry,
so it makes no difference to what comes out when, or whether, a timer calls it: live, replayed and
recovered sessions give the same facts in the same order.
"""

from collections.abc import Callable

from alerts.board import DeadlineKey
from alerts.deadlines import Deadlines
from devices.catalog import KINDS, decode
from devices.errors import DecodeError
from devices.packets import Quality
from monitor.entries import Entry, EntryKind
from monitor.facts import Fact, MarkerFact
from monitor.judge import SESSION, Judge
from monitor.sensor import Sensor
from monitor.session_spec import SessionSpec


class Engine:
    """One session's state.

    Attributes:
        seq: of the entry applied last.
        now_ns: engine time.
        started_ns: when the session began.
        spec: of the session; None before its first entry.
        board: its alarms.
        channels: by name, in the order in which they were first expected.
        sensors: by label.
        dose_ns: when the dose was given, or None.
        markers: in order.
    """

    def __init__(self) -> None:
        self.seq = 0
        self.now_ns = 0
        self.started_ns = 0
        self.spec: SessionSpec | None = None
        self.sensors: dict[str, Sensor] = {}
        self.dose_ns: int | None = None
        self.markers: list[MarkerFact] = []
        self._deadlines: Deadlines[DeadlineKey] = Deadlines()
        self._judge = Judge(self._deadlines, self.sensors)
        self.board = self._judge.board
        self.channels = self._judge.channels
        self._handlers: dict[str, Callable[[Entry], list[Fact]]] = {
            EntryKind.SESSION: self._session,
            EntryKind.RUN: self._run,
            EntryKind.PACKET: self._packet,
            EntryKind.LINK: self._link,
            EntryKind.TROUBLE: self._trouble,
            EntryKind.MARKER: self._marker,
            EntryKind.ACKNOWLEDGE: self._acknowledge,
            EntryKind.RESET: self._reset,
            EntryKind.PAUSE: self._pause,
            EntryKind.REBASELINE: self._rebaseline,
        }

    def apply(self, entry: Entry) -> list[Fact]:
        """Take the next entry of the journal; return what follows from it.

        Raises:
            ValueError: the entry is not the next one, or not the first of a session.
        """
        if entry.seq != self.seq + 1 or (entry.seq == 1) != (entry.kind == EntryKind.SESSION):
            raise ValueError(f"entry {entry.seq} ({entry.kind}) cannot follow entry {self.seq}")
        facts = self.advance(entry.received_ns)
        self.seq = entry.seq
        handler = self._handlers.get(entry.kind)
        return facts + handler(entry) if handler else facts

    def advance(self, now_ns: int) -> list[Fact]:
        """Let time pass: fire what is due up to and at `now_ns`, each at its own due time."""
        facts: list[Fact] = []
        while (due := self._deadlines.pop(now_ns)) is not None:
            self.now_ns, key = due
            facts += self._judge.fire(self.now_ns, key)
        self.now_ns = max(self.now_ns, now_ns)
        return facts

    def next_due_ns(self) -> int | None:
        """Return a time before which `advance` would do nothing, or None."""
        return self._deadlines.next_ns()

    # What entries do

    def _session(self, entry: Entry) -> list[Fact]:
        self.started_ns = entry.received_ns
        spec = self.spec = SessionSpec.from_body(entry.body())
        self._judge.adopt(spec.policy)
        for sensor in spec.sensors:
            kind = KINDS[sensor.kind]
            self.sensors[sensor.label] = Sensor(sensor.label, kind)
            for signal in kind.signals:
                self._judge.channel(self.now_ns, f"{sensor.label}/{signal}")
        return []

    def _run(self, entry: Entry) -> list[Fact]:
        return [
            sensor.change(entry.received_ns, "searching", "", None)
            for sensor in self.sensors.values()
        ]

    def _packet(self, entry: Entry) -> list[Fact]:
        label, _, characteristic = entry.source.partition("/")
        sensor = self.sensors[label]
        facts: list[Fact] = [*sensor.count(entry.received_ns)]
        try:
            decoded = decode(characteristic, entry.payload, sensor.kind)
        except DecodeError as error:
            sensor.malformed += 1
            cause = f"sensor '{label}' sends what cannot be read ({error})"
            return facts + (
                self._judge.trouble(self.now_ns, "decode-errors", label, cause)
                if sensor.failing
                else []
            )
        if sensor.failing:
            facts += self._judge.trouble(self.now_ns, "decode-errors", label, None)
        sensor.malformed = 0
        measured_ns = entry.received_ns if entry.measured_ns is None else entry.measured_ns
        for reading in decoded.readings:
            name = f"{label}/{reading.signal}"
            channel = self.channels.get(name) or self._judge.channel(self.now_ns, name)
            facts += self._judge.reading(
                self.now_ns, channel, measured_ns - reading.age_ns, reading.value, reading.quality
            )
            if reading.signal == "battery" and reading.quality is Quality.GOOD:
                sensor.battery = reading.value
        return facts

    def _link(self, entry: Entry) -> list[Fact]:
        body = entry.body()
        sensor = self.sensors[entry.source]
        return [sensor.change(entry.received_ns, body["state"], body["reason"], body["rssi"])]

    def _trouble(self, entry: Entry) -> list[Fact]:
        body = entry.body()
        cause = body["reason"] if body["on"] else None
        return self._judge.trouble(self.now_ns, entry.source, SESSION, cause)

    def _marker(self, entry: Entry) -> list[Fact]:
        body = entry.body()
        marker = MarkerFact(
            subject=entry.source, at_ns=entry.received_ns, text=body["text"], by=body["by"]
        )
        self.markers.append(marker)
        if entry.source != "dose" or self.dose_ns is not None:
            return [marker]
        self.dose_ns = entry.received_ns
        return [marker, *self._judge.freeze(self.now_ns, body["by"])]

    def _acknowledge(self, entry: Entry) -> list[Fact]:
        return [*self.board.acknowledge(self.now_ns, entry.source, entry.body()["by"])]

    def _reset(self, entry: Entry) -> list[Fact]:
        return [*self.board.reset(self.now_ns, entry.source, entry.body()["by"])]

    def _pause(self, _entry: Entry) -> list[Fact]:
        self.board.pause_audio(self.now_ns)
        return []

    def _rebaseline(self, entry: Entry) -> list[Fact]:
        return self._judge.freeze(self.now_ns, entry.body()["by"])
