"""`physiomon demo`: a session without hardware."""

import asyncio
import datetime
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from alerts.policy.rules import Policy
from alerts.time_format import offset_s
from dashboards.console.views.adverse_events import AdverseEventReport
from dashboards.texts import Language
from devices.discovery import Search
from devices.virtual.recording import Recording, read_recording
from devices.virtual.shared_radio import SharedRadio
from devices.virtual.virtual_time import VirtualTimeLoop
from monitor.clock import SessionClock
from monitor.commands.output import print_facts, print_json
from monitor.commands.summary import summarise
from monitor.config.policies import find_policy
from monitor.config.run import journal_name
from monitor.core.session_spec import SessionSpec
from monitor.logs import start_logs
from monitor.service.demo_room import DOSE_S, SUPPLEMENT_S, Place, recorded, simulated
from monitor.service.shutdown import stopped_by_signals
from monitor.service.task_group import Part, serve
from monitor.sessions.console_backend import ConsoleBackend
from monitor.sessions.session import Session
from monitor.sessions.session_runner import SessionRunner
from monitor.version import VERSION

_WHOLE_SESSION_MINUTES = 60.0
_MEASURES_S = 300.0  # after the start, and before the dose and the supplement
_NURSE = "demo"
# Minutes after the dose.
_EVERY_MIN = 25  # the protocol asks for a measurement every 30
_PEAK_MIN = 100
_LAST_MIN = 8 * 60
_EVENT = "jaw clenching"
_ECG_SPEED = 10.0  # up to which the straps send an ECG: it more than doubles the packets
_AFTER_RECORDING_S = 5.0  # shorter than the 10 s after which policies report a lost sensor


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """Options of the command."""

    minutes: float | None
    speed: float
    participants: int
    recording: Path | None
    policy: str | None
    headless: bool
    journal_dir: Path
    port: int
    seed: int
    as_json: bool
    language: Language


def run_demo(demo: Demo) -> None:
    """Run virtual sessions until their time is over or they are stopped; print a summary.

    Raises:
        PhysiomonError: the recording, policy, folder or port cannot be used.
    """
    start_logs()
    recording = None if demo.recording is None else read_recording(demo.recording)
    whole = demo.minutes is not None and demo.minutes >= _WHOLE_SESSION_MINUTES
    policy = find_policy(demo.policy or ("mdma-session" if whole else "demo"))
    # At real speed the machine's clock is used.
    loop_factory = None if demo.speed == 1 else partial(VirtualTimeLoop, demo.speed)
    with asyncio.Runner(loop_factory=loop_factory) as runner:
        sessions = runner.run(_run(demo, policy, recording))
    for session in sessions:
        summary = summarise(session)
        if demo.as_json:
            print_json(summary)
        else:
            print_facts(f"Session {session.spec.id}", summary)


async def _run(demo: Demo, policy: Policy, recording: Recording | None) -> Sequence[Session]:
    rng = random.Random(demo.seed)  # noqa: S311 - a simulation
    loop = asyncio.get_running_loop()
    clock = _clock(loop, demo.speed)
    async with stopped_by_signals() as stop, SharedRadio() as shared_radio:
        numbers = range(1, demo.participants + 1)
        places = [
            simulated(shared_radio, number, demo.seed, ecg=demo.speed <= _ECG_SPEED)
            if recording is None
            else recorded(shared_radio, number, recording)
            for number in numbers
        ]
        sessions = [_open(demo, place, policy, clock) for place in places]
        search = Search(shared_radio.radio())
        parts: dict[str, Part] = {}
        if not demo.headless:
            from monitor.service.console_service import (  # noqa: PLC0415 - slow to load
                console_part,
                load_web_server,
            )
            from monitor.service.metrics import PART as METRICS  # noqa: PLC0415 - as above
            from monitor.service.metrics import ServiceMetrics  # noqa: PLC0415 - as above

            load_web_server()  # now, while the time of the session stands still
            backend = ConsoleBackend(sessions, search=search, speed=demo.speed)
            metrics = ServiceMetrics(lambda: sessions)
            parts[METRICS] = metrics.run
            parts["console"] = console_part(
                backend,
                "127.0.0.1",
                demo.port,
                _ready,
                demo.speed,
                metrics=metrics.text,
                language=demo.language,
            )
        async with asyncio.TaskGroup() as tasks:
            worn = [
                tasks.create_task(peripheral.run(), name=peripheral.name)
                for place in places
                for peripheral in place.peripherals
            ]
            worn.append(tasks.create_task(_end(demo, places, stop), name="end"))
            if recording is None:
                worn += [
                    tasks.create_task(_give_dose(session), name="dose") for session in sessions
                ]
            try:
                runners = [SessionRunner(session=session) for session in sessions]
                await serve(runners, search, parts, stop, rng, demo.speed)
            finally:
                for task in worn:
                    task.cancel()
    return sessions


