"""The console with logins in Chromium."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from dashboards.access import roles
from dashboards.access.login_page import WRONG
from dashboards.access.roles import Right, Role
from dashboards.console.views.session import RecipientView
from tests.access.console_with_accounts import HTML, PASSWORDS, House, house
from tests.console.fake_backend import SESSION, TACHYCARDIA
from tests.durations import rest_extended
from tests.servers.chromium import close, live, open_page

pytestmark = pytest.mark.asyncio(loop_scope="session")

LOST = "No connection to physiomon - values are not live"
ENDED = "Your login has ended - values are not live."
VIEW = replace(
    SESSION,
    alarms=(TACHYCARDIA,),
    recipients=(
        RecipientView(id="r", name="on call", role="physician", on_duty=True, reached=None),
    ),
)
ATTEND = {
    *("Dose", "Supplement", "Phase", "Note", "Rating", "Enter measurement"),
    *("Pause audio 120 s", "Acknowledge", "Fluid", "Undo or correct"),
}
RUN = {"Sensors", "End session"}
CALLS = {"Send test call", "Off duty"}
RULES = {"Change", "New baseline", "Change policy"}
BUTTONS = {
    Role.MONITOR: ATTEND | RUN | CALLS,
    Role.MEDICAL: ATTEND | RUN | CALLS | RULES,
    Role.RESEARCHER: set[str](),
    Role.ADMIN: RUN | CALLS,
}


async def enter(page: Page, role: Role) -> None:
    await page.get_by_label("Account").fill(role.value)
    await page.get_by_label("Password").fill(PASSWORDS[role])
    await page.keyboard.press("Enter")


@asynccontextmanager
async def opened(browser: Browser, folder: Path, role: Role) -> AsyncIterator[tuple[House, Page]]:
    """Log in and open the session page."""
    async with house(folder) as served:
        served.backend.put(VIEW)
        page = await open_page(browser)
        await page.goto(f"{served.url}session/S-1")
        await enter(page, role)
        await expect(page.locator(".value").first).to_have_text("72")
        await live(page)
        yield served, page
        await close(page.context)


async def test_wrong_password_is_reported_and_the_right_one_accepted(
    browser: Browser, tmp_path: Path
) -> None:
    async with house(tmp_path) as served:
        page = await open_page(browser, java_script_enabled=False)
        await page.goto(f"{served.url}session/S-1")
        await expect(page.get_by_label("Account")).to_be_focused()
        await page.keyboard.type("monitor")
        await page.keyboard.press("Tab")
        await page.keyboard.type("wrong")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("alert")).to_have_text(WRONG)
        await enter(page, Role.MONITOR)
        await expect(page).to_have_url(f"{served.url}session/S-1")
        await close(page.context)


@pytest.mark.parametrize("role", rest_extended(BUTTONS))
async def test_role_sees_only_its_buttons(browser: Browser, tmp_path: Path, role: Role) -> None:
    async with opened(browser, tmp_path, role) as (_, page):
        await expect(page.get_by_text(f"{role} ({role})")).to_be_visible()
        await expect(page.get_by_label("Your name or initials")).to_have_count(0)
        await page.get_by_role("button", name="Rules").click()
        await expect(page.get_by_text("Rules in force")).to_be_visible()
        seen = set()
        for button in await page.locator("button").all():
            if await button.is_visible():
                name = await button.get_attribute("aria-label") or await button.inner_text()
                seen.add(name.partition(": ")[0].partition("\n")[0])
        known = set[str]().union(*BUTTONS.values())
        assert seen & known == BUTTONS[role]


async def test_action_is_recorded_with_the_account(browser: Browser, tmp_path: Path) -> None:
    async with opened(browser, tmp_path, Role.MEDICAL) as (served, page):
        await page.get_by_role("button", name="Acknowledge").click()
        await expect(page.get_by_text("Acknowledged by medical (medical)")).to_be_visible()
        await page.get_by_role("button", name="Enter measurement").click()
        await expect(page.get_by_label("Measured by (role)")).to_have_count(0)
        await page.get_by_label("Systolic").fill("140")
        await page.get_by_role("button", name="Record").click()
        await expect(page.get_by_text("Recorded.")).to_be_visible()
        assert served.backend.acts == [
            ("acknowledge", "S-1", TACHYCARDIA.key, "medical (medical)"),
            ("measure", "S-1", "{'systolic': 140.0}", "medical (medical)", "medical"),
        ]


@pytest.mark.extended
async def test_logout_ends_all_pages_of_the_login(browser: Browser, tmp_path: Path) -> None:
    async with opened(browser, tmp_path, Role.MONITOR) as (served, page):
        other = await page.context.new_page()
        await other.goto(f"{served.url}session/S-1")
        await expect(other.locator(".value").first).to_have_text("72")
        await live(other)
        await page.get_by_role("button", name="Log out").click()
        await expect(page.get_by_text("You are logged out.")).to_be_visible()
        await expect(other.get_by_text(ENDED)).to_be_visible()
        await expect(other.locator("html.lost")).to_have_count(1)
        await other.get_by_role("link", name="Log in").click()
        await enter(other, Role.MONITOR)
        await expect(other.locator(".value").first).to_have_text("72")
        await live(other)
        assert served.book.of_kind("logout") == [("monitor", "monitor")]


@pytest.mark.extended
async def test_expired_login_is_shown_on_its_page(browser: Browser, tmp_path: Path) -> None:
    async with opened(browser, tmp_path, Role.MONITOR) as (served, page):
        served.clock.now_s += 11.9 * 3600
        served.backend.put(replace(VIEW, participant="P-015"))
        await expect(page).to_have_title("** P-015 - Heart rate 131 or more")
        await expect(page.get_by_text(ENDED)).to_have_count(0)
        served.clock.now_s += 0.1 * 3600
        await expect(page.get_by_text(ENDED)).to_be_visible()


@pytest.mark.extended
async def test_server_refuses_actions_without_the_right(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(browser, tmp_path, Role.MEDICAL) as (served, page):
        await page.get_by_role("button", name="Rules").click()
        await page.get_by_role("button", name="New baseline").click()
        await page.get_by_label("Reason").fill("because")
        # The button is there; the server must check the right itself.
        monkeypatch.setitem(roles.RIGHTS, Role.MEDICAL, frozenset({Right.VALUES, Right.ATTEND}))
        await page.get_by_role("button", name="Use as baseline").click()
        await expect(page.get_by_text("the role medical does not permit this")).to_be_visible()
        assert served.backend.acts == []
        assert served.book.of_kind("refused-act") == [("medical", "medical")]


async def test_lost_server_is_shown_and_restart_needs_a_new_login(
    browser: Browser, tmp_path: Path
) -> None:
    page = await open_page(browser)
    async with house(tmp_path) as served:
        await page.goto(f"{served.url}session/S-1")
        await enter(page, Role.MONITOR)
        await expect(page.locator(".value").first).to_have_text("72")
        await live(page)
        port = int(served.url.rstrip("/").rpartition(":")[2])
    await expect(page.get_by_text(LOST)).to_be_visible()
    async with house(tmp_path, port=port):
        await expect(page.get_by_text(ENDED)).to_be_visible()
        await page.get_by_role("link", name="Log in").click()
        await enter(page, Role.MONITOR)
        await expect(page.locator(".value").first).to_have_text("72")
        await live(page)
    await close(page.context)


async def test_rater_page_shows_lost_server(browser: Browser, tmp_path: Path) -> None:
    page = await open_page(browser)
    async with house(tmp_path) as served:
        await page.goto(served.url)
        await enter(page, Role.RATER)
        await expect(page.get_by_text("receiving data").first).to_be_visible()
        port = int(served.url.rstrip("/").rpartition(":")[2])
    await expect(page.get_by_text("No connection to physiomon")).to_be_visible()
    async with house(tmp_path, port=port):
        await expect(page.get_by_text("Your login has ended.")).to_be_visible()
    await close(page.context)


@pytest.mark.parametrize(("role", "acts"), [(Role.MONITOR, True), (Role.RESEARCHER, False)])
async def test_the_picture_of_a_page_shows_what_the_role_permits(
    tmp_path: Path,
    role: Role,
    acts: bool,
) -> None:
    async with house(tmp_path) as home, home.visitor(role) as client:
        answer = await client.get(f"session/{SESSION.id}", headers=HTML)
    picture = answer.text.partition('<div id="first-view"')[2].partition('<div id="app"')[0]
    assert "Heart rate" in picture
    assert ("Enter measurement" in picture) is acts
