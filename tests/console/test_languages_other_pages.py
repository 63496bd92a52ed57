"""Languages of the pages with their own consoles: no text stays English."""

import re
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Browser, Page, expect

from dashboards.access.roles import Role
from dashboards.access.totp import code_at
from dashboards.console.server import serve
from tests.access.console_with_accounts import HTML, PASSWORDS, House, house, log_in
from tests.console.fake_backend import FakeBackend
from tests.console.pseudo_language import bracketed, pseudo, untranslated
from tests.console.test_axe_other_pages import Called
from tests.servers.chromium import close, open_page

pytestmark = pytest.mark.asyncio(loop_scope="session")

DATA = "|".join(
    (
        r"Participant P-014|P-014|Basel|S-1|strap|pill|Anna Amsler|Ben Berger",
        r"Raises a high alarm when core temperature is at least 39\.5 °C\.",  # of the policy
        r"Dunkley.*",  # a publication
        r"\+41 44 123 45 67",
        r"(?:[A-Z2-7]{4} ){7}[A-Z2-7]{4}|[a-z2-7]{4}-[a-z2-7-]+",  # keys and codes
        rf"\b(?:{'|'.join(Role)})(?: \((?:{'|'.join(Role)})\))?\b",  # an account
    )
)
LINES = (
    "*** HIGH: Core temperature 39.0 °C or more: call the physician, start cooling",
    "39.6 °C, limit 39.0 °C, rising from 38.9 in 10 min",
    "since 14:02:11 UTC+1, 1 h 42 min after the dose, first announced 14:03:00",
    "The sensor is lost: the last value is 12 s old, and the alarm cannot be judged.",
)


async def test_the_page_of_a_call_is_translated(browser: Browser) -> None:
    called = Called("high", "medium", lines=LINES)
    async with serve(FakeBackend(), port=0, accept_backend=called, catalogue=pseudo()) as url:
        page = await open_page(browser, viewport={"width": 390, "height": 844})
        await page.goto(f"{url}accept/x")
        await show_all(page)
        assert await untranslated(page, DATA) == []
        for button in ("I cannot", "Accept"):
            await page.get_by_role(
                "button", name=re.compile(f"^{re.escape(bracketed(button))}")
            ).click()
            await expect(page.locator(".done").first).to_be_visible()
            await show_all(page)
            assert await untranslated(page, DATA) == []
        await close(page.context)


async def show_all(page: Page) -> None:
    await page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")


async def log_in_as(page: Page, role: Role) -> None:
    await page.get_by_label(bracketed("Account")).fill(role.value)
    await page.get_by_label(bracketed("Password")).fill(PASSWORDS[role])
    await page.keyboard.press("Enter")


@pytest.mark.extended
async def test_pages_of_accounts_are_translated(browser: Browser, tmp_path: Path) -> None:
    async with house(tmp_path, catalogue=pseudo()) as served:
        page = await open_page(browser)
        await page.goto(f"{served.url}login")
        assert await untranslated(page, DATA) == []
        await page.get_by_label(bracketed("Account")).fill("nobody")
        await page.get_by_label(bracketed("Password")).fill("wrong")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("alert")).to_be_visible()
        assert await untranslated(page, DATA) == []
        await log_in_as(page, Role.MEDICAL)
        await expect(page.locator(".value").first).not_to_be_empty()
        await page.goto(f"{served.url}password")
        assert await untranslated(page, DATA) == []
        await page.locator("#present").fill(PASSWORDS[Role.MEDICAL])
        for field in ("new", "again"):
            await page.locator(f"#{field}").fill("password12345")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("alert")).to_be_visible()
        assert await untranslated(page, DATA) == []
        await second_factor(page, served)
        await page.goto(f"{served.url}second-factor")
        assert await untranslated(page, DATA) == []
        await close(page.context)


async def second_factor(page: Page, served: House) -> None:
    """Set up a second factor, and look at each of its pages."""
    await page.goto(f"{served.url}second-factor")
    assert await untranslated(page, DATA) == []
    await page.locator("#password").fill(PASSWORDS[Role.MEDICAL])
    await page.keyboard.press("Enter")
    secret = (await page.locator("code").inner_text()).replace(" ", "")
    assert await untranslated(page, DATA) == []
    await page.locator("#code").fill("000000")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_be_visible()
    assert await untranslated(page, DATA) == []
    await page.locator("#code").fill(code_at(secret, served.clock()))
    await page.keyboard.press("Enter")
    await expect(page.locator("li code").first).to_be_visible()
    assert await untranslated(page, DATA) == []


@pytest.mark.extended
async def test_the_page_of_a_rater_is_translated(browser: Browser, tmp_path: Path) -> None:
    async with house(tmp_path, catalogue=pseudo()) as served:
        page = await open_page(browser)
        await page.goto(served.url)
        await log_in_as(page, Role.RATER)
        await expect(page.locator(".sensor").first).to_be_visible()
        assert await untranslated(page, DATA) == []
        await page.goto(f"{served.url}session/S-1")
        assert await untranslated(page, DATA) == []
        await close(page.context)


async def test_refusals_are_translated_for_people_only(tmp_path: Path) -> None:
    async with (
        house(tmp_path, catalogue=pseudo()) as served,
        httpx.AsyncClient(base_url=served.url) as client,
    ):
        await log_in(client, Role.RATER, PASSWORDS[Role.RATER])
        refused = await client.get("session/S-1")
        assert refused.text == "The role rater does not permit this page.\n"
        assert "[The]" in (await client.get("session/S-1", headers=HTML)).text
