"""The ward page."""

from dataclasses import replace

import pytest
from playwright.async_api import Page, expect

from dashboards.console.views.places import WaitingPlaceView
from tests.console.conftest import Console
from tests.console.fake_backend import CORE, HEART_RATE, SESSION, TACHYCARDIA

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def test_single_session_is_shown_directly(page: Page, console: Console) -> None:
    await page.goto(console.url)
    await expect(page.get_by_role("heading", name="P-014")).to_be_visible()
    response = await page.request.get(f"{console.url}healthz")
    assert await response.json() == {"ok": True, "sessions": ["S-1"]}


async def test_most_urgent_session_comes_first(page: Page, console: Console) -> None:
    well = replace(SESSION, id="S-1", participant="P-001", room="Room 1")
    unseen = replace(
        SESSION,
        id="S-2",
        participant="P-002",
        room="Room 2",
        channels=(replace(HEART_RATE, value=None, stale=True), replace(CORE, stale=True)),
    )
    other = replace(SESSION, id="a/b", participant="P-003", room="Room 3")
    console.backend.put(well, unseen, other)
    await page.goto(console.url)
    codes = page.locator(".tile h2")
    await expect(codes).to_have_text(["P-002", "P-001", "P-003"])
    console.backend.put(
        well, unseen, replace(other, alarms=(replace(TACHYCARDIA, priority="high"),))
    )
    await expect(codes).to_have_text(["P-003", "P-002", "P-001"])
    await expect(page.locator(".tile").first).to_contain_text("*** HIGHHeart rate 131 or more")
    await page.locator(".tile").first.click()
    await expect(page.get_by_role("heading", name="P-003")).to_be_visible()


async def test_unknown_session_page_waits_for_the_session(page: Page, console: Console) -> None:
    response = await page.goto(f"{console.url}session/nobody")
    assert response is not None
    assert response.status == 404
    await expect(page.get_by_text("Session 'nobody' is not running here.")).to_be_visible()
    console.backend.put(SESSION, replace(SESSION, id="nobody", participant="P-099"))
    await expect(page.get_by_role("heading", name="P-099")).to_be_visible()


async def test_next_session_starts_from_the_page(page: Page, console: Console) -> None:
    console.backend.put(replace(SESSION, id="S-1", ended=True))
    console.backend.places = (
        WaitingPlaceView(
            place="room1",
            site="zurich",
            room="1",
            session="S-1",
            participant="P-001",
            last="Session S-1 was ended by MK on 2026-11-28 at 23:13.",
        ),
    )
    await page.goto(f"{console.url}session/S-1")
    await page.get_by_role("button", name="Next session").click()
    await expect(page.get_by_text("Session S-1 was ended by MK")).to_be_visible()
    start = page.get_by_role("button", name="Start the next session")
    await start.click()
    await expect(page.get_by_text("enter your name or initials first")).to_be_visible()
    await page.get_by_label("Your name or initials").fill("AB")
    await start.click()
    await page.get_by_label("Participant code (never a name)").fill(" P-002 ")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="P-002")).to_be_visible()
    assert console.backend.acts == [("begin", "room1", "P-002", "AB")]
