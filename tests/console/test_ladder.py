"""Alarm ladder in the browser: a heart rate that crosses three limits is one alarm."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from dashboards.console.server import serve
from monitor.sessions.console_backend import ConsoleBackend
from tests.engine.scripted_session import spec
from tests.engine.test_ladder import LADDER
from tests.grafana.recorded_sessions import Hand
from tests.servers.chromium import live

pytestmark = pytest.mark.asyncio(loop_scope="session")


@dataclass
class Bed:
    """A session in a browser."""

    hand: Hand
    page: Page
    url: str

    def beat(self, seconds: int, bpm: int) -> None:
        self.hand.go_on(seconds, bpm, patch=False)


@pytest_asyncio.fixture(loop_scope="session")
async def bed(page: Page, tmp_path: Path) -> AsyncIterator[Bed]:
    described = spec(LADDER)
    hand = Hand(tmp_path / "s.journal", described)
    async with serve(ConsoleBackend([hand.session]), port=0) as url:
        bed = Bed(hand, page, url)
        bed.beat(30, 70)
        await page.goto(f"{url}session/s1")
        await expect(page.locator(".value").first).not_to_be_empty()
        await live(page)
        await page.get_by_label("Your name or initials").fill("MK")
        yield bed
    hand.session.close()


async def test_three_limits_are_one_row_and_lower_alarms_follow(bed: Bed) -> None:
    rows = bed.page.locator(".alarm.physiological")
    inside = rows.locator(".alarm-inside li")
    bed.beat(40, 163)
    await expect(rows).to_have_count(1)
    await expect(rows.locator(".alarm-message")).to_have_text("Heart rate above 150 /min")
    await expect(inside).to_have_count(2)
    await expect(inside.first).to_contain_text("** MEDIUM Heart rate above 131 /min")
    await expect(inside.last).to_contain_text("* LOW Heart rate above 110 /min")
    await expect(bed.page.locator(".glance")).to_contain_text("Acknowledge 1 alarm")

    await rows.get_by_role("button", name="Acknowledge").click()
    await expect(rows.locator(".alarm-state")).to_have_text("Acknowledged by MK")
    await expect(bed.page.locator(".glance")).not_to_contain_text("Acknowledge")

    # It falls: the highest is over, and the next lower one is shown, acknowledged.
    bed.beat(10, 140)
    await expect(rows).to_have_count(2)
    await expect(rows.first).to_contain_text("Heart rate above 150 /min - over: was 165, now 14")
    await expect(rows.last.locator(".alarm-message")).to_have_text("Heart rate above 131 /min")
    await expect(rows.last.locator(".alarm-state")).to_have_text("Acknowledged by MK")
    await expect(inside).to_have_count(1)
    log = bed.page.locator(".events")
    await expect(log).to_contain_text("Heart rate above 131 /min: no longer inside a higher alarm")
    await expect(log).to_contain_text("Heart rate above 110 /min: raised, inside a higher alarm")
    await expect(log).not_to_contain_text("latched by")
    await expect(log).not_to_contain_text("covered")


@pytest.mark.extended
async def test_acknowledgement_is_undone_at_the_alarm(bed: Bed) -> None:
    row = bed.page.locator(".alarm.physiological")
    bed.beat(30, 163)
    undo = row.get_by_role("button", name="Undo")
    await expect(row).to_have_count(1)
    await expect(undo).to_be_hidden()
    await row.get_by_role("button", name="Acknowledge").click()
    await expect(row.locator(".alarm-state")).to_have_text("Acknowledged by MK")
    await row.get_by_role("button", name="Details").click()  # folded once it is acknowledged
    await undo.click()
    await expect(row.locator(".alarm-state")).to_have_text("Not acknowledged")
    await expect(undo).to_be_hidden()
    await expect(bed.page.locator(".events")).to_contain_text(
        "Heart rate above 150 /min: acknowledgement undone by MK"
    )
