"""Runner of one session: its engine, a link per sensor, and its services."""

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from devices.broadcast_link import BroadcastLink
from devices.decoders import KINDS
from devices.discovery import Search
from devices.errors import PhysiomonError
from devices.link import SensorLink
from devices.sensor import SensorSpec
from monitor.sessions.session import Session
from monitor.supervisor import Part, supervise

_REVIEW_PAUSE_S = 30.0  # people give several verdicts in a row, and each delivery is also a mail

_LOOK_S = 5.0  # how often it looks for verdicts of commands: one look at the file's size and time

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRunner:
    """Runner of one session with its links and services.

    Attributes:
        parts: services that may fail without stopping the session: outboxes, calls.
        drains: deliver pending data after the session has ended.
    """

    session: Session
    parts: Mapping[str, Part] = field(default_factory=dict)
    drains: Sequence[Part] = ()

    async def run(self, search: Search, rng: random.Random, speed: float = 1.0) -> None:
        """Run until the session is ended and its data is delivered; then wait for verdicts.

        Args:
            search: on the radio of its sensors.
            rng: randomizes waits.
            speed: simulated seconds per real second.
        """
        session = self.session
        if not session.ended:  # else the process was killed right after that
            await self._monitor(search, rng, speed)
        log.info("session.ended", session=session.spec.id)
        await self._deliver_pending(rng)
        while True:
            await self._reviewed()
            await self._deliver_verdicts(rng)

    async def _monitor(self, search: Search, rng: random.Random, speed: float) -> None:
        """Run the session with its links and services until a person ends it."""
        session, name = self.session, self.session.spec.id
        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(session.run(speed), name=name)]
            for part, run in self.parts.items():
                work = supervise(part, run, self._notice(part), rng)
                running.append(tasks.create_task(work, name=f"{name}/{part}"))
            running.append(tasks.create_task(self._keep_links(search, rng), name=f"{name}/links"))
            await session.control.over.wait()
            for task in running:
                task.cancel()

    async def _keep_links(self, search: Search, rng: random.Random) -> None:
        """Keep a link to each sensor; replace it when the sensor's device changes."""
        session = self.session
        links: dict[str, tuple[SensorSpec, asyncio.Task[None]]] = {}
        changed = session.control.devices_changed
        async with asyncio.TaskGroup() as tasks:
            while True:
                changed.clear()
                for spec in session.engine.lifecycle.devices.values():
                    known = links.get(spec.label)
                    if spec.gateway is not None or (known is not None and known[0] == spec):
                        continue
                    if known is not None:
                        # Disconnect the old device first: it must send nothing afterwards.
                        known[1].cancel()
                        await asyncio.wait([known[1]])
                    name = f"{session.spec.id}/{spec.label}"
                    chance = random.Random(rng.random())  # noqa: S311 - randomizes waits
                    made = BroadcastLink if KINDS[spec.kind].broadcasts else SensorLink
                    link = made(spec, session, search.radio, search, chance)
                    work = supervise(name, link.run, self._notice(name), rng)
                    links[spec.label] = spec, tasks.create_task(work, name=name)
                await changed.wait()

    async def _deliver_pending(self, rng: random.Random) -> None:
        """Deliver pending data of the ended session until done; then close its journal."""
        session = self.session
        session.heads.sign()
        session.flush()
        async with asyncio.TaskGroup() as tasks:
            for number, drain in enumerate(self.drains):
                name = f"{session.spec.id}/drain {number}"
                tasks.create_task(
                    supervise(name, drain, self._notice(name), rng, once=True), name=name
                )
        session.backlogs.clear()
        # In a thread: the last checkpoint may take a while, and other sessions are running.
        await asyncio.to_thread(session.close)

    async def _reviewed(self) -> None:
        """Wait for a verdict on a page, or for one that a command adds to the closed journal."""
        recorded, path = self.session.after_end.recorded, self.session.journal.path
        known = await asyncio.to_thread(_stamp, path)
        while not recorded.is_set() and await asyncio.to_thread(_stamp, path) in (known, None):
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_S):
                    await recorded.wait()

    async def _deliver_verdicts(self, rng: random.Random) -> None:
        """Sign and deliver the verdicts given after the end, once no more come."""
        session, notice = self.session, self._notice("verdicts")
        try:
            session.reopen()  # closed while the last one was recorded
            while session.after_end.recorded.is_set():
                session.after_end.recorded.clear()
                await asyncio.to_thread(session.journal.sync)
                await asyncio.sleep(_REVIEW_PAUSE_S)
        except PhysiomonError as error:
            session.after_end.recorded.set()  # try again
            notice(f"verdicts of this session are not delivered: {error}")
            await asyncio.sleep(_REVIEW_PAUSE_S)
            return
        notice(None)
        await self._deliver_pending(rng)
        log.info("session.reviewed", session=session.spec.id)

    def _notice(self, name: str) -> Callable[[str | None], None]:
        """Return a function that shows a service's failure as a notice."""

        def report(reason: str | None) -> None:
            self.session.notice(name, reason)

        return report


def _stamp(path: Path) -> tuple[int, int] | None:
    """Return size and time of the last change of a file; None if it is absent."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns
