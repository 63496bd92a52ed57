"""The ward page."""

import re
from dataclasses import replace

import pytest
from playwright.async_api import Page, expect

from tests.console.conftest import Console
from tests.console.fake_backend import CORE, HEART_RATE, SESSION, TACHYCARDIA, WAITING

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_single_session_is_shown_directly(page: Page, console: Console) -> None:
    await page.goto(console.url)
    await expect(page.get_by_role("heading", name="P-014")).to_be_visible()
    response = await page.request.get(f"{console.url}healthz")
    assert await response.json() == {"ok": True, "sessions": ["S-1"]}


async def test_alarm_moves_no_tile_until_a_person_asks(page: Page, console: Console) -> None:
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
    await expect(codes).to_have_text(["P-001", "P-002", "P-003"])
    console.backend.put(
        well, unseen, replace(other, alarms=(replace(TACHYCARDIA, priority="high"),))
    )
    headline = page.locator("[data-region=ward-headline]")
    await expect(headline).to_have_text(
        "*** HIGHRoom 3 · P-003Heart rate 131 or more · 1 session with unacknowledged alarms"
    )
    await expect(codes).to_have_text(["P-001", "P-002", "P-003"])
    await page.get_by_role("button", name="Urgent first").click()
    await expect(codes).to_have_text(["P-003", "P-002", "P-001"])
    await page.get_by_role("button", name="Sort by room").click()
    await expect(codes).to_have_text(["P-001", "P-002", "P-003"])
    # Each tile has the curves of its last half hour.
    await expect(page.locator(".tile-curve path")).to_have_count(6)
    await page.locator(".tile").last.click()
    await expect(page.get_by_role("heading", name="P-003")).to_be_visible()
    await page.get_by_role("link", name="All sessions").click()
    await expect(codes).to_have_count(3)


async def test_room_whose_session_failed_is_not_monitored(page: Page, console: Console) -> None:
    failure = "the session of room2.toml is not running: P-002.journal is not a journal"
    console.backend.failed = (failure,)
    console.backend.places = (
        replace(WAITING, room="2", session="", participant="P-002", last="", failure=failure),
    )
    await page.goto(console.url)
    tile = page.locator(".tile.failed")
    for text in ("NOT MONITORED", "P-002", failure, "Start the next session"):
        await expect(tile).to_contain_text(text)
    headline = page.locator("[data-region=ward-headline]")
    await expect(headline).to_have_text("** MEDIUM1 room is not monitored")
    await page.goto(f"{console.url}session/P-002-1")
    for text in ("NOT MONITORED", "Session 'P-002-1' is not running here.", failure):
        await expect(page.get_by_role("alert")).to_contain_text(text)
    console.backend.failed = console.backend.places = ()


async def test_room_whose_session_is_being_resumed_is_not_monitored_yet(
    page: Page, console: Console
) -> None:
    being = "session S-2 is being resumed: it is not monitored yet"
    other = "the session of room3.toml is not running: its configuration cannot be used"
    wait = "Wait until it is resumed."
    console.backend.failed = (being, other)
    console.backend.places = (
        replace(WAITING, session="S-2", last="", failure=being, refusal=wait),
    )
    await page.goto(f"{console.url}ward")
    tile = page.locator(".tile.failed")
    for text in ("NOT MONITORED", being, wait):
        await expect(tile).to_contain_text(text)
    await expect(tile.get_by_role("button")).to_have_count(0)
    headline = page.locator("[data-region=ward-headline]")
    await expect(headline).to_have_text("** MEDIUM2 rooms are not monitored")
    await expect(page.locator(".notice")).to_have_text([other])  # the tile shows the first one
    await page.goto(f"{console.url}session/S-2")
    await expect(page.get_by_role("alert").locator(".sentence")).to_have_text([being])
    console.backend.failed = console.backend.places = ()


async def test_alarm_is_acknowledged_on_its_tile(page: Page, console: Console) -> None:
    fever = replace(TACHYCARDIA, key="ct-38", message="Core temperature above 38", priority="low")
    console.backend.put(
        replace(SESSION, id="S-1", room="Room 1", alarms=(TACHYCARDIA, fever)),
        replace(SESSION, id="S-2", room="Room 2", participant="P-002"),
    )
    await page.goto(console.url)
    tile = page.get_by_role("article").first
    acknowledge = page.get_by_role("button", name="Acknowledge: P-014")
    await acknowledge.click()
    await expect(page.get_by_text("enter your name or initials first")).to_be_visible()
    await expect(page.get_by_label("Your name or initials")).to_be_focused()
    await page.get_by_label("Your name or initials").fill("AB")
    await page.get_by_role("button", name="Pause audio: P-014").click()
    await expect(tile).to_contain_text("AUDIO PAUSED 02:00")
    # The second click of a double click does not count.
    await acknowledge.dblclick()
    await expect(tile).to_contain_text("Core temperature above 38")
    await acknowledge.click()
    await expect(tile).to_contain_text("acknowledged by AB")
    assert console.backend.acts == [
        ("pause", "S-1", "AB"),
        ("acknowledge", "S-1", TACHYCARDIA.key, "AB"),
        ("acknowledge", "S-1", "ct-38", "AB"),
    ]
    assert page.url == console.url


async def test_acknowledgement_applies_only_to_the_shown_alarm(
    page: Page, console: Console
) -> None:
    views = (
        replace(SESSION, id="S-1", room="Room 1", alarms=(TACHYCARDIA,)),
        replace(SESSION, id="S-2", room="Room 2", participant="P-002"),
    )
    console.backend.put(*views)
    await page.goto(console.url)
    await page.get_by_label("Your name or initials").fill("AB")
    await expect(page.locator("[data-alarm]")).to_have_count(1)
    # As if another alarm had come that the page does not show yet.
    await page.evaluate(
        "document.querySelector('[data-alarm]').dataset.alarm = 'as seen by the person'"
    )
    await page.get_by_role("button", name="Acknowledge: P-014").click()
    await expect(page.get_by_text("Acknowledged.", exact=True)).to_be_visible()
    assert console.backend.acts == [("acknowledge", "S-1", "as seen by the person", "AB")]


@pytest.mark.extended
async def test_unknown_session_page_waits_for_the_session(page: Page, console: Console) -> None:
    response = await page.goto(f"{console.url}session/nobody")
    assert response is not None
    assert response.status == 404
    await expect(page.get_by_text("Session 'nobody' is not running here.")).to_be_visible()
    console.backend.put(SESSION, replace(SESSION, id="nobody", participant="P-099"))
    await expect(page.get_by_role("heading", name="P-099")).to_be_visible()


@pytest.mark.extended
async def test_next_session_starts_from_the_page(page: Page, console: Console) -> None:
    console.backend.put(replace(SESSION, id="S-1", ended=True))
    console.backend.places = (WAITING,)
    await page.goto(f"{console.url}session/S-1")
    await page.get_by_role("button", name="Next session").click()
    await expect(page.get_by_text("Session S-1 was ended by MK")).to_be_visible()
    start = page.get_by_role("button", name="Start the next session")
    await start.click()
    await expect(page.get_by_text("enter your name or initials first")).to_be_visible()
    await expect(page.get_by_label("Your name or initials")).to_be_focused()
    await page.get_by_label("Your name or initials").fill("AB")
    await start.click()
    await page.get_by_label("Participant code (never a name)").fill(" P-002 ")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="P-002")).to_be_visible()
    assert console.backend.acts == [("begin", "room1", "P-002", "AB")]


@pytest.mark.extended
async def test_session_in_another_room_starts_from_the_page(page: Page, console: Console) -> None:
    console.backend.put(SESSION, replace(SESSION, id="S-2", room="Room 2"))
    await page.goto(console.url)
    await page.get_by_label("Your name or initials").fill("AB")
    await page.get_by_role("button", name="Start a session").click()
    await page.get_by_role("textbox", name="Room").fill("Garden")
    await page.get_by_label("Participant code (never a name)").fill(" P-020 ")
    await page.get_by_role("button", name="Search for sensors").click()
    # The device that another session uses is not offered.
    device = page.get_by_role("checkbox", name="Polar H10 …00:02, -60 dBm")
    await device.click()
    await expect(device).to_be_checked()
    assert await page.get_by_role("checkbox").count() == 1
    for field in ("room", "participant", "policy", "sensors"):
        console.backend.wrong_field = field
        await page.get_by_role("button", name="Start", exact=True).click()
        alert = page.get_by_role("alert").filter(has_text=f"This {field} is not possible.")
        await expect(alert).to_be_visible()
        await expect(page.get_by_text(re.compile("This .* is not possible."))).to_have_count(1)
    console.backend.wrong_field = ""
    await page.get_by_role("button", name="Start", exact=True).click()
    await expect(page.get_by_role("heading", name="P-020")).to_be_visible()
    assert console.backend.acts == [
        ("find_devices", ""),
        ("begin_in_room", "Garden", "P-020", "mdma-session", "strap strap 2", "AB"),
    ]
