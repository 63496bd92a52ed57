"""Session control on the page: start, sensors, undo, corrections and end."""

from dataclasses import dataclass, replace

import pytest
from playwright.async_api import Page, expect

from dashboards.console.views.measurements import SpotMeasurementView
from dashboards.console.views.session import MarkerView, SessionView
from tests.console.conftest import Console
from tests.console.fake_backend import MINUTE_NS, NOW_NS, SESSION

pytestmark = pytest.mark.asyncio(loop_scope="session")


@dataclass(frozen=True)
class Check:
    item: str
    state: str
    found: str
    counts: bool = True


UNSTARTED = replace(
    SESSION,
    preflight=(
        Check("sensor strap", "ok", "It sends valid values; battery 80 %."),
        Check("sound", "unknown", "Play the test sound, and confirm that it is heard."),
        Check("clock", "not ok", "Clock not synchronised: switch it on."),
        Check("baseline", "unknown", "Valid so far: heart rate 30 %.", counts=False),
    ),
)


@pytest.fixture
def page(session_page: Page) -> Page:
    return session_page


async def look(page: Page, console: Console, view: SessionView = SESSION) -> None:
    await console.show(page, view)
    await page.get_by_label("Your name or initials").fill("MK")


async def press(page: Page, name: str) -> None:
    await page.get_by_role("button", name=name, exact=True).click()


async def test_checklist_is_shown_until_the_start(page: Page, console: Console) -> None:
    await look(page, console, UNSTARTED)
    panel = page.get_by_role("region", name="Pre-flight checklist")
    await expect(panel.locator(".check")).to_have_count(4)
    await expect(panel).to_contain_text("alarms are already active")
    await press(page, "I heard it")
    await expect(page.get_by_text("Sound confirmed.")).to_be_visible()
    await press(page, "Start session")
    asked = page.get_by_role("dialog")
    await expect(asked).to_contain_text("Clock not synchronised")
    await expect(asked).not_to_contain_text("heart rate 30 %")
    await asked.get_by_label("Reason for starting").fill("the clock was compared")
    await press(page, "Start")
    await expect(panel).to_be_hidden()
    assert console.backend.acts == [
        ("confirm_sound", "S-1", "MK"),
        ("start", "S-1", "MK", "the clock was compared"),
    ]


async def test_end_dialog_lists_open_items_and_session_is_dismissed(
    new_page: Page, console: Console
) -> None:
    matters = ("It is only 2.5 h since the dose; at least 8 h of monitoring are required.",)
    await look(new_page, console, replace(SESSION, open_items=matters))
    await press(new_page, "End session")
    asked = new_page.get_by_role("dialog")
    await expect(asked).to_contain_text("at least 8 h")
    await asked.get_by_label("Reason for ending").fill("taken to the ward")
    await asked.get_by_role("button", name="End session").click()
    assert console.backend.acts == []  # one touch does not end the session
    await press(new_page, "Monitoring and alarms stop now: end it")
    await expect(new_page.get_by_text("Ended; monitoring has stopped", exact=True)).to_be_visible()
    for name in ("End session", "Dose", "Enter measurement", "Sensors", "Pause audio 120 s"):
        await expect(new_page.locator("main .act", has_text=name)).to_be_hidden()
    await new_page.keyboard.press("d")
    await expect(new_page.locator(".q-dialog .ask")).to_have_count(0)
    # Nothing covers the measurements.
    band = "getComputedStyle(document.querySelector('.vitals'), '::before').width"
    chart = await new_page.locator(".chart-frame").first.bounding_box()
    vitals = await new_page.locator(".vitals").bounding_box()
    assert chart is not None
    assert vitals is not None
    assert vitals["x"] + float((await new_page.evaluate(band))[:-2]) < chart["x"] + 1
    await press(new_page, "Dismiss")
    await expect(new_page.get_by_text("No session is running.")).to_be_visible()
    assert [act[0] for act in console.backend.acts] == ["finish", "dismiss"]
    assert console.backend.acts[0][-1] == "taken to the ward"


async def test_sensor_is_replaced_by_a_found_device(page: Page, console: Console) -> None:
    await look(page, console)
    await press(page, "Sensors")
    asked = page.get_by_role("dialog")
    await press(page, "Search for sensors")
    await expect(page.get_by_text("1 free sensor found.")).to_be_visible()
    await asked.get_by_role("combobox", name="Device").click()
    await page.get_by_role("option", name="Polar H10 …00:02").click()
    await asked.get_by_label("Reason").fill("battery empty")
    await press(page, "Use this sensor")
    await expect(page.get_by_text("Searching for strap ...")).to_be_visible()
    assert console.backend.acts[-1] == (
        "replace_sensor",
        "S-1",
        "strap",
        "strap",
        "2",
        "MK",
        "battery empty",
    )


