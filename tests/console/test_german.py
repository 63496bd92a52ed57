"""German on the pages: numbers, what people enter, and rules about the words of a message."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect
from pydantic import ValidationError

from dashboards.console.fields.number_field import NumberError, read_number
from dashboards.console.formatting import age, number, quantity, until
from dashboards.console.live.snapshot import session_snapshot
from dashboards.console.measurements.measurement_times import again_text
from dashboards.console.server import serve
from dashboards.console.status.status_summary import person
from dashboards.console.views.translation import translated
from dashboards.texts import load, use
from monitor.config.console import ConsoleConfig
from tests.console.conftest import Console
from tests.console.eventful_session import FEVER
from tests.console.fake_backend import MINUTE_NS, NOW_NS, SESSION, TACHYCARDIA, FakeBackend
from tests.console.test_first_view import PAGES, picture
from tests.console.test_session_tile import measured

AGAIN = replace(
    TACHYCARDIA,
    key="bp-160@session/systolic",
    subject="session/systolic",
    message="Systolic pressure above 160 mmHg: measure again in 5 minutes",
    spot=True,
    measure_again_s=300.0,
)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def served() -> AsyncIterator[Console]:
    backend = FakeBackend()
    async with serve(backend, port=0, catalogue=load("de")) as url:
        yield Console(backend, url)


def test_numbers_and_times() -> None:
    with use(load("de")):
        assert number(37.24, 1) == "37,2"
        assert quantity(38.0, "Cel") == "38,0 °C"
        assert age(12.0) == "vor 12 s"
        assert until(NOW_NS, NOW_NS - 30 * 60 * MINUTE_NS, None).startswith(" bis Fr ")
    assert number(37.24, 1) == "37.2"


def test_a_point_may_separate_thousands() -> None:
    with use(load("de")):
        assert read_number("37,4") == read_number("37.4") == 37.4
        assert read_number("1,200") == 1.2
        with pytest.raises(NumberError, match=r"'1\.200' kann 1200 oder 1,200 bedeuten"):
            read_number("1.200")
        with pytest.raises(NumberError, match="Eingabe wie 37,4"):
            read_number("x")


def test_messages_ask_to_measure_again() -> None:
    view = measured(replace(SESSION, alarms=(AGAIN,)), 1)
    with use(load("de")):
        german = translated(view)
        assert german.alarms[0].message.endswith("in 5 Minuten erneut messen")
        assert again_text(german) == "erneut in 4:00"
        assert person(german).text.startswith("Systolischer Druck über 160 mmHg")
    assert again_text(view) == "again in 4:00"
    assert translated(view) is view


def test_what_people_write_is_not_translated() -> None:
    view = replace(SESSION, participant="Dose", room="Note", alarms=(replace(FEVER, by="Rating"),))
    with use(load("de")):
        german = translated(view)
        assert (german.participant, german.room, german.alarms[0].by) == ("Dose", "Note", "Rating")
        assert "Quittiert von Rating" not in session_snapshot(german)["person"].content


@pytest.mark.extended
@pytest.mark.asyncio(loop_scope="session")
async def test_the_page_in_german(console: Console, new_page: Page) -> None:
    hunter = "Core temperature above 38.5 °C: go through the Hunter criteria for serotonin toxicity"
    console.backend.put(
        replace(SESSION, alarms=(replace(FEVER, message=hunter, state="active", by=None),))
    )
    await new_page.goto(f"{console.url}session/S-1")
    await expect(new_page.locator("html")).to_have_attribute("lang", "de")
    await expect(new_page.locator(".value").nth(1)).to_have_text("37,2")
    await expect(new_page.get_by_role("link", name="Hunter-Kriterien")).to_be_visible()
    await new_page.get_by_label("Ihr Name oder Kürzel").fill("MK")
    await new_page.get_by_role("button", name="Messwert eingeben").click()
    await new_page.get_by_label("Thermometer").fill("37,45")
    await new_page.get_by_role("button", name="Erfassen", exact=True).click()
    await expect(new_page.get_by_text("Erfasst.")).to_be_visible()
    assert console.backend.acts[-1][2] == "{'body_temperature': 37.45}"
    await expect(new_page.locator(".q-dialog")).to_have_count(0)
    # Values that are read off a chart.
    await new_page.locator(".chart-frame").nth(1).hover()
    await expect(new_page.locator(".chart-reading").nth(1)).to_contain_text("um ")
    await expect(new_page.locator(".chart-reading").nth(1)).to_contain_text(",")


def test_only_known_languages_can_be_configured() -> None:
    assert ConsoleConfig().language == "en"
    assert ConsoleConfig(language="de").language == "de"
    with pytest.raises(ValidationError, match="language"):
        ConsoleConfig.model_validate({"language": "fr"})


@pytest.mark.asyncio(loop_scope="session")
async def test_what_is_shown_before_the_scripts_run(console: Console) -> None:
    for path in PAGES:
        html = await picture(console.url + path)
        assert "NICHT LIVE: Stand von 08:00:00" in html
        assert "Herzfrequenz" in html
