"""Number input: a comma is a decimal comma, and invalid text is refused."""

from dataclasses import replace

import pytest
from playwright.async_api import Locator, Page, expect

from dashboards.console.fields.number_field import NumberError, read_number
from dashboards.console.views.measurements import SpotMeasurementView
from tests.console.conftest import Console
from tests.console.fake_backend import NOW_NS, SESSION
from tests.console.test_session_page import look, sign

TAKEN = SpotMeasurementView(
    entry=7,
    signal="body_temperature",
    label="Thermometer",
    unit="Cel",
    value=73.4,
    at_ns=NOW_NS,
    by="MK",
    corrected=None,
)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("37.4", 37.4),
        ("37,4", 37.4),
        (" 37,4 ", 37.4),
        ("0,125", 0.125),
        ("-1,5", -1.5),
        (",5", 0.5),
        ("122", 122.0),
        ("37,", 37.0),
        ("1.000", 1.0),
        ("0", 0.0),
        ("", None),
        ("  ", None),
        (None, None),
    ],
)
def test_decimal_point_and_comma(text: str | None, number: float | None) -> None:
    assert read_number(text) == number


@pytest.mark.parametrize(
    "text", ["37,4 °C", "3o7", "37,4,1", "1.000,5", "nan", "inf", "1e3", "1_0", "-", "٣٧"]
)
def test_text_that_is_not_a_number_is_refused(text: str) -> None:
    with pytest.raises(NumberError, match="is not a number: enter it like"):
        read_number(text)


def test_ambiguous_comma_is_refused() -> None:
    with pytest.raises(NumberError, match=r"'1,200' can mean 1200 or 1\.200:"):
        read_number("1,200")


@pytest.fixture
def page(session_page: Page) -> Page:
    return session_page


async def opened(page: Page, console: Console, name: str) -> Locator:
    await look(page, console, replace(SESSION, spot_measurements=(TAKEN,)))
    await sign(page)
    await page.get_by_role("button", name=name, exact=True).click()
    return page.get_by_role("dialog")


async def refused(page: Page, name: str) -> None:
    """Expect an error message; the dialog stays open, since its field is filled again later."""
    await page.get_by_role("button", name=name, exact=True).click()
    await expect(page.get_by_role("dialog").get_by_role("alert")).to_have_text(
        "'37,4x' is not a number: enter it like 37.4"
    )


@pytest.mark.extended
@pytest.mark.asyncio(loop_scope="session")
async def test_measurement_field(page: Page, console: Console) -> None:
    dialog = await opened(page, console, "Enter measurement")
    await dialog.get_by_label("Systolic").fill("122")
    await dialog.get_by_label("Thermometer").fill("37,4x")
    await refused(page, "Record")
    await dialog.get_by_label("Thermometer").fill("37,4")
    await page.get_by_role("button", name="Record").click()
    await expect(dialog).to_be_hidden()
    values = str({"systolic": 122.0, "body_temperature": 37.4})
    assert console.backend.acts == [("measure", "S-1", values, "MK", "monitor")]


@pytest.mark.extended
@pytest.mark.asyncio(loop_scope="session")
async def test_fluid_field(page: Page, console: Console) -> None:
    dialog = await opened(page, console, "Fluid")
    await dialog.get_by_label("Other amount").fill("37,4x")
    await refused(page, "Record")
    await dialog.get_by_label("Other amount").fill("125,5")
    await page.get_by_role("button", name="Record").click()
    await expect(dialog).to_be_hidden()
    assert console.backend.acts == [
        ("measure", "S-1", str({"fluid_intake": 125.5}), "MK", "monitor")
    ]


@pytest.mark.extended
@pytest.mark.asyncio(loop_scope="session")
async def test_correction_field(page: Page, console: Console) -> None:
    """Invalid text must not void the old value, as an empty field does."""
    dialog = await opened(page, console, "Undo or correct")
    await dialog.get_by_role("button", name="Correct").click()
    await dialog.get_by_label("Correct value").fill("37,4x")
    await refused(page, "Save correction")
    await dialog.get_by_label("Correct value").fill("37,4")
    await page.get_by_role("button", name="Save correction").click()
    await expect(dialog).to_be_hidden()
    assert console.backend.acts == [("correct", "S-1", "7", "body_temperature", "37.4", "MK", "")]


@pytest.mark.extended
@pytest.mark.asyncio(loop_scope="session")
async def test_limit_field(page: Page, console: Console) -> None:
    dialog = await opened(page, console, "Rules")
    await dialog.get_by_role("button", name="Change", exact=True).click()
    limit = dialog.get_by_label("Upper limit: alarm above")
    await limit.fill("37,4x")
    await refused(page, "Save all")
    await limit.fill("100,5")
    clear = dialog.get_by_label("Alarm ends at")
    await expect(clear).to_have_value("95.5")  # moves with the limit
    await dialog.get_by_role("button", name="** medium").click()
    await page.get_by_role("button", name="Save all").click()
    await expect(dialog).to_be_hidden()
    changes = {"above": 100.5, "clear": 95.5, "priority": "medium"}
    assert console.backend.acts == [("override", "S-1", "hr-110", str(changes), "MK", "")]
