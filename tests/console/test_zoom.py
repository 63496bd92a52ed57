"""Panning, zooming and reading charts in a browser."""

from dataclasses import replace

import pytest
from playwright.async_api import Locator, Page, expect

from tests.console.conftest import Console
from tests.console.fake_backend import CORE, HEART_RATE, MINUTE_NS, NOW_NS, SESSION

pytestmark = pytest.mark.asyncio(loop_scope="session")

DOSED = replace(SESSION, dose_ns=NOW_NS - 102 * MINUTE_NS)
NOW_MS = NOW_NS // 10**6
DRAWN = """([now, back, span]) => {
  const {since, until, live} = physiomonChart.drawn();
  const near = (a, b) => Math.abs(a - b) <= 0.1 * span + 0.02;
  const ends = near((now - until) / 6e4, back) && near((until - since) / 6e4, span);
  return ends && live === (back === 0);
}"""


async def look(page: Page, console: Console) -> Locator:
    console.backend.put(DOSED)
    await page.goto(f"{console.url}session/S-1")
    await expect(page.locator(".trace").first).to_be_attached()
    return page.get_by_role("group", name="Chart of Heart rate")


async def drawn(page: Page, *, back_min: float, span_min: float) -> None:
    """Wait for charts with a given end before now and a given span, to a tenth."""
    await page.wait_for_function(DRAWN, arg=[NOW_MS, back_min, span_min])
    plots = await page.locator(".plot").evaluate_all(
        "all => all.map(one => one.style.getPropertyValue('--stretch'))"
    )
    assert set(plots) == {"1.00000"}  # all show exactly the same period


@pytest.mark.extended
async def test_past_is_marked_and_big_values_stay_live(page: Page, console: Console) -> None:
    chart = await look(page, console)
    past = page.locator(".chart-past-text")
    await expect(past).to_be_hidden()
    await chart.focus()
    for _ in range(5):
        await page.keyboard.press("ArrowLeft")
    await expect(past).to_contain_text("NOT LIVE: ")
    await drawn(page, back_min=15, span_min=30)
    for name in ("Heart rate", "Core temperature"):
        plot = page.locator(f'.plot.past[aria-label^="{name}"]')
        await expect(plot).to_have_count(1)
        spoken = await plot.get_attribute("aria-label")
        assert spoken is not None
        assert spoken.endswith("not live")
    console.backend.put(replace(DOSED, channels=(replace(HEART_RATE, value=91.0), CORE)))
    await expect(page.locator(".value").first).to_have_text("91")
    await expect(past).to_be_visible()
    await page.get_by_role("button", name="Back to live").click()
    await expect(past).to_be_hidden()
    await drawn(page, back_min=0, span_min=30)
    await expect(page.locator(".plot.past")).to_have_count(0)


@pytest.mark.extended
async def test_keys_pan_zoom_and_return_to_live(page: Page, console: Console) -> None:
    chart = await look(page, console)
    await chart.focus()
    await page.keyboard.press("-")
    await drawn(page, back_min=0, span_min=60)
    await page.keyboard.press("Home")
    await drawn(page, back_min=60, span_min=60)
    await page.keyboard.press("+")
    await page.keyboard.press("+")
    await drawn(page, back_min=82, span_min=15)
    await page.keyboard.press("End")
    await drawn(page, back_min=0, span_min=15)
    await page.keyboard.press("ArrowLeft")
    await page.keyboard.press("ArrowLeft")
    await drawn(page, back_min=3, span_min=15)
    await page.keyboard.press("0")
    await drawn(page, back_min=0, span_min=15)


@pytest.mark.extended
async def test_wheel_and_drag_move_the_chart_at_once(page: Page, console: Console) -> None:
    chart = await look(page, console)
    box = await chart.locator(".plot").bounding_box()
    assert box is not None
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    await page.mouse.move(*middle)
    before = len(console.backend.drawn)
    stretch = await page.evaluate(
        """([x, y]) => {
          const chart = document.elementFromPoint(x, y);
          const turn = {deltaY: -460, clientX: x, clientY: y, bubbles: true, cancelable: true};
          for (const _ of [1, 2]) chart.dispatchEvent(new WheelEvent("wheel", turn));
          return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() =>
            done(document.querySelector(".plot").style.getPropertyValue("--stretch")))));
        }""",
        list(middle),
    )
    assert float(stretch) > 1.2  # the drawing is scaled before the server responds
    await drawn(page, back_min=9, span_min=12)
    assert (
        2 <= len(console.backend.drawn) - before <= 8
    )  # two charts per request, not per wheel event
    await page.mouse.down()
    await page.mouse.move(middle[0] - box["width"], middle[1], steps=10)
    await page.mouse.up()
    await page.wait_for_function("physiomonChart.drawn().live")
    await expect(page.locator(".chart-past")).to_be_hidden()


@pytest.mark.extended
async def test_values_are_read_by_pointer_and_keys(page: Page, console: Console) -> None:
    chart = await look(page, console)
    reading = chart.locator(".chart-reading")
    box = await chart.locator(".plot").bounding_box()
    assert box is not None
    await page.mouse.move(box["x"] + box["width"] * 0.999, box["y"] + 20)
    await expect(reading).to_contain_text("1:41 since dose, alarm ** MEDIUM")
    await expect(reading).to_contain_text("/min at ")
    # The gap: 25 to 22 minutes ago.
    await page.mouse.move(box["x"] + box["width"] * (1 - 23.5 / 30), box["y"] + 20)
    await expect(reading).to_contain_text("no value at ")
    await page.mouse.move(10, 10)
    await expect(reading).to_be_hidden()
    await chart.focus()
    await page.keyboard.press("Shift+ArrowLeft")
    said = page.locator(".chart-said")
    await expect(said).to_contain_text("Heart rate ")
    await expect(said).to_contain_text("Core temperature ")
    await page.keyboard.press("Escape")
    await expect(reading).to_be_hidden()


@pytest.mark.extended
async def test_expected_range_has_a_legend(page: Page, console: Console) -> None:
    chart = await look(page, console)
    legend = chart.locator(".legend")
    await expect(legend).to_have_text("expected after dose (unvalidated)")
    await expect(legend).to_have_attribute("title", "proposal of this test")
    await expect(chart.locator(".alarm-span.p-medium")).to_have_count(1)


@pytest.mark.extended
async def test_touch_drag_and_pinch(page: Page, console: Console) -> None:
    chart = await look(page, console)
    await chart.evaluate(
        """(chart) => {
          chart.setPointerCapture = () => {};
          const { left, width, top } = chart.querySelector(".plot").getBoundingClientRect();
          const touch = (type, pointerId, share) => chart.dispatchEvent(new PointerEvent(type, {
            pointerId, pointerType: "touch", bubbles: true, button: 0,
            clientX: left + share * width, clientY: top + 5 }));
          touch("pointerdown", 1, 0.4);
          touch("pointerdown", 2, 0.6);
          touch("pointermove", 1, 0.2);
          touch("pointermove", 2, 0.8);
          touch("pointerup", 1, 0.2);
          touch("pointerup", 2, 0.8);
        }"""
    )
    await drawn(page, back_min=10, span_min=10)
