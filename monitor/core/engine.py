"""The engine: journal entries in, derived facts out.

A pure state machine. Time comes in with each entry; before an entry is applied, every deadline
that is due by then fires, stamped with its own due time. `advance` does the same without an entry,
so the facts do not depend on when, or whether, a timer calls it: live, replayed and recovered
sessions give the same facts in the same order.
"""

from collections.abc import Callable
from datetime import UTC

from alerts.active_alarms import ActiveAlarms
from alerts.alarm import Alarm
from alerts.call_plan import Plan
from alerts.deadline_queue import CALL_CLASS, SESSION, DeadlineKey, Deadlines
from alerts.policy.rules import Policy
from devices.errors import PhysiomonError
from monitor.core.adverse_events import AdverseEvents
from monitor.core.alarm_actions import AlarmActions
from monitor.core.calling import Calling
from monitor.core.channel import Channel
from monitor.core.engine_failure import WITHOUT_RULES, EngineFailure
from monitor.core.entry_check import unreadable
from monitor.core.gateways import Gateways
from monitor.core.host_events import HostEvents
from monitor.core.judgement import Judged, Judgement
from monitor.core.lifecycle import Lifecycle
from monitor.core.manual_vitals import ManualVitals
from monitor.core.markers import Markers
from monitor.core.policy_changes import Instead, PolicyChanges, in_force, policy_fact
from monitor.core.rule_evaluator import RuleEvaluator
from monitor.core.sensor import Sensor
from monitor.core.sensor_input import SensorInput
from monitor.core.sensor_measurements import SensorMeasurements
from monitor.core.session_spec import SessionSpec
from monitor.core.spot_measurements import SpotMeasurements
from monitor.core.standstill import Standstill, interrupted_since_ns
from monitor.core.wall_clock import WallClock
from monitor.entries import Entry, EntryKind
from monitor.facts import Fact

_SESSION = EntryKind.SESSION  # attributes of enumerations are slow before Python 3.12


