"""A session on the machine's clock with its LSL service."""

import asyncio
import random
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from alerts.policy.parser import load_shipped
from devices.sensor import SensorSpec
from monitor.clock import SessionClock
from monitor.config.lsl import LslSettings
from monitor.core.session_spec import SessionSpec
from monitor.lsl.service import PART, LslService
from monitor.sessions.session import Session
from monitor.supervisor import supervise
from tests.durations import PATIENCE_S


def opened(folder: Path) -> Session:
    """Return a new session of a strap and a thermometer, in a room that no other test has."""
    spec = SessionSpec(
        id=f"S-{secrets.token_hex(4)}",
        site="here",
        room=f"R{secrets.token_hex(4)}",
        participant="P07",
        virtual=True,
        software="test",
        policy=load_shipped("resting-adult"),
        sensors=(
            SensorSpec(label="strap", kind="heart-rate-strap"),
            SensorSpec(label="skin", kind="skin-thermometer"),
        ),
        salt="salt",
    )
    return Session.open(spec, folder / "s.journal", SessionClock.of_machine())


@asynccontextmanager
async def mirrored(session: Session, settings: LslSettings) -> AsyncIterator[LslService]:
    """Run a session with its service, as `physiomon run` does."""
    service = LslService(session, settings)

    def report(reason: str | None) -> None:
        session.notice(PART, reason)

    try:
        async with asyncio.TaskGroup() as tasks:
            work = supervise(PART, service.run, report, random.Random(1))
            running = [tasks.create_task(session.run()), tasks.create_task(work)]
            try:
                yield service
            finally:
                for task in running:
                    task.cancel()
        session.end("done")
    finally:
        session.close()


async def until(true: Callable[[], bool]) -> None:
    """Wait until something is true."""
    async with asyncio.timeout(PATIENCE_S):
        while not await asyncio.to_thread(true):  # noqa: ASYNC110 - other programs set no event
            await asyncio.sleep(0.02)
