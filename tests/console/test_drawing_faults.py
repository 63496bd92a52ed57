"""A fault in drawing one session, in virtual time: it is shown there, and stops no other one."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from dashboards.console.live.charts import ChartRequest
from dashboards.console.live.feed import Feed
from dashboards.console.live.stream import stream
from dashboards.console.pages.rater import state
from monitor.sessions.console_backend import ConsoleBackend
from tests.console.drawing_faults import DrawingFaults
from tests.console.test_page_stream import Browser, Ward, in_virtual_time, socket
from tests.engine.scripted_session import spec
from tests.sessions.test_session import Live
from tests.sessions.view_faults import SECRET

KEY = "view-failure@session"
UNSHOWN = "This session cannot be shown: watch the participant."
_WARD = "dashboards.console.ward"
ON_THE_WARD_PAGE = (
    f"{_WARD}.session_tile.tile",
    f"{_WARD}.ward_summary.headline",
    "dashboards.console.status.status_summary.title",
    "dashboards.console.status.status_summary.announcement",
    "dashboards.console.charts.sparklines._unit",
    "dashboards.console.live.feed.curve_channels",
    "dashboards.console.live.feed._state",
    "dashboards.console.live.drawings.translated",
)
ON_ITS_PAGE = (
    "dashboards.console.live.updates.session_snapshot",
    "dashboards.console.live.charts.pressure_chart_html",
)


def last_name(name: str) -> str:
    return name.rpartition(".")[2]


class Rooms:
    """Two rooms, their ward page, and the page of the first."""

    def __init__(self, rooms: list[Live]) -> None:
        self.rooms = rooms
        self.backend = ConsoleBackend([room.session for room in rooms])
        self.feed = Feed(self.backend, speed=1.0)
        self.pages = {"ward": Browser(), "page": Browser()}
        self.feed.viewers = {"ward": Ward(), "page": SessionPage(self.feed)}

    async def shown(self, page: str = "ward") -> dict[str, Any]:
        """Return the update that a page shows two heartbeats from now."""
        await asyncio.sleep(2.1)
        update: dict[str, Any] = json.loads(self.pages[page].sent[-1]["text"])["frame"]
        return update

    async def tiles(self) -> list[str]:
        """Return the content of the tiles two heartbeats from now."""
        regions = (await self.shown())["regions"]
        return [regions[f"tile P{number}"][1] for number in (1, 2)]

    @asynccontextmanager
    async def updated(self) -> AsyncIterator[None]:
        """Update the pages while the context is open."""
        async with asyncio.TaskGroup() as tasks:
            beating = tasks.create_task(self.feed.run())
            for name, browser in self.pages.items():
                tasks.create_task(stream(socket(browser, self.feed), name))
            yield
            for browser in self.pages.values():
                browser.leave()
            await asyncio.sleep(0.1)
            beating.cancel()


class SessionPage(Ward):
    """The page of the first room."""

    session = "P1"  # type: ignore[assignment]

    def __init__(self, feed: Feed) -> None:
        self._feed = feed

    def charts(self) -> tuple[int, str]:
        """Return the charts of a new page."""
        return 0, self._feed.charts("P1", ChartRequest())


@pytest.fixture
def rooms(tmp_path: Path) -> Iterator[Rooms]:
    rooms = [
        Live(tmp_path / f"{name}.journal", replace(spec(), id=name, room=name[1], participant=name))
        for name in ("P1", "P2")
    ]
    for room in rooms:
        room.beat(20, 70)
    yield Rooms(rooms)
    for room in rooms:
        room.close()


@pytest.mark.parametrize("function", ON_THE_WARD_PAGE + ON_ITS_PAGE, ids=last_name)
def test_room_that_cannot_be_drawn_is_named_and_the_other_one_is_shown(
    rooms: Rooms, monkeypatch: pytest.MonkeyPatch, function: str
) -> None:
    faults = DrawingFaults(monkeypatch, function)

    async def run() -> None:
        async with rooms.updated():
            first, second = await rooms.tiles()
            assert ">71<" in first
            assert ">71<" in second

            faults.broken = ["P1"]
            with capture_logs() as logs:
                rooms.rooms[1].beat(30, 130)
                first, second = await rooms.tiles()
                shown = await rooms.shown()
            assert "NOT SHOWN" in first
            assert UNSHOWN in first
            assert ">131<" in second
            assert 'alarm="hr-high@strap/heart_rate"' in second
            assert shown["sound"] == "high"
            assert shown["title"].startswith("*** ")
            assert UNSHOWN in shown["regions"]["ward-headline"][1]
            assert UNSHOWN in (await rooms.shown("page"))["regions"]["person"][1]
            assert rooms.backend.health().reason == "a session cannot be shown"
            (logged,) = logs
            assert (logged["event"], logged["session"]) == ("drawing.failed", "P1")
            assert logged["error"].startswith("KeyError at drawing_faults.py:")
            assert SECRET not in str(logs)

            rooms.backend.acknowledge("P1", KEY, "MK")
            shown = await rooms.shown()
            assert "acknowledged by MK" in shown["regions"]["tile P1"][1]
            assert shown["sound"] == "medium"
            assert shown["announced"][1] == "medium"
            rooms.backend.unacknowledge("P1", KEY, "MK", "")
            assert (await rooms.shown())["sound"] == "high"
            rooms.backend.acknowledge("P1", KEY, "MK")

            faults.broken = []
            with capture_logs() as logs:
                # Only texts wait for the time after which a fault is forgotten.
                await asyncio.sleep(11 if function.endswith("translated") else 0)
                first, second = await rooms.tiles()
            assert ">71<" in first
            assert ">131<" in second
            assert [each["event"] for each in logs] == ["drawing.back"]
            assert (await rooms.shown())["sound"] == "medium"
            assert rooms.backend.health().reason is None

            faults.broken = ["P1"]  # another one, which is not acknowledged
            assert (await rooms.shown())["sound"] == "high"

    in_virtual_time(run())


def test_fault_on_a_closed_page_is_forgotten(rooms: Rooms, monkeypatch: pytest.MonkeyPatch) -> None:
    faults = DrawingFaults(monkeypatch, "dashboards.console.live.updates.session_snapshot")

    async def run() -> None:
        async with rooms.updated():
            faults.broken = ["P1"]
            assert "NOT SHOWN" in (await rooms.tiles())[0]
            await asyncio.sleep(30.0)
            assert "NOT SHOWN" in (await rooms.tiles())[0]
            del rooms.feed.viewers["page"]
            with capture_logs() as logs:
                await asyncio.sleep(12.0)
            assert ">71<" in (await rooms.tiles())[0]
            assert [each["event"] for each in logs] == ["drawing.back"]
            assert rooms.backend.health().reason is None

    in_virtual_time(run())


def test_rater_sees_the_sensors_of_the_other_room(
    rooms: Rooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults = DrawingFaults(monkeypatch, "dashboards.console.pages.rater._section")
    assert state(rooms.feed).count("strap") == 2
    faults.broken = ["P1"]
    shown = state(rooms.feed)
    assert shown.count("strap") == 1
    assert "P1" in shown


def test_session_that_is_gone_leaves_no_fault(
    rooms: Rooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults = DrawingFaults(monkeypatch, "dashboards.console.ward.session_tile.tile")

    async def run() -> None:
        async with rooms.updated():
            faults.broken = ["P1"]
            rooms.rooms[0].session.actions.finish("MK", "over")
            regions = (await rooms.shown())["regions"]
            assert "Ended" in regions["tile P1"][1]
            rooms.backend.dismiss("P1", "MK")
            regions = (await rooms.shown())["regions"]
            assert "tile P1" not in regions
            assert ">71<" in regions["tile P2"][1]

    in_virtual_time(run())
