"""The session page in Chromium."""

from dataclasses import replace

import pytest
from playwright.async_api import Page, expect

from dashboards.console.views.session import MarkerView, SessionView
from tests.console.conftest import Console
from tests.console.fake_backend import (
    CORE,
    HEART_RATE,
    MINUTE_NS,
    NOW_NS,
    PILL,
    SESSION,
    STRAP,
    TACHYCARDIA,
    raised,
)

pytestmark = pytest.mark.asyncio(loop_scope="session")

ALARMED = replace(
    SESSION,
    channels=(replace(HEART_RATE, value=134.0, priority="medium"), CORE),
    alarms=(TACHYCARDIA,),
    history=(raised(TACHYCARDIA),),
)


@pytest.fixture
def page(session_page: Page) -> Page:
    return session_page


async def look(page: Page, console: Console, view: SessionView = SESSION) -> None:
    await console.show(page, view)


async def sign(page: Page, name: str = "MK") -> None:
    await page.get_by_label("Your name or initials").fill(name)


async def test_value_has_unit_age_and_quality_and_is_large(page: Page, console: Console) -> None:
    await look(page, console)
    card = page.get_by_role("region", name="Core temperature")
    await expect(card.locator(".value")).to_have_text("37.2")
    await expect(card.locator(".unit")).to_have_text("°C")
    await expect(card.locator(".age")).to_have_text("8 s ago")
    await expect(card.locator(".quality")).to_have_text("good")
    heights = await page.eval_on_selector_all(
        ".value", "all => all.map(one => parseFloat(getComputedStyle(one).fontSize))"
    )
    assert len(heights) == 3  # with blood pressure
    assert min(heights) >= 0.1 * 900  # readable from four metres


async def test_new_value_is_shown_without_a_reload(page: Page, console: Console) -> None:
    await look(page, console)
    console.backend.put(replace(SESSION, channels=(replace(HEART_RATE, value=91.0), CORE)))
    await expect(page.locator(".value").first).to_have_text("91")


async def test_stale_value_does_not_look_live(page: Page, console: Console) -> None:
    stale = replace(CORE, stale=True, age_s=400.0)
    await look(page, console, replace(SESSION, channels=(HEART_RATE, stale)))
    card = page.get_by_role("region", name="Core temperature")
    await expect(card.locator(".age")).to_have_text("NOT LIVE - 6 min ago")
    live, grey, _ = await page.eval_on_selector_all(
        ".value", "all => all.map(one => getComputedStyle(one).color)"
    )
    assert live != grey
    await expect(page.locator(".glance")).to_contain_text("no live core temperature")


async def test_missing_value_is_two_dashes(page: Page, console: Console) -> None:
    unseen = replace(HEART_RATE, value=None, age_s=None, stale=True, quality="no contact")
    await look(page, console, replace(SESSION, channels=(unseen,)))
    await expect(page.locator(".value").first).to_have_text("--")
    await expect(page.locator(".glance")).to_contain_text("? UNKNOWN")


async def test_alarm_is_shown_by_more_than_colour(page: Page, console: Console) -> None:
    await look(page, console)
    await expect(page.get_by_text("No alarm.")).to_be_visible()
    console.backend.put(ALARMED)
    row = page.get_by_role("region", name="Alarms").get_by_role("listitem")
    await expect(row).to_contain_text("** MEDIUM")
    await expect(row).to_contain_text("134 /min · limit 131 /min")
    await expect(page.get_by_role("region", name="Heart rate")).to_contain_text("** MEDIUM")
    await expect(page).to_have_title("** P-014 - Heart rate 131 or more")


async def test_alarm_opens_the_checklist_that_it_names(new_page: Page, console: Console) -> None:
    message = "Core temperature above 38.5 °C: go through the Hunter criteria"
    console.backend.put(replace(SESSION, alarms=(replace(TACHYCARDIA, message=message),)))
    await new_page.goto(console.url)
    async with new_page.expect_popup() as opened:
        await new_page.get_by_role("link", name="Hunter criteria").click()
    checklist = await opened.value
    await expect(checklist.get_by_role("heading")).to_have_text(
        "Hunter criteria for serotonin toxicity"
    )
    await expect(checklist.get_by_role("listitem")).to_have_count(5)
    await expect(checklist.get_by_text("doi:10.1093/qjmed/hcg109")).to_be_visible()
    await checklist.close()
    await expect(new_page.locator(".alarm")).to_have_count(1)  # the session stays in view
    console.backend.put(replace(SESSION, alarms=(TACHYCARDIA,)))
    await expect(new_page.get_by_role("link", name="Hunter criteria")).to_have_count(0)


