"""Runner of one session: its engine, a link per sensor, and its services."""

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import structlog

from devices.broadcast_link import BroadcastLink
from devices.decoders import KINDS
from devices.discovery import Search
from devices.link import SensorLink
from devices.sensor import SensorSpec
from monitor.sessions.session import Session
from monitor.supervisor import Part, supervise

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
        """Run until the session is ended and its data is delivered.

        Args:
            search: on the radio of its sensors.
            rng: randomizes waits.
            speed: simulated seconds per real second.
        """
        session = self.session
        name = session.spec.id
        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(session.run(speed), name=name)]
            for part, run in self.parts.items():
                work = supervise(part, run, self._notice(part), rng)
                running.append(tasks.create_task(work, name=f"{name}/{part}"))
            running.append(tasks.create_task(self._keep_links(search, rng), name=f"{name}/links"))
            await session.control.over.wait()
            for task in running:
                task.cancel()
        await self._deliver_pending(rng)

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
        log.info("session.ended", session=session.spec.id)
        async with asyncio.TaskGroup() as tasks:
            for number, drain in enumerate(self.drains):
                name = f"{session.spec.id}/drain {number}"
                tasks.create_task(
                    supervise(name, drain, self._notice(name), rng, once=True), name=name
                )
        session.backlogs.clear()
        # In a thread: the last checkpoint may take a while, and other sessions are running.
        await asyncio.to_thread(session.close)

    def _notice(self, name: str) -> Callable[[str | None], None]:
        """Return a function that shows a service's failure as a notice."""

        def report(reason: str | None) -> None:
            self.session.notice(name, reason)

        return report
