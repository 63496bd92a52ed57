"""Earlier measurements and markers, unusual and doubtful values, on the page."""

import re
from dataclasses import replace
from datetime import UTC, timedelta, timezone

import pytest
from playwright.async_api import Page, expect

from alerts.policy.study_drug import StudyDrug
from dashboards.console.alarms import to_do
from dashboards.console.alarms.text import alarm_state
from dashboards.console.events import event_log
from dashboards.console.fields.time_field import TimeError, read_time
from dashboards.console.measurements import manual_measurements
from dashboards.console.views.alarms import UnconfirmedView
from dashboards.console.views.before_dose import DoseCheckView
from dashboards.console.views.measurements import LatestMeasurementView, SpotMeasurementView
from dashboards.console.views.session import MarkerView
from tests.console.conftest import Console
from tests.console.fake_backend import MINUTE_NS, NOW_NS, SESSION, TACHYCARDIA
from tests.console.test_session_page import look, sign

# NOW_NS is 08:00:00 UTC; the session began two hours earlier.
HERE = replace(SESSION, zone=UTC)
UNCONFIRMED = UnconfirmedView(
    channel="cuff/systolic",
    at_ns=NOW_NS - MINUTE_NS,
    text="196/122 mmHg, received at 07:59:00, is not judged: the sensor reports body movement",
    plausible=True,
)
DOUBTFUL = replace(
    TACHYCARDIA,
    key="unconfirmed-violation@cuff/systolic",
    rule="unconfirmed-violation",
    subject="cuff/systolic",
    message=f"A doubtful measurement: {UNCONFIRMED.text}",
    technical=True,
    value=None,
    limit=None,
    unconfirmed=(UNCONFIRMED,),
)


@pytest.mark.parametrize(
    ("text", "ago_min"),
    [("", None), ("8:00", None), ("07:45", 15), ("0745", 15), ("7.45", 15), (" 06:00 ", 120)],
)
def test_time_is_the_latest_matching_moment(text: str, ago_min: int | None) -> None:
    at_ns = read_time(text, NOW_NS, SESSION.started_ns, UTC)
    assert at_ns == (None if ago_min is None else NOW_NS - ago_min * MINUTE_NS)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("25:00", "is not a time"),
        ("7:60", "is not a time"),
        ("noon", "is not a time"),
        ("8:30", "8:30 is in the future"),
        ("23:00", "23:00 is in the future"),
    ],
)
def test_invalid_time_is_explained_at_the_field(text: str, why: str) -> None:
    with pytest.raises(TimeError, match=why):
        read_time(text, NOW_NS, SESSION.started_ns, UTC)


def test_time_before_midnight_is_on_the_previous_day() -> None:
    zone = timezone(timedelta(hours=-7, minutes=-30))  # it is half past midnight
    at_ns = read_time("23:45", NOW_NS, NOW_NS - 300 * MINUTE_NS, zone)
    assert at_ns == NOW_NS - 45 * MINUTE_NS


@pytest.mark.parametrize("odd_ns", [1, 499, 999_999_999])
def test_times_are_whole_minutes(odd_ns: int) -> None:
    assert read_time("7:45", NOW_NS + odd_ns, SESSION.started_ns, UTC) == NOW_NS - 15 * MINUTE_NS


def test_log_shows_amount_and_delay_of_entry() -> None:
    dose = MarkerView(
        at_ns=NOW_NS - 30 * MINUTE_NS, kind="dose", text="", by="MK", amount="120 mg", later_s=1500
    )
    shown = event_log.lines(replace(HERE, markers=[dose, replace(dose, kind="note", later_s=20)]))
    assert "07:30:00 dose 120 mg - MK, entered 25 min later" in shown
    assert "07:30:00 note 120 mg - MK<" in shown


def test_unconfirmed_measurement_is_a_task() -> None:
    told = to_do.to_do(replace(HERE, alarms=[replace(DOUBTFUL, state="acknowledged")]))
    assert told.text == "Review 1 measurement"


def test_old_measurement_is_not_reported_as_lost_sensor() -> None:
    old = replace(TACHYCARDIA, suspended=True, spot=True)
    assert "Not measured for an hour: cannot be judged now." in alarm_state(old)
    assert "Sensor lost" in alarm_state(replace(old, spot=False))


