"""One Chromium for all tests of this folder, and one console per module."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page

from dashboards.console.server import serve
from tests.console.fake_backend import SESSION, FakeBackend
from tests.durations import PATIENCE_S
from tests.servers.chromium import chromium


@dataclass
class Console:
    """A served console and its backend."""

    backend: FakeBackend
    url: str


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as launched:
        yield launched


# One per module: modules that start their own consoles need that none is running.
@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def served() -> AsyncIterator[Console]:
    backend = FakeBackend()
    async with serve(backend, port=0) as url:
        yield Console(backend, url)


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    context = await browser.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(PATIENCE_S * 1000)
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
