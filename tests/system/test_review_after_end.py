"""Verdicts in the debriefing: a real service, its page, the end of the session and a restart."""

import re
import time
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from monitor.sessions.session import Session
from tests.engine.scripted_session import spec
from tests.servers.chromium import close, open_page
from tests.sessions.manual_clocks import Hands
from tests.system.command import facts, running
from tests.system.test_days import ROOM
from tests.virtual.test_processes import shared_radio

pytestmark = pytest.mark.asyncio(loop_scope="session")


def interrupted(path: Path) -> None:
    """Record ten minutes ago a session with an alarm; nobody has ended it."""
    hands = Hands(wall_ns=time.time_ns() - 600 * 10**9)
    theirs = replace(spec(), id="P07-1", site="clinic", room="2", participant="P07")
    session = Session.open(theirs, path, hands.clock())
    for rate in (*[120] * 30, *[80] * 30):
        hands.pass_s(1)
        session.packet("strap", "2A37", bytes([0x06, rate]))
        session.derive()
    session.end("stopped")
    session.close()


async def end(page: Page) -> None:
    await page.get_by_label("Your name or initials").fill("MK")
    await page.get_by_role("button", name="End session", exact=True).click()
    asked = page.get_by_role("dialog")
    await asked.get_by_label("Reason for ending").fill("planned")
    await asked.get_by_role("button", name="End session").click()
    await page.get_by_role("button", name="Monitoring and alarms stop now: end it").click()
    await expect(page.get_by_text(re.compile("^Ended .*monitoring has stopped"))).to_be_visible()


async def test_alarm_is_judged_after_the_end_and_a_restart_waits(
    browser: Browser, tmp_path: Path
) -> None:
    journal = tmp_path / "journals" / "P07-1.journal"
    interrupted(journal)
    page = await open_page(browser)
    with shared_radio() as radio:
        (tmp_path / "session.toml").write_text(ROOM.format(radio=radio))
        with running("run", "session.toml", cwd=tmp_path) as service:
            await page.goto(service.wait_for_url())
            await end(page)
            await page.get_by_role("link", name="Alarm review").click()
            row = page.locator(".review-table tbody tr", has_text="Heart rate high")
            await page.get_by_label("Your name or initials").fill("Ada")
            for name in ("False", "Useful"):
                await row.get_by_role("button", name=name).click()
                pressed = row.get_by_role("button", name=name)
                await expect(pressed).to_have_attribute("aria-pressed", "true")
            await expect(page.locator(".summary")).to_contain_text("1 reviewed (1 useful)")
            service.interrupt()
        with running("run", "session.toml", cwd=tmp_path) as service:
            await page.goto(service.wait_for_url())
            await expect(
                page.get_by_text(re.compile("Session P07-1 was ended by MK"))
            ).to_be_visible()
            service.interrupt()
    await close(page.context)
    assert facts("replay", "--verify", str(journal), "--json")["ok"]
    assert (
        "by MK; then 2 verdicts on its alarms"
        in facts(
            "journal",
            "verify",
            str(journal),
            "--key",
            str(journal.with_name("signing.pub")),
            "--json",
        )["end"]
    )
    assert facts("report", str(journal), "--json")["sum"]["reviews"]["useful"] == 1
