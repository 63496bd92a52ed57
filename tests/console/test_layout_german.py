"""Layout of the session page in German, whose words are longer."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from dashboards.console.server import serve
from dashboards.texts import load
from tests.console import test_layout
from tests.console.conftest import Console
from tests.console.fake_backend import FakeBackend
from tests.console.pictures import WARD
from tests.console.test_session_tile import ward
from tests.servers.chromium import close, open_page

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def served() -> AsyncIterator[Console]:
    backend = FakeBackend()
    async with serve(backend, port=0, catalogue=load("de")) as url:
        yield Console(backend, url)


@pytest.mark.extended
@pytest.mark.parametrize("size", test_layout.SCREENS)
async def test_sectors_never_move(
    browser: Browser, console: Console, size: tuple[int, int]
) -> None:
    await test_layout.test_sectors_never_move(browser, console, size)


# Buttons whose words are not whole, and what is wider than the page.
CUT = """
() => [
  ...[...document.querySelectorAll(".act, .tile h2, .tile-room, .tile .value")]
    .filter((each) => each.scrollWidth > each.clientWidth + 1)
    .map((each) => each.innerText),
  ...(document.documentElement.scrollWidth > innerWidth ? ["the page"] : []),
]
"""


@pytest.mark.extended
@pytest.mark.parametrize("size", test_layout.SCREENS)
async def test_words_of_the_ward_are_whole(
    browser: Browser, console: Console, size: tuple[int, int]
) -> None:
    console.backend.put(*WARD)
    page = await open_page(browser, viewport={"width": size[0], "height": size[1]})
    await page.goto(f"{console.url}ward")
    await expect(page.locator(".tile h2")).to_have_count(5)
    await expect(page.get_by_role("button", name="Quittieren").first).to_be_visible()
    assert await page.evaluate(CUT) == []
    await close(page.context)


# Tiles whose last line reaches under their buttons.
COVERED = """
() => [...document.querySelectorAll(".tile-place")].filter((tile) => {
  const buttons = [...tile.querySelectorAll(".tile-acts .act")].filter((each) => each.offsetWidth);
  const left = Math.min(...buttons.map((each) => each.getBoundingClientRect().left));
  return left < tile.querySelector(".tile-foot").getBoundingClientRect().right - 1;
}).map((tile) => tile.innerText)
"""


@pytest.mark.extended
@pytest.mark.parametrize(
    ("count", "size"), [(8, (820, 1180)), (15, (1280, 720)), (20, (1440, 900))]
)
async def test_buttons_of_a_tile_cover_nothing(
    browser: Browser, console: Console, count: int, size: tuple[int, int]
) -> None:
    console.backend.put(*ward(count))
    page = await open_page(browser, viewport={"width": size[0], "height": size[1]})
    await page.goto(f"{console.url}ward")
    await expect(page.get_by_role("button", name="Zurücksetzen").first).to_be_visible()
    assert await page.evaluate(COVERED) == []
    await close(page.context)
