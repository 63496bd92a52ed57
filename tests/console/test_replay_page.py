"""The page of a replay: play, seek and search, without actions."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import BrowserContext, Page, expect

from dashboards.console.server import serve
from monitor.sessions.recording import read_recording
from monitor.sessions.recording_player import RecordingPlayer
from monitor.sessions.replay_backend import ReplayBackend
from monitor.storage.journal import Journal
from tests.replay.recording import record
from tests.servers.chromium import close

pytestmark = pytest.mark.asyncio(loop_scope="session")


class Drive:
    """Drive of a replay; stopped, it is as slow as a long recording on a busy machine."""

    def __init__(self, player: RecordingPlayer, tasks: asyncio.TaskGroup, page: Page) -> None:
        self._player, self._tasks = player, tasks
        self.page = page
        self.start()

    def start(self) -> None:
        self._running = self._tasks.create_task(self._player.run())

    def stop(self) -> None:
        self._running.cancel()


@pytest_asyncio.fixture(loop_scope="session")
async def drive(context: BrowserContext, tmp_path: Path) -> AsyncIterator[Drive]:
    path = tmp_path / "s1.journal"
    record(path)
    with Journal.read(path) as journal:
        player = RecordingPlayer(read_recording(journal))
        player.playing = False
        async with serve(ReplayBackend([player]), port=0) as url, asyncio.TaskGroup() as tasks:
            page = await context.new_page()
            drive = Drive(player, tasks, page)
            await page.goto(url)
            yield drive
            await close(page)
            drive.stop()


@pytest.fixture
def replay(drive: Drive) -> Page:
    return drive.page


async def test_replay_jumps_to_an_alarm_and_allows_no_actions(replay: Page) -> None:
    await expect(replay.get_by_text("Recording - not live", exact=True)).to_be_visible()
    await expect(replay.locator(".alarm")).to_have_count(0)
    await replay.get_by_label("Alarms and markers").click()
    await replay.get_by_role("option", name="Heart rate high").first.click()
    await expect(replay.locator(".alarm")).not_to_have_count(0)
    await _in_step(replay, "0:03:30", "140")
    # Back before the alarm: the chart must not lag behind.
    await replay.get_by_role("button", name="- 1 min").click()
    await _in_step(replay, "0:02:30", "70")
    for name in ("Acknowledge", "Note", "Dose", "Enter measurement", "Sensors", "End session"):
        await expect(replay.get_by_role("button", name=name, exact=True)).to_have_count(0)
    await expect(replay.get_by_label("Your name or initials")).to_have_count(0)


@pytest.mark.extended
async def test_replay_plays_pauses_and_seeks(replay: Page) -> None:
    place = replay.locator(".moment")
    await expect(place).to_contain_text("0:00:00 of 0:09:59")
    await replay.get_by_role("button", name="+ 1 min").click()
    await expect(place).to_contain_text("0:01:00 of")
    await replay.get_by_role("button", name="+ 10 min").click()
    await expect(place).to_contain_text("0:09:59 of")
    await replay.get_by_role("button", name="- 10 min").click()
    await expect(place).to_contain_text("0:00:00 of")
    await replay.locator(".strip-place").click()  # in its middle
    await expect(place).to_have_text(re.compile(r"0:0[45]:\d\d of 0:09:59$"))
    there = await place.inner_text()
    await replay.keyboard.press("ArrowRight")
    await expect(place).not_to_have_text(there)
    await replay.get_by_role("button", name="- 10 min").click()
    await expect(place).to_contain_text("0:00:00 of")
    await replay.get_by_label("Speed").click()
    await replay.get_by_role("option", name="600x").click()
    await replay.get_by_role("button", name="Play").click()
    await expect(place).to_contain_text("0:09:59 of")
    await expect(replay.get_by_role("button", name="Play")).to_be_visible()  # it has stopped


async def test_slider_stays_where_it_was_put_while_the_replay_seeks(
    replay: Page, drive: Drive
) -> None:
    place, slider = replay.locator(".moment"), replay.locator(".strip-place")
    drive.stop()
    await slider.focus()
    await replay.keyboard.press("End")
    await expect(place).to_contain_text("seeking")
    await replay.keyboard.press("Home")
    await replay.keyboard.press("ArrowRight")
    # Each of these changes the page, which draws the slider once more.
    for _ in range(2):
        await replay.get_by_role("button", name=re.compile("Play|Pause")).click()
    await slider.focus()
    await replay.keyboard.press("ArrowRight")
    await expect(slider).to_have_value("2")
    for _ in range(2):
        await replay.get_by_role("button", name="+ 1 min").click()
    await expect(place).to_contain_text("seeking")
    drive.start()
    await expect(place).to_contain_text("0:02:02 of 0:09:59")
    await expect(slider).to_have_value("122")
    await expect(slider).to_have_attribute("aria-valuetext", "0:02:02 of 0:09:59")


async def _in_step(replay: Page, at: str, value: str) -> None:
    """Check value and time of the page and of the end of its chart once a seek has ended."""
    place = replay.locator(".moment")
    await expect(place).to_have_text(re.compile(f", {at} of 0:09:59$"))  # no longer "seeking"
    await expect(replay.locator(".value").first).to_have_text(value)
    frame = replay.locator(".chart-frame").first
    await frame.focus()
    await replay.keyboard.press("Shift+ArrowRight")
    time = (await place.inner_text()).partition(",")[0]
    await expect(frame.locator(".chart-reading")).to_contain_text(f"{value} /min at {time}")


@pytest.mark.extended
async def test_whole_recording_is_in_view_and_searched(replay: Page) -> None:
    strip, place = replay.locator(".strip"), replay.locator(".moment")
    # A value in nearly each interval, the alarms and the marker.
    await expect(strip.locator(".strip-names")).to_contain_text("Heart rate 70 to 141 /min")
    path = await strip.locator("path.strip-line-0").get_attribute("d")
    assert path is not None
    assert path.count("M") > 400
    await expect(strip.locator("rect.p-medium")).to_have_count(2)
    await expect(strip.locator(".strip-mark")).to_have_count(1)

    search, count = replay.get_by_label("Search"), replay.locator(".count")
    await search.fill("SITS")
    await expect(count).to_have_text("1 found")
    await replay.get_by_role("button", name="Next").click()
    await expect(place).to_contain_text("0:05:00 of")
    await replay.get_by_role("button", name="Next").click()
    await expect(replay.get_by_text("There is no further one")).to_be_visible()
    await expect(place).to_contain_text("0:05:00 of")
    await search.fill("rate high")
    await replay.get_by_label("Show", exact=True).click()
    await replay.get_by_role("option", name="Medium alarms").click()
    await expect(count).to_have_text("1 found")
    await replay.get_by_role("button", name="Previous").click()
    await expect(place).to_contain_text("0:03:3")
    await expect(replay.locator(".alarm")).not_to_have_count(0)

    for width, height in ((390, 844), (1280, 720), (820, 1180), (1440, 900)):
        await replay.set_viewport_size({"width": width, "height": height})
        await replay.mouse.wheel(0, 5000)
        for name in ("Play", "Next", "+ 10 min"):
            box = await replay.get_by_role("button", name=name, exact=True).bounding_box()
            assert box is not None
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= width
            assert box["y"] >= 0
            assert box["y"] + box["height"] <= height
        await expect(replay.get_by_text("RECORDING - NOT LIVE", exact=True)).to_be_in_viewport()
        assert await replay.evaluate("document.documentElement.scrollWidth") <= width
