"""Layout of the session page: fixed sectors on several screens."""

import re
from dataclasses import replace
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from dashboards.console.views.channels import LimitView
from dashboards.console.views.measurements import LatestMeasurementView, ScheduledMeasurementView
from dashboards.console.views.rules import OverrideView
from tests.console.conftest import Console
from tests.console.ecg_views import ecg
from tests.console.eventful_session import BAD_AFTERNOON, LOST_PATCH
from tests.console.fake_backend import CORE, HEART_RATE, MINUTE_NS, NOW_NS, SESSION, TACHYCARDIA
from tests.console.test_blood_pressure import taken
from tests.console.test_session_control import UNSTARTED
from tests.durations import rest_extended
from tests.servers.chromium import close, open_page

pytestmark = pytest.mark.asyncio(loop_scope="session")

SCREENS = [(1440, 900), (1280, 720), (1180, 820), (820, 1180), (390, 844)]
LIMITS = [
    LimitView(rule=f"r-{value}", priority=priority, upper=upper, value=value)
    for priority, upper, value in (
        ("high", True, 150.0),
        ("medium", True, 131.0),
        ("low", True, 110.0),
        ("low", True, 120.0),  # as urgent as the one before, and reached later: not shown
        ("low", False, 50.0),
    )
]
# Four signals: pulse rate is shown beside heart rate.
CALM = replace(
    SESSION,
    participant="A participant with a very long code 0123456789",
    room="The room at the end of the corridor on the second floor",
    channels=(
        replace(HEART_RATE, limits=LIMITS),
        replace(CORE, limits=[LimitView(rule="c", priority="high", upper=True, value=39.0)]),
        replace(HEART_RATE, channel="oxi/pulse_rate", label="Pulse rate"),
        replace(HEART_RATE, channel="oxi/spo2", label="Oxygen saturation", unit="%", value=97.0),
    ),
    spot_limits={"systolic": [LimitView(rule="bp", priority="low", upper=True, value=160.0)]},
    ecg=(ecg(),),
)
LONG = (
    "Blood pressure due: measure twice before the dose, with the cuff on the same arm and at rest"
)
DUE = replace(LOST_PATCH, procedure=True, message=LONG)
BUSY = replace(
    CALM,
    dose_ns=NOW_NS - 100 * MINUTE_NS,
    audio_paused_s=90.0,
    channels=[
        replace(
            channel,
            value=39.9 if channel.unit == "Cel" else 199.0,
            priority="high",
            change=38.4,
            reason="the sensor reports body movement, and has no contact with the skin",
        )
        for channel in CALM.channels
    ],
    alarms=(
        replace(TACHYCARDIA, priority="high", state="acknowledged", by="MK", message=LONG),
        *(
            replace(TACHYCARDIA, key=f"t-{n}", priority=priority, message=f"{LONG} {n}")
            for n, priority in enumerate(("high", "medium", "low"))
        ),
        *(replace(DUE, key=f"due-{n}", message=f"{n} {LONG}") for n in range(6)),
    ),
    sensors=[*BAD_AFTERNOON.sensors, *BAD_AFTERNOON.sensors],
    history=[*BAD_AFTERNOON.history] * 5,
    markers=BAD_AFTERNOON.markers,
    notices=(LONG, LONG),
    overrides=[OverrideView(rule="hr-110", change=LONG, off=True, by="MK", reason=LONG)],
    preflight=UNSTARTED.preflight,
    spot_measurements=[
        taken(signal, value, entry, NOW_NS - entry * MINUTE_NS)
        for entry in range(1, 30)
        for signal, value in (("systolic", 188.0), ("diastolic", 112.0))
    ],
    latest_measurements=[
        LatestMeasurementView(
            signal="systolic",
            label="Systolic blood pressure",
            unit="mm[Hg]",
            value=188.0,
            age_s=60.0,
            stale=False,
            priority="high",
        )
    ],
    scheduled=[
        ScheduledMeasurementView(rule="d", label="Blood pressure", due_ns=NOW_NS, overdue=True)
    ],
    ecg=(ecg(silent_s=5.0, height_uv=3000.0),),
)
SECTORS = (
    ".head, .glance, .answer, .alarms, .alarm-list, .vitals, .vital-now, .chart-frame, .plot,"
    " .ecg, .ecg-paper, .chart-controls, .actions, .actions .act, .sensors, .record, .foot"
)
BOXES = f"""
() => [...document.querySelectorAll("{SECTORS}")].filter((part) => part.offsetHeight).map(
  (part, index) => {{
    const box = part.getBoundingClientRect();
    const edges = [box.left, box.top, box.right, box.bottom].map((edge) => Math.round(edge));
    return [`${{index}} ${{part.classList[0]}}`, ...edges];
  }})
"""
# Elements side by side.
PEERS = (
    ".back, h1, .place, .sound, .clocks, .answer, .alarms, .vital-now, .chart-frame, .actions, "
    ".sensors, .record"
)
OVERLAPS = f"""
() => {{
  const found = [];
  const box = (part) => part.getBoundingClientRect();
  const parts = [...document.querySelectorAll("{PEERS}")];
  for (const [index, one] of parts.entries()) {{
    const a = box(one);
    for (const other of parts.slice(index + 1)) {{
      const b = box(other);
      const across = a.left < b.right - 1 && b.left < a.right - 1;
      if (across && a.top < b.bottom - 1 && b.top < a.bottom - 1)
        found.push(`${{one.className}} overlaps ${{other.className}}`);
    }}
  }}
  // Within a numeric, the value and what stands beside it.
  for (const tile of document.querySelectorAll(".vital-now")) {{
    const [value, unit, limits] = [".value", ".unit", ".limits"].map(
      (name) => box(tile.querySelector(name)));
    if (limits.width && Math.max(value.right, unit.right) > limits.left + 1)
      found.push(`value over limits in ${{tile.innerText}}`);
    if (value.bottom > box(tile).bottom + 2) found.push(`cut: ${{tile.innerText}}`);
  }}
  // Text of alarms under their flashing edges.
  for (const alarm of document.querySelectorAll(".alarm.unacknowledged")) {{
    const edge = parseFloat(getComputedStyle(alarm, "::after").borderTopWidth);
    const text = document.createRange();
    text.selectNodeContents(alarm);
    const lines = [...text.getClientRects()].filter((line) => line.width && line.height);
    const top = Math.min(...lines.map((line) => line.top)) - box(alarm).top;
    const bottom = box(alarm).bottom - Math.max(...lines.map((line) => line.bottom));
    if (Math.min(top, bottom) < edge + 2) found.push(`edge over text: ${{alarm.innerText}}`);
  }}
  // Words of buttons and of the head that are not whole.
  for (const part of document.querySelectorAll(".session .head, .head .act, .actions .act"))
    if (part.scrollWidth > part.clientWidth + 1) found.push(`cut: ${{part.innerText}}`);
  const settings = box(document.querySelector(".settings"));
  for (const part of document.querySelectorAll(".foot > *")) {{
    const a = box(part);
    const across = a.left < settings.right && settings.left < a.right;
    if (across && a.top < settings.bottom && settings.top < a.bottom && innerWidth > 700)
      found.push(`settings over ${{part.innerText}}`);
  }}
  const wide = document.documentElement.scrollWidth - innerWidth;
  return wide > 0 ? [...found, `${{wide}} px too wide`] : found;
}}
"""
# What a message covers of the page, and of the buttons of the footer.
COVERED = """
() => {
  const [message, foot, settings] = [".q-notification", ".foot", ".settings"].map(
    (part) => document.querySelector(part).getBoundingClientRect());
  const scrolls = innerWidth <= 700;  // and the settings with it
  const beside = scrolls || settings.bottom <= message.top || settings.left >= message.right;
  return [Math.max(0, foot.top - message.top), beside];
}
"""
VISIBLE = """
(part) => {
  const box = part.getBoundingClientRect();
  return box.top >= 0 && box.bottom <= innerHeight;
}
"""


