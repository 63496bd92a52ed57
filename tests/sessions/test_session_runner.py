"""Sessions of one service over the virtual radio: one ends, one continues; sensors are replaced."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from dashboards.console.views.sensors import ChosenDevice
from devices.discovery import Search
from devices.sensor import SensorSpec
from devices.virtual.peripherals import Strap
from monitor.analysis.replay import verify
from monitor.clock import SessionClock
from monitor.entries import EntryKind
from monitor.errors import ActError, OutputError
from monitor.service.task_group import serve
from monitor.sessions.console_backend import ConsoleBackend
from monitor.sessions.session import Session
from monitor.sessions.session_runner import SessionRunner
from monitor.storage.journal import Journal
from tests.engine.scripted_session import spec
from tests.virtual.virtual_room import PATCH, STRAP, Room, Steady, in_virtual_time, room

SPARE = "F0:00:00:00:01:09"
BEGAN_NS = 1_700_000_000 * 10**9


@dataclass
class Service:
    there: Room
    sessions: list[Session]
    backend: ConsoleBackend
    stop: asyncio.Event
    drained: list[str] = field(default_factory=list)
    refuses: int = 0

    async def drain(self, session: str) -> None:
        """Deliver the backlog; an unavailable destination refuses for a while."""
        if self.refuses:
            self.refuses -= 1
            raise OutputError("nobody is there")
        self.drained.append(session)


@asynccontextmanager
async def service(folder: Path, *sensors: tuple[SensorSpec, ...]) -> AsyncIterator[Service]:
    loop = asyncio.get_running_loop()

    def now_ns() -> int:
        return round(loop.time() * 1e9)

    async with room() as there:
        clock = SessionClock(lambda: BEGAN_NS + now_ns(), now_ns)
        sessions = [
            Session.open(
                replace(spec(), id=f"s{number}", sensors=theirs),
                folder / f"s{number}.journal",
                clock,
            )
            for number, theirs in enumerate(sensors, 1)
        ]
        search = Search(there.shared_radio.radio())
        found = Service(there, sessions, ConsoleBackend(sessions, search=search), asyncio.Event())

        def runner(session: Session) -> SessionRunner:
            async def drain() -> None:
                await found.drain(session.spec.id)

            return SessionRunner(session=session, drains=[drain])

        runners = [runner(session) for session in sessions]
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(serve(runners, search, {}, found.stop, random.Random(1)))
            yield found
            found.stop.set()


def so_far(session: Session) -> tuple[int, int]:
    """Return when a session began, and now."""
    return session.engine.started_ns, session.now_ns()


def packets(session: Session, sensor: str) -> int:
    return session.engine.sensors[sensor].packets


def recorded(path: Path) -> list[str]:
    with Journal.read(path) as journal:
        assert journal.damage() is None
        assert verify(journal).difference is None
        return [entry.kind for entry in journal.entries()]


MINE = (SensorSpec(label="strap", kind="heart-rate-strap", address=STRAP),)
THEIRS = (SensorSpec(label="patch", kind="core-patch", address=PATCH),)


def test_failed_delivery_does_not_prevent_the_stop(tmp_path: Path) -> None:
    async def life() -> None:
        async with service(tmp_path, MINE) as found:
            await asyncio.sleep(1)
            found.refuses = 1
        assert found.refuses == 0
        assert found.sessions[0].closed

    in_virtual_time(life())


def test_one_session_ends_and_the_other_continues(tmp_path: Path) -> None:
    async def life() -> None:
        async with service(tmp_path, MINE, THEIRS) as found:
            await asyncio.sleep(60)
            one, other = found.sessions
            assert packets(one, "strap") > 40
            found.refuses = 3
            found.backend.finish("s1", "MK", "")
            had, others = packets(one, "strap"), packets(other, "patch")
            await asyncio.sleep(120)
            assert packets(one, "strap") == had
            assert packets(other, "patch") > others + 8
            assert found.drained == ["s1"]
            assert one.closed
            assert [view.ended for view in found.backend.sessions()] == [True, False]
            assert found.backend.trace("s1", "strap/heart_rate", *so_far(one), 100).values.size
        assert found.drained == ["s1", "s2"]

    in_virtual_time(life())
    assert recorded(tmp_path / "s1.journal")[-1] == EntryKind.END
    assert recorded(tmp_path / "s2.journal")[-1] == EntryKind.END


def test_sensor_is_replaced_during_a_session(tmp_path: Path) -> None:
    async def life() -> None:
        async with service(tmp_path, MINE, THEIRS) as found:
            session = found.sessions[0]
            await asyncio.sleep(60)
            spare = Strap(found.there.shared_radio, Steady(), name="Spare", address=SPARE)
            found.there.switch_on(spare)
            await asyncio.sleep(5)
            near = await found.backend.find_devices("s1")
            (view,) = (each for each in near if each.name.startswith("Spare"))
            assert SPARE not in view.name
            assert view.kind == "heart-rate-strap"
            device = ChosenDevice(kind="heart-rate-strap", key=view.key)
            with pytest.raises(ActError, match="sensor 'patch' of session s2"):
                mine = ChosenDevice(kind="core-patch", address=PATCH)
                found.backend.replace_sensor("s1", "patch", mine, "MK", "x")
            found.backend.replace_sensor("s1", "strap", device, "MK", "battery empty")
            await asyncio.sleep(30)
            let_go = len(found.there.strap.sent)
            assert session.engine.sensors["strap"].state == "connected"
            had = packets(session, "strap")
            await asyncio.sleep(60)
            assert packets(session, "strap") > had + 50
            assert len(spare.sent) > 60
            assert len(found.there.strap.sent) == let_go
            trace = session.trace("strap/heart_rate", *so_far(session), 1000)
            assert any(value != value for value in trace.values)  # noqa: PLR0124 - a gap is NaN
            # The released sensor may be worn by another person.
            found.backend.replace_sensor(
                "s2",
                "second",
                ChosenDevice(kind="heart-rate-strap", address=STRAP),
                "MK",
                "one more",
            )
            await asyncio.sleep(30)
            assert found.sessions[1].engine.sensors["second"].state == "connected"

    in_virtual_time(life())
    assert EntryKind.SENSOR in recorded(tmp_path / "s1.journal")
    assert EntryKind.SENSOR in recorded(tmp_path / "s2.journal")