def test_cuff_value_shows_its_source() -> None:
    temperature = SpotMeasurementView(
        entry=7,
        signal="body_temperature",
        label="Body temperature",
        unit="Cel",
        at_ns=NOW_NS - 10 * MINUTE_NS,
        value=37.4,
        by="",
        corrected=None,
        source="thermometer",
    )
    shown = manual_measurements.measured(replace(HERE, spot_measurements=[temperature]))
    row = re.sub(r"(<[^>]*>)+", " ", shown).strip()
    assert row == "07:50 Body temperature 37.4 °C thermometer"


@pytest.fixture
def page(session_page: Page) -> Page:
    return session_page


@pytest.mark.asyncio(loop_scope="session")
async def test_measurement_is_entered_with_its_time(page: Page, console: Console) -> None:
    last = LatestMeasurementView(
        signal="systolic",
        label="Systolic blood pressure",
        unit="mm[Hg]",
        value=120,
        age_s=600,
        stale=False,
        priority=None,
    )
    await look(page, console, replace(HERE, latest_measurements=[last]))
    await sign(page)
    await page.get_by_role("button", name="Enter measurement").click()
    systolic = page.get_by_label("Systolic")
    await expect(systolic).to_be_focused()
    await expect(page.get_by_role("dialog")).to_contain_text("last 120 mmHg, 10 min ago")
    units = page.get_by_role("dialog").locator(".q-field__suffix")
    assert await units.all_inner_texts() == ["mmHg", "mmHg", "/min", "°C", "%", "mL"]
    await systolic.fill("128")
    await page.get_by_label("Measured at").fill("9:30")
    await systolic.press("Enter")
    await expect(page.get_by_text("9:30 is in the future")).to_be_visible()
    await page.get_by_label("Measured at").fill("7:45")
    await page.get_by_label("Measured at").press("Enter")
    await expect(page.get_by_text("128/-- mmHg")).to_be_visible()
    values = str({"systolic": 128.0})
    at = str(NOW_NS - 15 * MINUTE_NS)
    assert console.backend.acts == [("measure", "S-1", values, "MK", "monitor", at)]


@pytest.mark.asyncio(loop_scope="session")
async def test_each_unusual_value_needs_confirmation(page: Page, console: Console) -> None:
    await look(page, console)
    await sign(page)
    console.backend.unusual = "Systolic blood pressure 270 mmHg: unusual value"
    await page.get_by_role("button", name="Enter measurement").click()
    await page.get_by_label("Systolic").fill("270")
    await page.get_by_role("button", name="Record").click()
    await expect(page.get_by_text("270 mmHg: unusual value")).to_be_visible()
    await page.get_by_label("Systolic").fill("280")
    console.backend.unusual = "Systolic blood pressure 280 mmHg: unusual value"
    await page.get_by_role("button", name="Value is correct: record it").click()
    await expect(page.get_by_text("280 mmHg: unusual value")).to_be_visible()
    assert console.backend.acts == []
    await page.get_by_role("button", name="Value is correct: record it").click()
    await expect(page.get_by_role("button", name="Value is correct: record it")).to_be_hidden()
    values = str({"systolic": 280.0})
    assert console.backend.acts == [("measure", "S-1", values, "MK", "monitor", "confirmed")]


@pytest.mark.extended
@pytest.mark.asyncio(loop_scope="session")
async def test_unusual_correction_needs_confirmation(page: Page, console: Console) -> None:
    taken = SpotMeasurementView(
        entry=7,
        signal="systolic",
        label="Systolic",
        unit="mm[Hg]",
        at_ns=NOW_NS,
        value=190,
        by="",
        corrected=None,
        source="cuff",
    )
    await look(page, console, replace(HERE, spot_measurements=[taken]))
    await sign(page)
    console.backend.unusual = "Systolic 270 mmHg: unusual value"
    await page.get_by_role("button", name="Undo or correct").click()
    await expect(page.get_by_text("Systolic 190 mmHg - cuff")).to_be_visible()
    await page.get_by_role("button", name="Correct", exact=True).click()
    await page.get_by_label("Correct value").fill("270")
    await page.get_by_label("Reason").fill("typo")
    await page.get_by_role("button", name="Save correction").click()
    await page.get_by_role("button", name="Value is correct: record it").click()
    await expect(page.get_by_text("Corrected: Systolic")).to_be_visible()
    assert console.backend.acts == [
        ("correct", "S-1", "7", "systolic", "270.0", "MK", "typo", "confirmed")
    ]


