"""One console per module, and its pages in Chromium."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import pytest
import pytest_asyncio
from playwright.async_api import BrowserContext, Page, expect

from dashboards.console.server import serve
from dashboards.console.views.session import SessionView
from tests.console.fake_backend import SESSION, FakeBackend
from tests.servers.chromium import close, live

# Messages stay for seconds, until the next one.
SWEEP = "Quasar.Notify.create({group: 'message', position: 'bottom', message: ' ', timeout: 1})"
BETWEEN = "between two tests"


@dataclass
class Console:
    """A served console and its backend."""

    backend: FakeBackend
    url: str

    async def show(self, page: Page, view: SessionView = SESSION) -> None:
        """Show a session on its page, and wait until the page shows only that session.

        A page shows with the next poll that there is one session more or less, and other changes
        only with the next heartbeat.
        """
        if page.url == f"{self.url}session/{view.id}":
            self.backend.put(replace(view, participant=BETWEEN), replace(SESSION, id=BETWEEN))
            await expect(page).to_have_title(re.compile(BETWEEN))
            self.backend.put(view)
            await expect(page).not_to_have_title(re.compile(BETWEEN))
        else:
            self.backend.put(view)
            await page.goto(f"{self.url}session/{view.id}")
        await expect(page.locator(".value").first).not_to_be_empty()
        await live(page)


# One per module: modules that start their own consoles need that none is running.
@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def served() -> AsyncIterator[Console]:
    backend = FakeBackend()
    async with serve(backend, port=0) as url:
        yield Console(backend, url)


@pytest_asyncio.fixture(loop_scope="session")
async def console(served: Console) -> Console:
    served.backend.acts.clear()
    served.backend.refusal = served.backend.unusual = ""
    served.backend.put(SESSION)
    return served


@pytest_asyncio.fixture(loop_scope="session")
async def new_page(context: BrowserContext) -> AsyncIterator[Page]:
    page = await context.new_page()
    yield page
    await close(page)


@pytest.fixture
def page(new_page: Page) -> Page:
    """The page of a test; modules whose tests can share one replace it by `session_page`."""
    return new_page


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def kept() -> AsyncIterator[list[Page]]:
    pages: list[Page] = []
    yield pages
    for page in pages:
        await close(page)


@pytest_asyncio.fixture(loop_scope="session")
async def session_page(
    context: BrowserContext, kept: list[Page], console: Console
) -> AsyncIterator[Page]:
    """The loaded page of `SESSION`, without name, message or dialog, for many tests in turn.

    A test that leaves more behind than these, the session's state and a dialog that Escape closes
    takes a `new_page`.
    """
    url = f"{console.url}session/{SESSION.id}"
    if not kept:
        kept.append(await context.new_page())
        await kept[0].goto(url)
        await expect(kept[0].locator(".value").first).not_to_be_empty()
        await live(kept[0])
    (page,) = kept
    await page.evaluate(SWEEP)
    await page.get_by_label("Your name or initials").fill("")
    yield page
    if page.url == url:
        await page.keyboard.press("Escape")
        await expect(page.locator(".q-dialog, dialog[open]")).to_have_count(0)
    else:
        kept.clear()
        await close(page)
