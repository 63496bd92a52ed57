"""Content and legibility of ward tiles: six sessions, twenty, a phone."""

import os
import re
from dataclasses import replace
from datetime import UTC
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from dashboards.console.views.channels import WaitView
from dashboards.console.views.measurements import (
    LatestMeasurementView,
    ScheduledMeasurementView,
    SpotMeasurementView,
)
from dashboards.console.views.session import ReplayView, SessionEventView, SessionView
from dashboards.console.ward import session_tile
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
from tests.console.test_session_control import UNSTARTED
from tests.servers.chromium import live


def words(view: SessionView) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", session_tile.tile(view)))


@pytest.mark.parametrize(
    "said",
    [
        "Room 2 P-014 dose +1:42 ** MEDIUM",
        "Heart rate /min 134 ** MEDIUM",
        "Core temperature °C 38.1 * LOW",
        "BP --",
        "** Heart rate 131 or more since 07:56 (4 min), NOT ACKNOWLEDGED, 2 more",
        "SIMULATED Sensors: patch lost; pill battery 17 % LOW; others connected, battery ≥ 80 %",
    ],
)
def test_tile_of_an_eventful_session(said: str) -> None:
    assert said in words(replace(BAD_AFTERNOON, zone=UTC))


def test_unknown_states_are_never_shown_as_ok() -> None:
    bare = replace(SESSION, channels=(), sensors=())
    assert "Heart rate -- no sensor" in words(bare)
    assert "Sensors: no sensors configured" in words(bare)
    unseen = replace(CORE, value=None, age_s=None, stale=True)
    blind = replace(SESSION, channels=(replace(HEART_RATE, stale=True, age_s=60.0), unseen))
    assert "NOT LIVE - 1 min ago" in words(blind)
    assert "no value yet" in words(blind)
    assert "Oldest: no core temperature yet" in words(blind)
    assert "✓ OK" not in words(blind)


def test_live_and_urgent_values_come_first() -> None:
    dead = replace(HEART_RATE, channel="a/heart_rate", value=40.0, stale=True, priority="high")
    bad = replace(HEART_RATE, channel="c/heart_rate", value=133.0, priority="medium")
    assert "Heart rate /min 133" in words(replace(SESSION, channels=(dead, HEART_RATE, bad)))


def test_highest_alarm_and_its_acknowledgement() -> None:
    accepted = replace(TACHYCARDIA, state="acknowledged", by="MK")
    view = replace(SESSION, alarms=(LOST_PATCH, accepted), audio_paused_s=80.0)
    assert "* No skin temperature for 5 min: the sensor is out of reach" in words(view)
    assert "(7 min), NOT ACKNOWLEDGED, 1 more" in words(view)
    assert "(4 min), acknowledged by MK" in words(replace(view, alarms=(accepted,)))
    assert "AUDIO PAUSED 01:20" in words(view)
    lower = replace(TACHYCARDIA, key="hr-110@strap/heart_rate", priority="low")
    over_it = replace(view, alarms=(replace(TACHYCARDIA, inside=(lower,)), LOST_PATCH))
    assert "NOT ACKNOWLEDGED, 1 lower alarm inside, 1 more" in words(over_it)
    assert "No alarm" in words(SESSION)
    assert "sound" not in words(SESSION)  # only the browser knows whether it sounds
    latched = replace(TACHYCARDIA, state="latched")
    assert "OVER, TO BE RESET" in words(replace(SESSION, alarms=(latched,)))


def test_ended_session_shows_its_end_and_no_values() -> None:
    end = SessionEventView(
        at_ns=SESSION.now_ns - MINUTE_NS, step="end", text="", by="MK", reason=""
    )
    over = replace(BAD_AFTERNOON, zone=UTC, ended=True, session_events=(end,))
    said = "Room 2 P-014 Ended 07:59 Ended by MK; monitoring has stopped."
    assert words(over).strip() == said
    assert session_tile.classes(over) == "tile ended"


def test_states_that_are_not_monitoring_are_named() -> None:
    assert "Room 2 P-014 NOT STARTED ✓ OK" in words(UNSTARTED)
    assert "not-started" in session_tile.classes(UNSTARTED)
    replay = ReplayView(began_ns=0, ended_ns=1, speed=1, playing=True, seeking=False, moments=())
    recording = replace(SESSION, zone=UTC, replay=replay, virtual=False)
    assert "RECORDING 08:00" in words(recording)
    assert "SIMULATED" not in words(recording)
    assert "recording" in session_tile.classes(recording)


def measured(view: SessionView, minutes: int = 5, *, priority: str | None = None) -> SessionView:
    """Return a session with a blood pressure measured some minutes ago."""
    at_ns, values = view.now_ns - minutes * MINUTE_NS, {"systolic": 188.0, "diastolic": 95.0}
    spots = [
        SpotMeasurementView(
            entry=1,
            signal=signal,
            label=signal,
            unit="mm[Hg]",
            at_ns=at_ns,
            value=value,
            by="MK",
            corrected=None,
        )
        for signal, value in values.items()
    ]
    latest = [
        LatestMeasurementView(
            signal=signal,
            label=signal,
            unit="mm[Hg]",
            value=value,
            age_s=minutes * 60.0,
            stale=minutes >= 60,
            priority=priority if signal == "systolic" else None,
        )
        for signal, value in values.items()
    ]
    return replace(view, spot_measurements=spots, latest_measurements=latest)


def test_blood_pressure_has_its_time_and_alarm() -> None:
    here = replace(SESSION, zone=UTC)
    assert "BP 188/95 (126) 07:55" in words(measured(here))
    assert "BP 188/95 (126) 06:55, old" in words(measured(here, 65))
    assert '"tile-bp p-high"' in session_tile.tile(measured(here, priority="high"))


