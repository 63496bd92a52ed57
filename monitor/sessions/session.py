"""A running session: its journal, its engine and its links."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Self

import structlog

from dashboards.console.views.chart_series import Trace
from dashboards.console.views.session import SessionView
from devices.errors import PhysiomonError
from devices.radio import LinkState
from monitor.clock import SessionClock
from monitor.core.engine import Engine
from monitor.core.engine_failure import ENGINE_FAILURE
from monitor.core.session_spec import SessionSpec
from monitor.delivery.delivery_health import DeliveryHealth
from monitor.entries import EntryKind, body_bytes
from monitor.errors import ActError
from monitor.sessions.actions import SessionActions
from monitor.sessions.background_tasks import (
    check_deliveries,
    derive_on_arrival,
    show_life,
    sync_journal,
    watch_wall_clock,
    write_journal,
)
from monitor.sessions.call_actions import CallActions
from monitor.sessions.engine_feed import EngineFeed
from monitor.sessions.failed_session import failed_view, refuse_without_engine
from monitor.sessions.host_checks import free_bytes
from monitor.sessions.manual_entries import ManualEntries
from monitor.sessions.recovery import apply_entries, changed_configuration, ended_error, run_body
from monitor.sessions.session_control import SessionControl
from monitor.sessions.view import session_view
from monitor.standstill import StandstillDetector
from monitor.storage.journal import Journal
from monitor.storage.recorder import Recorder

# Without a sign of life for longer, the process counts as having stood still.
STANDSTILL_S = 5.0

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
        self.notices: dict[str, str] = {}
        self.delivery_health = DeliveryHealth(
            lambda on, reason: self.trouble("delivery-failure", on=on, reason=reason),
            clock.now_ns,
        )
        self.backlogs = self.delivery_health.backlogs
        self.control = SessionControl(self.engine, clock, self.delivery_health, self._act)
        entries = ManualEntries(self.engine, clock, self._act)
        self.actions = SessionActions(self.engine, self.control, entries, self._act)
        self.calls = CallActions(spec.id, self.engine, self._act)
        self._clock = clock
        self._closed = False
        self._arrived = asyncio.Event()
        self._standstill_s = standstill_s
        self._standstill = StandstillDetector()
        self._recorder = Recorder(journal, clock, self._arrived.set, standstill=self._standstill)
        self._feed = EngineFeed(
            spec.id, self.engine, self._recorder, self._standstill, journal.last_fact
        )
        self.chart_series, self.history = self._feed.chart_series, self._feed.history
        self.listeners = self._feed.listeners

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
        body = run_body(spec, session.engine, clock.offset_ns(), since_ns)
        session._record(EntryKind.RUN, "physiomon", body)
        session.derive()
        session._recorder.write()
        return session

    def _recover(self) -> None:
        """Bring the engine to where the journal ends; write the facts that were not written."""
        if self.journal.last_seq == 0:
            self._record(EntryKind.SESSION, self.spec.id, self.spec.body())
            self.derive()
            return
        recorded = apply_entries(self.journal, self.spec.id, self.engine, self._feed.apply)
        if (reason := changed_configuration(self.spec, recorded)) is not None:
            self.notices["configuration"] = reason
        self.spec = recorded
        if (ended := self.engine.lifecycle.ended) is not None:
            self._recorder.write()
            raise ended_error(self.spec.id, ended)

    async def run(self, speed: float = 1.0) -> None:
        """Run engine and journal until cancelled.

        Args:
            speed: session seconds in a real one; the disk keeps to real time.
        """
        limit_ns = round(self._standstill_s * speed * 1e9)
        self._standstill.watch(self.engine.now_ns, limit_ns)
        name, engine, clock = self.spec.id, self.engine, self._clock
        free = partial(free_bytes, self.journal.path)
        async with asyncio.TaskGroup() as tasks:
            for part, work in {
                "engine": derive_on_arrival(engine, clock, self._arrived, self.derive),
                "life": show_life(self._show_life, speed),
                "journal": write_journal(self._recorder, speed),
                "sync": sync_journal(self.journal, self.trouble, speed),
                "clock": watch_wall_clock(name, clock, self._record_clock_offset),
                "deliveries": check_deliveries(self.delivery_health),
                "machine": self.control.watch_machine(free, speed),
            }.items():
                tasks.create_task(work, name=f"{name}/{part}")

    def end(self, reason: str) -> None:
        """End the recording in good order; what is recorded can still be delivered."""
        self._record(EntryKind.END, "physiomon", {"reason": reason})
        self.derive()
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
        if not self.ended:
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

    def trouble(self, name: str, *, on: bool, reason: str) -> None:
        """Take trouble of the monitor itself, or its end."""
        log.warning("trouble", session=self.spec.id, name=name, on=on, reason=reason)
        self._record(EntryKind.FAULT, name, {"on": on, "reason": reason})

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
        notices += self._recorder.sentences()
        ended, failure = self.engine.lifecycle.ended, self.engine.failure
        now_ns = self._clock.now_ns() if ended is None else ended.at_ns  # an ended one stands still
        of_engine = partial(session_view, self.engine, now_ns, reversed(self.history), notices)
        view = (
            of_engine()
            if failure is None or ended is not None
            else failed_view(failure, self.spec, now_ns, of_engine)
        )
        return replace(
            view, preflight=self.control.checklist(), open_items=self.control.unfinished()
        )

    def trace(self, channel: str, since_ns: int, until_ns: int, points: int) -> Trace:
        """Return a stretch of a channel, with what the policy in force expects of it."""
        expected = () if self.engine.policy is None else self.engine.policy.expected
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

    def _record(self, kind: EntryKind, source: str, body: Mapping[str, object]) -> None:
        if self.ended:
            return  # nothing follows the end
        self._recorder.record(kind, source, body_bytes(body))

    def _act(self, kind: EntryKind, source: str, body: Mapping[str, object]) -> None:
        if self.ended:
            raise ActError("this session has ended; nothing more is journaled in it")
        refuse_without_engine(self.engine, kind)
        self._record(kind, source, body)
        self.derive()  # the person who acted sees the outcome at once

    def derive(self) -> None:
        """Let the engine take what has arrived, and the time that has passed."""
        self._feed.catch_up()
        if self.ended:
            self._standstill.stop()
        elif (failure := self._feed.new_failure()) is not None:
            self.trouble(ENGINE_FAILURE, on=True, reason=failure.cause)

    def _show_life(self) -> None:
        """Note a sign of life; record the end of a standstill."""
        if self._standstill.beat(self._recorder.notice_standstill()):
            self._record(EntryKind.STANDSTILL, "physiomon", {"over": True})
        self.derive()

    def _record_clock_offset(self, offset_ns: int) -> None:
        self._record(EntryKind.CLOCK, "physiomon", {"offset_ns": offset_ns})
