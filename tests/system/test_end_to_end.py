"""From the virtual radio to a real browser and back: the life of a session, as a demo shows it.

Six times real speed: the heart rate rises after 70 s, the strap drops out at 200 s, and at 300 s
strap and patch come off the body.
"""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from monitor.storage.journal import Journal
from tests.servers.chromium import close, open_page
from tests.system.command import Running, facts, running

pytestmark = pytest.mark.asyncio(loop_scope="session")
SPEED = 6


@dataclass
class Step:
    at_s: float
    subject: str
    body: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.body['rule']} {self.body['step']}"


def steps(journal: Path) -> list[Step]:
    with Journal.read(journal) as recorded:
        started_ns = next(recorded.entries()).received_ns
        return [
            Step((row.at_ns - started_ns) / 1e9, row.subject, json.loads(row.payload))
            for row in recorded.facts()
            if row.kind == "alarm"
        ]


@pytest.fixture
async def demo(tmp_path: Path) -> AsyncIterator[Running]:
    arguments = ("--port", "0", "--speed", str(SPEED), "--journal-dir", str(tmp_path))
    with running("demo", *arguments) as found:
        yield found


async def alarm(page: Page, text: str) -> None:
    """Wait until an alarm is in the list."""
    alarms = page.get_by_role("region", name="Alarms")
    await expect(alarms).to_contain_text(text)


async def over(page: Page, text: str) -> None:
    alarms = page.get_by_role("region", name="Alarms")
    await expect(alarms).not_to_contain_text(text)


async def test_session_runs_from_radio_to_browser(
    demo: Running, browser: Browser, tmp_path: Path
) -> None:
    page = await open_page(browser)
    await page.goto(demo.wait_for_url())
    heart = page.get_by_role("region", name="Heart rate")
    core = page.get_by_role("region", name="Core temperature")

    # Values appear with units soon after the start.
    await expect(heart.locator(".value")).not_to_have_text("--")
    assert 40 < int(await heart.locator(".value").inner_text()) < 100
    await expect(core.locator(".value")).to_contain_text("36.")
    await expect(page.get_by_text("Not a medical device")).to_be_visible()

    # The rise raises an alarm, which is acknowledged and clears.
    await alarm(page, "Heart rate above 95")
    await page.get_by_label("Your name or initials").fill("MK")
    row = page.get_by_role("listitem").filter(has_text="Heart rate above 95")
    await row.get_by_role("button", name="Acknowledge").click()
    await expect(page.get_by_text("Acknowledged by MK", exact=True)).to_be_visible()
    await over(page, "Heart rate above 95")

    # The strap drops out and returns.
    await alarm(page, "Heart rate not judged: sensor 'strap' is not connected")
    await over(page, "Heart rate not judged")

    # Both come off the body: HR 0 and NaN raise technical alarms. It is the second time for
    # the strap, so its alarm remains until the link is stable for five minutes.
    await alarm(page, "Heart rate not judged: the link to sensor 'strap' is unstable")
    off_body = "Core temperature not judged: sensor 'patch' sends no value and may be off the body"
    await alarm(page, off_body)
    await over(page, "Core temperature not judged")
    await close(page.context)

    assert "journal check" in demo.interrupt()
    (journal,) = tmp_path.glob("*.journal")  # noqa: ASYNC240 - nothing else runs now
    assert facts("journal", "verify", str(journal), "--json")["ok"]
    assert facts("replay", "--verify", str(journal), "--json")["ok"]

    happened = steps(journal)
    told = [str(step) for step in happened]
    for rule, in_order in {
        "hr-95": ["raised", "acknowledged", "cleared"],
        "no-hr": ["raised", "cleared", "raised"],
        "no-ct": ["raised", "cleared"],
    }.items():
        assert [each for each in told if each.startswith(f"{rule} ")] == [
            f"{rule} {step}" for step in in_order
        ]
    assert next(step.body["by"] for step in happened if step.body["by"]) == "MK"
    assert not [each for each in told if each.startswith(("hr-45", "ct-38"))]

    # Raised when the median of 10 s had been above for the sustain time, not before and not later.
    with Journal.read(journal) as recorded:
        started_ns = next(recorded.entries()).received_ns
        rates = [
            ((row.at_ns - started_ns) / 1e9, json.loads(row.payload)["value"])
            for row in recorded.facts()
            if row.kind == "reading" and row.subject == "strap/heart_rate"
        ]
    above_s = next(
        now_s
        for now_s, _ in rates
        if median(rate for at_s, rate in rates if now_s - 10 < at_s <= now_s and rate) > 95
    )
    raised_s = next(step.at_s for step in happened if str(step) == "hr-95 raised")
    assert raised_s == pytest.approx(above_s + 10, abs=0.001)
