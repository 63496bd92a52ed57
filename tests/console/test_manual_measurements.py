"""Manual and scheduled measurements, and changed rules, on the page."""

import re
from dataclasses import replace
from datetime import UTC

import pytest
from playwright.async_api import Page, expect

from dashboards.console.alarms import to_do
from dashboards.console.measurements import blood_pressure, manual_measurements
from dashboards.console.status import status_summary
from dashboards.console.views.measurements import LatestMeasurementView, ScheduledMeasurementView
from dashboards.console.views.rules import OverrideView
from tests.console.conftest import Console
from tests.console.fake_backend import MINUTE_NS, NOW_NS, SESSION, TACHYCARDIA
from tests.console.test_blood_pressure import taken
from tests.console.test_session_page import look, sign

SYSTOLIC = LatestMeasurementView(
    signal="systolic",
    label="Systolic blood pressure",
    unit="mm[Hg]",
    value=165.0,
    age_s=600.0,
    stale=False,
    priority="low",
)
LATER = ScheduledMeasurementView(
    rule="bp-due", label="Blood pressure", due_ns=NOW_NS + 5 * MINUTE_NS, overdue=False
)
NOW = replace(LATER, due_ns=NOW_NS - MINUTE_NS, overdue=True)
OFF = OverrideView(
    rule="hr-110", change="switched off", off=True, by="Dr A", reason="paces at 115 <b>"
)


def words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", html)).strip()


def test_measurement_shows_value_alarm_and_age() -> None:
    reading = replace(
        SESSION,
        zone=UTC,
        latest_measurements=[SYSTOLIC],
        spot_measurements=[
            taken("diastolic", 95, 7),
            taken("systolic", 265, 7, corrected="MK"),
            replace(taken("systolic", 165, 9), by="MK"),
        ],
        fluid_ml=350.0,
    )
    assert words(manual_measurements.measured(reading)) == (
        "Total fluids 350 mL 08:00 BP 165/95 (118) mmHg 265 MK by hand MK"
    )
    assert "<s>265</s>" in manual_measurements.measured(reading)
    assert words(blood_pressure.tile(reading)) == (
        "Blood pressure by hand MK * LOW 165/95 (118) mmHg 08:00 now"
    )
    assert "p-low" in blood_pressure.classes(reading)
    assert "No measurements yet" in manual_measurements.measured(SESSION)


def test_scheduled_measurement_is_listed_and_highlighted_when_due() -> None:
    assert "in 5:00" in manual_measurements.scheduled(replace(SESSION, scheduled=[LATER]))
    assert "DUE NOW" in manual_measurements.scheduled(replace(SESSION, scheduled=[NOW]))
    later = to_do.to_do(replace(SESSION, scheduled=[LATER]))
    assert later == status_summary.Status("info", "Measure blood pressure in 5:00")
    assert to_do.to_do(replace(SESSION, scheduled=[NOW])).text == "Measure blood pressure"


def test_protocol_reminder_is_not_a_sensor_problem() -> None:
    due = replace(TACHYCARDIA, technical=True, procedure=True, priority="low")
    assert status_summary.sensors(replace(SESSION, alarms=[due])).level == status_summary.OK


def test_changed_rule_is_always_shown_and_escaped() -> None:
    shown = manual_measurements.changes(replace(SESSION, overrides=[OFF]))
    assert "Rule hr-110: switched off - Dr A: paces at 115 &lt;b&gt;" in shown


@pytest.fixture
def page(session_page: Page) -> Page:
    return session_page


@pytest.mark.extended
@pytest.mark.asyncio(loop_scope="session")
async def test_measurement_is_entered_with_a_name(page: Page, console: Console) -> None:
    await look(page, console)
    await sign(page)
    await page.get_by_role("button", name="Enter measurement").click()
    await page.get_by_label("Systolic").fill("165")
    await page.get_by_label("Diastolic").fill("95")
    await page.get_by_role("button", name="Record").click()
    await expect(page.get_by_text("165/95 (118) mmHg")).to_be_visible()
    values = str({"systolic": 165.0, "diastolic": 95.0})
    assert console.backend.acts == [("measure", "S-1", values, "MK", "monitor")]


@pytest.mark.extended
@pytest.mark.asyncio(loop_scope="session")
async def test_refused_measurement_stays_in_the_dialog(page: Page, console: Console) -> None:
    await look(page, console)
    await sign(page)
    console.backend.refusal = "Systolic blood pressure 1650 is not plausible"
    await page.get_by_role("button", name="Enter measurement").click()
    await page.get_by_label("Systolic").fill("1650")
    await page.get_by_role("button", name="Record").click()
    await expect(page.get_by_text("is not plausible")).to_be_visible()
    await expect(page.get_by_label("Systolic")).to_have_value("1650")


@pytest.mark.asyncio(loop_scope="session")
async def test_rule_is_switched_off_with_a_reason_and_stays_visible(
    page: Page, console: Console
) -> None:
    await look(page, console)
    await sign(page)
    await page.get_by_role("button", name="Rules").click()
    await expect(page.get_by_text("above 110 /min")).to_be_visible()
    await page.get_by_role("button", name="Change", exact=True).click()
    await page.get_by_label("Reason").fill("pacemaker")
    await page.get_by_role("button", name="Switch off").click()
    await expect(page.get_by_text("Rule hr-110: switched off - MK: pacemaker")).to_be_visible()
    changes = str({"enabled": False})
    assert console.backend.acts == [("override", "S-1", "hr-110", changes, "MK", "pacemaker")]


@pytest.mark.extended
@pytest.mark.asyncio(loop_scope="session")
async def test_new_baseline_needs_a_reason(page: Page, console: Console) -> None:
    await look(page, console)
    await sign(page)
    await page.get_by_role("button", name="Rules").click()
    await page.get_by_role("button", name="New baseline").click()
    await page.get_by_label("Reason").fill("patch moved")
    await page.get_by_role("button", name="Use as baseline").click()
    await expect(page.get_by_text("New baseline set.")).to_be_visible()
    assert console.backend.acts == [("rebaseline", "S-1", "MK", "patch moved")]


@pytest.mark.extended
@pytest.mark.asyncio(loop_scope="session")
async def test_policy_change_needs_a_reason(page: Page, console: Console) -> None:
    await look(page, console)
    await sign(page)
    await page.get_by_role("button", name="Rules").click()
    await page.get_by_role("button", name="Change policy").click()
    await page.get_by_label("Reason").fill("amendment 2")
    await page.get_by_role("button", name="Apply").click()
    await expect(page.get_by_text("Policy demo applied.")).to_be_visible()
    assert console.backend.acts == [("policy", "S-1", "demo", "MK", "amendment 2")]
