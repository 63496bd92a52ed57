"""Alarm audio in the browser, observed at the audio interface."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, expect

from dashboards.console.views.session import SessionView
from tests.console.conftest import Console
from tests.console.fake_backend import NOW_NS, SESSION, TACHYCARDIA, raised
from tests.servers.chromium import close, live, open_page

pytestmark = pytest.mark.asyncio(loop_scope="session")

# Records each started tone; the browser's audio is otherwise unchanged.
EAR = """
window.tones = 0;
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (at) { window.tones += 1; start.call(this, at); };
"""
# The page's clock is stopped, and is advanced by the test: no burst is repeated because the machine
# is busy.
CLOCK = """
window.ahead = 0;
const loaded = performance.now();
performance.now = () => loaded + ahead;
"""
# The page's timers never fire: it stays in the state of its first half second.
NO_TICKS = """
Object.defineProperty(window, "physiomonPulse", { get: () => ({ every() {} }), set() {} });
"""
SAY_WHEN_BLOCKED = """
const poll = setInterval(() => {
  if (!document.querySelector(".sound-blocked .value")?.textContent) return;
  clearInterval(poll);
  console.log("blocked");
}, 50);
"""
PULSES = {"low": 2, "medium": 3, "high": 10}


@pytest_asyncio.fixture(loop_scope="session")
async def listener(context: BrowserContext, console: Console) -> AsyncIterator[Page]:
    page = await context.new_page()
    await page.add_init_script(EAR + CLOCK)
    await page.goto(f"{console.url}session/S-1")
    await expect(page.locator(".value").first).not_to_be_empty()
    await live(page)
    yield page
    await close(page)


async def hear(page: Page, tones: int) -> None:
    await page.wait_for_function(f"window.tones === {tones}")


async def unblock(page: Page) -> None:
    await page.locator("h1").click()
    await expect(page.get_by_role("button", name="Sound on · test")).to_be_visible()


def alarmed(*priorities: str, state: str = "active") -> SessionView:
    alarms = [
        replace(TACHYCARDIA, key=priority, priority=priority, state=state, by="MK")
        for priority in priorities
    ]
    return replace(SESSION, alarms=alarms)


async def test_blocked_sound_is_shown_until_unblocked(listener: Page) -> None:
    blocked = listener.get_by_role("button", name="SOUND BLOCKED · enable")
    await expect(blocked).to_be_visible()
    await blocked.click()
    await expect(listener.get_by_role("button", name="Sound on · test")).to_be_visible()
    await hear(listener, PULSES["high"])


async def test_click_in_the_first_half_second_unblocks_sound(
    context: BrowserContext, console: Console
) -> None:
    page = await context.new_page()
    await page.add_init_script(EAR + NO_TICKS)
    await page.goto(f"{console.url}session/S-1")
    await expect(page.get_by_role("button", name="SOUND BLOCKED · enable")).to_be_visible()
    await unblock(page)
    console.backend.put(alarmed("low"))
    await hear(page, PULSES["low"])
    await close(page)


async def test_first_tap_unblocks_sound(browser: Browser, console: Console) -> None:
    page = await open_page(browser, has_touch=True)
    # No evaluation in the page before the tap: Playwright's calls count as a gesture.
    await page.add_init_script(SAY_WHEN_BLOCKED)
    async with page.expect_console_message(lambda message: message.text == "blocked"):
        await page.goto(f"{console.url}session/S-1")
    await page.touchscreen.tap(5, 5)
    await expect(page.get_by_role("button", name="Sound on · test")).to_be_visible()
    await close(page.context)


async def test_burst_is_that_of_the_highest_priority(listener: Page, console: Console) -> None:
    await unblock(listener)
    heard = 0
    for priority, pulses in PULSES.items():
        console.backend.put(alarmed("info", "low", priority))
        heard += pulses
        await hear(listener, heard)


async def test_new_alarm_and_reminder_sound_immediately(listener: Page, console: Console) -> None:
    await unblock(listener)
    console.backend.put(replace(alarmed("medium"), history=(raised(TACHYCARDIA, NOW_NS),)))
    await hear(listener, PULSES["medium"])
    reminder = replace(raised(TACHYCARDIA, NOW_NS + 1), step="reminder")
    accepted = replace(alarmed("medium", state="acknowledged"), history=(reminder,))
    console.backend.put(accepted)
    await hear(listener, 2 * PULSES["medium"])


async def test_reminder_sounds_over_a_lower_alarm(listener: Page, console: Console) -> None:
    await unblock(listener)
    console.backend.put(alarmed("low"))
    await hear(listener, PULSES["low"])
    reminder = replace(raised(TACHYCARDIA, NOW_NS + 1), step="reminder", priority="high")
    console.backend.put(replace(alarmed("low"), history=(reminder,)))
    await hear(listener, PULSES["low"] + PULSES["high"])


async def test_end_of_a_pause_repeats_no_announcement(listener: Page, console: Console) -> None:
    await unblock(listener)
    told = replace(alarmed("medium"), history=(raised(TACHYCARDIA, NOW_NS),))
    console.backend.put(told)
    await hear(listener, PULSES["medium"])
    accepted = replace(told, alarms=alarmed("medium", state="acknowledged").alarms)
    for notice, paused_s in (("paused", 90.0), ("over", 0.0)):
        console.backend.put(replace(accepted, notices=(notice,), audio_paused_s=paused_s))
        await expect(listener.get_by_role("status", name="Notices")).to_contain_text(notice)
    assert await listener.evaluate("window.tones") == PULSES["medium"]


async def test_acknowledged_and_other_states_are_silent(listener: Page, console: Console) -> None:
    await unblock(listener)
    silent = {
        "information is shown, not heard": alarmed("info"),
        "accepted": alarmed("high", state="acknowledged"),
        "paused": replace(alarmed("high"), audio_paused_s=90.0),
    }
    for name, view in silent.items():
        console.backend.put(replace(view, notices=(name,)))
        await expect(listener.get_by_role("status", name="Notices")).to_contain_text(name)
        assert await listener.evaluate("window.tones") == 0
