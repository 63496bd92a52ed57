"""A running session: its journal, its engine and its links."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Self

import structlog

from dashboards.console.views.chart_series import Trace
from dashboards.console.views.ecg import EcgView
from dashboards.console.views.session import SessionView
from devices.errors import PhysiomonError
from devices.radio import LinkState
from monitor.clock import SessionClock
from monitor.core.engine_failure import ENGINE_FAILURE
from monitor.core.session_spec import SessionSpec
from monitor.delivery.delivery_health import DeliveryHealth
from monitor.entries import EntryKind, body_bytes
from monitor.sessions.actions import SessionActions
from monitor.sessions.after_end import AfterEnd
from monitor.sessions.alarm_reviews import AlarmReviews
from monitor.sessions.background_tasks import (
    check_deliveries,
    derive_on_arrival,
    show_life,
    sign_heads,
    sync_journal,
    watch_wall_clock,
    write_journal,
)
from monitor.sessions.call_actions import CallActions
from monitor.sessions.derived_state import DerivedState, Replayed
from monitor.sessions.ecg_strips import ecg_around
from monitor.sessions.engine_feed import EngineFeed
from monitor.sessions.failed_session import failed_view, refuse_without_engine
from monitor.sessions.head_signer import HeadSigner
from monitor.sessions.host_checks import free_bytes
from monitor.sessions.recording import ended_by_person
from monitor.sessions.recovery import apply_entries, ended_error, resume_warnings, run_body
from monitor.sessions.session_control import SessionControl
from monitor.sessions.shown_session import ShownSession
from monitor.sessions.view import session_view
from monitor.standstill_detector import StandstillDetector
from monitor.storage.journal import Journal
from monitor.storage.recorder import Recorder

# Longest time without a sign of life of the process that is not a standstill.
STANDSTILL_S = 5.0

log = structlog.get_logger()


class Session:
    """One monitored session: records packets and actions, and derives facts from them.

    A session is the `devices.radio.Sink` of its links. Call `open`, then `run` in a separate task.
    """

    def __init__(
        self,
        spec: SessionSpec,
        journal: Journal,
        clock: SessionClock,
        standstill_s: float = STANDSTILL_S,
        replayed: Replayed | None = None,
    ) -> None:
        self.spec = spec
        self.journal = journal
        state = DerivedState.before(journal) if replayed is None else replayed.state
        self.engine = state.engine
        self.notices: dict[str, str] = {}
        self.delivery_health = DeliveryHealth(
            lambda on, reason: self.report_fault("delivery-failure", on=on, reason=reason),
            clock.now_ns,
        )
        self.backlogs = self.delivery_health.backlogs
        self.shown = ShownSession(spec.id, self.engine)
        self.control = SessionControl(self.engine, clock, self.delivery_health, self._act)
        self.actions = SessionActions(self.engine, clock, self.control, self.shown, self._act)
        self.calls = CallActions(spec.id, self.engine, self._act)
        self._clock = clock
        self.closed = False
        self._arrived = asyncio.Event()
        self._standstill_s = standstill_s
        self._standstill = StandstillDetector()
        self._recorder = Recorder(journal, clock, self._arrived.set, standstill=self._standstill)
        self.heads = HeadSigner(spec.id, journal, self._recorder, self.derive)
        self._feed = EngineFeed(spec.id, state, self._recorder, self._standstill, journal)
        self.after_end = AfterEnd(journal, clock, self._recorder, self._feed)
        self.chart_series, self.history = self._feed.chart_series, self._feed.history
        self.listeners = self._feed.listeners
        self.alarm_reviews = AlarmReviews(self._feed.occurrences, self.shown_ns, self._act)

    @classmethod
    def open(
        cls,
        spec: SessionSpec,
        path: Path,
        clock: SessionClock,
        *,
        standstill_s: float = STANDSTILL_S,
        replayed: Replayed | None = None,
    ) -> Self:
        """Start a session, or resume the one in the journal.

        Args:
            spec: of a new session; a resumed one keeps that of its journal.
            path: of the journal.
            clock: of the machine; the session's clock never starts before the journal's end.
            standstill_s: longest time without a sign of life, in real seconds.
            replayed: the state after the journal, if another process has derived it.

        Raises:
            JournalError: the file cannot be used.
            ConfigError: it contains another session, or one that a person has ended. If the process
                was killed before the facts of that end were recorded, they are now, and the
                session can only be delivered.
        """
        journal = Journal.write(path)
        since_ns = journal.end_ns
        clock = clock.not_before(since_ns + 1)
        if replayed is not None and not replayed.fits(journal):
            replayed = None
        session = cls(spec, journal, clock, standstill_s, replayed)
        try:
            session._recover(replayed)
        except PhysiomonError:
            journal.close()
            raise
        body = run_body(spec, session.engine, clock.offset_ns(), since_ns)
        session._record(EntryKind.RUN, "physiomon", body)
        session.derive()
        session._recorder.write()
        return session

    def _recover(self, replayed: Replayed | None = None) -> None:
        """Replay the journal into the engine; append facts that were not written."""
        if self.journal.last_seq == 0:
            self._record(EntryKind.SESSION, self.spec.id, self.spec.body())
            self.derive()
            return
        if replayed is None:
            recorded = apply_entries(self.journal, self.spec.id, self.engine, self._feed.apply)
            damage = self.journal.damage()
        else:
            recorded, damage = replayed.spec, replayed.damage
            self._recorder.keep(replayed.unwritten)
        self.notices |= resume_warnings(damage, self.spec, recorded)
        self.spec = recorded
        if (end := ended_by_person(self.journal)) is not None:
            derived = self.journal.derived_through() >= end.seq
            self._recorder.write()
            if derived or not self.ended:
                raise ended_error(self.spec.id, end)

    async def run(self, speed: float = 1.0) -> None:
        """Run engine and journal until cancelled.

        Args:
            speed: simulated seconds per real second; disk writes keep to real time.
        """
        limit_ns = round(self._standstill_s * speed * 1e9)
        self._standstill.watch(self.engine.now_ns, limit_ns)
        name, engine, clock = self.spec.id, self.engine, self._clock
        record_clock = partial(self._record, EntryKind.CLOCK, "physiomon")
        async with asyncio.TaskGroup() as tasks:
            for part, work in {
                "engine": derive_on_arrival(engine, clock, self._arrived, self.derive),
                "life": show_life(self._show_life, speed),
                "journal": write_journal(self._recorder, speed),
                "sync": sync_journal(self.journal, self.report_fault, speed),
                "clock": watch_wall_clock(name, clock, record_clock),
                "deliveries": check_deliveries(self.delivery_health),
                "heads": sign_heads(self.heads.sign, speed),
                "machine": self.control.watch_machine(
                    partial(free_bytes, self.journal.path), speed
                ),
            }.items():
                tasks.create_task(work, name=f"{name}/{part}")

    def end(self, reason: str) -> None:
        """Record the shutdown of the process; recorded data can still be delivered."""
        self._record(EntryKind.END, "physiomon", {"reason": reason})
        self.derive()
        self.heads.sign()
        self._recorder.write()

    @property
    def ended(self) -> bool:
        """Return whether a person has ended the session."""
        return self.engine.lifecycle.ended is not None

    def flush(self) -> None:
        """Write everything recorded and derived to the journal."""
        self._recorder.write()

    def close(self) -> None:
        """Close the journal; the session can still be displayed."""
        if self.closed:
            return
        self.closed = True  # set first: a thread may be closing it when the service stops
        self._recorder.write()
        self.backlogs.clear()
        self.journal.close()

    def reopen(self) -> None:
        """Open the closed journal of an ended session again; see `AfterEnd.reopen`."""
        if self.closed:
            self.after_end.reopen()
            self.closed = False

    # Sink of the links

    def packet(self, sensor: str, characteristic: str, payload: bytes) -> None:
        """Record a packet; when this returns, it is in the journal."""
        if self.ended:
            return  # a link that is being closed
        self._recorder.record(EntryKind.PACKET, f"{sensor}/{characteristic}", payload)

    def link(self, sensor: str, state: LinkState, reason: str, rssi: int | None) -> None:
        """Record a change of a link's state."""
        log.info("link", session=self.spec.id, sensor=sensor, state=state.value, reason=reason)
        self._record(EntryKind.LINK, sensor, {"state": state.value, "reason": reason, "rssi": rssi})

    def relay(self, kind: EntryKind, source: str, payload: bytes, measured_ns: int) -> None:
        """Record a packet or link state that a gateway received at `measured_ns` by its clock."""
        if not self.ended:
            self._recorder.record(kind, source, payload, measured_ns)

    def gateway(self, kind: EntryKind, gateway: str, body: Mapping[str, object]) -> None:
        """Record another run of a gateway, its clock's offset, or a standstill or its end."""
        self._act(kind, gateway, body)

    def command(self, user: str, body: Mapping[str, object]) -> None:
        """Record the outcome of a command from the network."""
        log.info("command", session=self.spec.id, user=user, outcome=body["outcome"])
        self._act(EntryKind.COMMAND, user, body)

    def access(self, user: str, body: Mapping[str, object]) -> None:
        """Record a login, a logout or a refusal."""
        self._act(EntryKind.ACCESS, user, body)

    def report_fault(self, name: str, *, on: bool, reason: str) -> None:
        """Record the start or end of a fault of the monitor itself."""
        log.warning("fault", session=self.spec.id, name=name, on=on, reason=reason)
        self._record(EntryKind.FAULT, name, {"on": on, "reason": reason})

    def notice(self, name: str, reason: str | None) -> None:
        """Show a notice about a part of the monitor; None removes it."""
        if reason is None:
            self.notices.pop(name, None)
        else:
            self.notices[name] = reason

    def view(self) -> SessionView:
        """Return everything that the console shows of the session."""
        return self.shown.view(self.spec, self.now_ns(), self._view)

    def _view(self) -> SessionView:
        notices = [*self.notices.values(), *self.delivery_health.sentences()]
        notices += self._recorder.sentences()
        now_ns, failure = self.shown_ns(), None if self.ended else self.engine.failure
        view = partial(session_view, self.engine, now_ns, reversed(self.history), notices)
        if failure is not None:
            view = partial(failed_view, failure, self.spec, now_ns, view)
        return replace(self.control.completed(view()), ecg=self._feed.ecg.views(now_ns))

    def ecg_around(self, alarm_ns: int) -> Sequence[EcgView]:
        """Return each ECG around an alarm, from the journal."""
        opened = Journal.read(self.journal.path) if self.closed else nullcontext(self.journal)
        with opened as journal:
            return ecg_around(journal, self.engine.gateways, alarm_ns, self.shown_ns())

    def trace(self, channel: str, since_ns: int, until_ns: int, points: int) -> Trace:
        """Return a range of a channel, with the expected course of the policy in force."""
        expected = () if self.engine.policy is None else self.engine.policy.expected
        return self.chart_series.trace(channel, since_ns, until_ns, points, expected)

    def now_ns(self) -> int:
        """Return the session's time."""
        return self._clock.now_ns()

    def shown_ns(self) -> int:
        """Return the session's time, which stops at its end."""
        return self.engine.lifecycle.shown_ns(self.now_ns())

    def wall_ns(self) -> int:
        """Return the computer's time, which may be set."""
        return self._clock.now_ns() + self._clock.offset_ns()

    def recorded(self) -> bool:
        """Return whether everything so far is in the journal."""
        return self._recorder.failure is None

    def _record(self, kind: EntryKind, source: str, body: Mapping[str, object]) -> None:
        if self.ended:
            return  # after the end only `_act` records
        self._recorder.record(kind, source, body_bytes(body))

    def _act(self, kind: EntryKind, source: str, body: Mapping[str, object]) -> None:
        if self.ended:
            self.after_end.record(kind, source, body, self.reopen)
            return
        refuse_without_engine(self.engine, kind)
        self._record(kind, source, body)
        self.derive()  # show the outcome immediately

    def derive(self) -> None:
        """Apply new entries and advance the engine to the current time."""
        self._feed.catch_up()
        if self.ended:
            self._standstill.stop()
        elif (failure := self._feed.new_failure()) is not None:
            self.report_fault(ENGINE_FAILURE, on=True, reason=failure.cause)

    def _show_life(self) -> None:
        if self._standstill.beat(self._recorder.notice_standstill()):
            self._record(EntryKind.STANDSTILL, "physiomon", {"over": True})
        self.derive()
