"""`physiomon run`: sessions with real sensors, in one process."""

import asyncio
import logging
import random
import secrets
import sys
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from alerts.policy.overrides import Override, amended
from alerts.time_format import local, offset_s
from dashboards.access.authenticator import AccessSettings
from devices.discovery import Search
from devices.errors import PhysiomonError
from devices.sensor import SensorSpec
from monitor.clock import SessionClock
from monitor.commands.output import print_facts
from monitor.commands.policy import reviewed
from monitor.commands.summary import summarise
from monitor.config.calls import call_plan
from monitor.config.duty import first_gap
from monitor.config.merge import PlannedSession
from monitor.config.policies import find_policy
from monitor.config.run import journal_name
from monitor.core.session_spec import SessionSpec
from monitor.logs import start_logs
from monitor.service.access_setup import access_settings
from monitor.service.console_service import console_part
from monitor.service.outputs import Outputs
from monitor.service.radio import radio_of, shared_radio_transport
from monitor.service.shutdown import stopped_by_signals
from monitor.service.task_group import serve
from monitor.sessions.access_log import AccessLog
from monitor.sessions.console_backend import ConsoleBackend
from monitor.sessions.session import Session
from monitor.version import VERSION


def run_planned(planned: Sequence[PlannedSession]) -> None:
    """Run the configured sessions until the service is stopped.

    An interrupted or stopped session resumes from its journal. A session whose journal cannot be
    opened is reported and skipped; the others run.

    Raises:
        PhysiomonError: a policy, secret or port cannot be used, or no session can be opened.
    """
    shared_radio = planned[0].config.radio.virtual
    if shared_radio is not None:
        shared_radio_transport(shared_radio)  # refuse it before a journal is created
    clock = SessionClock.of_machine()
    specs = [_spec(each, clock) for each in planned]
    outputs = [Outputs.of(each, clock.now_ns) for each in planned]
    start_logs(logging.INFO)
    first = planned[0]
    access = access_settings(first.config.console, first.beside["console"])
    sessions = asyncio.run(_run(specs, outputs, clock, access))
    for session in sessions:
        print_facts(f"Session {session.spec.id}", summarise(session))


async def _run(
    specs: Sequence[SessionSpec],
    outputs: Sequence[Outputs],
    clock: SessionClock,
    access: AccessSettings,
) -> Sequence[Session]:
    async with radio_of(outputs[0].planned.config.radio.virtual) as radio:
        return await _record(specs, outputs, clock, access, Search(radio))


async def _record(
    specs: Sequence[SessionSpec],
    outputs: Sequence[Outputs],
    clock: SessionClock,
    access: AccessSettings,
    search: Search,
) -> Sequence[Session]:
    rng = random.SystemRandom()
    first = outputs[0]
    opened, failures = open_sessions(specs, outputs, clock)
    sessions = [session for session, _ in opened]
    runners = [output.runner(session, rng) for session, output in opened]
    console = first.planned.config.console
    accept_backend = None
    if first.calls is not None and first.calls.links is not None:
        from monitor.calls.acceptance import CallAcceptance  # noqa: PLC0415 - slow to load

        accept_backend = CallAcceptance(sessions, first.calls.links)
    backend = ConsoleBackend(sessions, first.planned.path.parent, search=search, failures=failures)
    try:
        part = console_part(
            backend,
            console.host,
            console.port,
            _ready,
            accept_backend=accept_backend,
            access=access,
            audit_log=AccessLog(lambda: [each for each in sessions if not each.closed]),
        )
    except PhysiomonError:
        for session in sessions:
            session.end("stopped")
            session.close()
        raise
    async with stopped_by_signals() as stop:
        for session in sessions:
            policy = session.spec.policy
            sys.stdout.write(f"Recording to {session.journal.path} with policy {policy.name}: ")
            sys.stdout.write(f"{reviewed(policy)}\n")
        for _, output in opened:
            config = output.planned.config
            gap = first_gap(config.recipient, config.tier, config.session.zone, clock.now_ns())
            if gap is not None:
                sys.stderr.write(f"physiomon: {output.planned.path}: {gap}\n")
        await serve(runners, search, {"console": part}, stop, rng)
    return sessions


def open_sessions(
    specs: Sequence[SessionSpec], outputs: Sequence[Outputs], clock: SessionClock
) -> tuple[list[tuple[Session, Outputs]], list[str]]:
    """Open the journals; return the sessions and a sentence for each that cannot be opened.

    Raises:
        PhysiomonError: none can be opened.
    """
    opened: list[tuple[Session, Outputs]] = []
    failures: list[str] = []
    for spec, output in zip(specs, outputs, strict=True):
        directory = output.planned.path.parent / output.planned.config.journal.directory
        try:
            session = Session.open(spec, directory / journal_name(spec.id), clock)
        except PhysiomonError as error:
            if len(specs) == 1:
                raise
            failures.append(f"session {spec.id} of {output.planned.path} is not running: {error}")
            sys.stderr.write(f"physiomon: {failures[-1]}\n")
            continue
        opened.append((session, output))
    if not opened:
        raise PhysiomonError("no session can be run; see the errors above")
    for session, _ in opened:
        for number, failure in enumerate(failures):
            session.notice(f"failure {number}", failure)
    return opened, failures


def _ready(url: str) -> None:
    sys.stdout.write(f"physiomon console: {url}\nNot a medical device.\n")
    sys.stdout.flush()


def _spec(planned: PlannedSession, clock: SessionClock) -> SessionSpec:
    config = planned.config
    who = config.session
    policy = find_policy(who.policy, planned.path.parent)
    overrides = tuple(Override(**each.model_dump()) for each in config.override)
    amended(policy, overrides)  # report mistakes before the session begins
    now_ns = clock.now_ns()
    zone = None if who.zone is None else ZoneInfo(who.zone)
    return SessionSpec(
        id=who.id or f"{who.participant}-{local(now_ns, zone):%Y%m%d}",
        site=who.site,
        room=who.room,
        participant=who.participant,
        virtual=config.radio.virtual is not None,
        software=VERSION,
        policy=policy,
        sensors=tuple(SensorSpec(**each.model_dump()) for each in config.sensor),
        overrides=overrides,
        calls=call_plan(config.recipient, config.tier),
        utc_offset_s=offset_s(now_ns, zone),
        salt=secrets.token_hex(16),
    )
