"""Pictures of the pages for inspection, in PHYSIOMON_PICTURES or a temporary folder."""

import os
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.console.conftest import Console
from tests.console.eventful_session import BAD_AFTERNOON
from tests.console.fake_backend import CORE, HEART_RATE, SESSION

pytestmark = pytest.mark.asyncio(loop_scope="session")

SIZES = {"desktop": (1440, 900), "phone": (390, 844)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = Path(os.environ.get("PHYSIOMON_PICTURES", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.mark.extended
async def test_session(page: Page, console: Console, folder: Path) -> None:
    console.backend.put(BAD_AFTERNOON)
    await page.goto(f"{console.url}session/S-1")
    await expect(page.get_by_role("button", name="Acknowledge")).to_have_count(2)
    await expect(page.get_by_role("img", name="Heart rate")).to_contain_text("supplement")
    for name, (width, height) in SIZES.items():
        await page.set_viewport_size({"width": width, "height": height})
        picture = await page.screenshot(path=folder / f"session-{name}.png", full_page=True)
        assert len(picture) > 50_000
        assert await page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.extended
async def test_ward(page: Page, console: Console, folder: Path) -> None:
    blind = (replace(HEART_RATE, value=None, age_s=None, stale=True), CORE)
    console.backend.put(
        replace(SESSION, id="S-2", participant="P-015", room="Room 1", dose_ns=SESSION.started_ns),
        replace(SESSION, id="S-3", participant="P-016", room="Room 3", channels=blind),
        BAD_AFTERNOON,
    )
    await page.goto(console.url)
    await expect(page.locator(".tile h2").first).to_have_text("P-015")
    assert len(await page.screenshot(path=folder / "ward-desktop.png")) > 50_000
