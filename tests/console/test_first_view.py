"""Pages before their scripts run, and if they never do."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import nicegui
import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, Route, WebSocketRoute, expect

from tests.access.console_with_accounts import HTML
from tests.console.conftest import Console
from tests.console.fake_backend import SESSION, TACHYCARDIA
from tests.console.test_server_lost import JUST_UNDER_3_S, LOST
from tests.durations import PATIENCE_S, rest_extended
from tests.servers.chromium import close, live, open_page

pytestmark = pytest.mark.asyncio(loop_scope="session")

ALARMED = replace(SESSION, alarms=(TACHYCARDIA,))
PAGES = (f"session/{SESSION.id}", "ward")
SCRIPTS = "**/_nicegui/**/*.js"
MANY_ASKED = 5  # how often a page asks, in 10 s, for a server that it does not hear
# Width of a digit, in sizes of its font.
DIGIT = """
(part) => {
  const digits = document.createElement("span");
  digits.textContent = "0".repeat(100);
  digits.style = "position: absolute; letter-spacing: 0";
  part.append(digits);
  const width = digits.getBoundingClientRect().width / 100;
  digits.remove();
  return width / parseFloat(getComputedStyle(part).fontSize);
}
"""


@pytest_asyncio.fixture(loop_scope="session")
async def without_scripts(browser: Browser) -> AsyncIterator[Page]:
    page = await open_page(browser, java_script_enabled=False)
    yield page
    await close(page)


@pytest.mark.parametrize("path", rest_extended(PAGES))
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


@pytest.mark.parametrize("path", rest_extended(PAGES))
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


async def test_slow_script_is_not_begun_again_for_ever(console: Console, page: Page) -> None:
    arrived = asyncio.Event()
    asked = 0

    async def document(route: Route) -> None:
        nonlocal asked
        asked = 0
        await route.continue_()

    async def ask(route: Route) -> None:
        nonlocal asked
        asked += 1
        await route.continue_()
        if asked > MANY_ASKED:
            arrived.set()

    async def script(route: Route) -> None:
        await arrived.wait()
        await route.continue_()

    await page.route(f"**/session/{SESSION.id}", document)
    await page.route("**/healthz", ask)
    await page.route(SCRIPTS, script)
    await page.goto(f"{console.url}session/{SESSION.id}")
    await live(page)


async def test_slow_stream_is_not_opened_again_for_ever(console: Console, page: Page) -> None:
    asked = asyncio.Event()

    async def stream(socket: WebSocketRoute) -> None:
        asked.clear()
        await asked.wait()
        socket.connect_to_server()

    await page.route_web_socket("**/updates/**", stream)
    page.on("response", lambda response: asked.set() if "/healthz" in response.url else None)
    await page.goto(f"{console.url}session/{SESSION.id}")
    await live(page)


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


async def test_page_loads_at_most_350_kb_with_an_empty_cache(
    console: Console, browser: Browser
) -> None:
    page = await open_page(browser)
    devtools = await page.context.new_cdp_session(page)
    sizes: list[int] = []
    devtools.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    await devtools.send("Network.enable")
    html = await page.goto(console.url + PAGES[0])
    assert html is not None
    await expect(page.locator(".plot").first).to_be_attached()
    await page.wait_for_load_state("networkidle")
    # Under pytest NiceGUI leaves pages as they are; otherwise it compresses them.
    body = await html.body()
    assert 200_000 < sum(sizes) - len(body) + len(gzip.compress(body, 5)) < 350_000
    await close(page.context)


@pytest.mark.parametrize(
    "family", rest_extended(["DejaVu Sans", "DejaVu Sans Mono", "DejaVu Serif"])
)
async def test_digits_are_equally_wide_in_all_fonts(
    console: Console, page: Page, family: str
) -> None:
    await page.goto(console.url + PAGES[0])
    await expect(page.locator("#first-view")).to_have_count(0)
    await page.add_style_tag(content=f"body {{ font-family: '{family}' !important; }}")
    for selector in (".value", ".clock-time"):
        assert await page.locator(selector).first.evaluate(DIGIT) == pytest.approx(0.56, abs=0.01)


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
