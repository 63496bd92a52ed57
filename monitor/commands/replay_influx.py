"""`physiomon replay --to influx`: a recorded session in the Grafana dashboards, as if live."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

from monitor.commands.influx import configured
from monitor.commands.output import print_facts, print_json
from monitor.core.engine import Engine
from monitor.delivery.errors import MisconfiguredError, UnavailableError
from monitor.delivery.influx import InfluxConfig, influx_writer
from monitor.delivery.outbox import BATCH
from monitor.delivery.replay_points import ReplayPoints
from monitor.errors import OutputError
from monitor.sessions.recording import Recording, read_recording
from monitor.storage.journal import Journal

_TICK_NS = 500_000_000  # one write per half second
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
        written = asyncio.run(_play(session, points, influx, paced=speed is not None))
    facts = {"session": points.session, "points": written}
    print_json(facts) if as_json else print_facts(str(path), facts)


async def _play(
    session: Recording, points: ReplayPoints, config: InfluxConfig, *, paced: bool
) -> int:
    """Write all pieces, each at its time if paced; return the number of points."""
    written = 0
    loop = asyncio.get_running_loop()
    began_s, first_ns = loop.time(), points.plays_ns(session.began_ns)
    async with influx_writer(config) as write:
        for due_ns, lines in _pieces(session, points, paced=paced):
            if paced:
                due_s = began_s + (due_ns - first_ns) / 1e9
                await asyncio.sleep(max(0.0, due_s - loop.time()))
            await _write_with_retries(write, lines)
            written += len(lines)
    return written


def _pieces(
    session: Recording, points: ReplayPoints, *, paced: bool
) -> Iterator[tuple[int, list[bytes]]]:
    """Yield lines with the time in ns at which the last of them is due."""
    engine = Engine()
    lines: list[bytes] = []
    sent_ns = at_ns = points.plays_ns(session.began_ns)
    for entry in session.journal.entries():
        lines += points.lines(engine.apply(entry))
        at_ns = points.plays_ns(entry.received_ns)
        if len(lines) >= BATCH or (paced and at_ns - sent_ns >= _TICK_NS):
            yield at_ns, lines
            lines, sent_ns = [], at_ns
    lines += points.lines((engine.seq, fact) for fact in engine.advance(session.ended_ns))
    yield at_ns, lines


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
