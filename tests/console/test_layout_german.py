"""Layout of the session page in German, whose words are longer."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from dashboards.console.server import serve
from dashboards.texts import load
from tests.console import test_layout
from tests.console.conftest import Console
from tests.console.fake_backend import FakeBackend

pytestmark = pytest.mark.asyncio(loop_scope="package")


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def served() -> AsyncIterator[Console]:
    backend = FakeBackend()
    async with serve(backend, port=0, catalogue=load("de")) as url:
        yield Console(backend, url)


@pytest.mark.parametrize("size", test_layout.SCREENS)
async def test_sectors_never_move(
    browser: Browser, console: Console, size: tuple[int, int]
) -> None:
    await test_layout.test_sectors_never_move(browser, console, size)