@pytest.mark.extended
async def test_marker_is_undone_and_struck_through(page: Page, console: Console) -> None:
    marker = MarkerView(at_ns=NOW_NS - MINUTE_NS, kind="dose", text="", by="AB")
    await look(page, console, replace(SESSION, markers=(marker,), dose_ns=marker.at_ns))
    await press(page, "Undo or correct")
    await page.get_by_role("dialog").get_by_role("button", name="Undo").click()
    asked = page.get_by_role("dialog")
    await expect(asked).to_contain_text("The baseline and its limits are removed")
    await asked.get_by_label("Reason").fill("wrong button")
    await press(page, "Undo dose")
    await expect(page.locator(".events s")).to_contain_text("dose")
    await expect(page.locator(".events")).to_contain_text("undone by MK")
    await expect(page.locator(".marker.undone").first).to_be_visible()
    assert console.backend.acts == [("undo", "S-1", str(marker.at_ns), "MK", "wrong button")]


@pytest.mark.extended
async def test_measurement_is_corrected(page: Page, console: Console) -> None:
    taken = SpotMeasurementView(
        entry=7,
        signal="systolic",
        label="Systolic blood pressure",
        unit="mm[Hg]",
        at_ns=NOW_NS,
        value=182.0,
        by="AB",
        corrected=None,
    )
    await look(page, console, replace(SESSION, spot_measurements=(taken,)))
    await press(page, "Undo or correct")
    await press(page, "Correct")
    asked = page.get_by_role("dialog")
    await asked.get_by_label("Correct value").fill("128")
    await asked.get_by_label("Reason").fill("typo")
    await press(page, "Save correction")
    await expect(page.get_by_text("Corrected: Systolic")).to_be_visible()
    assert console.backend.acts == [("correct", "S-1", "7", "systolic", "128.0", "MK", "typo")]


@pytest.mark.extended
async def test_marker_keys_do_not_work_in_fields(page: Page, console: Console) -> None:
    await look(page, console, replace(SESSION, dose_ns=NOW_NS - MINUTE_NS))
    name = page.get_by_label("Your name or initials")
    await name.press("d")
    await expect(name).to_have_value("MKd")
    await expect(page.get_by_role("dialog")).to_be_hidden()
    await name.fill("MK")
    await name.blur()
    for key, heading in {"d": "Dose", "s": "Supplement", "p": "Phase", "n": "Note"}.items():
        await page.keyboard.press(key)
        asked = page.get_by_role("dialog")
        await expect(asked.get_by_role("heading", name=heading)).to_be_visible()
        await asked.get_by_role("button", name="Cancel").click()
        await expect(asked).to_be_hidden()
    for keys, rating in {"7": "7", "1": "1", "10": "10"}.items():
        await page.keyboard.press("r")
        await expect(page.get_by_role("heading", name="Rating")).to_be_visible()
        for key in keys:
            await page.keyboard.press(key)
        await expect(page.get_by_role("dialog")).to_be_hidden()
        assert console.backend.acts[-1] == ("mark", "S-1", "rating", rating, "MK")


@pytest.mark.extended
async def test_common_fluid_amount_takes_one_touch(page: Page, console: Console) -> None:
    await look(page, console, replace(SESSION, fluid_ml=350.0))
    await press(page, "Fluid")
    await expect(page.get_by_role("dialog")).to_contain_text("Total so far: 350 mL")
    await press(page, "200 mL")
    await expect(page.get_by_text("Recorded: 200 mL")).to_be_visible()
    assert console.backend.acts == [("measure", "S-1", "{'fluid_intake': 200.0}", "MK", "monitor")]


async def test_session_that_did_not_start_is_shown_on_the_ward(
    new_page: Page, console: Console
) -> None:
    console.backend.failed = ["session B of b.toml does not run: the journal is damaged"]
    console.backend.put(SESSION, replace(SESSION, id="S-2"))
    try:
        await new_page.goto(console.url)
        await expect(new_page.get_by_text("session B of b.toml does not run")).to_be_visible()
    finally:
        console.backend.failed = ()
