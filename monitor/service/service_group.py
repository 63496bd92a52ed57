"""The task group: sessions, console and outboxes of one process, until somebody stops it."""

import asyncio
import contextlib
import random
from collections.abc import Callable, Mapping, Sequence

from devices.discovery import Search
from monitor.sessions.session import Session
from monitor.sessions.session_runner import SessionRunner
from monitor.supervisor import Part, supervise

__all__ = ["Part", "serve"]

_DRAIN_WITHIN_S = 1.0


async def serve(
    runners: Sequence[SessionRunner],
    search: Search,
    parts: Mapping[str, Part],
    stop: asyncio.Event,
    rng: random.Random,
    speed: float = 1.0,
) -> None:
    """Run everything until `stop` is set, then end the sessions in good order.

    A session that somebody has ended leaves; the others, and what runs for all, go on.

    Args:
        runners: of opened sessions, which are closed in any case.
        search: looks for their sensors, all on one radio.
        parts: what runs for all of them and may fail without them: the console.
        stop: when to end.
        rng: spreads waits.
        speed: session seconds in a real one.
    """
    sessions = [runner.session for runner in runners]
    reason = "the service failed"
    try:
        async with asyncio.TaskGroup() as tasks:
            running = [
                tasks.create_task(runner.run(search, rng, speed), name=runner.session.spec.id)
                for runner in runners
            ]
            for name, part in parts.items():
                work = supervise(name, part, _notice(sessions, name), rng)
                running.append(tasks.create_task(work, name=name))
            await stop.wait()
            reason = "stopped"
            for task in running:
                task.cancel()
    finally:
        for session in sessions:
            session.end(reason)
        try:
            with contextlib.suppress(TimeoutError):
                # What is not delivered in this time is when the session is continued.
                async with asyncio.timeout(_DRAIN_WITHIN_S), asyncio.TaskGroup() as tasks:
                    for runner in runners:
                        if not runner.session.closed:
                            tasks.create_task(_drain(runner), name="drain")
        finally:
            for session in sessions:
                session.close()


async def _drain(runner: SessionRunner) -> None:
    for drain in runner.drains:
        await drain()


def _notice(sessions: Sequence[Session], name: str) -> Callable[[str | None], None]:
    """Return what puts a part's failure before the eyes of everybody."""

    def tell(reason: str | None) -> None:
        for session in sessions:
            session.notice(name, reason)

    return tell
