"""A place of the service: one configuration file describes it, and sessions follow each other."""

import datetime
import re
import secrets
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog

from alerts.policy.overrides import Override, amended
from alerts.time_format import local, offset_s
from dashboards.console.views.places import WaitingPlaceView
from devices.errors import PhysiomonError
from devices.sensor import SensorSpec
from monitor.clock import SessionClock
from monitor.config.policies import find_policy
from monitor.config.run import journal_name
from monitor.config.section import CODE_PATTERN
from monitor.core.session_spec import SessionSpec, refuse_clash
from monitor.errors import ActError, ConfigError
from monitor.service.outputs import Outputs
from monitor.sessions.continuation import (
    Begin,
    Complete,
    ConfiguredSession,
    RecordedSession,
    Resume,
    at_start,
    new_id,
)
from monitor.sessions.derived_state import Replayed
from monitor.sessions.recorded_sessions import recorded_sessions
from monitor.sessions.session import Session
from monitor.storage.journal_file import file_errors
from monitor.storage.signing_key import SigningKey
from monitor.version import VERSION

log = structlog.get_logger()


def today_at(zone: str | None, clock: SessionClock) -> datetime.date:
    """Return the date in a time zone; None: that of this computer."""
    return local(clock.now_ns(), None if zone is None else ZoneInfo(zone)).date()


def unused_id(participant: str, today: datetime.date, folder: Path) -> str:
    """Return the id of a new session: its folder has no journal of that name.

    Raises:
        JournalError: the folder cannot be entered.
    """
    with file_errors(folder):
        return new_id(participant, today, lambda each: (folder / journal_name(each)).exists())


CODE_RULE = (
    "a participant code consists of 1 to 64 letters, digits, '-', '_' and '.'; never enter a name"
)


