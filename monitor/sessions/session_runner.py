"""Run one session: its engine, a link for each sensor, and its parts."""

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
    """Run one session with its links and parts.

    Attributes:
        parts: what may fail without it: outboxes, calls.
        drains: deliver what is left when the session has ended.
    """

    session: Session
    parts: Mapping[str, Part] = field(default_factory=dict)
    drains: Sequence[Part] = ()

    async def run(self, search: Search, rng: random.Random, speed: float = 1.0) -> None:
        """Run until somebody has ended the session, and what it owes is delivered.

        Args:
            search: on the radio where its sensors are.
            rng: spreads waits.
            speed: session seconds in a real one.
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
        await self._deliver_the_rest(rng)

    async def _keep_links(self, search: Search, rng: random.Random) -> None:
        """Keep a link to each sensor, and make it anew where another device takes its place."""
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
                        # The old device is let go first: nothing of it may come afterwards.
                        known[1].cancel()
                        await asyncio.wait([known[1]])
                    name = f"{session.spec.id}/{spec.label}"
                    chance = random.Random(rng.random())  # noqa: S311 - spreads waits
                    made = BroadcastLink if KINDS[spec.kind].broadcasts else SensorLink
                    link = made(spec, session, search.radio, search, chance)
                    work = supervise(name, link.run, self._notice(name), rng)
                    links[spec.label] = spec, tasks.create_task(work, name=name)
                await changed.wait()

    async def _deliver_the_rest(self, rng: random.Random) -> None:
        """Deliver what the ended session owes, for as long as it takes; then close its journal."""
        session = self.session
        session.flush()
        log.info("session.ended", session=session.spec.id)
        async with asyncio.TaskGroup() as tasks:
            for number, drain in enumerate(self.drains):
                name = f"{session.spec.id}/drain {number}"
                tasks.create_task(
                    supervise(name, drain, self._notice(name), rng, once=True), name=name
                )
        session.backlogs.clear()
        # Its last checkpoint may take a while, and other sessions run.
        await asyncio.to_thread(session.close)

    def _notice(self, name: str) -> Callable[[str | None], None]:
        """Return what puts a part's failure before the eyes of everybody."""

        def tell(reason: str | None) -> None:
            self.session.notice(name, reason)

        return tell
