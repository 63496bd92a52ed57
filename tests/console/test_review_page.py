"""The alarm review: list, timeline, filters, hand-over and verdicts, on one loaded page."""

from dataclasses import replace

import pytest
from playwright.async_api import Page, expect

from dashboards.console.views.alarms import AlarmOccurrenceView
from dashboards.console.views.measurements import SpotMeasurementView
from dashboards.console.views.session import MarkerView
from tests.console.conftest import Console
from tests.console.fake_backend import DOSE_NS, MINUTE_NS, NOW_NS, SESSION, TACHYCARDIA

pytestmark = pytest.mark.asyncio(loop_scope="session")

FAST = AlarmOccurrenceView(
    key="hr-131@strap/heart_rate",
    subject="strap/heart_rate",
    message="Heart rate 131 or more",
    priority="medium",
    technical=False,
    raised_ns=NOW_NS - 90 * MINUTE_NS,
    announced_ns=NOW_NS - 90 * MINUTE_NS,
    over_ns=NOW_NS - 80 * MINUTE_NS,
    open=False,
    value=132.0,
    extreme=144.0,
    limit=131.0,
    unit="/min",
    answered_ns=NOW_NS - 88 * MINUTE_NS,
    answered_by="MK",
)
LOST = replace(
    FAST,
    key="no-hr@strap/heart_rate",
    message="No <heart> rate",  # escaped
    priority="low",
    technical=True,
    raised_ns=NOW_NS - 50 * MINUTE_NS,
    announced_ns=NOW_NS - 50 * MINUTE_NS,
    over_ns=NOW_NS - 49 * MINUTE_NS,
    value=None,
    extreme=None,
    limit=None,
    answered_ns=None,
    answered_by="",
)
INSIDE = replace(FAST, key="hr-110@strap/heart_rate", message="Heart rate above 110", inside=True)
AGAIN = replace(
    FAST,
    raised_ns=TACHYCARDIA.since_ns,
    announced_ns=TACHYCARDIA.since_ns,
    over_ns=NOW_NS,
    open=True,
    extreme=139.0,
    answered_ns=None,
)
PRESSURE = [
    SpotMeasurementView(
        entry=9,
        signal=signal,
        label=signal,
        unit="mm[Hg]",
        at_ns=NOW_NS - 20 * MINUTE_NS,
        value=value,
        by="AB",
        corrected=None,
    )
    for signal, value in (("systolic", 165.0), ("diastolic", 95.0))
]


@pytest.mark.extended
async def test_review_is_filtered_handed_over_judged_and_printed(
    console: Console, page: Page
) -> None:
    dose = MarkerView(at_ns=DOSE_NS, kind="dose", text="", by="AB", amount="100 mg")
    console.backend.put(
        replace(
            SESSION,
            alarms=[TACHYCARDIA],
            markers=[dose],
            dose_ns=DOSE_NS,
            spot_measurements=PRESSURE,
        )
    )
    console.backend.past = [FAST, INSIDE, LOST, AGAIN]
    await page.goto(console.url)
    await page.get_by_role("link", name="Alarm review").click()
    rows, summary = page.locator(".review-table tbody tr"), page.locator(".summary")

    # Current alarms are above past ones.
    await expect(page.locator(".answer")).to_contain_text("Heart rate 131 or more")
    await expect(rows).to_have_count(3)
    await expect(rows.nth(0)).to_contain_text("139 > 131 /min")
    await expect(rows.nth(0)).to_contain_text("open")
    await expect(rows.nth(1)).to_contain_text("No <heart> rate")
    await expect(rows.nth(2)).to_contain_text("144 > 131 /min")
    await expect(rows.nth(2)).to_contain_text("after 2 minMK")
    await expect(summary).to_contain_text("3 alarms (2 medium, 1 low); 2 about the person")
    await expect(summary).to_contain_text("1 of 3 acknowledged, at the latest after 2 min")
    await expect(summary).to_contain_text("144 > 131 /min, in the alarm of")
    await expect(summary).to_contain_text("165/95 (118) mmHg")
    await expect(summary).to_contain_text("dose 100 mg")
    await expect(page.locator(".timeline rect")).to_have_count(3)
    await page.locator(".timeline a").first.focus()
    await page.keyboard.press("Enter")
    await expect(page.locator("tr:target")).to_contain_text("144 > 131")

    # The time of the hand-over: the first alarm was over before.
    await page.get_by_role("button", name="1 h", exact=True).click()
    await expect(rows).to_have_count(2)
    await expect(summary).to_contain_text("2 alarms (1 medium, 1 low)")
    await expect(summary).to_contain_text("(1 h 0 min)")
    await expect(summary).to_contain_text("dose 100 mg")  # always
    await page.get_by_role("button", name="Start", exact=True).click()
    await expect(rows).to_have_count(3)
    for name, choice, left in (
        ("Priority", "Low", 1),
        ("Priority", "All priorities", 3),
        ("About", "Equipment", 1),
        ("About", "Person and equipment", 3),
        ("Response", "Not acknowledged", 2),
        ("Response", "Acknowledged or not", 3),
    ):
        await page.get_by_label(name, exact=True).click()
        await page.get_by_role("option", name=choice, exact=True).click()
        await expect(page.locator(".choice").get_by_text(choice, exact=True)).to_be_visible()
        await expect(rows).to_have_count(left)
    silent = page.get_by_role("checkbox", name="Silent and inside higher ones")
    await silent.click()
    await expect(silent).to_be_checked()
    await expect(rows).to_have_count(4)
    await silent.click()
    await expect(silent).not_to_be_checked()
    await expect(rows).to_have_count(3)

    await _judge(page, console)
    await _print(page)


async def _judge(page: Page, console: Console) -> None:
    rows, summary = page.locator(".review-table tbody tr"), page.locator(".summary")
    # One touch, corrected with another one, and the keyboard stays where it was.
    useful = rows.nth(2).get_by_role("button", name="Useful")
    await useful.click()
    await expect(page.get_by_text("enter your name or initials first")).to_be_visible()
    await expect(page.get_by_label("Your name or initials")).to_be_focused()
    await page.get_by_label("Your name or initials").fill("CD")
    await useful.click()
    await expect(useful).to_have_attribute("aria-pressed", "true")
    await expect(useful).to_be_focused()
    await expect(summary).to_contain_text("1 reviewed (1 useful)")
    false = rows.nth(2).get_by_role("button", name="False")
    await false.focus()
    await page.keyboard.press("Enter")
    await expect(false).to_have_attribute("aria-pressed", "true")
    await expect(useful).to_have_attribute("aria-pressed", "false")
    await false.click()
    await expect(rows.nth(2)).to_contain_text("not reviewed")
    assert [act[3] for act in console.backend.acts if act[0] == "review"] == [
        "useful",
        "false",
        "withdrawn",
    ]


async def _print(page: Page) -> None:
    row = page.locator(".review-table tbody tr").nth(2)
    # In print: light, and without interactive elements.
    await page.emulate_media(media="print")
    await expect(page.locator("html")).to_have_attribute("data-look", "light")
    for name in (".choices", ".verdict", ".answer", ".settings"):
        await expect(page.locator(name).first).to_be_hidden()
    await expect(row).to_contain_text("not reviewed")
    await page.emulate_media(media="screen")
    for width in (390, 820, 1280):
        await page.set_viewport_size({"width": width, "height": 844})
        wide = await page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width
