"""An alarm from the packet to the browser and back: display, sound and actions."""

import re
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from dashboards.console.server import serve
from devices.radio import LinkState
from monitor.sessions.console_backend import ConsoleBackend
from monitor.sessions.session import Session
from tests.console.test_sound import EAR, PULSES
from tests.durations import LONG
from tests.engine.scripted_session import spec
from tests.grafana.recorded_sessions import Hand
from tests.servers.chromium import close, open_page

pytestmark = pytest.mark.asyncio(loop_scope="session")

SLOW = "Heart rate low"
REMINDER_S = 185


async def heard(page: Page) -> None:
    """Wait for a new burst of a high alarm."""
    await page.wait_for_function(f"window.tones >= {PULSES['high']}")
    await page.evaluate("window.tones = 0")


@pytest.mark.parametrize("size", [(1440, 900), (390, 844)] if LONG else [(390, 844)])
async def test_alarm_life_from_first_slow_beat_to_reset(
    browser: Browser, tmp_path: Path, size: tuple[int, int]
) -> None:
    hand = Hand(tmp_path / "life.journal", spec())
    hand.session.link("strap", LinkState.CONNECTED, "", -60)
    hand.go_on(30, 70, patch=False)
    page = await open_page(browser, viewport={"width": size[0], "height": size[1]})
    await page.add_init_script(EAR)
    row = (
        page.get_by_role("listitem")
        .filter(has_text="*** HIGH")
        .filter(has=page.locator(".alarm-message"))
    )
    try:
        async with serve(ConsoleBackend([hand.session]), port=0) as url:
            await page.goto(f"{url}session/s1")
            await page.get_by_label("Your name or initials").fill("MK")
            await page.locator("h1").click()
            await expect(page.get_by_role("button", name="Sound on · test")).to_be_visible()

            # Raised: it sounds, flashes, and is shown at the top.
            hand.go_on(10, 36, patch=False)
            await expect(row).to_contain_text("Not acknowledged")
            await expect(page.locator(".answer.p-high").first).to_be_visible()
            await heard(page)

            # Paused: the count-down is shown.
            await page.get_by_role("button", name="Pause audio 120 s").click()
            await expect(page.get_by_text("Alarm audio paused for 120 s.")).to_be_visible()
            hand.go_on(30, 36, patch=False)
            await expect(page.locator(".sound-paused")).to_have_text("AUDIO PAUSED 01:30")

            # Acknowledged with a name.
            await row.get_by_role("button", name="Acknowledge").click()
            await expect(page.get_by_text("Acknowledged.", exact=True)).to_be_visible()
            hand.go_on(1, 36, patch=False)
            await expect(row).to_contain_text("Acknowledged by MK")

            # It continues: one reminder sounds.
            await page.evaluate("window.tones = 0")
            hand.go_on(REMINDER_S, 36, patch=False)
            await expect(page.locator(".events")).to_contain_text("reminder")
            await heard(page)

            # Its sensor is lost: it stays, and cannot be judged.
            hand.session.link("strap", LinkState.LOST, "out of range", None)
            hand.silence(15)
            await expect(row.first).to_contain_text("Sensor lost: cannot be judged now")

            # Over: it is latched until it is reset.
            hand.session.link("strap", LinkState.CONNECTED, "", -60)
            hand.go_on(60, 70, patch=False)
            await expect(row).to_contain_text("Condition over - reset to clear, acknowledged by MK")

        # A replay of the journal shows the same page.
        hand.session.close()
        hand.session = Session.open(spec(), tmp_path / "life.journal", hand.hands.clock())
        hand.settle()
        async with serve(ConsoleBackend([hand.session]), port=0) as url:
            await page.goto(f"{url}session/s1")
            await expect(row).to_contain_text("Condition over - reset to clear, acknowledged by MK")
            await page.get_by_label("Your name or initials").fill("AR")
            await row.get_by_role("button", name="Reset").click()
            await expect(page.get_by_text("Reset.", exact=True)).to_be_visible()
            hand.settle()
            await expect(page.locator(".alarm.p-high")).to_have_count(0)
            await expect(page.locator(".events")).to_contain_text(
                re.compile(f"{SLOW} - over: was 36, now 7[0-9]: reset by AR")
            )
    finally:
        await close(page.context)
        hand.session.close()
