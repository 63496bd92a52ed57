"""One session as it runs: door, engine, journal and links."""

import asyncio
import datetime
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Self

import structlog

from alerts.alarm import Alarm, State
from alerts.escalation import CallStep
from alerts.policy.overrides import Changes, Override, amended
from alerts.policy.rules import Policy
from dashboards.console.views.chart_series import Trace
from dashboards.console.views.session import SessionView
from devices.errors import PhysiomonError
from devices.radio import LinkState
from devices.sensor import SensorSpec
from monitor.clock import SessionClock
from monitor.core.engine import Engine
from monitor.core.engine_failure import ENGINE_FAILURE, EngineFailure
from monitor.core.session_spec import DERIVATION, SessionSpec
from monitor.delivery.delivery_health import DeliveryHealth
from monitor.entries import Entry, EntryKind, body_bytes
from monitor.errors import ActError, ConfigError, EndedError, JournalError, RecordingError
from monitor.facts import AlarmFact, Fact
from monitor.sessions.alarm_history import AlarmHistory
from monitor.sessions.chart_series import ChartSeries
from monitor.sessions.failed_session import failed_view, refuse_without_engine, where_failed
from monitor.sessions.host_checks import free_bytes
from monitor.sessions.manual_entries import ManualEntries
from monitor.sessions.session_control import SessionControl
from monitor.sessions.view import session_view
from monitor.standstill import StandstillDetector
from monitor.storage.journal import Journal
from monitor.storage.recorder import Recorder

# Without a sign of life for longer, the process counts as having stood still.
STANDSTILL_S = 5.0
_BEAT_S = 1.0
_WRITE_EVERY_S = 0.25
_SYNC_EVERY_S = 1.0
_DELIVERIES_EVERY_S = 5.0
_LONGEST_TEXT = 500

log = structlog.get_logger()