def _clock(loop: asyncio.AbstractEventLoop, speed: float) -> SessionClock:
    """Return a session clock; at other speeds its wall clock follows the event loop."""
    if speed == 1:
        return SessionClock.of_machine()
    began_ns, began_s = time.time_ns(), loop.time()

    def elapsed_ns() -> int:
        return round((loop.time() - began_s) * 1e9)

    return SessionClock(lambda: began_ns + elapsed_ns(), elapsed_ns)


def _open(demo: Demo, place: Place, policy: Policy, clock: SessionClock) -> Session:
    began = datetime.datetime.fromtimestamp(clock.now_ns() / 1e9, datetime.UTC)
    spec = SessionSpec(
        id=f"demo-{began:%Y%m%d-%H%M%S}-{place.participant}",
        site="demo",
        room=place.room,
        participant=place.participant,
        virtual=True,
        software=VERSION,
        policy=policy,
        sensors=place.sensors,
        utc_offset_s=offset_s(clock.now_ns(), None),
    )
    session = Session.open(spec, demo.journal_dir / journal_name(spec.id), clock)
    session.actions.start("demo", "a simulation")
    return session


def _ready(url: str) -> None:
    sys.stdout.write(
        f"physiomon console: {url}\nSimulated participants. Press Ctrl-C to stop.\n"
        "Not a medical device.\n"
    )
    sys.stdout.flush()


async def _end(demo: Demo, places: Sequence[Place], stop: asyncio.Event) -> None:
    """Stop when the requested time is over, or when all recordings have ended."""
    if demo.minutes is not None:
        await asyncio.sleep(demo.minutes * 60)
        stop.set()
        return
    if demo.recording is None:
        return
    for place in places:
        for peripheral in place.peripherals:
            await peripheral.ended.wait()
    await asyncio.sleep(_AFTER_RECORDING_S)
    stop.set()


async def _give_dose(session: Session) -> None:
    """Measure, and mark the dose and later the supplement, as therapists do."""
    await asyncio.sleep(_MEASURES_S)
    _measure(session, 122, 78, 36.8)
    await asyncio.sleep(DOSE_S - 2 * _MEASURES_S)
    _measure(session, 118, 76, 36.8)
    await asyncio.sleep(_MEASURES_S)
    drug = session.spec.policy.dose
    name = "" if drug is None else drug.name
    if session.engine.dose_ns is None:
        mark = partial(session.actions.mark, "dose", name, _NURSE, amount=100.0)
        mark(reason="a simulation")
    for minute in range(_EVERY_MIN, _LAST_MIN, _EVERY_MIN):
        await asyncio.sleep(_EVERY_MIN * 60)
        rise = max(0.0, 1 - abs(minute - _PEAK_MIN) / (2 * _PEAK_MIN))
        _measure(session, 118 + 28 * rise, 76 + 12 * rise, 36.8 + 0.5 * rise)
        if minute * 60 == SUPPLEMENT_S - DOSE_S:
            session.actions.mark("supplement", name, _NURSE, amount=50.0)
        _clench(session, minute)


def _clench(session: Session, minute: int) -> None:
    """Report a usual adverse event at the peak, and later its end."""
    events = session.actions.adverse_events
    if minute == _PEAK_MIN and _EVENT in session.spec.policy.events:
        events.report(AdverseEventReport(kind=_EVENT, severity=1, action="chewing gum"), _NURSE)
    elif minute == 2 * _PEAK_MIN:
        for view in session.view().adverse_events:
            if view.open and view.report.kind == _EVENT:
                events.end(view.event, _NURSE)


def _measure(session: Session, systolic: float, diastolic: float, temperature: float) -> None:
    values = {
        "systolic": round(systolic),
        "diastolic": round(diastolic),
        "body_temperature": round(temperature, 1),
    }
    session.actions.measure(values, _NURSE, "nurse")
