"""One Chromium for all tests of this folder, and one console for each module of them."""

import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from dashboards.console.server import serve
from tests.console.fake_backend import SESSION, FakeBackend

_CHROMIUM = Path("/usr/bin/chromium")
_FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-background-networking "
    "--disable-component-update --disable-sync --no-first-run"
)


@dataclass
class Console:
    """A console that is served, and the backend behind it."""

    backend: FakeBackend
    url: str


def installed() -> Path:
    """Return Chromium; without it, tests are skipped, except in CI."""
    if not _CHROMIUM.exists() and "CI" not in os.environ:
        pytest.skip(f"{_CHROMIUM} is missing; install the Debian package chromium")
    return _CHROMIUM


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def browser() -> AsyncIterator[Browser]:
    chromium = installed()
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=chromium, args=_FLAGS.split())
        yield launched
        await launched.close()


# For each module: those that start consoles of their own must find none running.
@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def served() -> AsyncIterator[Console]:
    backend = FakeBackend()
    async with serve(backend, port=0) as url:
        yield Console(backend, url)


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    context = await browser.new_context(viewport={"width": 1440, "height": 900})
    yield context
    await context.close()


@pytest_asyncio.fixture(loop_scope="package")
async def console(served: Console) -> Console:
    served.backend.acts.clear()
    served.backend.refusal = ""
    served.backend.put(SESSION)
    return served


@pytest_asyncio.fixture(loop_scope="package")
async def page(context: BrowserContext) -> AsyncIterator[Page]:
    page = await context.new_page()
    yield page
    await page.close()