class Engine:
    """The state of one session; it can be pickled if `instead` can.

    Args:
        instead: returns the policy to evaluate instead of the one in force, for what-if.
        alarms: of the session, without any yet; they have the deadlines of the engine.

    Attributes:
        failure: the exception that stopped monitoring, or None.
        seq: of the entry applied last.
        now_ns: engine time.
        started_ns: start of the session.
        spec: of the session; None before its first entry.
        calling: calls of its alarms.
        channels: by name, in the order in which they were first expected.
        sensors: by label.
        policy_changes: the policy without overrides, and the overrides in force.
        markers, adverse_events: including undone and withdrawn ones.
        manual_vitals: entered and corrected measurements.
        from_sensors: spot measurements of sensors, including unconfirmed ones.
        lifecycle: start, present devices and end of the session.
        gateways: of its sensors.
        wall_clock: the computer's clock compared with the session's.
        standstill: interruptions of monitoring.
        commands: (user, id) of commands received over the network.
    """

    def __init__(self, instead: Instead = in_force, alarms: ActiveAlarms | None = None) -> None:
        self.failure: EngineFailure | None = None
        self.seq = 0
        self.now_ns = 0
        self.started_ns = 0
        self.spec: SessionSpec | None = None
        self.sensors: dict[str, Sensor] = {}
        self.gateways = Gateways()
        self.commands: set[tuple[str, str]] = set()
        self.alarms = ActiveAlarms(Deadlines()) if alarms is None else alarms
        evaluator = self._evaluator = RuleEvaluator(self.alarms, self.sensors)
        spot, faults, self.channels = evaluator.spot, evaluator.faults, evaluator.channels
        self.markers, self.adverse_events = Markers(evaluator), AdverseEvents()
        self.manual_vitals = ManualVitals(spot)
        self.from_sensors = SensorMeasurements(spot, faults)
        self.lifecycle = lifecycle = Lifecycle()
        self.wall_clock = WallClock(faults)
        self.standstill = Standstill(faults)
        self.calling = Calling(self.alarms, self.alarms.deadlines, self._report_call_fault)
        sensor_input = self._sensor_input = SensorInput(
            self.sensors, evaluator, self.from_sensors, lifecycle, self.gateways, self.standstill
        )
        self.policy_changes = PolicyChanges(evaluator, self.from_sensors, instead)
        host = HostEvents(
            self.wall_clock, self.standstill, self.gateways, faults, sensor_input, self.calling
        )
        self._handlers: dict[str, Callable[[int, Entry], list[Fact]]] = {
            EntryKind.SESSION: self._session,
            EntryKind.MARKER: self.markers.mark,
            EntryKind.UNDO: self.markers.undo,
            EntryKind.ADVERSE_EVENT: self.adverse_events.take,
            EntryKind.START: self.lifecycle.start,
            EntryKind.END: self._end,
            EntryKind.REBASELINE: evaluator.baselines.take_again,
            EntryKind.SETTLE: self.from_sensors.settle,
            **self.policy_changes.handlers(),
            **self.manual_vitals.handlers(),
            **sensor_input.handlers(),
            **host.handlers(),
            **AlarmActions(self.alarms, faults, self.calling).handlers(),
            EntryKind.COMMAND: self._command,
        }

    @property
    def policy(self) -> Policy | None:
        """Return the policy in force, with its overrides; None before the first entry."""
        return self._evaluator.policy

    @property
    def spot(self) -> SpotMeasurements:
        """Return the spot measurements, manual and from sensors."""
        return self._evaluator.spot.measurements

    @property
    def dose_ns(self) -> int | None:
        """Return the time of the dose, or None."""
        return self.markers.dose_ns

    def due(self) -> list[tuple[Alarm, int | None]]:
        """Return the alarm of each rule about measurements, and the time of the next one."""
        return self._evaluator.schedule.next()

    def judgement(self, channel: Channel, now_ns: int) -> Judgement:
        """Return whether a channel is judged now, and what its rules wait for."""
        if (over := self.lifecycle.ended) is not None:
            state, reason = Judged.NOT_JUDGED, "the session has ended"
            return Judgement(state=state, since_ns=over.at_ns, reason=reason)
        if (failure := self.failure) is not None:
            state, reason = Judged.NOT_JUDGED, "an internal fault has stopped monitoring"
            return Judgement(state=state, since_ns=failure.at_ns, reason=reason)
        return self._evaluator.judgement(now_ns, channel)

    def apply(self, entry: Entry) -> list[tuple[int, Fact]]:
        """Apply the next entry of the journal; return the facts that follow.

        Each fact comes with the seq of the last entry applied before it. Deadlines due before the
        entry belong to the previous one, after which a timer would have fired them live.

        Raises:
            ValueError: the entry is not the next one, or not the first of a session.
        """
        before, seq = self.seq, entry.seq
        if seq != before + 1 or (seq == 1) != (entry.kind == _SESSION):
            raise ValueError(f"entry {seq} ({entry.kind}) cannot follow entry {before}")
        why = None if seq == 1 else unreadable(entry, self.sensors)
        since_ns = None if why else interrupted_since_ns(entry)
        passed = (
            self._pass(entry.received_ns, None)
            if since_ns is None
            else self._make_up(since_ns, entry.received_ns)
        )
        self.seq = seq
        facts = [(before, fact) for fact in passed]
        return facts + [(seq, fact) for fact in self._take(entry, why)]

    def advance(self, now_ns: int) -> list[Fact]:
        """Fire the deadlines up to and at `now_ns`, each at its own due time."""
        return self._pass(now_ns, None)

    def _make_up(self, since_ns: int, now_ns: int) -> list[Fact]:
        """Fire the deadlines of a time in which nothing could be announced and no call answered."""
        facts = self.advance(since_ns)
        self.alarms.deadlines.delay(CALL_CLASS, max(0, now_ns - since_ns))
        return facts + self._pass(now_ns, now_ns)

    def _pass(self, now_ns: int, announced_ns: int | None) -> list[Fact]:
        """Fire the deadlines up to `now_ns`; date announcements `announced_ns`, if given."""
        facts: list[Fact] = []
        if self.lifecycle.ended is not None:
            return facts  # the session is over: nothing is due
        try:
            while self.failure is None and (due := self.alarms.deadlines.pop(now_ns)) is not None:
                self.now_ns, key = due
                fired = self._fire(key)
                if announced_ns is not None:
                    self.standstill.announce(self.now_ns, announced_ns, fired)
                facts += self.calling.follow(announced_ns or self.now_ns, fired)
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001 - other sessions continue
            facts += self._fail(error)
        self.now_ns = max(self.now_ns, now_ns)
        return facts

    def next_due_ns(self) -> int | None:
        """Return a time before which `advance` does nothing, or None."""
        return self.alarms.deadlines.next_ns() if self.failure is None else None

    def _take(self, entry: Entry, why: str | None) -> list[Fact]:
        """Apply an entry, or report that it cannot be read."""
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
            facts = handler(self.now_ns, entry)
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

    # After an exception

    def _fail(self, error: Exception) -> list[Fact]:
        self.failure = EngineFailure(error, self.now_ns, self.seq, self.policy)
        return [self.failure.raised()]

    def _keep(self, entry: Entry, failure: EngineFailure) -> list[Fact]:
        """Apply what recording needs; evaluate no rule."""
        try:
            self.gateways.take(entry)
            match entry.kind:
                case EntryKind.ACKNOWLEDGE if entry.source == failure.key:
                    return [*failure.acknowledge(self.now_ns, entry.body()["by"])]
                case EntryKind.UNACKNOWLEDGE if entry.source == failure.key:
                    return [*failure.unacknowledge(self.now_ns, entry.body()["by"])]
                case kind if kind in WITHOUT_RULES:
                    return self._handlers[entry.kind](self.now_ns, entry)
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
                case EntryKind.RUN if (plan := entry.body().get("calls")) is not None:
                    self.calling.use(self.now_ns, Plan.from_body(plan))
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001, S110 - the failure is reported already
            pass
        return []

    # Handlers of entries

    def _session(self, now_ns: int, entry: Entry) -> list[Fact]:
        self.started_ns = entry.received_ns
        spec = self.spec = SessionSpec.from_body(entry.body())
        self.standstill.zone = self.calling.zone = spec.zone or UTC
        facts = self.policy_changes.start(now_ns, spec)
        self.calling.use(now_ns, spec.calls)
        facts += self._sensor_input.start(now_ns, spec)
        return facts + [policy_fact(now_ns, override) for override in spec.overrides]

    def _end(self, now_ns: int, entry: Entry) -> list[Fact]:
        fact = self.lifecycle.end(entry)
        return [] if fact is None else [fact, *self._evaluator.close(now_ns, fact.by)]

    def _command(self, _now_ns: int, entry: Entry) -> list[Fact]:
        self.commands.add((entry.source, entry.body()["id"]))
        return []

    def _report_call_fault(self, name: str, *, cause: str | None) -> list[Fact]:
        facts = self._evaluator.faults.report(self.now_ns, name, SESSION, cause)
        return self.alarms.settle(self.now_ns, facts)

    def _fire(self, key: DeadlineKey) -> list[Fact]:
        """Fire a deadline of a call, or one of an alarm with all others of the same moment."""
        if key[0] == CALL_CLASS:
            return self.calling.wake(self.now_ns, key)
        facts = self._evaluator.fire(self.now_ns, key)
        while (due := self.alarms.deadlines.peek()) is not None and due[0] <= self.now_ns:
            if (other := due[1])[0] == CALL_CLASS:
                break
            self.alarms.deadlines.pop(self.now_ns)
            facts += self._evaluator.fire(self.now_ns, other)
        return self.alarms.settle(self.now_ns, facts)
