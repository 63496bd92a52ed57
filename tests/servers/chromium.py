"""Chromium, for all that is tested or drawn in a page."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, async_playwright, expect

from tests.durations import PATIENCE_S
from tests.servers.process import program

# Without windows a page costs a third of the processor time; the other one draws the same.
_PROGRAMS = ("chromium-headless-shell", "chromium")
_FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-background-networking "
    "--disable-component-update --disable-sync --no-first-run --font-render-hinting=none"
)
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
        await browser.close()
