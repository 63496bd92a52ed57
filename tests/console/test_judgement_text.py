"""Texts on signals that are not judged, settling, waiting, or on an unstable link."""

import re
from dataclasses import replace
from datetime import UTC
from html import unescape

import pytest
from playwright.async_api import Page, expect

from dashboards.console.status import cards, judgement_text, status_summary
from dashboards.console.views.channels import ChannelView, WaitView
from dashboards.console.views.session import SessionView
from dashboards.console.ward import session_tile
from tests.console.conftest import Console
from tests.console.fake_backend import CORE, DOSE_NS, HEART_RATE, NOW_NS, SESSION, STRAP
from tests.console.unjudged_signals import (
    BASELINE_WAIT,
    HALF_BLIND,
    ROOM,
    SETTLING,
    SETTLING_WAIT,
    UNJUDGED,
    UNSTABLE,
)

FIRST = replace(
    HEART_RATE,
    value=None,
    age_s=None,
    stale=True,
    state="waiting",
    waits=(WaitView(what="first value", until_ns=NOW_NS + 6 * 10**9),),
)
FROZEN = replace(HEART_RATE, reason="sensor 'strap' keeps sending the same value")
# With an unknown rolling limit: live, but not judged.
NO_LIMIT = replace(
    UNJUDGED,
    stale=False,
    age_s=1.0,
    reason="too few values to judge 'heart_rate' by its rolling limit",
)


def view(*channels: ChannelView, **changes: object) -> SessionView:
    return replace(SESSION, channels=channels, zone=UTC, **changes)  # type: ignore[arg-type]