async def hidden(page: Page, selector: str) -> list[Any]:
    """Return the texts of the parts that are not on the first screen."""
    parts = await page.locator(selector).all()
    return [await part.inner_text() for part in parts if not await part.evaluate(VISIBLE)]


@pytest.mark.parametrize("size", rest_extended(SCREENS))
async def test_sectors_never_move(
    browser: Browser, console: Console, size: tuple[int, int]
) -> None:
    console.backend.put(CALM)
    page = await open_page(browser, viewport={"width": size[0], "height": size[1]})
    await page.goto(f"{console.url}session/S-1")
    await expect(page.locator(".plot")).to_have_count(4)
    await expect(page.get_by_role("main")).to_have_count(1)
    assert await page.evaluate(OVERLAPS) == []
    before = await page.evaluate(BOXES)
    console.backend.put(BUSY)
    await expect(page.locator(".alarm")).to_have_count(10)
    await expect(page.locator(".answer-text").first).to_contain_text(LONG[:10])
    await expect(page.locator(".value").last).to_have_text("188/112")
    await expect(page.locator(".ecg-state")).to_contain_text(" 5 s")
    await expect(page.locator(".check").first).to_be_attached()
    after = await page.evaluate(BOXES)
    assert [box for box in after if box not in before] == []
    assert len(after) == len(before)
    assert await page.evaluate(OVERLAPS) == []
    assert await hidden(page, ".answer, .value, .alarms") == []
    if size[0] > 700:  # on a phone the actions come after the values
        assert await hidden(page, ".actions .act") == []
    more = page.locator(".alarm-more")
    await expect(more).to_contain_text(re.compile(" (more|weitere)"))
    await more.click()
    await page.wait_for_function("document.querySelector('.alarm-list').scrollTop > 0")
    # A new alarm is never out of sight.
    console.backend.put(replace(BUSY, alarms=(replace(TACHYCARDIA, key="new"), *BUSY.alarms)))
    await page.wait_for_function("document.querySelector('.alarm-list').scrollTop === 0")
    await close(page.context)


@pytest.mark.parametrize("size", rest_extended(SCREENS))
async def test_messages_cover_only_the_footer(
    browser: Browser, console: Console, size: tuple[int, int]
) -> None:
    console.backend.put(replace(SESSION, alarms=(TACHYCARDIA,)), replace(SESSION, id="S-2"))
    page = await open_page(browser, viewport={"width": size[0], "height": size[1]})
    message = page.locator(".q-notification__message")
    for path in ("ward", "session/S-1"):
        await page.goto(f"{console.url}{path}")
        await page.get_by_role("button", name="Acknowledge").first.click()
        await expect(message).to_contain_text("enter your name or initials first")
        await expect(page.get_by_label("Your name or initials")).to_be_focused()
        assert await page.evaluate(COVERED) == [0, True]
    # The next one replaces it.
    await page.get_by_label("Your name or initials").fill("AB")
    await page.get_by_role("button", name="Acknowledge").first.click()
    await expect(message).to_have_text("Acknowledged.")
    assert await page.evaluate(COVERED) == [0, True]
    await close(page.context)
