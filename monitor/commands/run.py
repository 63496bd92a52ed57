"""`physiomon run`: sessions with real sensors, in one process."""

import asyncio
import logging
import random
import sys
from collections.abc import Sequence
from functools import partial

from dashboards.access.authenticator import AccessSettings
from devices.discovery import Search
from devices.errors import PhysiomonError
from monitor.clock import SessionClock
from monitor.commands.output import print_facts
from monitor.commands.policy import reviewed
from monitor.commands.summary import summarise
from monitor.config.duty import first_gap
from monitor.config.merge import PlannedSession
from monitor.logs import start_logs
from monitor.service.access_setup import access_settings
from monitor.service.console_service import console_part
from monitor.service.descriptors import raise_descriptor_limit
from monitor.service.metrics import PART as METRICS
from monitor.service.metrics import ServiceMetrics
from monitor.service.new_rooms import NewRooms
from monitor.service.outputs import Outputs
from monitor.service.place import Place
from monitor.service.places import Places
from monitor.service.radio import radio_of, shared_radio_transport
from monitor.service.shutdown import StopLimit, stop_limit, stopped_by_signals
from monitor.service.task_group import Part, serve
from monitor.service.threads import allow_waiting_threads
from monitor.service.watchdog import show_life
from monitor.sessions.access_log import AccessLog
from monitor.sessions.console_backend import ConsoleBackend
from monitor.sessions.session import Session


def run_planned(planned: Sequence[PlannedSession], failures: Sequence[str] = ()) -> None:
    """Run the configured sessions until the service is stopped.

    The newest session of each file resumes from its journal, unless a person has ended it: then the
    console waits until somebody starts the next one. A session whose journal cannot be opened is
    reported and skipped; the others run.

    Args:
        planned: the sessions.
        failures: sentences about files that the service has written and cannot use.

    Raises:
        PhysiomonError: a policy, secret or port cannot be used, or no session can be opened.
    """
    shared_radio = planned[0].config.radio.virtual
    if shared_radio is not None:
        shared_radio_transport(shared_radio)  # refuse it before a journal is created
    clock = SessionClock.of_machine()
    outputs = [Outputs.of(each, clock.now_ns) for each in planned]
    start_logs(logging.INFO)
    raise_descriptor_limit()
    first = planned[0]
    access = access_settings(
        first.config.console,
        first.beside["console"],
        first.path.parent / first.config.journal.directory,
    )
    with stop_limit() as limit:
        sessions = asyncio.run(_run(outputs, failures, clock, access, limit))
    for session in sessions:
        print_facts(f"Session {session.spec.id}", summarise(session))


async def _run(
    outputs: Sequence[Outputs],
    failures: Sequence[str],
    clock: SessionClock,
    access: AccessSettings,
    limit: StopLimit,
) -> Sequence[Session]:
    allow_waiting_threads()
    config = outputs[0].planned.config.radio
    async with radio_of(config.virtual, may_power_cycle=config.power_cycle) as radio:
        return await _record(outputs, failures, clock, access, Search(radio), limit)


async def _record(
    planned: Sequence[Outputs],
    unused: Sequence[str],
    clock: SessionClock,
    access: AccessSettings,
    search: Search,
    limit: StopLimit,
) -> Sequence[Session]:
    rng = random.SystemRandom()
    first = planned[0]
    rooms = NewRooms(first.planned, clock)
    places = Places([Place(each, clock) for each in planned], rng, rooms)
    runners = places.open(unused)
    console = first.planned.config.console
    accept_backend = None
    if first.calls is not None and first.calls.links is not None:
        from monitor.calls.acceptance import CallAcceptance  # noqa: PLC0415 - slow to load

        accept_backend = CallAcceptance(places.sessions, first.calls.links, places.telephone)
    backend = ConsoleBackend(
        [runner.session for runner in runners],
        first.planned.path.parent,
        search=search,
        failures=places.failures,
        places=places,
    )
    metrics = ServiceMetrics(places.sessions, places.failures)
    try:
        part = console_part(
            backend,
            console.host,
            console.port,
            _ready,
            accept_backend=accept_backend,
            access=access,
            metrics=metrics.text,
            language=console.language,
            audit_log=AccessLog(
                lambda: [each for each in places.sessions() if not each.closed], clock.now_ns
            ),
        )
    except PhysiomonError:
        for session in places.sessions():
            session.end("stopped")
            session.close()
        raise
    async with stopped_by_signals(limit) as stop:
        for session in places.sessions():
            _announce(session)
        for output in planned:
            config = output.planned.config
            gap = first_gap(config.recipient, config.tier, config.session.zone, clock.now_ns())
            if gap is not None:
                sys.stderr.write(f"physiomon: {output.planned.path}: {gap}\n")
        for place in places.waiting():
            if place.last:
                sys.stdout.write(f"{place.last} Start the next one on the page.\n")

        def resumed(session: Session) -> None:
            backend.add(session)
            _announce(session)

        parts: dict[str, Part] = {
            "console": part,
            "watchdog": show_life,
            METRICS: metrics.run,
            "recovery": partial(places.resume, resumed),
        }
        if (heart := first.planned.config.heartbeat) is not None:
            from monitor.service.heartbeat import PART, Heartbeat  # noqa: PLC0415 - slow to load

            beside = first.planned.beside["heartbeat"]
            heartbeat = Heartbeat(
                lambda: heart.address(beside).get_secret_value(),
                heart.style,
                places.sessions,
                places.failures,
            )

            async def beat() -> None:
                # Silent until then, as a restart always is: it must not call people each time.
                await places.resumed.wait()
                await heartbeat.run()

            parts[PART] = beat
        if first.planned.config.watch is not None:
            from monitor.service.watch_part import watch_part  # noqa: PLC0415 - slow to load

            parts["watch"] = watch_part(first, places.sessions)
        await serve(runners, search, parts, stop, rng, started=places.started)
    return places.sessions()


def _announce(session: Session) -> None:
    policy = session.spec.policy
    sys.stdout.write(f"Recording to {session.journal.path} with policy {policy.name}: ")
    sys.stdout.write(f"{reviewed(policy)}\n")


def _ready(url: str) -> None:
    sys.stdout.write(f"physiomon console: {url}\nNot a medical device.\n")
    sys.stdout.flush()
