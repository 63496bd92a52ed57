"""Supervision of the services around the engine: failures are reported, then the service restarts.

Only the engine may end the process, since nothing is monitored without it. A failed console or
outbox must never stop the engine.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable

import structlog

from devices.errors import PhysiomonError

_FIRST_WAIT_S = 1.0
_LONGEST_WAIT_S = 30.0

Part = Callable[[], Awaitable[None]]

log = structlog.get_logger()


async def supervise(
    name: str,
    part: Callable[[], Awaitable[None]],
    report: Callable[[str | None], None],
    rng: random.Random,
    *,
    once: bool = False,
) -> None:
    """Run a service forever, or until it is done.

    Args:
        name: of the service, for the log.
        part: runs the service; returns or raises when it ends.
        report: called with a sentence when it has failed, and with None when it runs again.
        rng: randomizes waits, so that services that fail together do not restart together.
        once: the service is done when it returns.
    """
    wait_s = _FIRST_WAIT_S
    loop = asyncio.get_running_loop()
    while True:
        began_s = loop.time()
        try:
            await part()
            if once:
                return
            reason = f"{name} has stopped"
        except PhysiomonError as error:
            reason = f"{name}: {error}"
            log.warning("part.failed", part=name, reason=str(error))
        except Exception as error:  # the boundary between the engine and the rest
            reason = f"{name} has failed: {error}"
            log.exception("part.failed", part=name)
        if loop.time() - began_s > _LONGEST_WAIT_S:
            wait_s = _FIRST_WAIT_S
        report(f"{reason}; restarting in {wait_s:.0f} s")
        await asyncio.sleep(wait_s * rng.uniform(0.5, 1.0))
        wait_s = min(wait_s * 2, _LONGEST_WAIT_S)
        report(None)