@pytest.mark.asyncio(loop_scope="session")
async def test_dose_has_amount_time_and_what_is_missing(page: Page, console: Console) -> None:
    drug = StudyDrug(name="MDMA", range_mg=(75, 125))
    settling = DoseCheckView(
        what="Baseline of core temperature", progress="settling, 9 of 15 min", done=False
    )
    ready = DoseCheckView(what="Baseline of heart rate", progress="ready", done=True)
    view = replace(HERE, study_drug=drug, before_dose=[settling, ready])
    await look(page, console, view)
    await sign(page)
    await expect(page.locator(".glance")).to_contain_text("1 item before the dose")
    await expect(page.locator(".scheduled")).to_contain_text("settling, 9 of 15 min")
    await page.get_by_role("button", name="Supplement", exact=True).click()
    refusal = page.get_by_text("Not saved: no dose is marked")
    await expect(refusal).to_be_visible()
    await page.get_by_role("button", name="Dose", exact=True).click()
    dialog = page.get_by_role("dialog")
    await expect(dialog.locator(".missing")).to_have_text(settling.text)
    await expect(dialog).to_contain_text("Blood pressure not measured")
    amount = dialog.get_by_label("Amount (75 to 125)")
    await expect(amount).to_be_focused()
    await dialog.get_by_label("Given at").fill("7:30")
    await dialog.get_by_label("Reason for the dose").fill("swallowed")
    console.backend.unusual = "62.5 mg is outside the 75 to 125 mg of this study"
    await amount.fill("62,5")
    await amount.press("Enter")
    await expect(dialog.get_by_text("62.5 mg is outside")).to_be_visible()
    console.backend.unusual = ""
    await dialog.get_by_role("button", name="Amount is correct: mark it").click()
    await expect(page.get_by_text("Marked: dose")).to_be_visible()
    await expect(refusal).to_be_hidden()  # the act has succeeded
    at = str(NOW_NS - 30 * MINUTE_NS)
    marked = ("mark", "S-1", "dose", "MDMA", "MK", "62.5 mg", at, "swallowed")
    assert console.backend.acts == [marked]
    await expect(page.locator(".marker i").first).to_contain_text("dose")


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize(("name", "said"), [("Valid", "valid"), ("Not valid", "not valid")])
async def test_doubtful_measurement_is_confirmed_at_its_alarm(
    page: Page, console: Console, name: str, said: str
) -> None:
    await look(page, console, replace(HERE, alarms=[DOUBTFUL]))
    await sign(page)
    await page.get_by_role("button", name=f"{name}: 196/122 mmHg", exact=False).first.click()
    await expect(page.get_by_text(f"Marked as {said}.")).to_be_visible()
    at = str(UNCONFIRMED.at_ns)
    assert console.backend.acts == [("settle", "S-1", "cuff/systolic", at, "MK", said)]


@pytest.mark.extended
@pytest.mark.asyncio(loop_scope="session")
async def test_several_doubtful_measurements_are_confirmed_singly_or_rejected(
    page: Page, console: Console
) -> None:
    others = tuple(
        replace(UNCONFIRMED, at_ns=n, text=f"1{n}0/80 mmHg", plausible=n != 2) for n in (1, 2)
    )
    both = replace(DOUBTFUL, unconfirmed=others)
    await look(page, console, replace(HERE, alarms=[both]))
    await sign(page)
    await expect(page.get_by_role("button", name="Not valid: 120/80 mmHg")).to_be_visible()
    valid = page.get_by_role("button", name="Valid: 120/80 mmHg", exact=True)
    await expect(valid).to_be_hidden()  # not plausible
    await page.get_by_role("button", name="Mark all 2 as not valid").click()
    await expect(page.get_by_text("All marked as not valid.")).to_be_visible()
    assert [act[3] for act in console.backend.acts] == ["1", "2"]


@pytest.mark.extended
@pytest.mark.asyncio(loop_scope="session")
async def test_unusual_fluid_amount_needs_confirmation(page: Page, console: Console) -> None:
    await look(page, console)
    await sign(page)
    console.backend.unusual = "Fluid intake 4000 mL: unusual value"
    await page.get_by_role("button", name="Fluid", exact=True).click()
    await page.get_by_label("Other amount").fill("4000")
    await page.get_by_role("button", name="Record").click()
    await page.get_by_role("button", name="Value is correct: record it").click()
    await expect(page.get_by_text("Recorded: 4000 mL")).to_be_visible()
    values = str({"fluid_intake": 4000.0})
    assert console.backend.acts == [("measure", "S-1", values, "MK", "monitor", "confirmed")]
