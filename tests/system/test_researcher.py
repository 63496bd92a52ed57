"""A researcher looks through a recording by keyboard, tries other limits, and exports it."""

import re
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.replay.recording import record
from tests.servers.chromium import close, live, open_page
from tests.system.command import facts, physiomon, running

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def press(page: Page, button: str) -> None:
    """Press a button with the Enter key."""
    await page.get_by_role("button", name=button, exact=True).focus()
    await page.keyboard.press("Enter")


@pytest.mark.extended
async def test_researcher_replays_tries_other_limits_and_exports(
    browser: Browser, tmp_path: Path
) -> None:
    path = tmp_path / "s1.journal"
    record(path)
    recorded = path.read_bytes()
    with running("replay", str(path), "--to", "console", "--port", "0") as command:
        page = await open_page(browser)
        await page.goto(command.wait_for_url())
        await live(page)
        await press(page, "Pause")
        await _move_along_the_strip(page)
        await _find_the_alarm(page)
        await _read_rules_and_alarm_review(page)
        # The journal is open for the page; the commands read it meanwhile.
        tried = facts("whatif", str(path), "--grid", "hr-high.above=110,150", "--json")["grid"]
        assert [row["alarms"] for row in tried] == [1, 1, 0]
        done = physiomon("export", str(path), "--to", "csv", "--output", str(tmp_path / "csv"))
        assert done.returncode == 0, done.stderr
        assert [*(tmp_path / "csv").rglob("*.csv")]
        await press(page, "Play")
        await expect(page.get_by_role("button", name="Pause")).to_be_visible()
        await close(page.context)
        command.interrupt()
    assert path.read_bytes() == recorded


async def _move_along_the_strip(page: Page) -> None:
    place, strip = page.locator(".moment"), page.get_by_role("slider", name="Position")
    await strip.focus()
    for key, at in (("End", "0:09:59"), ("Home", "0:00:00"), ("ArrowRight", "0:00:01")):
        await page.keyboard.press(key)
        await expect(place).to_contain_text(f"{at} of 0:09:59")
    await page.keyboard.press("PageUp")
    await expect(place).to_contain_text(re.compile(r"0:01:0\d of"))
    await expect(page.locator(".value").first).to_have_text(re.compile("7[01]"))


async def _find_the_alarm(page: Page) -> None:
    for at in ("0:01:30", "0:03:20", "0:03:30"):  # a sensor is missing, the heart rate rises
        await press(page, "Next")
        await expect(page.locator(".moment")).to_contain_text(f"{at} of 0:09:59")
    await expect(page.locator(".value").first).to_have_text(re.compile("14[01]"))
    await expect(page.locator(".alarm-message").first).to_have_text("Heart rate high")
    await expect(page.get_by_role("button", name="Acknowledge")).to_have_count(0)


async def _read_rules_and_alarm_review(page: Page) -> None:
    await press(page, "Rules")
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_contain_text("above 110")
    await expect(dialog.get_by_role("button", name="Change")).to_have_count(0)
    await page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)
    await page.get_by_role("link", name="Alarm review").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("row", name="Heart rate high")).to_contain_text("141 > 110 /min")
    await expect(page.locator(".verdict")).to_have_count(0)
    await page.go_back()
    await live(page)
    # The place is that of the recording and not of the page.
    await expect(page.locator(".moment")).to_contain_text("0:03:3")
