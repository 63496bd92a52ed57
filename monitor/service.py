"""The task group: sessions, console and outboxes of one process, until somebody stops it."""

import asyncio
import contextlib
import random
import signal
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Coroutine,
    Iterator,
    Mapping,
    Sequence,
)

from devices.broadcast_link import BroadcastLink
from devices.catalog import KINDS
from devices.link import SensorLink
from devices.radio import Radio
from devices.search import Search
from monitor.session import Session
from monitor.supervise import supervise

_DRAIN_WITHIN_S = 1.0

Part = Callable[[], Awaitable[None]]


@contextlib.asynccontextmanager
async def stopped_by_signals() -> AsyncIterator[asyncio.Event]:
    """Yield an event that is set on SIGINT and SIGTERM."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    signals = (signal.SIGINT, signal.SIGTERM)
    for number in signals:
        loop.add_signal_handler(number, stop.set)
    try:
        yield stop
    finally:
        for number in signals:
            loop.remove_signal_handler(number)


async def serve(
    sessions: Sequence[Session],
    radio: Radio,
    parts: Mapping[str, Part],
    stop: asyncio.Event,
    rng: random.Random,
    speed: float = 1.0,
    drains: Sequence[Part] = (),
) -> None:
    """Run everything until `stop` is set, then end the sessions in good order.

    Args:
        sessions: opened ones; they are closed in any case.
        radio: where their sensors are.
        parts: what runs around them and may fail without them: console, outboxes.
        stop: when to end.
        rng: spreads waits.
        speed: session seconds in a real one.
        drains: deliver what is left when the sessions have ended; they get a second for it, the
            rest is delivered when the session is continued.
    """
    reason = "the service failed"
    try:
        async with asyncio.TaskGroup() as tasks:
            running = [
                tasks.create_task(work, name=name)
                for name, work in _work(sessions, radio, parts, rng, speed)
            ]
            await stop.wait()
            reason = "stopped"
            for task in running:
                task.cancel()
    finally:
        for session in sessions:
            session.end(reason)
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_DRAIN_WITHIN_S):
                    for drain in drains:
                        await drain()
        finally:
            for session in sessions:
                session.close()


def _work(
    sessions: Sequence[Session],
    radio: Radio,
    parts: Mapping[str, Part],
    rng: random.Random,
    speed: float,
) -> Iterator[tuple[str, Coroutine[None, None, None]]]:
    search = Search(radio)
    for session in sessions:
        yield session.spec.id, session.run(speed)
        for sensor in session.spec.sensors:
            if sensor.gateway is not None:
                continue
            name = f"{session.spec.id}/{sensor.label}"
            chance = random.Random(rng.random())  # noqa: S311 - spreads waits
            made = BroadcastLink if KINDS[sensor.kind].broadcasts else SensorLink
            link = made(sensor, session, radio, search, chance)
            yield name, supervise(name, link.run, _notice([session], name), rng)
    for name, part in parts.items():
        yield name, supervise(name, part, _notice(sessions, name), rng)


def _notice(sessions: Sequence[Session], name: str) -> Callable[[str | None], None]:
    """Return what puts a part's failure before the eyes of everybody."""

    def tell(reason: str | None) -> None:
        for session in sessions:
            session.notice(name, reason)

    return tell