class Session:
    """Records one session and derives what follows; takes packets from links, acts from people.

    It is the `devices.radio.Sink` of its links. Use `open`, then `run` in a task of its own.
    """

    def __init__(
        self,
        spec: SessionSpec,
        journal: Journal,
        clock: SessionClock,
        standstill_s: float = STANDSTILL_S,
    ) -> None:
        self.spec = spec
        self.journal = journal
        self.engine = Engine()
        self.chart_series = ChartSeries()
        self.history = AlarmHistory()
        self.listeners: list[Callable[[Fact], None]] = []
        self.notices: dict[str, str] = {}
        self.delivery_health = DeliveryHealth(
            lambda on, reason: self.trouble("delivery-failure", on=on, reason=reason),
            clock.now_ns,
        )
        self.backlogs = self.delivery_health.backlogs
        self.control = SessionControl(self.engine, clock, self.delivery_health, self._act)
        self.manual_entries = ManualEntries(self.engine, clock, self._act)
        self._clock = clock
        self._closed = False
        self._failed = False  # it was reported that the engine has failed
        self._facts_made = 0
        self._facts_known = journal.last_fact
        self._arrived = asyncio.Event()
        self._standstill_s = standstill_s
        self._standstill = StandstillDetector()
        self._recorder = Recorder(journal, clock, self._arrived.set, standstill=self._standstill)

    @classmethod
    def open(
        cls,
        spec: SessionSpec,
        path: Path,
        clock: SessionClock,
        *,
        standstill_s: float = STANDSTILL_S,
    ) -> Self:
        """Begin a session, or go on with the one that the journal holds.

        Args:
            spec: of the session; one that goes on keeps that of its journal.
            path: of the journal.
            clock: of the machine; the session's own never starts behind the journal's end.
            standstill_s: real seconds without a sign of life that are no standstill yet.

        Raises:
            JournalError: the file cannot be used.
            ConfigError: it holds another session, or one that somebody has ended for good.
        """
        journal = Journal.write(path)
        since_ns = journal.end_ns
        clock = clock.not_before(since_ns + 1)
        session = cls(spec, journal, clock, standstill_s)
        try:
            session._recover()
        except PhysiomonError:
            journal.close()
            raise
        run: dict[str, object] = {"version": spec.software, "offset_ns": clock.offset_ns()}
        if since_ns:
            run["since_ns"] = since_ns
        if spec.calls != session.engine.calling.escalation.plan:
            # Who is called is a matter of the site's present configuration, unlike the policy.
            run["calls"] = spec.calls.body()
        session._record(EntryKind.RUN, "physiomon", run)
        session._derive()
        session._recorder.write()
        return session

    def _recover(self) -> None:
        """Bring the engine to where the journal ends; write the facts that were not written."""
        if self.journal.last_seq == 0:
            self._record(EntryKind.SESSION, self.spec.id, self.spec.body())
            self._derive()
            return
        for entry in self.journal.entries():
            if entry.seq == 1:
                self._begin_again(entry)
            else:
                self._take(self.engine.apply(entry))
            spec = self.engine.spec
            if entry.seq == 1 and spec is not None and spec.derivation < DERIVATION:
                raise ConfigError(
                    f"{self.journal.path} was begun by physiomon {spec.software}, which derived "
                    "alarms in an older way; end it with that version, or give the session "
                    "another id"
                )
        assert self.engine.spec is not None  # noqa: S101 - the first entry is a session
        self._tell_what_waits(self.spec, self.engine.spec)
        self.spec = self.engine.spec
        if (ended := self.engine.lifecycle.ended) is not None:
            self._recorder.write()
            raise EndedError(
                f"session {self.spec.id} was ended by {ended.by} at {_utc(ended.at_ns)}; to begin "
                "another, give [session] a new 'id'"
            )

    def _begin_again(self, first: Entry) -> None:
        """Apply the first entry of a journal: without it there is no session."""
        try:
            name = first.body()["id"]
            if name == self.spec.id:
                self._take(self.engine.apply(first))
                return
        except (KeyError, TypeError, ValueError) as error:
            raise JournalError(
                f"{self.journal.path}: its first entry cannot be read ({type(error).__name__}); "
                "restore it from a copy"
            ) from error
        raise ConfigError(
            f"{self.journal.path} holds session {name}, not {self.spec.id}; give the session "
            "another id or another folder"
        )

    def _tell_what_waits(self, configured: SessionSpec, recorded: SessionSpec) -> None:
        """Say what the configuration has other than the session: nobody must think it in force."""
        began_with = ("sensors", "overrides")
        other = [
            name for name in began_with if getattr(configured, name) != getattr(recorded, name)
        ]
        if configured.policy.digest != recorded.policy.digest:
            other.append("policy")
        if other:
            self.notices["configuration"] = (
                f"the configuration has changed since this session began ({', '.join(other)}); it "
                "goes on as it began: change its rules under Rules, or begin another session"
            )

    async def run(self, speed: float = 1.0) -> None:
        """Run engine and journal until cancelled.

        Args:
            speed: session seconds in a real one; the disk keeps to real time.
        """
        limit_ns = round(self._standstill_s * speed * 1e9)
        self._standstill.watch(self.engine.now_ns, limit_ns)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._derive_on_arrival(), name=f"{self.spec.id}/engine")
            tasks.create_task(self._show_life(speed), name=f"{self.spec.id}/life")
            tasks.create_task(self._write_now_and_then(speed), name=f"{self.spec.id}/journal")
            tasks.create_task(self._sync(speed), name=f"{self.spec.id}/sync")
            tasks.create_task(self._watch_wall_clock(), name=f"{self.spec.id}/clock")
            tasks.create_task(self._watch_delivery_health(), name=f"{self.spec.id}/deliveries")
            tasks.create_task(
                self.control.watch_machine(partial(free_bytes, self.journal.path), speed),
                name=f"{self.spec.id}/machine",
            )

    def end(self, reason: str) -> None:
        """End the recording in good order; what is recorded can still be delivered."""
        self._record(EntryKind.END, "physiomon", {"reason": reason})
        self._derive()
        self._recorder.write()

    @property
    def ended(self) -> bool:
        """Tell whether somebody has ended the session for good."""
        return self.engine.lifecycle.ended is not None

    @property
    def closed(self) -> bool:
        """Tell whether its journal is closed."""
        return self._closed

    def flush(self) -> None:
        """Bring everything that was taken and derived to the journal."""
        self._recorder.write()

    def close(self) -> None:
        """Close the journal; what is shown of the session stays."""
        if self._closed:
            return
        self._closed = True  # first: a thread may be closing it when the service stops
        self._recorder.write()
        self.backlogs.clear()
        self.journal.close()

    # Sink of the links

    def packet(self, sensor: str, characteristic: str, payload: bytes) -> None:
        """Take a packet; when this returns, it is in the journal."""
        if self.ended:
            return  # a link that is being closed
        self._recorder.record(EntryKind.PACKET, f"{sensor}/{characteristic}", payload)

    def link(self, sensor: str, state: LinkState, reason: str, rssi: int | None) -> None:
        """Take a change of a link's state."""
        log.info("link", session=self.spec.id, sensor=sensor, state=state.value, reason=reason)
        self._record(EntryKind.LINK, sensor, {"state": state.value, "reason": reason, "rssi": rssi})

    def relay(self, kind: EntryKind, source: str, payload: bytes, measured_ns: int) -> None:
        """Take a packet, or a change of a link, that a gateway took at its own `measured_ns`."""
        if self.ended:
            return
        self._recorder.record(kind, source, payload, measured_ns)

    def gateway(self, gateway: str, body: Mapping[str, object]) -> None:
        """Take that a gateway's entries belong to another run of it, or its clock's offset."""
        self._act(EntryKind.GATEWAY, gateway, body)

    def standstill_of(self, gateway: str, body: Mapping[str, object]) -> None:
        """Take that a gateway stood still, or runs normally again."""
        self._act(EntryKind.STANDSTILL, gateway, body)

    def command(self, user: str, body: Mapping[str, object]) -> None:
        """Take what became of a command that came over the network."""
        log.info("command", session=self.spec.id, user=user, outcome=body["outcome"])
        self._act(EntryKind.COMMAND, user, body)

    def access(self, user: str, body: Mapping[str, object]) -> None:
        """Take that somebody came, went or was refused."""
        self._act(EntryKind.ACCESS, user, body)

    # What people do

    def acknowledge(self, alarm: str, by: str) -> None:
        """Take that a person has seen an alarm."""
        found = self._alarm(alarm)
        if found is None or found.state is not State.ACTIVE:
            raise ActError("this alarm is not active any more; nothing to acknowledge")
        self._act(EntryKind.ACKNOWLEDGE, alarm, {"by": _name(by)})

    def unacknowledge(self, alarm: str, by: str, reason: str) -> None:
        """Take the acknowledgement of an alarm back: it sounds, and calls, again."""
        found = self._alarm(alarm)
        if found is None or found.state is not State.ACKNOWLEDGED:
            raise ActError("this alarm is not acknowledged; there is nothing to take back")
        if isinstance(found, Alarm) and not self.engine.alarms.unacknowledgeable(found):
            raise ActError("a higher alarm was acknowledged with it; take that one back")
        body = {"by": _name(by), "reason": _short(reason, "reason")}
        self._act(EntryKind.UNACKNOWLEDGE, alarm, body)

    def _alarm(self, key: str) -> Alarm | EngineFailure | None:
        """Return the alarm of a key; of a session that has failed there is only that one."""
        failure = self.engine.failure
        if failure is None:
            return self.engine.alarms.find(key)
        return failure if failure.key == key else None

    def reset(self, alarm: str, by: str) -> None:
        """Put a latched alarm away."""
        found = self.engine.alarms.find(alarm)
        if found is None or found.shown is not State.LATCHED:
            raise ActError("only an alarm whose condition is over can be reset")
        self._act(EntryKind.RESET, alarm, {"by": _name(by)})

    def mark(
        self,
        kind: str,
        text: str,
        by: str,
        *,
        at_ns: int | None = None,
        amount: float | None = None,
        unit: str = "mg",
    ) -> None:
        """Put a marker at this moment, or back to `at_ns`; see `ManualEntries.mark`."""
        self.manual_entries.mark(kind, text, _name(by), at_ns, amount, unit)

    def pause_audio(self, by: str) -> None:
        """Silence alarm sounds for 120 s."""
        self._act(EntryKind.PAUSE, "audio", {"by": _name(by)})

    def measure(
        self,
        values: Mapping[str, float],
        by: str,
        role: str,
        *,
        at_ns: int | None = None,
        confirmed: bool = False,
    ) -> None:
        """Take what a person has measured by hand; see `ManualEntries.measure`."""
        name, role = _name(by), _short(role, "role")
        self.manual_entries.measure(values, name, role, at_ns, confirmed=confirmed)

    def settle(self, channel: str, at_ns: int, by: str, *, valid: bool) -> None:
        """Settle whether a sensor's measurement that was not judged is valid."""
        self.manual_entries.settle(channel, at_ns, _name(by), valid=valid)

    def undo(self, at_ns: int, by: str, reason: str) -> None:
        """Take the marker of a time back; a dose only for ten minutes, and with a reason."""
        self.manual_entries.undo(at_ns, _name(by), _short(reason, "reason"))

    def correct(
        self,
        entry: int,
        signal: str,
        value: float | None,
        by: str,
        reason: str,
        *,
        confirmed: bool = False,
    ) -> None:
        """Void a measurement, or put another value in its place in time."""
        name, why = _name(by), _reason(reason)
        self.manual_entries.correct(entry, signal, value, name, why, confirmed=confirmed)

    def heard(self, by: str) -> None:
        """Take that somebody has heard the test sound."""
        self.control.heard(_name(by))

    def start(self, by: str, reason: str) -> None:
        """Begin the session; what is unresolved on the checklist needs a reason."""
        self.control.start(_name(by), _short(reason, "reason"))

    def finish(self, by: str, reason: str) -> None:
        """End the session for good; what is open needs a reason."""
        self.control.finish(_name(by), _short(reason, "reason"))

    def exchange(self, spec: SensorSpec, by: str, reason: str) -> None:
        """Put another device in the place of a sensor, or add a sensor."""
        self.control.exchange(spec, _name(by), _reason(reason))

    def rebaseline(self, by: str, reason: str) -> None:
        """Take the last 10 minutes as the baseline from here on."""
        if self.engine.dose_ns is None:
            raise ActError("the baseline is taken when the dose is marked; mark the dose first")
        body = {"by": _name(by), "reason": _reason(reason)}
        self._act(EntryKind.REBASELINE, "session", body)

    def override(self, rule: str, changes: Changes, by: str, reason: str) -> None:
        """Change a rule for this participant; no changes put it back as the policy has it.

        Raises:
            OverrideError: there is no such rule, or the changes make no sound rule of it.
        """
        override = Override(rule=rule, changes=dict(changes), by=_name(by), reason=_reason(reason))
        assert self.engine.base is not None  # noqa: S101 - the session has begun
        amended(self.engine.base, (*self.engine.overrides.values(), override))
        body = {"changes": dict(changes), "by": override.by, "reason": override.reason}
        self._act(EntryKind.OVERRIDE, rule, body)

    def change_policy(self, policy: Policy, by: str, reason: str) -> None:
        """Put another policy in force."""
        body = {"text": policy.text, "by": _name(by), "reason": _reason(reason)}
        self._act(EntryKind.POLICY, policy.name, body)

    def accept(
        self, alarm: str, by: str, via: str, *, raised_ns: int | None = None, call: int = 0
    ) -> None:
        """Take that a person looks after a matter: nobody else is called about it.

        That is the alarm and whatever else of its ladder is not higher, until none of the ladder
        has held for ten minutes.

        Args:
            alarm: its key.
            by: who accepts.
            via: ``link`` or ``console``.
            raised_ns: of the occurrence; None for the one that is open.
            call: number of the call that is answered.
        """
        incident = self.engine.calling.escalation.waiting(alarm, raised_ns)
        if incident is None:
            raise ActError("nobody is called about this alarm any more; nothing to accept")
        body = {
            "by": _name(by),
            "via": via,
            "raised_ns": incident.raised_ns,
            "call": call,
            "matter": incident.ladder,
        }
        self._act(EntryKind.ACCEPT, alarm, body)

    def test_call(self, by: str) -> None:
        """Send a test call to everybody on duty."""
        if not self.engine.calling.escalation.on_duty:
            raise ActError("nobody is on duty; there is nobody to call")
        self._act(EntryKind.TEST_CALL, "session", {"by": _name(by)})

    def duty(self, recipient: str, by: str, *, on: bool) -> None:
        """Take that a recipient is on duty from now on, or not any more."""
        if self.engine.calling.escalation.plan.recipient(recipient) is None:
            raise ActError(f"no recipient '{recipient}' in this session")
        self._act(EntryKind.DUTY, recipient, {"on": on, "by": _name(by)})

    def called(
        self, call: int, channel: str | None, outcome: CallStep, reason: str, left: int
    ) -> None:
        """Take what became of a call on one channel; `left` channels have not ended yet."""
        notification = self.engine.calling.escalation.notifications[call]
        body = {
            "recipient": notification.recipient,
            "tier": notification.tier,
            "channel": channel,
            "outcome": outcome.value,
            "reason": reason,
            "left": left,
        }
        log.info("call", session=self.spec.id, call=call, channel=channel, outcome=outcome.value)
        self._act(EntryKind.CALL, str(call), body)

    def trouble(self, name: str, *, on: bool, reason: str) -> None:
        """Take trouble of the monitor itself, or its end."""
        log.warning("trouble", session=self.spec.id, name=name, on=on, reason=reason)
        self._record(EntryKind.TROUBLE, name, {"on": on, "reason": reason})

    def notice(self, name: str, reason: str | None) -> None:
        """Show a sentence about a part of the monitor, or take it away with None."""
        if reason is None:
            self.notices.pop(name, None)
        else:
            self.notices[name] = reason

    # What is shown

    def view(self) -> SessionView:
        """Return everything that a glance must tell."""
        notices = [*self.notices.values(), *self.delivery_health.sentences()]
        if self._recorder.failure is not None:
            notices.append(self._recorder.failure)
        if self._recorder.dropped:
            notices.append(f"{self._recorder.dropped} packets lost: disk and memory are full")
        now_ns, failure = self._shown_ns(), self.engine.failure

        def of_engine() -> SessionView:
            return session_view(self.engine, now_ns, reversed(self.history), notices)

        view = (
            of_engine()
            if failure is None or self.ended
            else failed_view(failure, self.spec, now_ns, of_engine)
        )
        return replace(
            view, preflight=self.control.checklist(), unfinished=self.control.unfinished()
        )

    def _shown_ns(self) -> int:
        """Return the time of what is shown: a session that has ended stands still."""
        ended = self.engine.lifecycle.ended
        return self._clock.now_ns() if ended is None else ended.at_ns

    def trace(self, channel: str, since_ns: int, until_ns: int, points: int) -> Trace:
        """Return a stretch of a channel, with what the policy in force expects of it."""
        policy = self.engine.policy
        expected = policy.expected if policy is not None else ()
        return self.chart_series.trace(channel, since_ns, until_ns, points, expected)

    # How it runs

    def now_ns(self) -> int:
        """Return the session's time."""
        return self._clock.now_ns()

    def wall_ns(self) -> int:
        """Return the computer's time, which somebody may set."""
        return self._clock.now_ns() + self._clock.offset_ns()

    def recorded(self) -> bool:
        """Tell whether everything taken so far is in the journal."""
        return self._recorder.failure is None

    def derive(self) -> None:
        """Let the engine take what has arrived at once."""
        self._derive()

    def _record(self, kind: EntryKind, source: str, body: Mapping[str, object]) -> None:
        if self.ended:
            return  # nothing follows the end
        self._recorder.record(kind, source, body_bytes(body))

    def _act(self, kind: EntryKind, source: str, body: Mapping[str, object]) -> None:
        if self.ended:
            raise ActError("this session has ended; nothing more is journaled in it")
        refuse_without_engine(self.engine, kind)
        self._record(kind, source, body)
        self._derive()  # the person who acted sees the outcome at once

    def _derive(self) -> None:
        """Let the engine take what has arrived, and the time that has passed."""
        now_ns = self._recorder.notice_standstill()
        inbox = self._recorder.inbox
        while inbox:
            self._take(self.engine.apply(inbox.popleft()))
        late = self.engine.advance(now_ns)
        self._take([(self.engine.seq, fact) for fact in late])
        self._standstill.alive(now_ns)
        if self.ended:
            self._standstill.stop()
        elif self.engine.failure is not None and not self._failed:
            self._failed = True
            failure = self.engine.failure
            where = where_failed(failure.error)
            log.error("engine.failed", session=self.spec.id, entry=failure.seq, error=where)
            self.trouble(ENGINE_FAILURE, on=True, reason=failure.cause)

    def _take(self, facts: list[tuple[int, Fact]]) -> None:
        # A replayed journal has most of its facts already; the rest is appended.
        known = max(0, self._facts_known - self._facts_made)
        self._facts_made += len(facts)
        self._recorder.keep(facts[known:])
        for _, fact in facts:
            if isinstance(fact, AlarmFact):
                self.history.add(fact)
            for listener in (self.chart_series.add, *self.listeners):
                try:
                    listener(fact)
                except Exception as error:  # noqa: BLE001 - showing must not end judging
                    where = where_failed(error)
                    log.error("listener.failed", session=self.spec.id, error=where)  # noqa: TRY400

    async def _derive_on_arrival(self) -> None:
        while True:
            self._arrived.clear()
            self._derive()
            due_ns = self.engine.next_due_ns()
            wait_s = None if due_ns is None else max(0, due_ns - self._clock.now_ns()) / 1e9
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._arrived.wait()

    async def _show_life(self, speed: float) -> None:
        """Let the engine see each second, as timers stand still while the machine sleeps."""
        while True:
            await asyncio.sleep(_BEAT_S * speed)
            if self._standstill.beat(self._recorder.notice_standstill()):
                self._record(EntryKind.STANDSTILL, "physiomon", {"over": True})
            self._derive()

    async def _write_now_and_then(self, speed: float) -> None:
        while True:
            await asyncio.sleep(_WRITE_EVERY_S * speed)
            self._recorder.write()

    async def _sync(self, speed: float) -> None:
        failed = False
        while True:
            await asyncio.sleep(_SYNC_EVERY_S * speed)
            try:
                await asyncio.to_thread(self.journal.sync)
            except RecordingError as error:
                if not failed:
                    self.trouble("recorder-failure", on=True, reason=str(error))
                failed = True
            else:
                if failed:
                    self.trouble("recorder-failure", on=False, reason="")
                failed = False

    async def _watch_delivery_health(self) -> None:
        while True:
            await asyncio.sleep(_DELIVERIES_EVERY_S)
            self.delivery_health.check()

    async def _watch_wall_clock(self) -> None:
        while True:
            await asyncio.sleep(1.0)
            if step_ns := self._clock.step_ns():
                offset_ns = self._clock.offset_ns()
                log.warning("clock.set", session=self.spec.id, step_s=step_ns / 1e9)
                self._record(EntryKind.CLOCK, "physiomon", {"offset_ns": offset_ns})


def _utc(at_ns: int) -> str:
    return f"{datetime.datetime.fromtimestamp(at_ns / 1e9, datetime.UTC):%Y-%m-%d %H:%M} UTC"


def _reason(text: str) -> str:
    if not text.strip():
        raise ActError("give the reason: it is journaled with the change")
    return _short(text, "reason")


def _short(text: str, what: str) -> str:
    text = text.strip()
    if len(text) > _LONGEST_TEXT:
        raise ActError(f"the {what} is longer than {_LONGEST_TEXT} characters; shorten it")
    return text


def _name(by: str) -> str:
    by = by.strip()
    if not by:
        raise ActError("give your name or initials first: each act is journaled with a name")
    if len(by) > 80:  # noqa: PLR2004 - a name, not a text
        raise ActError("give a name of at most 80 characters")
    return by
