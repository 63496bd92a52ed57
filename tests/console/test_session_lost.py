"""An open page whose session a restarted server does not run."""

import pytest
from playwright.async_api import Browser, expect

from dashboards.console.server import serve
from tests.console.fake_backend import SESSION, FakeBackend
from tests.servers.chromium import close, live, open_page

pytestmark = pytest.mark.asyncio(loop_scope="session")

REASON = "the session of room2.toml is not running: its journal is <damaged>"
SOON_MS = 15_000  # a loss is noticed after 2.5 s, and a server that is back within about 3 s


async def test_page_shows_at_once_that_nobody_is_monitored_until_the_session_runs(
    browser: Browser,
) -> None:
    page = await open_page(browser)
    backend = FakeBackend()
    backend.put(SESSION)
    try:
        async with serve(backend, port=0) as url:
            await page.goto(f"{url}session/{SESSION.id}")
            await live(page)
            await page.evaluate("window.untouched = true")
        backend.put()
        backend.failed = [REASON]
        lifeline, values = page.locator("#lifeline"), page.locator(".value").first
        port = int(url.rstrip("/").rpartition(":")[2])
        async with serve(backend, port=port):
            await expect(lifeline).to_contain_text("NOT MONITORED", timeout=SOON_MS)
            await expect(lifeline).to_contain_text("Session 'S-1' is not running here.")
            await expect(lifeline).to_contain_text(REASON)
            await expect(lifeline.get_by_role("link", name="All sessions")).to_be_visible()
            await expect(page).to_have_title("NOT MONITORED")
            await expect(values).to_be_hidden()
            assert await page.evaluate("document.documentElement.classList.contains('lost')")
        await expect(lifeline).to_contain_text("No connection to physiomon")
        async with serve(backend, port=port):
            await expect(lifeline).to_contain_text("NOT MONITORED", timeout=SOON_MS)
            backend.put(SESSION)
            backend.failed = []
            await expect(lifeline).to_have_count(0)
            await expect(values).to_have_text("72")
            await live(page)
            assert await page.evaluate("window.untouched")  # without a reload
    finally:
        await close(page.context)
