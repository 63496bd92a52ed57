"""The ECG strip of the session page, and those of the alarm review."""

import re
from dataclasses import replace

import pytest
from playwright.async_api import Page, expect

from dashboards.console.views.session import ReplayView
from tests.console.conftest import Console
from tests.console.ecg_views import S, ecg
from tests.console.fake_backend import NOW_NS, SESSION, STRAP
from tests.console.test_review_page import AGAIN, FAST, LOST
from tests.servers.chromium import close

pytestmark = pytest.mark.asyncio(loop_scope="session")

WITH_ECG = replace(SESSION, ecg=(ecg(),))


async def test_strip_moves_on_and_says_what_is_missing(console: Console, page: Page) -> None:
    await console.show(page)
    await expect(page.locator(".value").first).to_have_text("72")
    assert await page.locator(".ecg").count() == 0
    before = await page.locator(".vital-now").first.bounding_box()
    assert "ecg" not in await page.locator("[data-region]").evaluate_all(
        "(all) => all.map((one) => one.dataset.region).join(' ')"
    )

    console.backend.put(WITH_ECG)
    strip = page.get_by_role("region", name="ECG, strap")
    trace = strip.locator(".ecg-trace")
    await expect(trace).to_have_count(1)
    await expect(strip).to_contain_text("for review only, not diagnosed")
    await expect(strip.locator(".ecg-state")).to_have_count(0)
    # The newest samples are at the right edge, and squares are square.
    paper = await strip.locator(".ecg-paper").bounding_box()
    drawing = await strip.locator("svg").bounding_box()
    assert paper is not None
    assert drawing is not None
    assert abs(paper["x"] + paper["width"] - drawing["x"] - drawing["width"]) < 1
    assert abs(drawing["width"] / 75 - drawing["height"] / 6) < 0.1
    assert paper["width"] >= 10 * 5 * drawing["height"] / 6  # ten seconds are in sight
    first = await trace.get_attribute("d")

    later = replace(ecg(now_ns=NOW_NS + 3 * S, silent_s=3.2), now_ns=NOW_NS + 3 * S)
    gone = replace(STRAP, state="lost")
    console.backend.put(
        replace(SESSION, now_ns=NOW_NS + 3 * S, ecg=(later,), sensors=(gone, *SESSION.sensors[1:]))
    )
    await expect(strip.locator(".ecg-state")).to_have_text("No ECG for 3 s (lost)")
    assert await trace.get_attribute("d") != first
    # The values are where they would be with a longer text, and above the strip.
    after = await page.locator(".vital-now").first.bounding_box()
    assert before is not None
    assert after is not None
    assert (before["x"], before["y"]) == (after["x"], after["y"])

    console.backend.put(replace(WITH_ECG, ended=True))
    await expect(trace).to_have_count(0)


async def test_trace_is_not_shown_without_a_server(console: Console, new_page: Page) -> None:
    page = new_page
    await console.show(page, WITH_ECG)
    await expect(page.locator(".ecg-trace")).to_be_visible()
    await page.evaluate("document.documentElement.classList.add('lost')")
    await expect(page.locator(".ecg-trace")).to_be_hidden()
    await close(page)


@pytest.mark.extended
async def test_recording_says_when_its_strip_was(console: Console, page: Page) -> None:
    replay = ReplayView(
        began_ns=SESSION.started_ns,
        ended_ns=NOW_NS + 3600 * S,
        speed=1.0,
        playing=False,
        seeking=False,
        moments=(),
    )
    await console.show(page, replace(WITH_ECG, id="S-R", replay=replay))
    await expect(page.locator(".ecg .source")).to_have_text(re.compile(r"strap at \d\d:\d\d:\d\d"))


@pytest.mark.extended
async def test_review_shows_the_ecg_around_an_alarm(console: Console, page: Page) -> None:
    console.backend.past = [FAST, LOST, AGAIN]
    console.backend.put(SESSION)
    await page.goto(f"{console.url}review/S-1")
    rows = page.locator(".review-table tbody tr")
    await expect(rows).to_have_count(3)
    await expect(page.locator(".ecg-button")).to_have_count(0)  # no sensor sends one

    console.backend.put(WITH_ECG)
    console.backend.ecgs = (ecg(lost={3}),)
    button = page.locator("#alarm-0").get_by_role("button", name="ECG: Heart rate 131 or more")
    await button.press("Enter")
    strip = page.locator(".ecg-row .ecg-past")
    await expect(strip.locator(".ecg-trace")).to_have_count(1)
    await expect(strip.locator(".ecg-state")).to_have_text("Gap: 0.5 s missing")
    await expect(button).to_be_focused()
    await expect(button).to_have_attribute("aria-pressed", "true")
    asked = [alarm_ns for _, what, alarm_ns, _ in console.backend.drawn if what == "ecg"]
    assert asked == [FAST.raised_ns]  # read once
    # It scrolls within its row.
    for width in (390, 820):
        await page.set_viewport_size({"width": width, "height": 844})
        assert await page.evaluate("document.documentElement.scrollWidth") <= width
    await page.set_viewport_size({"width": 1440, "height": 900})

    # What is not complete is read again.
    console.backend.ecgs = (replace(ecg(), now_ns=NOW_NS - S),)
    await page.locator("#alarm-2").get_by_role("button", name="ECG").click()
    states = page.locator(".ecg-state")
    await expect(states.first).to_have_text("not complete yet")
    console.backend.ecgs = (ecg(),)
    console.backend.put(replace(WITH_ECG, now_ns=NOW_NS + S))
    await expect(states).to_have_count(1)

    console.backend.ecgs = ()
    await page.locator("#alarm-1").get_by_role("button", name="ECG").click()
    await expect(page.locator(".ecg-row").nth(1)).to_contain_text("No ECG was recorded")

    await button.click()
    await expect(page.locator(".ecg-row")).to_have_count(2)
