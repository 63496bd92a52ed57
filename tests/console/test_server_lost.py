"""A page that has lost its server shows it, and recovers automatically.

The page's clock is Playwright's, so that three seconds are three seconds on any machine.
"""

import asyncio
import re
import signal
import sys
from collections.abc import AsyncIterator
from subprocess import PIPE

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, WebSocketRoute, expect

from tests.console.conftest import Console
from tests.console.fake_backend import SESSION
from tests.console.test_sound import EAR
from tests.servers.chromium import close, live, open_page
from tests.servers.forked import Forked

pytestmark = pytest.mark.asyncio(loop_scope="session")

LOST = "No connection to physiomon - values are not live"
JUST_UNDER_3_S = 2950


async def start(port: str = "0") -> tuple[Forked, str]:
    command = [sys.executable, "-m", "tests.console.console_process", port]
    process = Forked(command, stdout=PIPE)
    assert process.stdout is not None
    return process, (await asyncio.to_thread(process.stdout.readline)).strip()


@pytest_asyncio.fixture(loop_scope="session")
async def lone() -> AsyncIterator[tuple[Forked, str]]:
    process, url = await start()
    yield process, url
    process.close()


@pytest_asyncio.fixture(loop_scope="session")
async def watcher(context: BrowserContext, lone: tuple[Forked, str]) -> AsyncIterator[Page]:
    page = await context.new_page()
    await page.clock.install()
    await page.goto(lone[1])
    await expect(page.locator(".value").first).to_have_text("72")
    await live(page)
    await expect(page.get_by_text(LOST)).to_have_count(0)
    yield page
    await close(page)


async def test_frozen_server_is_shown_until_it_continues(
    watcher: Page, lone: tuple[Forked, str]
) -> None:
    await watcher.evaluate("window.untouched = true")
    field = watcher.get_by_label("Your name or initials")
    await field.press_sequentially("M")
    lone[0].send_signal(signal.SIGSTOP)
    try:
        await watcher.clock.run_for(JUST_UNDER_3_S)
        await expect(watcher.get_by_text(LOST)).to_be_visible()
        await expect(watcher.locator("#app")).to_have_attribute("inert", "")
        await expect(field).not_to_be_focused()
        grey = "getComputedStyle(document.querySelector('#app')).filter"
        assert "grayscale(1)" in await watcher.evaluate(grey)
    finally:
        lone[0].send_signal(signal.SIGCONT)
    await expect(watcher.get_by_text(LOST)).to_have_count(0)
    assert await watcher.evaluate("window.untouched")  # without a reload
    await watcher.keyboard.press("K")  # the keyboard is where it was
    await expect(field).to_have_value("MK")


@pytest.mark.extended
async def test_killed_server_is_shown_until_the_next_starts(
    watcher: Page, lone: tuple[Forked, str]
) -> None:
    await watcher.locator("h1").click()
    await expect(watcher.get_by_role("button", name="Sound on · test")).to_be_visible()
    await watcher.evaluate("window.untouched = true")
    lone[0].kill()
    lone[0].wait()
    await watcher.clock.run_for(JUST_UNDER_3_S)
    await expect(watcher.get_by_text(LOST)).to_be_visible()
    successor, url = await start(lone[1].rstrip("/").rpartition(":")[2])
    try:
        assert url == lone[1]
        await expect(watcher.get_by_text(LOST)).to_have_count(0)
        await expect(watcher.locator(".value").first).to_have_text("72")
        await live(watcher)
        # Not reloaded, so that the sound stays allowed; and its buttons work.
        assert await watcher.evaluate("window.untouched")
        await expect(watcher.get_by_role("button", name="Sound on · test")).to_be_visible()
        await watcher.get_by_role("button", name="Rules").click()
        await expect(watcher.get_by_role("dialog")).to_be_visible()
    finally:
        successor.close()


# A background tab: its timers no longer fire, those of its worker do.
NO_TIMERS = "window.setInterval = () => 0;"


async def test_background_tab_detects_lost_server(
    browser: Browser, lone: tuple[Forked, str]
) -> None:
    page = await open_page(browser)
    await page.add_init_script(EAR + NO_TIMERS)
    await page.goto(lone[1])
    await expect(page.locator(".value").first).to_have_text("72")
    await live(page)
    await page.locator("h1").click()
    await expect(page.get_by_role("button", name="Sound on · test")).to_be_visible()
    lone[0].send_signal(signal.SIGSTOP)
    try:
        await expect(page.get_by_text(LOST)).to_be_visible()
        await page.wait_for_function("window.tones >= 2")  # the tone of the loss; no alarm sounds
    finally:
        lone[0].send_signal(signal.SIGCONT)
        await close(page.context)


@pytest.mark.extended
async def test_ages_keep_counting_without_a_server(watcher: Page, lone: tuple[Forked, str]) -> None:
    age = watcher.get_by_role("region", name="Core temperature").locator(".age")
    await expect(age).to_have_text("8 s ago")
    lone[0].send_signal(signal.SIGSTOP)
    try:
        await watcher.clock.run_for(60_000)
        await expect(age).to_have_text(re.compile("NOT LIVE - 6[89] s ago"))
        await expect(watcher.locator("#lifeline")).to_contain_text("last update 6")
        heard = watcher.get_by_role("region", name="Sensors").locator("[data-before]").first
        await expect(heard).to_have_text(re.compile("last data 6[0-9] s ago"))
    finally:
        lone[0].send_signal(signal.SIGCONT)
    await expect(age).to_have_text("8 s ago")


async def test_lost_server_is_shown_at_once_after_sleep(
    watcher: Page, lone: tuple[Forked, str]
) -> None:
    lone[0].send_signal(signal.SIGSTOP)
    try:
        # In sleep the monotonic clock may stop: only the wall clock has advanced.
        await watcher.evaluate("const now = Date.now; Date.now = () => now() + 3_600_000")
        await watcher.evaluate("dispatchEvent(new Event('focus'))")
        await expect(watcher.get_by_text(LOST)).to_be_visible()
        await expect(watcher.locator("#lifeline")).to_contain_text("last update 1 h 0 min ago")
    finally:
        lone[0].send_signal(signal.SIGCONT)
    await expect(watcher.get_by_text(LOST)).to_have_count(0)


async def test_values_that_were_long_on_their_way_are_not_live(
    console: Console, context: BrowserContext
) -> None:
    held: asyncio.Queue[tuple[WebSocketRoute, str | bytes]] = asyncio.Queue()
    slow = False

    def link(browser: WebSocketRoute) -> None:
        def carry(message: str | bytes) -> None:
            if slow:
                held.put_nowait((browser, message))
            else:
                browser.send(message)

        server = browser.connect_to_server()
        browser.on_message(server.send)
        server.on_message(carry)

    page = await context.new_page()
    await page.route_web_socket("**/updates/**", link)
    await page.goto(f"{console.url}session/{SESSION.id}")
    await live(page)
    await expect(page.get_by_text(LOST)).to_have_count(0)
    slow = True
    await expect(page.get_by_text(LOST)).to_be_visible()
    browser, old = await held.get()
    assert held.empty()  # nothing queues behind it
    browser.send(old)
    browser, fresh = await held.get()  # the old one is on the page
    await expect(page.get_by_text(LOST)).to_be_visible()
    slow = False
    browser.send(fresh)
    await expect(page.get_by_text(LOST)).to_have_count(0)
    await close(page)
