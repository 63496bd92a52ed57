"""A fault in the elements of one session, in a browser: the other room goes on."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from dashboards.console.server import serve
from monitor.sessions.console_backend import ConsoleBackend
from tests.console.drawing_faults import DrawingFaults
from tests.console.test_sound import EAR
from tests.engine.scripted_session import spec
from tests.servers.chromium import close, live, open_page
from tests.servers.http_client import http_client
from tests.sessions.test_session import Live

pytestmark = pytest.mark.asyncio(loop_scope="session")

UNSHOWN = "This session cannot be shown: watch the participant."
_PANELS = "dashboards.console.panels"


class Rooms:
    """Two rooms, and the console that shows them."""

    def __init__(self, folder: Path) -> None:
        self.rooms = [
            Live(
                folder / f"{name}.journal", replace(spec(), id=name, room=name[1], participant=name)
            )
            for name in ("P1", "P2")
        ]
        for room in self.rooms:
            room.beat(20, 70)
        self.url = ""


@pytest_asyncio.fixture(loop_scope="session")
async def rooms(tmp_path: Path) -> AsyncIterator[Rooms]:
    rooms = Rooms(tmp_path)
    async with serve(ConsoleBackend([room.session for room in rooms.rooms]), port=0) as rooms.url:
        yield rooms
    for room in rooms.rooms:
        room.close()


@pytest_asyncio.fixture(loop_scope="session")
async def ward(browser: Browser, rooms: Rooms) -> AsyncIterator[Page]:
    ward = await open_page(browser)
    await ward.add_init_script(EAR)
    await ward.goto(f"{rooms.url}ward")
    await live(ward)
    await expect(ward.locator(".value")).not_to_have_count(0)
    yield ward
    await close(ward.context)


async def test_tile_whose_buttons_fail_is_named_and_the_other_one_sounds(
    rooms: Rooms, ward: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults = DrawingFaults(monkeypatch, f"{_PANELS}.ward_tile.WardTile.show")
    first, second = (ward.locator(f'[data-region="tile P{n}"]') for n in (1, 2))
    await expect(first.locator(".value").first).to_have_text("71")
    await ward.locator("h1").click()
    await expect(ward.get_by_role("button", name="Sound on · test")).to_be_visible()

    faults.broken = ["P1"]
    await expect(first).to_contain_text("NOT SHOWN")
    await expect(first.locator(".tile-message")).to_contain_text(UNSHOWN)
    await expect(ward.locator(".ward-headline")).to_contain_text(UNSHOWN)
    await ward.wait_for_function("window.tones >= 10")
    await ward.get_by_label("Your name or initials").fill("MK")
    await ward.get_by_role("button", name="Acknowledge: P1").click()
    await expect(first.locator(".tile-alarm")).to_contain_text("acknowledged by MK")
    await expect(ward.get_by_role("button", name="Acknowledge: P1")).to_have_count(0)

    tones = await ward.evaluate("window.tones")
    rooms.rooms[1].beat(30, 130)
    await expect(second.locator(".value").first).to_have_text("131")
    await expect(second.locator(".tile-message")).to_contain_text("Heart rate")
    await ward.wait_for_function(f"window.tones > {tones}")
    await expect(ward.locator("#lifeline")).to_have_count(0)
    # Both can be sorted, and a page that is opened now shows the same.
    await ward.get_by_role("button", name="Urgent first").click()
    await expect(ward.locator(".tile-place h2").first).to_have_text("P2")
    await ward.reload()
    await live(ward)
    await expect(first).to_contain_text("NOT SHOWN")
    await expect(second.locator(".value").first).to_have_text("131")

    faults.broken = []
    await expect(first.locator(".value").first).to_have_text("71")
    await expect(first.locator(".tile-message")).to_have_count(0)


@pytest.mark.parametrize("panel", ["vitals.VitalsPanel", "alarm_list.AlarmList"])
async def test_page_whose_panel_fails_is_named_on_both_pages(
    rooms: Rooms, ward: Page, monkeypatch: pytest.MonkeyPatch, panel: str
) -> None:
    faults = DrawingFaults(monkeypatch, f"{_PANELS}.{panel}.show")
    faults.broken = ["P1"]
    page = await ward.context.new_page()
    await page.goto(f"{rooms.url}session/P1")
    await live(page)
    alarm = page.locator(".alarm.p-high")
    for _ in range(2):  # a page that is opened, and one that is loaded again
        await expect(alarm).to_contain_text(UNSHOWN)
        await expect(page.locator(".answer").first).to_contain_text(UNSHOWN)
        await expect(page.locator(".value")).to_have_count(0)
        await page.reload()
        await live(page)
    tile = ward.locator('[data-region="tile P1"]')
    await expect(tile).to_contain_text("NOT SHOWN")
    async with http_client(rooms.url) as client:
        health = (await client.get("/healthz")).json()
        assert (health["well"], health["reason"]) == (False, "a session cannot be shown")
    await page.get_by_label("Your name or initials").fill("MK")
    acknowledge = alarm.get_by_role("button", name="Acknowledge")
    await acknowledge.focus()
    await page.keyboard.press("Enter")
    await expect(page.locator(".alarm.p-high.acknowledged")).to_contain_text(UNSHOWN)
    await expect(tile.locator(".tile-alarm")).to_contain_text("acknowledged by MK")

    faults.broken = []
    await expect(page.locator(".value").first).to_have_text("71")
    await expect(alarm).to_have_count(0)
    await expect(tile.locator(".value").first).to_have_text("71")


async def test_review_that_fails_shows_that_the_room_is_not_shown(
    rooms: Rooms, ward: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults = DrawingFaults(monkeypatch, "dashboards.console.pages.review.handover")
    page = await ward.context.new_page()
    await page.goto(f"{rooms.url}review/P1")
    await live(page)
    await expect(page.locator('[data-region="review-summary"]')).not_to_be_empty()
    faults.broken = ["P1"]
    rooms.rooms[0].beat(62, 70)  # it is drawn once a minute
    await expect(page.locator(".answer")).to_contain_text(UNSHOWN)
    tile = ward.locator('[data-region="tile P1"]')
    await expect(tile).to_contain_text("NOT SHOWN")
    await expect(page.locator("#lifeline")).to_have_count(0)
    faults.broken = []
    await expect(page.locator(".answer")).not_to_contain_text(UNSHOWN)
    await expect(tile.locator(".value").first).to_have_text("71")
