"""Colours, sizes and flashes of each display mode."""

import re
from dataclasses import replace
from importlib.resources import files
from itertools import product

import pytest
from playwright.async_api import Page, expect

from tests.console.conftest import Console
from tests.console.eventful_session import BAD_AFTERNOON
from tests.console.fake_backend import SESSION, TACHYCARDIA

CSS = (files("dashboards.console") / "static" / "console.css").read_text(encoding="utf-8")
LOOKS = {"dark": ":root", "night": ':root[data-look="night"]', "light": ':root[data-look="light"]'}
GROUNDS = ("ground", "panel", "row")
WRITTEN = ("ink", "strong", "faint", "stale", "well", "high", "medium", "low", "info", "marker")
FILLS = ("fill-high", "fill-medium", "fill-low", "fill-info")
PAIRS = [
    *product(WRITTEN, GROUNDS),
    *product(["on-fill"], FILLS),
    ("strong", "button"),
    ("on-primary", "primary"),
    ("medium", "notice"),
    ("ink", "foot"),
    ("faint", "foot"),
]


def colours(look: str) -> dict[str, str]:
    """Return the colours of a display mode, with those of the first as defaults."""
    found: dict[str, str] = {}
    for selector in (LOOKS["dark"], LOOKS[look]):
        block = re.search(rf"^{re.escape(selector)} {{(.*?)^}}", CSS, re.MULTILINE | re.DOTALL)
        assert block is not None
        found |= dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block[1]))
    return found


def luminance(colour: str) -> float:
    """Return the relative luminance. Source: WCAG 2.2, its definition of that name."""
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("look", LOOKS)
def test_text_contrast(look: str) -> None:
    known = colours(look)
    poor = {
        (ink, ground): round(contrast(known[ink], known[ground]), 2)
        for ink, ground in PAIRS
        if contrast(known[ink], known[ground]) < 4.5
    }
    assert poor == {}


def test_night_mode_has_almost_no_blue() -> None:
    """Red and amber only; even the brightest background suits a dark room."""
    for name, colour in colours("night").items():
        red, green, blue = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
        assert red >= green >= blue or name == "on-fill", name
    assert luminance(colours("night")["ground"]) < luminance(colours("dark")["ground"])


def test_colours_are_defined_only_in_display_modes() -> None:
    rest = re.sub(r"^:root.*?^}", "", CSS, flags=re.MULTILINE | re.DOTALL)
    assert re.findall(r"#[0-9a-f]{6}\b", rest) == []


@pytest.mark.extended
@pytest.mark.asyncio(loop_scope="session")
async def test_browser_remembers_the_display_mode(page: Page, console: Console) -> None:
    await page.goto(f"{console.url}session/S-1")
    grounds = set()
    for name in ("Look: dark", "Look: night", "Look: light"):
        switch = page.get_by_role("button", name=name)
        await expect(switch).to_be_visible()
        grounds.add(await page.evaluate("getComputedStyle(document.body).backgroundColor"))
        await page.reload()
        await switch.click()
    assert len(grounds) == 3
    await expect(page.get_by_role("button", name="Look: dark")).to_be_visible()
    await page.emulate_media(media="print")
    await expect(page.locator("html")).to_have_attribute("data-look", "light")


FLASHES = """
() => document.getAnimations().filter((one) => one.animationName?.startsWith("flash")).map(one => [
  one.animationName, one.effect.getTiming().duration, one.startTime,
  one.effect.getKeyframes().filter((frame) => frame.opacity === "1").map((frame) => frame.offset),
])
"""