class Place:
    """One configuration file with its current session.

    Attributes:
        name: of its file, without the suffix.
        outputs: of each of its sessions.
        session: the current one, or the last one of this process; None if the last one had ended
            before the service started, or cannot be run.
        failure: why it cannot be run, until the next one begins; else empty.
        resuming: the session that will be resumed when its journal has been replayed.
    """

    def __init__(self, outputs: Outputs, clock: SessionClock) -> None:
        """Create a place.

        Raises:
            ConfigError: its policy, or a rule for the participant, is not valid.
        """
        self.name = outputs.planned.path.stem
        self.outputs = outputs
        self.session: Session | None = None
        self.failure = ""
        self.resuming: RecordedSession | None = None
        self._clock = clock
        planned = outputs.planned
        self._config = planned.config
        self._folder = planned.path.parent / planned.config.journal.directory
        self._last: RecordedSession | None = None
        self._spec = self._new_spec()  # report mistakes before a session begins
        self._unread: Sequence[str] = ()

    def open(self) -> Session | None:
        """Begin the first session, if there is none; else find the newest one.

        If nobody has ended that one, it is `resuming`, until `resume` is called. If the process was
        killed right after its end, the ended session is returned, to deliver its end.

        Raises:
            PhysiomonError: a journal cannot be used.
        """
        who = self._config.session
        configured = ConfiguredSession(id=who.id, site=who.site, participant=who.participant)
        recorded, self._unread = recorded_sessions(self._folder)
        decision = at_start(configured, self._today(), recorded)
        if isinstance(decision, Begin):
            return self._start(decision.id, self._path(decision.id))
        if isinstance(decision, Resume):
            self.resuming = decision.session
        else:
            self._last = decision.session
            if isinstance(decision, Complete):
                self.session = self._completed(decision.session)
        return self.session

    def resume(self, replayed: Replayed | None = None) -> Session:
        """Resume the session that is `resuming`.

        Args:
            replayed: the state after its journal, if another process has derived it.

        Raises:
            PhysiomonError: the journal cannot be used.
        """
        recorded = self.resuming
        assert recorded is not None  # noqa: S101 - the caller has looked
        try:
            return self._start(recorded.id, recorded.path, replayed)
        finally:
            self.resuming = None

    def _start(self, ident: str, path: Path, replayed: Replayed | None = None) -> Session:
        session = self.session = self._opened(replace(self._spec, id=ident), path, replayed)
        for number, sentence in enumerate(self._unread):
            session.notice(f"journal {number}", sentence)
        return session

    def _opened(self, spec: SessionSpec, path: Path, replayed: Replayed | None = None) -> Session:
        session = Session.open(spec, path, self._clock, replayed=replayed)
        journal = self._config.journal
        key = self._folder / "signing.key"
        if journal.signing_key_file is not None:
            key = self.outputs.planned.path.parent / journal.signing_key_file
        try:
            session.heads.key = SigningKey.keep(key)
        except ConfigError as error:  # the session is recorded without
            session.notice("signing key", f"the journal's heads are not signed: {error}")
        return session

    def _completed(self, recorded: RecordedSession) -> Session | None:
        """Return an ended session whose end is to be delivered, or None if that is impossible."""
        try:
            return self._opened(replace(self._spec, id=recorded.id), recorded.path)
        except PhysiomonError as error:  # nobody is monitored in it, and the next one can begin
            log.warning("end.not_derived", session=recorded.id, reason=str(error))
            return None

    def begin_first(self, by: str) -> Session:
        """Begin the session that the file describes, in the name of a person."""
        ident = self._config.session.id or ""
        self.session = self._opened(replace(self._spec, id=ident, begun_by=by), self._path(ident))
        return self.session

    def refuse_used_devices(self, running: Sequence[Session]) -> None:
        """Refuse to begin a session while another one uses a device of this place.

        Raises:
            ActError: names the device's session.
        """
        for session in running:
            for used in session.engine.lifecycle.devices.values():
                for spec in self._spec.sensors:
                    if spec.gateway is None and used.gateway is None:
                        where = f"sensor '{used.label}' of session {session.spec.id}"
                        refuse_clash(spec, used, where)

    @property
    def not_resumed(self) -> str:
        """Return a sentence while a session is to be resumed; else an empty one."""
        if self.resuming is None:
            return ""
        return f"session {self.resuming.id} is being resumed: it is not monitored yet"

    def waiting(self) -> WaitingPlaceView | None:
        """Return the place as one where nothing is recorded, or None if a session runs."""
        who = self._config.session
        if (resuming := self.resuming) is not None:
            return WaitingPlaceView(
                place=self.name,
                site=who.site,
                room=who.room,
                session=resuming.id,
                participant=resuming.participant,
                last="",
                failure=self.not_resumed,
                refusal="Wait until it is resumed.",
            )
        if self.session is not None:
            ended, spec = self.session.engine.lifecycle.ended, self.session.spec
            if ended is None:
                return None
            ident, by, at_ns, participant = spec.id, ended.by, ended.at_ns, spec.participant
        elif self._last is not None:
            ident, by = self._last.id, self._last.ended_by or ""
            at_ns, participant = self._last.ended_ns or 0, self._last.participant
        elif self.failure:
            ident, by, at_ns, participant = "", "", 0, who.participant
        else:
            return None
        at = local(at_ns, self._zone)
        return WaitingPlaceView(
            place=self.name,
            site=who.site,
            room=who.room,
            session=ident,
            participant=participant,
            last=f"Session {ident} was ended by {by} on {at:%Y-%m-%d} at {at:%H:%M}."
            if ident
            else "",
            failure=self.failure,
            refusal=(
                "Its sensors are read by a gateway, whose configuration names the session: give "
                "both files another 'session' id and restart both services."
                if self._config.gateway
                else ""
            ),
        )

    def begin(self, participant: str, by: str) -> Session:
        """Begin the next session, for any participant.

        Raises:
            ActError: a session is running, the code is not valid, or a gateway is involved.
            PhysiomonError: the journal cannot be created.
        """
        waiting = self.waiting()
        if waiting is None:
            raise ActError("a session is running here; end it first")
        if waiting.refusal:
            raise ActError(waiting.refusal)
        if re.fullmatch(CODE_PATTERN, participant) is None:
            raise ActError(CODE_RULE)
        ident = unused_id(participant, self._today(), self._folder)
        who = self._config.session
        spec = replace(
            self._new_spec(),  # the policy may have changed since the start
            id=ident,
            participant=participant,
            configured_as=who.id or who.participant,
            begun_by=by,
        )
        if participant != who.participant:
            spec = replace(spec, overrides=())  # they are decisions about another person
        self.session = self._opened(spec, self._path(ident))
        self.failure = ""
        return self.session

    @property
    def _zone(self) -> ZoneInfo | None:
        zone = self._config.session.zone
        return None if zone is None else ZoneInfo(zone)

    def _path(self, ident: str) -> Path:
        return self._folder / journal_name(ident)

    def _today(self) -> datetime.date:
        return today_at(self._config.session.zone, self._clock)

    def _new_spec(self) -> SessionSpec:
        config, who = self._config, self._config.session
        policy = find_policy(who.policy, self.outputs.planned.path.parent)
        overrides = tuple(Override(**each.model_dump()) for each in config.override)
        amended(policy, overrides)
        return SessionSpec(
            id="",
            site=who.site,
            room=who.room,
            participant=who.participant,
            virtual=config.radio.virtual is not None,
            software=VERSION,
            policy=policy,
            sensors=tuple(SensorSpec(**each.model_dump()) for each in config.sensor),
            overrides=overrides,
            calls=self.outputs.plan,
            utc_offset_s=offset_s(self._clock.now_ns(), self._zone),
            salt=secrets.token_hex(16),
        )
