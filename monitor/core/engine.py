"""The engine: journal entries in, derived facts out.

A pure state machine. Time comes in with each entry; before an entry is applied, every deadline
that is due by then fires, stamped with its own due time. `advance` does the same without an entry,
so it makes no difference to what comes out when, or whether, a timer calls it: live, replayed and
recovered sessions give the same facts in the same order.
"""

from collections.abc import Callable, Sequence
from datetime import UTC

from alerts.alarm import Alarm
from alerts.call_plan import Plan
from alerts.deadlines import CALL_CLASS, SESSION, DeadlineKey, Deadlines
from alerts.policy.overrides import Override, amended, words
from alerts.policy.parser import parse_policy
from alerts.policy.rules import Policy
from alerts.time_format import clock
from devices.decoders import KINDS, Decoder
from devices.errors import DecodeError, PhysiomonError
from devices.packets import Quality, Reading
from devices.sensor import SensorSpec
from monitor.core.beat_alignment import BeatAlignment
from monitor.core.calling import Calling
from monitor.core.channel import Channel
from monitor.core.device_clock import DeviceClock
from monitor.core.engine_failure import ENGINE_FAILURE, EngineFailure
from monitor.core.entry_check import unreadable
from monitor.core.gateways import DUPLICATE_GATEWAY, Gateways
from monitor.core.judgement import Judged, Judgement
from monitor.core.lifecycle import Lifecycle
from monitor.core.manual_vitals import ManualVitals
from monitor.core.markers import Markers
from monitor.core.rate_check import RateCheck
from monitor.core.rule_evaluator import RuleEvaluator
from monitor.core.sensor import Device, Sensor
from monitor.core.sensor_measurements import SensorMeasurements, SpotValue
from monitor.core.session_spec import DERIVATION, SessionSpec
from monitor.core.spot_measurements import SpotMeasurements
from monitor.core.standstill import PROCESS, STANDSTILL, Standstill, unheard_since_ns
from monitor.core.stream_clock import StreamClock
from monitor.core.wall_clock import CLOCK_JUMP, WallClock
from monitor.entries import Entry, EntryKind
from monitor.facts import Fact, PolicyFact

# Faults of the process that reported them: another process reports what is wrong with it.
_OF_PROCESS = frozenset(
    {
        "recorder-failure",
        "delivery-failure",
        CLOCK_JUMP,
        STANDSTILL,
        ENGINE_FAILURE,
        DUPLICATE_GATEWAY,
    }
)


