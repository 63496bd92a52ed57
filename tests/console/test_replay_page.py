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

pytestmark = pytest.mark.asyncio(loop_scope="package")


@pytest_asyncio.fixture(loop_scope="package")
async def replay(context: BrowserContext, tmp_path: Path) -> AsyncIterator[Page]:
    path = tmp_path / "s1.journal"
    record(path)
    with Journal.read(path) as journal:
        player = RecordingPlayer(read_recording(journal))
        player.playing = False
        async with serve(ReplayBackend([player]), port=0) as url, asyncio.TaskGroup() as tasks:
            running = tasks.create_task(player.run())
            page = await context.new_page()
            await page.goto(url)
            yield page
            await page.close()
            running.cancel()


async def test_replay_jumps_to_an_alarm_and_allows_no_actions(replay: Page) -> None:
    await expect(replay.get_by_text("Recording - not live")).to_be_visible()
    await expect(replay.locator(".alarm")).to_have_count(0)
    await replay.get_by_label("Alarms and markers").click()
    await replay.get_by_role("option", name="Heart rate high").first.click()
    await expect(replay.locator(".alarm")).not_to_have_count(0)
    await expect(replay.locator(".value").first).to_have_text("140")
    for name in ("Acknowledge", "Note", "Dose", "Enter measurement", "Sensors", "End session"):
        await expect(replay.get_by_role("button", name=name, exact=True)).to_have_count(0)
    await expect(replay.get_by_label("Your name or initials")).to_have_count(0)


async def test_replay_plays_pauses_and_seeks(replay: Page) -> None:
    place = replay.locator(".moment")
    await expect(place).to_contain_text("0:00:00 of 0:09:59")
    await replay.get_by_role("button", name="+ 1 min").click()
    await expect(place).to_contain_text("0:01:00 of")
    await replay.get_by_role("button", name="+ 10 min").click()
    await expect(place).to_contain_text("0:09:59 of")
    await replay.get_by_role("button", name="- 10 min").click()
    await expect(place).to_contain_text("0:00:00 of")
    await replay.locator(".q-slider").click()  # in its middle
    await expect(place).to_contain_text(re.compile(r"0:0[45]:\d\d of"))
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
