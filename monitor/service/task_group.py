"""Task group of the process: sessions, console and outboxes, until they are stopped."""

import asyncio
import contextlib
import random
from collections.abc import Callable, Mapping, Sequence

import structlog

from devices.discovery import Search
from devices.errors import PhysiomonError
from monitor.sessions.session_runner import SessionRunner
from monitor.supervisor import Part, supervise

__all__ = ["Part", "serve"]

_DRAIN_WITHIN_S = 1.0

log = structlog.get_logger()


async def serve(
    runners: Sequence[SessionRunner],
    search: Search,
    parts: Mapping[str, Part],
    stop: asyncio.Event,
    rng: random.Random,
    speed: float = 1.0,
    started: asyncio.Queue[SessionRunner] | None = None,
) -> None:
    """Run everything until `stop` is set, then shut the sessions down cleanly.

    When a session is ended by a person, the others and the shared services continue.

    Args:
        runners: of open sessions, which are always closed in the end.
        search: for their sensors, on one radio.
        parts: shared services that may fail without stopping the sessions: the console.
        stop: set to shut down.
        rng: randomizes waits.
        speed: simulated seconds per real second.
        started: runners of sessions that people begin later.
    """
    runners = list(runners)
    reason = "the service failed"
    try:
        async with asyncio.TaskGroup() as tasks:
            running = [
                tasks.create_task(runner.run(search, rng, speed), name=runner.session.spec.id)
                for runner in runners
            ]
            for name, part in parts.items():
                work = supervise(name, part, _notice(runners, name), rng)
                running.append(tasks.create_task(work, name=name))

            async def run_started(queue: asyncio.Queue[SessionRunner]) -> None:
                while True:
                    runner = await queue.get()
                    runners.append(runner)
                    work = runner.run(search, rng, speed)
                    running.append(tasks.create_task(work, name=runner.session.spec.id))

            if started is not None:
                running.append(tasks.create_task(run_started(started), name="started"))
            await stop.wait()
            reason = "stopped"
            for task in running:
                task.cancel()
    finally:
        while started is not None and not started.empty():
            runners.append(started.get_nowait())
        for runner in runners:
            if not runner.session.closed:
                runner.session.end(reason)
        try:
            with contextlib.suppress(TimeoutError):
                # Anything else is delivered when the session resumes.
                async with asyncio.timeout(_DRAIN_WITHIN_S), asyncio.TaskGroup() as tasks:
                    for runner in runners:
                        if not runner.session.closed:
                            tasks.create_task(_drain(runner), name="drain")
        finally:
            for runner in runners:
                runner.session.close()


async def _drain(runner: SessionRunner) -> None:
    for drain in runner.drains:
        try:
            await drain()
        except PhysiomonError as error:  # such as a secret that cannot be read; reported before
            log.warning("drain.failed", session=runner.session.spec.id, reason=str(error))


def _notice(runners: Sequence[SessionRunner], name: str) -> Callable[[str | None], None]:
    """Return a function that shows a service's failure as a notice in every session."""

    def report(reason: str | None) -> None:
        for runner in runners:
            runner.session.notice(name, reason)

    return report