class Engine:
    """One session's state.

    Attributes:
        failure: the exception that ended judging, or None.
        seq: of the entry applied last.
        now_ns: engine time.
        started_ns: when the session began.
        spec: of the session; None before its first entry.
        base: the policy without overrides; likewise.
        alarms: of the session.
        calling: whom they call.
        channels: by name, in the order in which they were first expected.
        sensors: by label.
        markers: with those that were undone.
        manual_vitals: what people enter and correct.
        from_sensors: spot measurements of sensors, and which of them are to be settled.
        lifecycle: start, present devices and end of the session.
        overrides: in force, by rule.
        gateways: through which some of its sensors come.
        wall_clock: of the computer, beside the session's.
        standstill: times in which nobody was judging.
        commands: ids of those that came over the network, by user.
    """

    def __init__(self, instead: Callable[[Policy], Policy] = lambda policy: policy) -> None:
        """Make an engine that knows nothing yet.

        Args:
            instead: returns what judges in place of the policy in force, for what-if.
        """
        self._instead = instead
        self.failure: EngineFailure | None = None
        self.seq = 0
        self.now_ns = 0
        self.started_ns = 0
        self.spec: SessionSpec | None = None
        self.base: Policy | None = None
        self.sensors: dict[str, Sensor] = {}
        self.overrides: dict[str, Override] = {}
        self.gateways = Gateways()
        self.commands: set[tuple[str, str]] = set()
        self._deadlines: Deadlines[DeadlineKey] = Deadlines()
        self._evaluator = RuleEvaluator(self._deadlines, self.sensors)
        self.alarms = self._evaluator.alarms
        self.channels = self._evaluator.channels
        self.markers = Markers(self._evaluator)
        self.manual_vitals = ManualVitals(self._evaluator.spot)
        self.from_sensors = SensorMeasurements(self._evaluator.spot, self._evaluator.faults)
        self.lifecycle = Lifecycle()
        self.wall_clock = WallClock(self._evaluator.faults)
        self.standstill = Standstill(self._evaluator.faults)
        self.calling = Calling(self.alarms, self._deadlines, self._report_call_fault)
        self._handlers: dict[str, Callable[[Entry], list[Fact]]] = {
            EntryKind.SESSION: self._session,
            EntryKind.RUN: self._run,
            EntryKind.CLOCK: self._clock,
            EntryKind.STANDSTILL: self._standstill,
            EntryKind.PACKET: self._packet,
            EntryKind.LINK: self._link,
            EntryKind.TROUBLE: self._trouble,
            EntryKind.MARKER: self._marker,
            EntryKind.UNDO: self._undo,
            EntryKind.CORRECTION: self._correction,
            EntryKind.START: self._start,
            EntryKind.END: self._end,
            EntryKind.SENSOR: self._sensor,
            EntryKind.ACKNOWLEDGE: self._acknowledge,
            EntryKind.UNACKNOWLEDGE: self._unacknowledge,
            EntryKind.RESET: self._reset,
            EntryKind.PAUSE: self._pause,
            EntryKind.REBASELINE: self._rebaseline,
            EntryKind.POLICY: self._change_policy,
            EntryKind.OVERRIDE: self._override,
            EntryKind.VITALS: self._vitals,
            EntryKind.SETTLE: self._settle,
            EntryKind.CALL: self._call,
            EntryKind.ACCEPT: self._accept,
            EntryKind.TEST_CALL: self._test_call,
            EntryKind.DUTY: self._duty,
            EntryKind.COMMAND: self._command,
            EntryKind.GATEWAY: self._gateway,
        }

    @property
    def policy(self) -> Policy | None:
        """Return the policy in force, with its overrides; None before the first entry."""
        return self._evaluator.policy

    @property
    def spot(self) -> SpotMeasurements:
        """Return what was measured now and then, by whomever."""
        return self._evaluator.spot.measurements

    @property
    def dose_ns(self) -> int | None:
        """Return when the dose was given, or None."""
        return self.markers.dose_ns

    def due(self) -> list[tuple[Alarm, int | None]]:
        """Return the alarm of each rule about measurements, and when the next one is due."""
        return self._evaluator.schedule.next()

    def judgement(self, channel: Channel, now_ns: int) -> Judgement:
        """Return whether a channel of the session is judged now, and what its rules wait for."""
        if (over := self.lifecycle.ended) is not None:
            state, reason = Judged.NOT_JUDGED, "the session has ended"
            return Judgement(state=state, since_ns=over.at_ns, reason=reason)
        if (failure := self.failure) is not None:
            state, reason = Judged.NOT_JUDGED, "an internal fault has ended judging"
            return Judgement(state=state, since_ns=failure.at_ns, reason=reason)
        return self._evaluator.judgement(now_ns, channel)

    def apply(self, entry: Entry) -> list[tuple[int, Fact]]:
        """Apply the next entry of the journal; return the facts that follow.

        Each fact comes with the seq of the entry that was applied last before it. Deadlines due
        before the entry belong to the one before: that is where a timer would have fired them live.

        Raises:
            ValueError: the entry is not the next one, or not the first of a session.
        """
        if entry.seq != self.seq + 1 or (entry.seq == 1) != (entry.kind == EntryKind.SESSION):
            raise ValueError(f"entry {entry.seq} ({entry.kind}) cannot follow entry {self.seq}")
        why = None if entry.seq == 1 else unreadable(entry, self.sensors)
        since_ns = None if why else unheard_since_ns(entry)
        passed = (
            self.advance(entry.received_ns)
            if since_ns is None
            else self._make_up(since_ns, entry.received_ns)
        )
        facts = [(self.seq, fact) for fact in passed]
        self.seq = entry.seq
        return facts + [(self.seq, fact) for fact in self._take(entry, why)]

    def advance(self, now_ns: int) -> list[Fact]:
        """Let time pass: fire what is due up to and at `now_ns`, each at its own due time."""
        return self._pass(now_ns, None)

    def _make_up(self, since_ns: int, now_ns: int) -> list[Fact]:
        """Let time pass in which nobody could be told of anything, or answer a call."""
        facts = self.advance(since_ns)
        self._deadlines.delay(CALL_CLASS, max(0, now_ns - since_ns))
        return facts + self._pass(now_ns, now_ns)

    def _pass(self, now_ns: int, announced_ns: int | None) -> list[Fact]:
        """Let time pass; if that is given, people are told only at `announced_ns`."""
        facts: list[Fact] = []
        if self.lifecycle.ended is not None:
            return facts  # nothing is due any more
        try:
            while self.failure is None and (due := self._deadlines.pop(now_ns)) is not None:
                self.now_ns, key = due
                fired = self._fire(key)
                if announced_ns is not None:
                    self.standstill.announce(self.now_ns, announced_ns, fired)
                facts += self.calling.follow(announced_ns or self.now_ns, fired)
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is: other sessions go on
            facts += self._fail(error)
        self.now_ns = max(self.now_ns, now_ns)
        return facts

    def next_due_ns(self) -> int | None:
        """Return a time before which `advance` would do nothing, or None."""
        return self._deadlines.next_ns() if self.failure is None else None

    def _take(self, entry: Entry, why: str | None) -> list[Fact]:
        """Return what follows from an entry, or from the fact that it cannot be read."""
        if entry.seq == 1:
            return self._handle(entry)  # without it there is no session
        if self.failure is not None:
            return [] if why else self._keep(entry, self.failure)
        try:
            return self._unreadable(entry, why) if why else self._handle(entry)
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001 - as above
            return self._fail(error)

    def _handle(self, entry: Entry) -> list[Fact]:
        self.gateways.take(entry)
        handler = self._handlers.get(entry.kind)
        if handler is None:
            return []
        try:
            facts = handler(entry)
        except PhysiomonError as error:
            if entry.seq == 1:
                raise
            facts = self._unreadable(entry, str(error))
        return self.calling.follow(self.now_ns, self.alarms.settle(self.now_ns, facts))

    def _unreadable(self, entry: Entry, why: str) -> list[Fact]:
        label = entry.source.partition("/")[0]
        about = entry.kind in (EntryKind.PACKET, EntryKind.LINK)
        cause = f"an entry '{entry.kind}' of the journal cannot be read: {why}"
        subject = label if about else SESSION
        return self._evaluator.faults.event(self.now_ns, "decode-errors", subject, cause)

    # What is left when judging has ended with an exception

    def _fail(self, error: Exception) -> list[Fact]:
        self.failure = EngineFailure(error, self.now_ns, self.seq, self.policy)
        return [self.failure.raised()]

    def _keep(self, entry: Entry, failure: EngineFailure) -> list[Fact]:
        """Keep what recording needs; nothing is judged."""
        try:
            self.gateways.take(entry)
            match entry.kind:
                case EntryKind.ACKNOWLEDGE if entry.source == failure.key:
                    return [*failure.acknowledge(self.now_ns, entry.body()["by"])]
                case EntryKind.UNACKNOWLEDGE if entry.source == failure.key:
                    return [*failure.unacknowledge(self.now_ns, entry.body()["by"])]
                case EntryKind.START | EntryKind.COMMAND:
                    return self._handlers[entry.kind](entry)
                case EntryKind.SENSOR:
                    return [self.lifecycle.exchange(entry)]
                case EntryKind.END if (fact := self.lifecycle.end(entry)) is not None:
                    return [fact, failure.end(self.now_ns, fact.by)]
                case EntryKind.GATEWAY:
                    self.gateways.turn(entry.source, entry.body())
                case EntryKind.STANDSTILL if entry.body().get("over"):
                    self.standstill.gateways.discard(entry.source)
                case EntryKind.STANDSTILL:
                    self.standstill.gateways.add(entry.source)
                case EntryKind.DUTY:
                    return self._duty(entry)
                case EntryKind.RUN if (plan := entry.body().get("calls")) is not None:
                    self.calling.use(self.now_ns, Plan.from_body(plan))
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001, S110 - it has failed already, and says so
            pass
        return []

    # What entries do

    def _session(self, entry: Entry) -> list[Fact]:
        self.started_ns = entry.received_ns
        spec = self.spec = SessionSpec.from_body(entry.body())
        self.base = spec.policy
        self.overrides.update((override.rule, override) for override in spec.overrides)
        self.standstill.zone = spec.zone or UTC
        facts = self._adopt()
        self.gateways.expect(spec.sensors)
        self.lifecycle.devices.update((sensor.label, sensor) for sensor in spec.sensors)
        self.calling.use(self.now_ns, spec.calls)
        for sensor in spec.sensors:
            device = self._device(sensor)
            self.sensors[sensor.label] = Sensor(sensor.label, device)
            for signal in device.kind.signals:
                facts += self._evaluator.expect(self.now_ns, f"{sensor.label}/{signal}")
        return facts + [_policy_fact(self.now_ns, override) for override in spec.overrides]

    def _device(self, sensor: SensorSpec) -> Device:
        assert self.spec is not None  # noqa: S101 - the session has begun
        kind = KINDS[sensor.kind]
        return Device(
            kind,
            Decoder(kind, sensor),
            DeviceClock(self.spec.utc_offset_s),
            BeatAlignment(kind),
            StreamClock(),
            RateCheck(),
        )

    def _run(self, entry: Entry) -> list[Fact]:
        body = entry.body()
        was_offset_ns = self.wall_clock.offset_ns
        facts = self._evaluator.faults.end(self.now_ns, _OF_PROCESS)
        facts += self.wall_clock.run(self.now_ns, body)
        self._assume_clocks()
        facts += self.standstill.run(self.now_ns, body, was_offset_ns)
        if (plan := body.get("calls")) is not None:
            self.calling.use(self.now_ns, Plan.from_body(plan))
        return facts + [
            sensor.change(entry.received_ns, "searching", "", None)
            for sensor in self.sensors.values()
        ]

    def _clock(self, entry: Entry) -> list[Fact]:
        facts = self.wall_clock.set(self.now_ns, entry.body())
        self._assume_clocks()
        return facts

    def _assume_clocks(self) -> None:
        for sensor in self.sensors.values():
            sensor.device.clock.assume(-(self.wall_clock.offset_ns or 0))

    def _standstill(self, entry: Entry) -> list[Fact]:
        body, standstill = entry.body(), self.standstill
        if entry.source != PROCESS:
            if body.get("over"):
                standstill.gateways.discard(entry.source)
                return []
            offset_ns = self.gateways.offset_ns(entry.source)
            since_ns, until_ns = body["since_ns"] + offset_ns, body["until_ns"] + offset_ns
            return standstill.gateway(self.now_ns, entry.source, since_ns, until_ns)
        if body.get("over"):
            return standstill.over()
        for sensor in self.sensors.values():
            sensor.device.beats.interrupt()  # what waited is not laid in rows
        return standstill.begin(self.now_ns, body["since_ns"])

    def _packet(self, entry: Entry) -> list[Fact]:
        label, _, characteristic = entry.source.partition("/")
        sensor = self.sensors[label]
        facts: list[Fact] = [*sensor.count(entry.received_ns)]
        try:
            decoded = sensor.device.decode(characteristic, entry.payload)
        except DecodeError as error:
            sensor.malformed += 1
            cause = f"sensor '{label}' sends what cannot be read ({error})"
            return facts + (
                self._evaluator.faults.report(self.now_ns, "decode-errors", label, cause)
                if sensor.failing
                else []
            )
        if sensor.failing:
            facts += self._evaluator.faults.report(self.now_ns, "decode-errors", label, None)
        sensor.malformed = 0
        measured_ns = self.gateways.measured_ns(entry)
        late_ns = self.now_ns - measured_ns
        # What waited while the process stood still did so for an unknown time.
        waited = stored = (
            self.standstill.standing
            if entry.measured_ns is None
            else self.gateways.of(label) in self.standstill.gateways
        )
        readings: Sequence[Reading] = decoded.readings
        at_ns = [measured_ns] * len(readings)
        if not stored:
            facts += sensor.device.stream.take(label, measured_ns, decoded.details)
            beats = self.channels.get(f"{label}/rr_interval")
            at_ns, gaps = sensor.device.beats.lay(measured_ns, characteristic, decoded, beats)
            facts += gaps
            device_time = decoded.details.get("device_time")
            stored = isinstance(device_time, str) and sensor.device.clock.stored(
                entry.received_ns, device_time
            )
            readings = sensor.device.rates.check(self.now_ns, readings)
        spot: list[SpotValue] = []
        unfinished = "intermediate" in decoded.details  # the measurement itself comes later
        for reading, reading_ns in zip(readings, at_ns, strict=True):
            name = f"{label}/{reading.signal}"
            facts += self._evaluator.expect(self.now_ns, name)
            channel = self.channels[name]
            quality = Quality.STORED if stored else reading.quality
            if quality is Quality.STORED:
                came_ns = measured_ns if waited else entry.received_ns
                facts.append(self._evaluator.stored(channel, came_ns, reading.value))
            else:
                facts += self._evaluator.reading(
                    self.now_ns,
                    channel,
                    reading_ns,
                    reading.value,
                    quality,
                    live=late_ns <= channel.hold_ns,
                )
            if channel.spot and reading.value is not None and not unfinished:
                spot.append(SpotValue(reading.signal, reading.value, channel.at_ns, quality))
            if reading.signal == "battery" and quality is Quality.GOOD:
                sensor.battery = reading.value
        if spot:
            facts += self.from_sensors.take(
                self.now_ns,
                entry,
                label,
                spot,
                decoded.details,
                sensor.device.clock,
                self._time_of_day(entry.received_ns),
                waited=waited,
            )
        return facts

    def _link(self, entry: Entry) -> list[Fact]:
        body = entry.body()
        sensor = self.sensors[entry.source]
        return [sensor.change(entry.received_ns, body["state"], body["reason"], body["rssi"])]

    def _trouble(self, entry: Entry) -> list[Fact]:
        body = entry.body()
        cause = body["reason"] if body["on"] else None
        return self._evaluator.faults.report(self.now_ns, entry.source, SESSION, cause)

    def _marker(self, entry: Entry) -> list[Fact]:
        return self.markers.mark(self.now_ns, entry)

    def _undo(self, entry: Entry) -> list[Fact]:
        return self.markers.undo(self.now_ns, entry)

    def _acknowledge(self, entry: Entry) -> list[Fact]:
        acknowledged = self.alarms.acknowledge(self.now_ns, entry.source, entry.body()["by"])
        return [*acknowledged, *self._evaluator.faults.seen(self.now_ns)]

    def _unacknowledge(self, entry: Entry) -> list[Fact]:
        return [*self.alarms.unacknowledge(self.now_ns, entry.source, entry.body()["by"])]

    def _reset(self, entry: Entry) -> list[Fact]:
        return [*self.alarms.reset(self.now_ns, entry.source, entry.body()["by"])]

    def _pause(self, _entry: Entry) -> list[Fact]:
        self.alarms.pause_audio(self.now_ns)
        return []

    def _rebaseline(self, entry: Entry) -> list[Fact]:
        return self._evaluator.baselines.take_again(self.now_ns, entry.body()["by"])

    def _change_policy(self, entry: Entry) -> list[Fact]:
        body = entry.body()
        assert self.spec is not None  # noqa: S101 - the session has begun
        recorded = self.spec.derivation < DERIVATION
        policy = parse_policy(body["text"], f"policy {entry.source}", recorded=recorded)
        base = self.base = policy
        self.overrides.clear()  # they were decided for the rules of the policy before
        change = f"{base.name} {base.version}"
        fact = PolicyFact(
            subject="policy", at_ns=self.now_ns, change=change, by=body["by"], reason=body["reason"]
        )
        return [fact, *self._adopt(body["by"])]

    def _override(self, entry: Entry) -> list[Fact]:
        body = entry.body()
        override = Override(
            rule=entry.source, changes=body["changes"], by=body["by"], reason=body["reason"]
        )
        overrides = {**self.overrides, override.rule: override}
        if not override.changes:
            del overrides[override.rule]
        assert self.base is not None  # noqa: S101 - the first entry has set it
        amended(self.base, tuple(overrides.values()))  # refused before anything is changed
        self.overrides = overrides
        return [_policy_fact(self.now_ns, override), *self._adopt(override.by)]

    def _adopt(self, by: str = "") -> list[Fact]:
        """Evaluate the policy in force, with its overrides, from now on."""
        assert self.base is not None  # noqa: S101 - the first entry has set it
        in_force = amended(self.base, tuple(self.overrides.values()))
        facts = self._evaluator.adopt(self.now_ns, self._instead(in_force), by)
        return facts + self.from_sensors.re_evaluate(self.now_ns)

    def _vitals(self, entry: Entry) -> list[Fact]:
        return self.manual_vitals.take(self.now_ns, entry)

    def _correction(self, entry: Entry) -> list[Fact]:
        return self.manual_vitals.correct(self.now_ns, entry)

    def _settle(self, entry: Entry) -> list[Fact]:
        return self.from_sensors.settle(self.now_ns, entry)

    def _time_of_day(self, at_ns: int) -> str:
        """Return a time of day in the room, or in UTC where its zone is not known."""
        zone = self.spec.zone if self.spec is not None else None
        return clock(at_ns, zone) if zone is not None else f"{clock(at_ns, UTC)} UTC"

    # The life of the session

    def _start(self, entry: Entry) -> list[Fact]:
        return [self.lifecycle.start(entry)]

    def _end(self, entry: Entry) -> list[Fact]:
        fact = self.lifecycle.end(entry)
        return [] if fact is None else [fact, *self._evaluator.close(self.now_ns, fact.by)]

    def _sensor(self, entry: Entry) -> list[Fact]:
        """Another device for a label, or one label more."""
        label = entry.source
        facts: list[Fact] = [self.lifecycle.exchange(entry)]
        device = self._device(self.lifecycle.devices[label])
        sensor = self.sensors.get(label)
        if sensor is None:
            sensor = self.sensors[label] = Sensor(label, device)
        else:
            if sensor.failing:
                facts += self._evaluator.faults.report(self.now_ns, "decode-errors", label, None)
            sensor.exchange(device)
        self._assume_clocks()
        for signal in device.kind.signals:
            name = f"{label}/{signal}"
            facts += self._evaluator.expect(self.now_ns, name)
            facts += self._evaluator.exchanged(self.now_ns, self.channels[name])
        return [*facts, sensor.change(entry.received_ns, "searching", "", None)]

    # Calls

    def _call(self, entry: Entry) -> list[Fact]:
        return self.calling.outcome(self.now_ns, int(entry.source), entry.body())

    def _accept(self, entry: Entry) -> list[Fact]:
        return self.calling.accept(self.now_ns, entry.source, entry.body())

    def _test_call(self, _entry: Entry) -> list[Fact]:
        return self.calling.test(self.now_ns)

    def _duty(self, entry: Entry) -> list[Fact]:
        self.calling.duty(self.now_ns, entry.source, on=entry.body()["on"])
        return []

    # What comes over the network

    def _command(self, entry: Entry) -> list[Fact]:
        self.commands.add((entry.source, entry.body()["id"]))
        return []

    def _gateway(self, entry: Entry) -> list[Fact]:
        body, gateway, faults = entry.body(), entry.source, self._evaluator.faults
        cause = self.gateways.turn(gateway, body)
        facts = faults.report(self.now_ns, "clock-offset", gateway, cause)
        second = (
            f"two gateways send as '{gateway}': only the one that came first is taken; give each "
            "an id of its own, or switch one off"
        )
        cause = second if body.get("duplicate") else None
        return facts + faults.report(self.now_ns, DUPLICATE_GATEWAY, gateway, cause)

    def _report_call_fault(self, name: str, *, cause: str | None) -> list[Fact]:
        facts = self._evaluator.faults.report(self.now_ns, name, SESSION, cause)
        return self.alarms.settle(self.now_ns, facts)

    def _fire(self, key: DeadlineKey) -> list[Fact]:
        """Fire a deadline of a call; or one of an alarm, with all others of the same moment."""
        if key[0] == CALL_CLASS:
            return self.calling.wake(self.now_ns, key)
        facts = self._evaluator.fire(self.now_ns, key)
        while (due := self._deadlines.peek()) is not None:
            due_ns, other = due
            if due_ns > self.now_ns or other[0] == CALL_CLASS:
                break
            self._deadlines.pop(self.now_ns)
            facts += self._evaluator.fire(self.now_ns, other)
        return self.alarms.settle(self.now_ns, facts)


def _policy_fact(now_ns: int, override: Override) -> PolicyFact:
    return PolicyFact(
        subject=override.rule,
        at_ns=now_ns,
        change=words(override.changes),
        by=override.by,
        reason=override.reason,
    )
