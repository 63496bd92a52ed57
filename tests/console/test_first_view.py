"""Pages before their scripts run, and if they never do."""

from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import nicegui
import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, expect

from tests.access.console_with_accounts import HTML
from tests.console.conftest import Console
from tests.console.fake_backend import SESSION, TACHYCARDIA
from tests.console.test_server_lost import JUST_UNDER_3_S, LOST
from tests.durations import PATIENCE_S
from tests.servers.chromium import close, open_page

pytestmark = pytest.mark.asyncio(loop_scope="package")

ALARMED = replace(SESSION, alarms=(TACHYCARDIA,))
PAGES = (f"session/{SESSION.id}", "ward")
SCRIPTS = "**/_nicegui/**/*.js"


@pytest_asyncio.fixture(loop_scope="package")
async def without_scripts(browser: Browser) -> AsyncIterator[Page]:
    page = await open_page(browser, java_script_enabled=False)
    yield page
    await close(page)


@pytest.mark.parametrize("path", PAGES)
async def test_values_alarms_and_sensors_are_readable_without_a_script(
    console: Console, without_scripts: Page, path: str
) -> None:
    console.backend.put(ALARMED)
    page = without_scripts
    await page.goto(console.url + path)
    await expect(page.get_by_text("State at 08:00:00 - connecting")).to_be_visible()
    await expect(page.locator(".value").first).to_have_text("72")
    await expect(page.locator(".value").nth(1)).to_contain_text("37.")
    await expect(page.get_by_text(TACHYCARDIA.message).first).to_be_visible()
    # The picture claims nothing about the sound, and nothing in it can be pressed.
    await expect(page.locator(".test-sound")).not_to_be_visible()
    await expect(page.locator("#first-view")).to_have_attribute("inert", "")
    # No script is there to report it.
    await expect(page.get_by_text("NOT LIVE: state at 08:00:00. Reload the page.")).to_be_visible()
    grey = await page.locator("#first-view").evaluate("(it) => getComputedStyle(it).filter")
    assert "grayscale(1)" in grey


@pytest.mark.parametrize("path", PAGES)
async def test_the_page_replaces_the_picture(console: Console, page: Page, path: str) -> None:
    console.backend.put(ALARMED)
    await page.goto(console.url + path)
    await expect(page.locator("#as-loaded, #first-view")).to_have_count(0)
    await expect(page.locator(".value").first).to_have_text("72")


async def test_page_keeps_the_values_and_their_mark_until_the_first_heartbeat(
    console: Console, page: Page
) -> None:
    await page.route_web_socket("**/updates/**", lambda _: None)
    await page.goto(f"{console.url}{PAGES[0]}")
    await expect(page.locator("#first-view")).to_have_count(0)
    await expect(page.locator("#app .value").first).to_have_text("72")
    await expect(page.locator("#as-loaded")).to_have_count(1)
    await expect(page.get_by_text(LOST)).to_be_visible()


async def test_page_whose_scripts_did_not_arrive_reports_it_and_recovers(
    console: Console, context: BrowserContext
) -> None:
    page = await context.new_page()
    await page.clock.install()
    await page.route(SCRIPTS, lambda route: route.abort())
    await page.goto(f"{console.url}{PAGES[0]}")
    await expect(page.locator("#first-view .value").first).to_have_text("72")
    await page.clock.run_for(JUST_UNDER_3_S)
    await expect(page.get_by_text(LOST)).to_be_visible()
    await page.unroute(SCRIPTS)
    await page.clock.resume()
    await expect(page.locator("#as-loaded, #first-view, #lifeline")).to_have_count(0)
    await expect(page.locator("#app .value").first).to_have_text("72")
    await close(page)


async def test_picture_escapes_names_and_values(console: Console) -> None:
    name = "<img src=x onerror=alert(1)>"
    alarm = replace(TACHYCARDIA, message=f"{name}!")
    console.backend.put(replace(ALARMED, participant=name, room=name, alarms=(alarm,)))
    for path in PAGES:
        html = await picture(console.url + path)
        assert "&lt;img" in html
        assert "<img" not in html


async def picture(url: str) -> str:
    """Return the HTML of a page's picture."""
    async with httpx.AsyncClient(timeout=PATIENCE_S) as client:
        html = (await client.get(url, headers=HTML)).text
    return html.partition('<div id="as-loaded"')[2].partition('<div id="esm-fallback"')[0]


async def test_text_is_visible_while_its_font_is_loaded(console: Console, page: Page) -> None:
    await page.goto(f"{console.url}{PAGES[0]}")
    display = "[...document.fonts].filter((it) => it.family == 'Roboto').map((it) => it.display)"
    assert set(await page.evaluate(display)) == {"swap"}


async def test_scripts_are_the_same_with_and_without_compression(console: Console) -> None:
    script = f"{console.url}_nicegui/{nicegui.__version__}/static/nicegui.js"
    async with httpx.AsyncClient(timeout=PATIENCE_S) as client:
        packed, plain = [
            await client.get(script, headers={"Accept-Encoding": encoding})
            for encoding in ("gzip", "identity")
        ]
    assert packed.headers["content-encoding"] == "gzip"
    assert "immutable" in packed.headers["cache-control"]
    assert "content-encoding" not in plain.headers
    assert packed.content == plain.content
    assert packed.num_bytes_downloaded < plain.num_bytes_downloaded / 2
