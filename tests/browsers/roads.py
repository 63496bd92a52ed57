"""The page's main workflow in WebKit, the engine of Safari, and by touch in Chromium.

`make browsers` runs it. In WebKit the page sees a mouse; see `tests.servers.webkit`.
"""

from typing import Any

import pytest
from playwright.async_api import Page

from tests.browsers.main_road import walk
from tests.servers.chromium import chromium, open_page
from tests.servers.loudspeaker import loudspeaker
from tests.servers.webkit import webkit

# No window of WebKitGTK is narrower.
SIZES = {"desktop": (1280, 800), "tablet": (820, 1180), "phone": (447, 900)}
# Chromium without windows has no screen to keep on.
SCREEN_STAYS_ON = """
Object.defineProperty(navigator, "wakeLock", { value: { request: async () => new EventTarget() } });
"""


class TouchScreen:
    """One page in Chromium, used with fingers."""

    def __init__(self, page: Page) -> None:
        self._page = page

    async def goto(self, url: str) -> None:
        await self._page.goto(url)

    async def evaluate(self, expression: str) -> Any:
        return await self._page.evaluate(expression)

    async def tap(self, x: float, y: float) -> None:
        await self._page.touchscreen.tap(x, y)

    async def press(self, *keys: str) -> None:
        for key in keys:
            await self._page.keyboard.press(key)


@pytest.mark.asyncio
@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
async def test_main_workflow_works_in_webkit(size: tuple[int, int]) -> None:
    async with loudspeaker() as environment, webkit(environment) as browser:
        await browser.resize(*size)
        await walk(browser)


@pytest.mark.asyncio
@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
async def test_main_workflow_works_by_touch(size: tuple[int, int]) -> None:
    async with chromium() as browser:
        viewport = {"width": size[0], "height": size[1]}
        page = await open_page(browser, viewport=viewport, has_touch=True, is_mobile=True)
        await page.add_init_script(SCREEN_STAYS_ON)
        await walk(TouchScreen(page))
        await page.context.close()
