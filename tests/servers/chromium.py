"""Chromium, for all that is tested or drawn in a page."""

import asyncio
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from tests.durations import PATIENCE_S
from tests.servers.process import program

# Without windows a page costs a third of the processor time; the other one draws the same.
# Optimising code and drawing in further threads pay off only on pages that stay open for long.
_PROGRAMS = ("chromium-headless-shell", "chromium")
_FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-background-networking "
    "--disable-component-update --disable-sync --no-first-run --font-render-hinting=none "
    "--js-flags=--no-opt --num-raster-threads=1"
)
_DESKTOP = {"width": 1440, "height": 900}
_stuck: list[Browser] = []
expect.set_options(timeout=PATIENCE_S * 1000)


def installed() -> str:
    """Return the path of Chromium; without it the test is skipped, in CI it fails."""
    return next(filter(None, map(shutil.which, _PROGRAMS)), None) or program(*_PROGRAMS[:1] * 2)


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Run Chromium until the context ends."""
    found = installed()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=found, args=_FLAGS.split())
        yield browser
        if browser not in _stuck:  # otherwise it ends with Playwright
            await browser.close()


async def open_context(browser: Browser, **options: Any) -> BrowserContext:
    """Open a context in which actions wait as long as all else in the tests."""
    context = await browser.new_context(**{"viewport": _DESKTOP, **options})
    context.set_default_timeout(PATIENCE_S * 1000)
    return context


async def open_page(browser: Browser, **options: Any) -> Page:
    """Open a page in a context of that kind, to be closed with the context."""
    return await (await open_context(browser, **options)).new_page()


async def live(page: Page) -> None:
    """Wait for the first heartbeat of a page, which shows the values of its picture before."""
    await expect(page.locator("#as-loaded")).to_have_count(0)


async def close(opened: Page | BrowserContext, within_s: float = PATIENCE_S) -> None:
    """Close a page or a context; if Chromium does not, the next test gets another Chromium."""
    browser = (opened.context if isinstance(opened, Page) else opened).browser
    assert browser is not None
    if browser in _stuck:
        return
    try:
        async with asyncio.timeout(within_s):
            await opened.close()
    except TimeoutError:
        _stuck.append(browser)
        message = f"Chromium has not closed a page within {within_s} s: another one is started"
        print(message, file=sys.__stderr__)


class Browsers:
    """One Chromium with one shared context, replaced when it is stuck."""

    def __init__(self) -> None:
        self._running = AsyncExitStack()
        self._browser: Browser | None = None
        self._context: BrowserContext | None = None

    async def browser(self) -> Browser:
        """Return the browser that runs."""
        if self._browser is None or self._browser in _stuck:
            self._browser = await self._running.enter_async_context(chromium())
            self._context = None
        return self._browser

    async def context(self) -> BrowserContext:
        """Return the context that tests share, and with it the files that it has loaded."""
        browser = await self.browser()
        if self._context is None:
            self._context = await open_context(browser)
        return self._context

    async def close(self) -> None:
        """End all that were started."""
        if self._context is not None:
            await close(self._context)
        await self._running.aclose()