async def test_acknowledgement_passes_the_name_to_the_backend(page: Page, console: Console) -> None:
    await look(page, console, ALARMED)
    await sign(page)
    button = page.get_by_role("button", name="Acknowledge")
    await button.focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Acknowledged by MK")).to_be_visible()
    await expect(button).to_be_hidden()
    assert console.backend.acts == [("acknowledge", "S-1", TACHYCARDIA.key, "MK")]


async def test_refusal_is_shown_as_a_sentence(page: Page, console: Console) -> None:
    await look(page, console, ALARMED)
    await page.get_by_role("button", name="Acknowledge").click()
    await expect(page.get_by_role("alert")).to_contain_text("enter your name or initials first")
    await expect(page.get_by_label("Your name or initials")).to_be_focused()
    console.backend.refusal = "this alarm is not active any more"
    await sign(page)
    await page.get_by_role("button", name="Acknowledge").click()
    await expect(page.get_by_text(console.backend.refusal)).to_be_visible()
    assert console.backend.acts == []


async def test_fault_in_an_action_is_not_silent(
    page: Page, console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: str) -> None:
        raise KeyError("a fault")

    await look(page, console, ALARMED)
    await sign(page)
    monkeypatch.setattr(console.backend, "acknowledge", fail)
    await page.get_by_role("button", name="Acknowledge").click()
    await expect(page.get_by_role("alert")).to_contain_text("Not saved: a fault of physiomon")


async def test_latched_alarm_can_be_reset(page: Page, console: Console) -> None:
    over = replace(TACHYCARDIA, state="latched", by="AR")
    await look(page, console, replace(SESSION, alarms=(over,)))
    await sign(page)
    await page.get_by_role("button", name="Reset").click()
    await expect(page.get_by_text("No alarm.")).to_be_visible()
    assert console.backend.acts == [("reset", "S-1", over.key, "MK")]


@pytest.mark.extended
async def test_name_is_kept_per_tab(page: Page, console: Console) -> None:
    await look(page, console)
    await sign(page, "Mia K.")
    await page.reload()
    await expect(page.get_by_label("Your name or initials")).to_have_value("Mia K.")
    other = await page.context.new_page()
    await look(other, console)
    await expect(other.get_by_label("Your name or initials")).to_have_value("")
    await other.close()


# The page answers the server's question for the name only with a click.
SILENT = """
addEventListener("DOMContentLoaded", () => {
  const emit = emitEvent;
  emitEvent = (...event) => globalThis.event?.type === "click" && emit(...event);
});
"""


async def test_click_before_the_name_is_asked_for_takes_it_along(
    page: Page, console: Console
) -> None:
    await look(page, console, replace(SESSION, alarms=(TACHYCARDIA,)))
    await sign(page)
    await page.add_init_script(SILENT)
    await page.reload()
    await page.get_by_role("button", name="Acknowledge").click()
    await expect(page.locator(".alarm")).to_contain_text("cknowledged by MK")
    assert console.backend.acts == [("acknowledge", "S-1", TACHYCARDIA.key, "MK")]


@pytest.mark.extended
async def test_dose_is_marked_after_confirmation(page: Page, console: Console) -> None:
    await look(page, console)
    await expect(page.locator(".clocks")).to_contain_text("before dose")
    await sign(page)
    dose = page.get_by_role("button", name="Dose", exact=True)
    await dose.click()
    await expect(page.get_by_role("dialog")).to_contain_text("Heart rate 72 /min")
    await page.get_by_role("button", name="Cancel").click()
    await expect(page.get_by_role("dialog")).to_be_hidden()
    assert console.backend.acts == []
    await dose.click()
    await page.get_by_role("button", name="Mark the dose").click()
    await expect(page.locator(".clocks")).to_contain_text("since dose0:00:00")
    assert console.backend.acts == [("mark", "S-1", "dose", "", "MK")]


@pytest.mark.extended
async def test_rating_is_one_number(page: Page, console: Console) -> None:
    await look(page, console)
    await sign(page)
    await page.get_by_role("button", name="Rating").click()
    await page.get_by_role("button", name="7", exact=True).click()
    await expect(page.locator(".events")).to_contain_text("rating: 7 - MK")
    assert console.backend.acts == [("mark", "S-1", "rating", "7", "MK")]


@pytest.mark.extended
async def test_typed_text_survives_updates(page: Page, console: Console) -> None:
    await look(page, console)
    await sign(page)
    await page.get_by_role("button", name="Note").click()
    field = page.get_by_label("Text")
    await field.press_sequentially("asked for ")
    console.backend.put(replace(ALARMED, channels=(replace(HEART_RATE, value=140.0), CORE)))
    await expect(page.locator(".value").first).to_have_text("140")
    await expect(page.get_by_role("button", name="Acknowledge")).to_have_count(1)
    await expect(field).to_be_focused()
    await field.press_sequentially("water")
    await page.get_by_role("button", name="Mark the note").click()
    await expect(page.locator(".events")).to_contain_text("note: asked for water - MK")


