"""Processor time of 20 sessions that deliver to a database, compared with the same ones without.

Five sensors each at 1 Hz in real time, with the two lanes of the outbox and the encoder of line
protocol; the database accepts everything immediately and costs nothing.
"""

import asyncio
import random
import tempfile
import time
from pathlib import Path
from time import process_time

from benchmarks.results import Result
from benchmarks.watched import beat, opened
from monitor.delivery.line_protocol import LineEncoder
from monitor.delivery.priority_lanes import Lanes
from monitor.sessions.session import Session

SESSIONS = 20
SECONDS = 60


def run() -> list[Result]:
    """Return the part of a core that sessions with outboxes take."""
    bare = asyncio.run(_measure(delivering=False))
    ours = asyncio.run(_measure(delivering=True))
    return [
        Result(
            name="outboxes",
            measured=f"{SESSIONS} sessions of five sensors at 1 Hz with an outbox, processor time",
            alternative="the same sessions without an outbox",
            value=100 * ours,
            unit="% of a core",
            goal=6,
            figures=f"{ours / bare:.2f} times; without {bare:.1%}",
        )
    ]


async def _measure(*, delivering: bool) -> float:
    """Return the processor time per second."""
    with tempfile.TemporaryDirectory() as folder:
        sessions = [opened(Path(folder), f"S{n}", time.time_ns) for n in range(SESSIONS)]
        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(session.run()) for session in sessions]
            if delivering:
                running += [tasks.create_task(_lanes(session).run()) for session in sessions]
            began, began_s = process_time(), time.monotonic()
            for at_s in range(1, SECONDS + 1):
                for session in sessions:
                    beat(session, at_s)
                    await asyncio.sleep(1.0 / SESSIONS)
            share = (process_time() - began) / (time.monotonic() - began_s)
            for task in running:
                task.cancel()
        for session in sessions:
            session.close()
    return share


def _lanes(session: Session) -> Lanes:
    encoder = LineEncoder("site", session.spec.id, session.spec.participant)
    path, rng = session.journal.path, random.Random(1)
    return Lanes("database", path, session.journal, encoder.line, _accept, _must_succeed, rng)


async def _accept(_lines: bytes) -> None:
    pass


def _must_succeed(reason: str | None) -> None:
    assert reason is None, reason
