"""Keeps the parts around the engine alive: one that fails is told, and started anew.

Only the engine may end the process: without it nobody watches. A console or an outbox that fails
must never take the engine with it.
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
    tell: Callable[[str | None], None],
    rng: random.Random,
    *,
    once: bool = False,
) -> None:
    """Run a part for ever, or until it has done what it was to do.

    Args:
        name: of the part, for the log.
        part: starts it; returns or raises when it has ended.
        tell: called with a sentence when it has failed, and with None when it runs again.
        rng: spreads the waits, so that parts which fail together do not return together.
        once: it is done when it returns.
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
        tell(f"{reason}; it is started again in {wait_s:.0f} s")
        await asyncio.sleep(wait_s * rng.uniform(0.5, 1.0))
        wait_s = min(wait_s * 2, _LONGEST_WAIT_S)
        tell(None)
