"""Clock times use the room's time zone, not that of this computer or the browser."""

import re
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import Browser, expect

from alerts.time_format import offset_s
from dashboards.console.live.charts import ChartRequest, Charts
from dashboards.console.live.snapshot import session_snapshot
from dashboards.console.ward.session_tile import tile
from tests.console.conftest import Console
from tests.console.eventful_session import BAD_AFTERNOON
from tests.console.fake_backend import NOW_NS, FakeBackend
from tests.engine.scripted_session import spec as engine_spec
from tests.servers.chromium import close, open_page

KATHMANDU = timezone(timedelta(hours=5, minutes=45))
NOW = {"UTC": NOW_NS // 10**9 % 86400, "KTM": (NOW_NS // 10**9 + 20700) % 86400}


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Set this computer to a third time zone."""
    monkeypatch.setenv("TZ", "America/St_Johns")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def of_day(seconds: int) -> str:
    return f"{seconds // 3600:02}:{seconds % 3600 // 60:02}:{seconds % 60:02}"


@pytest.mark.parametrize(
    ("zone", "name", "now"),
    [
        pytest.param(UTC, "UTC", of_day(NOW["UTC"]), id="UTC"),
        pytest.param(KATHMANDU, "UTC+5:45", of_day(NOW["KTM"]), id="Kathmandu"),
        pytest.param(None, "UTC-", "", id="not known: this computer's"),
    ],
)
def test_clock_shows_the_time_zone_of_the_room(zone: tzinfo | None, name: str, now: str) -> None:
    clocks = session_snapshot(replace(BAD_AFTERNOON, zone=zone))["clocks"].content
    assert f"time {name}" in clocks
    assert now in clocks


def test_all_times_use_one_zone_and_log_lines_show_time_since_dose() -> None:
    there = replace(BAD_AFTERNOON, zone=KATHMANDU)
    raised_s = (there.alarms[0].since_ns // 10**9 + 20700) % 86400
    assert f"since {of_day(raised_s)[:-3]}" in tile(there)
    lines = re.findall(r"<li[^>]*>(.*?)</li>", session_snapshot(there)["log"].content)
    assert lines
    for line in lines:
        assert re.match(r"(<s>)?\d\d:\d\d:\d\d \(-?\d+:\d\d:\d\d\) ", line), line


def test_chart_axis_uses_the_same_zone() -> None:
    for zone, offset_ms in ((UTC, 0), (KATHMANDU, 20_700_000)):
        drawn = Charts(FakeBackend()).frame(replace(BAD_AFTERNOON, zone=zone), 1, ChartRequest())
        assert f'"offset":{offset_ms}' in drawn


@pytest.mark.asyncio(loop_scope="session")
async def test_browser_in_another_zone_shows_the_rooms_time(
    console: Console, browser: Browser
) -> None:
    console.backend.put(replace(BAD_AFTERNOON, zone=KATHMANDU))
    page = await open_page(browser, timezone_id="Asia/Tokyo")
    await page.goto(console.url)
    await expect(page.locator(".clocks")).to_contain_text(f"time UTC+5:45{of_day(NOW['KTM'])}")
    await close(page.context)


def test_session_keeps_its_offset_in_the_night_in_which_summer_time_ends() -> None:
    zurich = ZoneInfo("Europe/Zurich")
    evening = datetime(2026, 10, 24, 23, tzinfo=zurich)
    morning = datetime(2026, 10, 25, 4, tzinfo=zurich)  # the clock was set back at 3:00
    begun_s = offset_s(round(evening.timestamp() * 1e9), zurich)
    spec = replace(engine_spec(), utc_offset_s=begun_s)
    now_ns = round(morning.timestamp() * 1e9)
    clocks = session_snapshot(replace(BAD_AFTERNOON, zone=spec.zone, now_ns=now_ns))["clocks"]
    assert "time UTC+2" in clocks.content
    assert "05:00:00" in clocks.content