async def test_user_text_is_escaped(new_page: Page, console: Console) -> None:
    evil = '<img src=x onerror="window.hacked=1"></script>`${window.hacked=1}`'
    marker = MarkerView(at_ns=NOW_NS - MINUTE_NS, kind="note", text=evil, by=evil)
    await look(
        new_page,
        console,
        replace(
            ALARMED,
            participant=evil,
            room=evil,
            alarms=(replace(TACHYCARDIA, message=evil, by=evil),),
            sensors=(replace(STRAP, reason=evil), PILL),
            notices=(evil,),
            markers=(marker,),
            history=(replace(raised(TACHYCARDIA), message=evil),),
        ),
    )
    await sign(new_page)
    await new_page.get_by_role("button", name="Note").click()
    await new_page.get_by_label("Text").fill(evil)
    await new_page.get_by_role("button", name="Mark the note").click()
    await expect(new_page.locator(".events li").first).to_contain_text(evil)
    await expect(new_page.locator(".plot .marker").first).to_have_attribute(
        "title", f"note by {evil}: {evil}"
    )
    assert await new_page.evaluate("window.hacked") is None
    assert await new_page.locator("img").count() == 0


@pytest.mark.extended
async def test_chart_follows_the_selected_span(new_page: Page, console: Console) -> None:
    await look(new_page, console, replace(SESSION, dose_ns=NOW_NS - 10 * MINUTE_NS))
    chart = new_page.get_by_role("img", name="Heart rate")
    await expect(chart).to_contain_text("dose")
    await expect(chart).to_contain_text("** 131")
    await new_page.get_by_role("button", name="5 min").click()
    await expect(chart).to_contain_text("+0:08")
    await new_page.get_by_role("button", name="Clock").click()
    await expect(chart).not_to_contain_text("+0:08")


async def test_audio_pause_shows_the_time_left(page: Page, console: Console) -> None:
    await look(page, console, ALARMED)
    await sign(page)
    await page.get_by_role("button", name="Pause audio 120 s").click()
    await expect(page.get_by_text("AUDIO PAUSED 02:00")).to_be_visible()
    await page.get_by_role("button", name="Resume audio").click()
    await expect(page.get_by_role("button", name="Pause audio 120 s")).to_be_visible()
    assert console.backend.acts == [("pause", "S-1", "MK"), ("resume", "S-1", "MK")]


async def test_sensors_and_notices_show_problems(page: Page, console: Console) -> None:
    lost = replace(PILL, state="lost", reason="Not heard for 7 min.", battery=None)
    view = replace(
        SESSION, sensors=(replace(STRAP, battery=17.0), lost), notices=("Disk is full.",)
    )
    await look(page, console, view)
    strip = page.get_by_role("region", name="Sensors")
    await expect(strip).to_contain_text("✕ lost")
    await expect(strip).to_contain_text("Not heard for 7 min.")
    await expect(strip).to_contain_text("battery 17 % LOW")
    await expect(page.get_by_role("status", name="Notices")).to_contain_text("Disk is full.")
    await expect(page.locator(".glance")).to_contain_text("pill lost, strap battery 17 %")


async def test_ended_session_does_not_look_live(new_page: Page, console: Console) -> None:
    await look(new_page, console)
    console.backend.put(replace(SESSION, id="S-2"))
    await expect(new_page.locator("html.ended")).to_have_count(1)


@pytest.mark.extended
async def test_page_requests_no_other_host(new_page: Page, console: Console) -> None:
    asked: list[str] = []
    new_page.on("request", lambda request: asked.append(request.url))
    await look(new_page, console, ALARMED)
    own = (console.url, console.url.replace("http", "ws"), "data:", f"blob:{console.url}")
    assert len(asked) > 5
    assert [url for url in asked if not url.startswith(own)] == []


@pytest.mark.extended
async def test_phone_scrolls_in_one_direction(new_page: Page, console: Console) -> None:
    await new_page.set_viewport_size({"width": 390, "height": 844})
    await look(new_page, console, ALARMED)
    await expect(
        new_page.get_by_text("Not a medical device. Never the sole monitor.")
    ).to_be_in_viewport()
    assert await new_page.evaluate("document.documentElement.scrollWidth") <= 390


async def test_buttons_have_names_and_flashing_can_be_switched_off(
    page: Page, console: Console
) -> None:
    await look(page, console, ALARMED)
    for button in await page.get_by_role("button").all():
        assert (await button.inner_text()).strip()
    flash = "getComputedStyle(document.querySelector('.unacknowledged'), '::after').animationName"
    assert await page.evaluate(flash) == "flash-medium"
    await page.get_by_role("button", name="Flashing on").click()
    await expect(page.get_by_role("button", name="Flashing off")).to_be_visible()
    assert await page.evaluate(flash) == "none"
    await page.get_by_role("button", name="Flashing off").click()
