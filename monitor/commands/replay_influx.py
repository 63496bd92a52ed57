"""`physiomon replay --to influx`: a recorded session in the Grafana dashboards, as if live."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

from monitor.commands.influx import configured
from monitor.commands.output import print_facts, print_json
from monitor.commands.replay_pace import play
from monitor.delivery.errors import MisconfiguredError, UnavailableError
from monitor.delivery.influx import InfluxConfig, influx_writer
from monitor.delivery.replay_points import ReplayPoints
from monitor.errors import OutputError
from monitor.sessions.recording import Recording, read_recording
from monitor.storage.journal import Journal

_ATTEMPTS = 5


def replay_to_influx(path: Path, config: Path, speed: float | None, *, as_json: bool) -> None:
    """Write a recording to InfluxDB at `speed`; without one, at once and so that it ends now.

    Raises:
        PhysiomonError: the journal or the configuration cannot be used, or the database refuses;
            the replay can be repeated at any time.
    """
    _, influx = configured(config)
    with Journal.read(path) as journal:
        session = read_recording(journal)
        now_ns = time.time_ns()
        lasted_ns = session.ended_ns - session.began_ns
        plays_ns = now_ns - lasted_ns if speed is None else now_ns
        points = ReplayPoints(session.spec, session.began_ns, plays_ns, speed or 1.0, now_ns)
        if not as_json:
            print_facts(str(path), {"replayed as": points.session})
        written = asyncio.run(_write(session, points, influx, paced=speed is not None))
    facts = {"session": points.session, "points": written}
    print_json(facts) if as_json else print_facts(str(path), facts)


async def _write(
    session: Recording, points: ReplayPoints, config: InfluxConfig, *, paced: bool
) -> int:
    async with influx_writer(config) as write:
        send = partial(_write_with_retries, write)
        return await play(session, points.plays_ns, points.lines, send, paced=paced)


async def _write_with_retries(
    write: Callable[[bytes], Awaitable[None]], lines: list[bytes]
) -> None:
    """Write a piece; retry a few times while the database is unavailable."""
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            if lines:
                await write(b"\n".join(lines))
        except UnavailableError as error:
            if attempt == _ATTEMPTS or isinstance(error, MisconfiguredError):
                raise OutputError(f"the replay stopped: {error}") from None
            await asyncio.sleep(attempt)
        else:
            return
