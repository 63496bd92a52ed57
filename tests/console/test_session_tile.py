"""Content and legibility of ward tiles: six sessions, twenty, a phone."""

import os
import re
from dataclasses import replace
from datetime import UTC
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from dashboards.console import session_tile
from dashboards.console.views.session import SessionView
from tests.console.conftest import Console
from tests.console.eventful_session import BAD_AFTERNOON, LOST_PATCH
from tests.console.fake_backend import (
    CORE,
    HEART_RATE,
    MINUTE_NS,
    PILL,
    SESSION,
    STRAP,
    TACHYCARDIA,
)


def words(view: SessionView) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", session_tile.tile(view)))


@pytest.mark.parametrize(
    "said",
    [
        "P-014 Room 2 Virtual 1:42 since dose ** MEDIUM",
        "Heart rate 134 ↗ /min ** MEDIUM",
        "Core temperature 38.1 ↗ °C * LOW",
        "** MEDIUM Heart rate 131 or more since 07:56 (4 min), NOT ACKNOWLEDGED, 2 more",
        "patch lost; pill battery 17 % LOW; others connected, battery ≥ 80 %",
        "Oldest data skin temperature, 7 min ago",
        "sounding now",
    ],
)
def test_tile_of_an_eventful_session(said: str) -> None:
    assert said in words(replace(BAD_AFTERNOON, zone=UTC))


def test_unknown_is_never_ok() -> None:
    bare = replace(SESSION, channels=(), sensors=())
    assert "Heart rate -- no sensor" in words(bare)
    assert "Sensors none configured" in words(bare)
    assert "no values yet" in words(bare)
    unseen = replace(CORE, value=None, age_s=None, stale=True)
    blind = replace(SESSION, channels=(replace(HEART_RATE, stale=True, age_s=60.0), unseen))
    assert "NOT LIVE - 1 min ago" in words(blind)
    assert "no value yet" in words(blind)
    assert "no core temperature yet" in words(blind)
    assert "✓ OK" not in words(blind)


def test_live_and_urgent_values_come_first() -> None:
    dead = replace(HEART_RATE, channel="a/heart_rate", value=40.0, stale=True, priority="high")
    bad = replace(HEART_RATE, channel="c/heart_rate", value=133.0, priority="medium")
    assert "Heart rate 133" in words(replace(SESSION, channels=(dead, HEART_RATE, bad)))


def test_highest_alarm_and_its_acknowledgement() -> None:
    accepted = replace(TACHYCARDIA, state="acknowledged", by="MK")
    view = replace(SESSION, alarms=(LOST_PATCH, accepted), audio_paused_s=80.0)
    assert "(4 min), acknowledged by MK, 1 more" in words(view)
    assert "AUDIO PAUSED 01:20" in words(view)
    lower = replace(TACHYCARDIA, key="hr-110@strap/heart_rate", priority="low")
    over_it = replace(view, alarms=(replace(TACHYCARDIA, inside=(lower,)), LOST_PATCH))
    assert "NOT ACKNOWLEDGED, 1 lower alarm inside, 1 more" in words(over_it)
    assert "No alarm" in words(SESSION)
    assert "sound on" in words(SESSION)


pictures = pytest.mark.asyncio(loop_scope="package")


def ward(count: int) -> list[SessionView]:
    """Return sessions in every state."""
    unseen = (replace(HEART_RATE, value=None, age_s=None, stale=True), CORE)
    paused = replace(BAD_AFTERNOON, audio_paused_s=80.0)
    kinds = (
        BAD_AFTERNOON,
        SESSION,
        replace(SESSION, channels=unseen, sensors=(replace(STRAP, state="searching"), PILL)),
        replace(SESSION, dose_ns=SESSION.started_ns),
        replace(paused, alarms=(replace(TACHYCARDIA, priority="high", state="latched", by="AR"),)),
        replace(SESSION, dose_ns=SESSION.now_ns - MINUTE_NS),
    )
    return [
        replace(kinds[n % len(kinds)], id=f"S-{n}", participant=f"P-{n:03}", room=f"Room {n}")
        for n in range(1, count + 1)
    ]


async def look(page: Page, console: Console, count: int, width: int, height: int) -> None:
    await page.set_viewport_size({"width": width, "height": height})
    console.backend.put(*ward(count))
    await page.goto(console.url)
    await expect(page.locator(".tile")).to_have_count(count)
    await expect(page.locator(".tile .value").first).not_to_be_empty()
    if folder := os.environ.get("PHYSIOMON_PICTURES"):
        await page.screenshot(path=Path(folder) / f"ward-{count}-{width}.png")
    assert await page.evaluate("document.documentElement.scrollWidth") <= width
    spilt = await page.locator(".tile-value").evaluate_all(
        "all => all.filter(one => one.scrollWidth > one.clientWidth + 1).length"
    )
    assert spilt == 0


async def lowest(page: Page) -> float:
    return float(
        await page.locator(".tile").evaluate_all(
            "all => Math.max(...all.map(one => one.getBoundingClientRect().bottom))"
        )
    )


@pictures
async def test_six_tiles_are_readable_from_four_metres(page: Page, console: Console) -> None:
    await look(page, console, 6, 1920, 1080)
    assert await lowest(page) <= 1080 - 32  # above the footer, without scrolling
    sizes = await page.locator(".tile .value").evaluate_all(
        "all => all.map(one => parseFloat(getComputedStyle(one).fontSize))"
    )
    # Capitals of 0.7 em in 0.277 mm (24 inches), and 4 m / 200 of them: 20 mm.
    assert min(sizes) * 0.7 * 0.277 >= 20


@pictures
async def test_twenty_tiles_fit_on_one_screen(page: Page, console: Console) -> None:
    await look(page, console, 20, 1920, 1080)
    assert await lowest(page) <= 1080 - 32


@pictures
async def test_twelve_tiles_fit_on_one_screen(page: Page, console: Console) -> None:
    await look(page, console, 12, 1920, 1080)
    assert await lowest(page) <= 1080 - 32


@pictures
async def test_phone_scrolls_in_one_direction(page: Page, console: Console) -> None:
    await look(page, console, 3, 390, 844)