def test_due_measurements_are_shown() -> None:
    def scheduled(label: str, minutes: int, *, overdue: bool) -> ScheduledMeasurementView:
        due_ns = SESSION.now_ns + minutes * MINUTE_NS
        return ScheduledMeasurementView(rule="r", label=label, due_ns=due_ns, overdue=overdue)

    both = [
        scheduled("Systolic blood pressure", 12, overdue=False),
        scheduled("Diastolic blood pressure", 12, overdue=False),
    ]
    assert "BP in 12 min" in words(replace(SESSION, scheduled=both))
    late = scheduled("Oral temperature", -3, overdue=True)
    assert "DUE: oral temperature" in words(replace(SESSION, scheduled=[late, *both]))
    # As on the page of the session: at its time it is due, before the alarm about it.
    now = scheduled("Oral temperature", 0, overdue=False)
    assert "DUE: oral temperature" in words(replace(SESSION, scheduled=[now, *both]))
    assert "DUE" not in words(replace(SESSION, scheduled=both))


pictures = pytest.mark.asyncio(loop_scope="session")


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
    await live(page)
    if folder := os.environ.get("PHYSIOMON_PICTURES"):
        await page.screenshot(path=Path(folder) / f"ward-{count}-{width}.png")
    assert await page.evaluate("document.documentElement.scrollWidth") <= width
    spilt = await page.locator(".tile-value").evaluate_all(
        "all => all.filter(one => one.scrollWidth > one.clientWidth + 1).length"
    )
    assert spilt == 0


async def smallest_value(page: Page) -> float:
    """Return the font size of the smallest large value in pixels."""
    sizes: list[float] = await page.locator(".tile .value").evaluate_all(
        "all => all.map(one => parseFloat(getComputedStyle(one).fontSize))"
    )
    return min(sizes)


@pytest.mark.extended
@pictures
async def test_six_tiles_are_readable_from_four_metres(page: Page, console: Console) -> None:
    await look(page, console, 6, 1920, 1080)
    # Capitals of 0.7 em in 0.277 mm (24 inches), and 4 m / 200 of them: 20 mm.
    assert await smallest_value(page) * 0.7 * 0.277 >= 20


BOXES = """
() => [...document.querySelectorAll(".tile, .tile-line, .tile-alarm, .tile-values, .value, h2")]
  .map((part) => { const box = part.getBoundingClientRect();
    return [part.className, ...["x", "y", "height"].map((side) => Math.round(box[side]))]; })
"""
FILL = """
() => ["bottom", "right"].map((side) => Math.max(
  ...[...document.querySelectorAll(".tile")].map((one) => one.getBoundingClientRect()[side])))
"""


def quiet(view: SessionView) -> SessionView:
    """Return a session without alarms, and with values of other lengths."""
    channels = [replace(each, priority=None, value=9.0, age_s=0.1) for each in view.channels]
    return replace(view, alarms=(), channels=channels, audio_paused_s=0.0, dose_ns=None)


def loud(view: SessionView) -> SessionView:
    """Return a session with long alarms, doubts, measurements and due ones."""
    long = replace(TACHYCARDIA, message="Heart rate 131 or more: " + "a long explanation " * 9)
    waits = (WaitView(what="settling", until_ns=view.now_ns + 9 * MINUTE_NS),)
    return replace(
        measured(view, 65, priority="high"),
        alarms=(replace(long, priority="high"), *(replace(long, key=f"{n}") for n in range(9))),
        channels=(
            replace(HEART_RATE, value=188.0, priority="high", age_s=4000.0, stale=True),
            replace(CORE, value=39.94, waits=waits, age_s=7.0),
        ),
        scheduled=(
            ScheduledMeasurementView(
                rule="r", label="Systolic blood pressure", due_ns=view.now_ns, overdue=True
            ),
        ),
    )


@pictures
@pytest.mark.parametrize(
    ("count", "width", "height", "least_px"),
    [
        (20, 1440, 900, 40),
        *(
            pytest.param(*case, marks=pytest.mark.extended)
            for case in ((1, 1280, 720, 90), (8, 1280, 720, 40), (12, 1920, 1080, 60))
        ),
    ],
)
async def test_tiles_fill_the_screen_and_never_move(
    page: Page, console: Console, count: int, width: int, height: int, least_px: float
) -> None:
    await page.set_viewport_size({"width": width, "height": height})
    console.backend.put(*map(quiet, ward(count)))
    await page.goto(f"{console.url}ward")
    await expect(page.locator(".tile-alarm.quiet")).to_have_count(count)
    assert await smallest_value(page) >= least_px
    bottom, right = await page.evaluate(FILL)
    assert height - 60 <= bottom <= height - 32  # above the footer, without scrolling
    assert width - 20 <= right <= width
    before = await page.evaluate(BOXES)
    console.backend.put(*map(loud, ward(count)))
    await expect(page.get_by_role("button", name="Acknowledge")).to_have_count(count)
    await expect(page.locator(".tile-due.overdue")).to_have_count(count)
    after = await page.evaluate(BOXES)
    assert [box[1:] for box in after] == [box[1:] for box in before]
    cut = await page.locator(".tile").evaluate_all(
        "all => all.filter(one => one.scrollHeight > one.clientHeight + 1).length"
    )
    assert cut == 0


@pytest.mark.extended
@pictures
async def test_phone_scrolls_in_one_direction(page: Page, console: Console) -> None:
    await look(page, console, 3, 390, 844)