def words(html: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", html))).strip()


@pytest.mark.parametrize(
    ("channel", "dose_ns", "sentence", "brief"),
    [
        pytest.param(HEART_RATE, None, "", "", id="judged"),
        pytest.param(
            UNJUDGED,
            None,
            "Not judged since 07:57: sensor 'strap' has no contact with the skin",
            "Not judged since 07:57",
            id="not judged",
        ),
        pytest.param(
            SETTLING,
            None,
            "Settling, 2:30 left: lower limits and rises not judged yet. "
            "Baseline is set at the dose",
            "settling 2:30",
            id="settling before the dose",
        ),
        pytest.param(
            replace(CORE, state="waiting", waits=(BASELINE_WAIT,)),
            DOSE_NS,
            "No baseline: baseline-relative limits are not judged",
            "no baseline",
            id="no baseline after the dose",
        ),
        pytest.param(
            UNSTABLE,
            None,
            "The link to sensor 'oximeter' is unstable: 30 % received in the last 5 minutes",
            "unstable, 30 % heard",
            id="unstable",
        ),
        pytest.param(
            FROZEN, None, "Sensor 'strap' keeps sending the same value", "doubtful", id="frozen"
        ),
        pytest.param(FIRST, None, "Waiting for the first value, 0:06 left", "no value yet"),
        pytest.param(ROOM, None, "No alarm rules", "", id="unwatched"),
    ],
)
def test_full_and_brief_text(
    channel: ChannelView, dose_ns: int | None, sentence: str, brief: str
) -> None:
    seen = view(channel, dose_ns=dose_ns)
    assert judgement_text.sentence(channel, seen) == sentence
    assert judgement_text.brief(channel, seen) == brief
    assert sentence in words(cards.vital(channel, seen))


def test_settling_counts_down() -> None:
    later = view(SETTLING, now_ns=NOW_NS + 145 * 10**9)
    assert judgement_text.brief(SETTLING, later) == "settling 0:05"
    long = replace(SETTLING, waits=(replace(SETTLING_WAIT, until_ns=NOW_NS + 3700 * 10**9),))
    assert judgement_text.brief(long, view(long)) == "settling 1:01:40"


@pytest.mark.parametrize(
    ("channels", "level", "text"),
    [
        pytest.param(
            (UNJUDGED, CORE), "low", "No alarm, but 1 signal not judged (heart rate)", id="one"
        ),
        pytest.param(
            (NO_LIMIT, CORE), "low", "No alarm, but 1 signal not judged (heart rate)", id="live"
        ),
        pytest.param(
            (HEART_RATE, UNSTABLE, replace(UNJUDGED, label="Pulse rate"), UNJUDGED),
            "low",
            "No alarm, but 2 signals not judged (pulse rate, heart rate), "
            "1 unstable link (oxygen saturation)",
            id="several",
        ),
        pytest.param((UNJUDGED, ROOM), "unknown", "No alarm, and no signal is judged", id="all"),
        pytest.param(
            (replace(HEART_RATE, state="unwatched"),),
            "unknown",
            "No alarm, and no signal is judged",
            id="no rule watches anything",
        ),
        pytest.param(
            (HEART_RATE, SETTLING),
            "info",
            "No alarm, core temperature not fully alarmed yet (settling)",
            id="settling is not plain green",
        ),
    ],
)
def test_summary_counts_signals_that_are_not_judged(
    channels: tuple[ChannelView, ...], level: str, text: str
) -> None:
    assert status_summary.person(view(*channels)) == status_summary.Status(level, text)


def test_summary_of_an_unstable_link_is_the_same_during_gaps() -> None:
    gap = replace(UNSTABLE, state="not judged", stale=True, unjudged_since_ns=NOW_NS)
    assert status_summary.person(view(HEART_RATE, UNSTABLE)) == status_summary.person(
        view(HEART_RATE, gap)
    )
    assert status_summary.sensors(
        replace(HALF_BLIND, channels=(HEART_RATE, UNSTABLE), alarms=())
    ) == (status_summary.Status("low", "oximeter unstable, 30 % heard"))


@pytest.mark.parametrize(
    "channel",
    [
        pytest.param(UNJUDGED, id="not judged"),
        pytest.param(NO_LIMIT, id="live but not judged"),
        pytest.param(replace(UNSTABLE, channel="strap/heart_rate"), id="unstable"),
        pytest.param(FROZEN, id="frozen"),
        pytest.param(FIRST, id="no value yet"),
        pytest.param(
            replace(HEART_RATE, state="waiting", waits=(SETTLING_WAIT,)), id="some rules wait"
        ),
    ],
)
def test_tile_is_never_ok_while_a_signal_is_not_judged(channel: ChannelView) -> None:
    seen = view(channel, CORE)
    values = session_tile.tile(seen).partition("tile-alarm")[0]
    assert ("✓ OK" in values) == (status_summary.level(seen) == status_summary.OK)
    assert "all connected" not in words(session_tile.tile(view(UNJUDGED)))


page_test = pytest.mark.asyncio(loop_scope="session")


@page_test
async def test_page_shows_settling_time_and_start_of_missing_judgement(
    page: Page, console: Console
) -> None:
    console.backend.put(replace(HALF_BLIND, zone=UTC))
    await page.goto(f"{console.url}session/S-1")
    heart = page.get_by_role("region", name="Heart rate")
    core = page.get_by_role("region", name="Core temperature")
    await expect(heart.locator(".judged")).to_have_text(
        "Not judged since 07:57: sensor 'strap' has no contact with the skin"
    )
    await expect(core.locator(".judged")).to_contain_text("Settling, 2:30 left")
    console.backend.put(replace(HALF_BLIND, zone=UTC, now_ns=NOW_NS + 10 * 10**9))
    await expect(core.locator(".judged")).to_contain_text("Settling, 2:20 left")
    await expect(page.locator("[data-region=person]")).to_contain_text("1 signal not judged")
    # The text fits into the card of the value.
    spilt = await page.locator(".vital-now").evaluate_all(
        "all => all.filter(one => one.scrollWidth > one.clientWidth + 1).length"
    )
    assert spilt == 0


@pytest.mark.extended
@page_test
async def test_twenty_tiles_with_unjudged_signals_fit_on_one_screen(
    page: Page, console: Console
) -> None:
    await page.set_viewport_size({"width": 1920, "height": 1080})
    console.backend.put(*[replace(HALF_BLIND, id=f"S-{n}", zone=UTC) for n in range(20)])
    await page.goto(console.url)
    await expect(page.locator(".tile")).to_have_count(20)
    await expect(page.locator(".tile-state").first).to_have_text("Not judged since 07:57")
    spilt = await page.locator(".tile-value").evaluate_all(
        "all => all.filter(one => one.scrollWidth > one.clientWidth + 1).length"
    )
    assert spilt == 0
    lowest = await page.locator(".tile").evaluate_all(
        "all => Math.max(...all.map(one => one.getBoundingClientRect().bottom))"
    )
    assert lowest <= 1080 - 32  # above the footer, without scrolling


def test_card_of_a_connected_sensor_names_what_it_does_not_provide() -> None:
    reason = "Heart rate strap 'strap' is connected: no ECG: the sensor does not offer it."
    assert reason in words(cards.sensor(replace(STRAP, reason=reason)))