@pytest.mark.asyncio(loop_scope="session")
async def test_flash_rates_follow_the_standard_and_are_in_phase(
    page: Page, console: Console
) -> None:
    high = replace(TACHYCARDIA, key="first", priority="high")
    console.backend.put(replace(SESSION, alarms=(high,)))
    await page.goto(f"{console.url}session/S-1")
    await expect(page.locator(".alarm.unacknowledged.p-high")).to_have_count(1)
    console.backend.put(replace(SESSION, alarms=(high, replace(high, key="second"), TACHYCARDIA)))
    await expect(page.locator(".alarm.unacknowledged")).to_have_count(3)
    # All flashes of a priority start at 0, set in the frame after they appear.
    await page.wait_for_function(f"({FLASHES})().filter((flash) => flash[2] === 0).length === 3")
    found = await page.evaluate(FLASHES)
    hertz = {name: 1000 / lasts_ms for name, lasts_ms, _, _ in found}
    assert 1.4 <= hertz["flash-high"] <= 2.8
    assert 0.4 <= hertz["flash-medium"] <= 0.8
    assert sum(hertz.values()) <= 3
    assert {start for _, _, start, _ in found} == {0}
    for _, _, _, lit in found:
        assert 0.2 <= max(lit) - min(lit) <= 0.6


@pytest.mark.extended
@pytest.mark.asyncio(loop_scope="session")
async def test_reduced_motion_replaces_flashing(page: Page, console: Console) -> None:
    await page.emulate_media(reduced_motion="reduce")
    console.backend.put(BAD_AFTERNOON)
    await page.goto(f"{console.url}session/S-1")
    await expect(page.get_by_role("button", name="Flashing off")).to_be_visible()
    await expect(page.locator(".alarm.unacknowledged.p-medium")).to_be_visible()
    assert await page.evaluate(f"({FLASHES})().length") == 0
    border = (
        "getComputedStyle(document.querySelector('.alarm.unacknowledged'), '::after').borderStyle"
    )
    assert await page.evaluate(border) == "double"
    reverse = (
        "getComputedStyle(document.querySelector('.alarm.unacknowledged .sign')).backgroundColor"
    )
    assert await page.evaluate(reverse) == "rgb(255, 210, 62)"


# The smallest easily readable digit subtends 16 minutes of arc (ISO 9241-303, as commonly
# quoted): 4000 mm x tan(16/60 degrees) = 18.6 mm. A 24-inch screen of 1920 x 1080 has 0.2768 mm to
# a pixel, so 67.3 pixels.
SMALLEST_DIGIT_PX = 67.3
DIGITS = """
() => [...document.querySelectorAll(".value")].map((value) => {
  const pen = document.createElement("canvas").getContext("2d");
  const style = getComputedStyle(value);
  pen.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
  return pen.measureText("0").actualBoundingBoxAscent;
})
"""


@pytest.mark.extended
@pytest.mark.asyncio(loop_scope="session")
async def test_values_are_readable_from_four_metres(page: Page, console: Console) -> None:
    await page.set_viewport_size({"width": 1920, "height": 1080})
    console.backend.put(BAD_AFTERNOON)
    await page.goto(f"{console.url}session/S-1")
    await expect(page.locator(".value")).to_have_count(5)
    assert min(await page.evaluate(DIGITS)) >= SMALLEST_DIGIT_PX


# Touch targets; links within a sentence are exempt (WCAG 2.5.5).
TARGETS = """
() => [...document.querySelectorAll("button, input, a, [role=button], [role=checkbox]")]
  .filter((part) => part.checkVisibility({ visibilityProperty: true }) && !part.matches(".skip"))
  .map((part) => [part.closest(".q-field__control") ?? part, part])
  .map(([box, part]) => [part.innerText || part.ariaLabel, box.getBoundingClientRect()])
  .filter(([, box]) => box.width < 43.5 || box.height < 43.5)
  .map(([name, box]) => `${name}: ${box.width} x ${box.height}`)
"""


@pytest.mark.extended
@pytest.mark.asyncio(loop_scope="session")
async def test_small_phone_layout_and_touch_targets(page: Page, console: Console) -> None:
    await page.set_viewport_size({"width": 360, "height": 740})
    console.backend.put(BAD_AFTERNOON)
    await page.goto(f"{console.url}session/S-1")
    await expect(page.locator(".value")).to_have_count(5)
    assert await page.evaluate("document.documentElement.scrollWidth") <= 360
    assert await page.evaluate(TARGETS) == []
    order = [".glance", ".alarms", ".vitals", ".actions", ".sensors", ".record"]
    tops = [
        await page.locator(part).evaluate("e => e.getBoundingClientRect().top") for part in order
    ]
    assert tops == sorted(tops)
