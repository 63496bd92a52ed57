"""Resume all sessions of some places, as the service does while others run."""

import asyncio
from collections.abc import Callable

from monitor.service.places import Places
from monitor.sessions.session import Session
from tests.durations import PATIENCE_S


async def resumed(places: Places, opened: Callable[[Session], None] = lambda _: None) -> None:
    """Return when no session waits any more."""
    async with asyncio.timeout(PATIENCE_S), asyncio.TaskGroup() as tasks:
        resuming = tasks.create_task(places.resume(opened))
        await places.resumed.wait()
        resuming.cancel()
