"""The call, login, replay and alarm review pages, checked by axe-core."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from alerts.checklist import named_in
from dashboards.console.server import serve
from dashboards.console.views.calls import CalledAlarm, CalledView, CalledVital
from monitor.sessions.recording import read_recording
from monitor.sessions.recording_player import RecordingPlayer
from monitor.sessions.replay_backend import ReplayBackend
from monitor.storage.journal import Journal
from tests.access.console_with_accounts import house
from tests.console.fake_backend import SESSION, TACHYCARDIA, FakeBackend
from tests.console.test_axe import AXE, GRAVE, SIZES, looks_of
from tests.console.test_review_page import FAST, LOST
from tests.durations import rest_extended
from tests.replay.recording import record
from tests.servers.chromium import close, open_context

pytestmark = pytest.mark.asyncio(loop_scope="session")

LINES = (
    "*** HIGH: Core temperature 39.5 °C or more: " + "a long explanation of what to do " * 15,
    "39.6 °C, limit 39.5 °C",
    "since 14:02:11 UTC+1, 1 h 42 min after the dose",
)


class Called:
    """A call about some alarms; once accepted, nothing remains open."""

    def __init__(self, *priorities: str, lines: tuple[str, ...] = LINES) -> None:
        self._open = CalledView(
            where="Participant P-014, room 2, Basel",
            recipient="Anna Amsler",
            alarms=[
                CalledAlarm(
                    priority=each,
                    lines=lines,
                    settled="",
                    rule="Raises a high alarm when core temperature is at least 39.5 °C.",
                    checklists=named_in("Hunter criteria"),
                )
                for each in priorities
            ],
            telephone="+41 44 123 45 67",
            vitals=(
                CalledVital(label="Heart rate", value="141 /min", note="+12 in 10 min"),
                CalledVital(label="Core temperature", value="39.6 °C", note="+0.6 in 10 min"),
                CalledVital(
                    label="Blood pressure",
                    value="165/95 mmHg",
                    note="14:00, mean 118; 150/90 at 13:30",
                ),
            ),
            duty=" until 20:00",
            stand_ins=(("ben", "Ben Berger"),),
        )

    def called(self, token: str) -> CalledView:
        """Return the call."""
        assert token == "x"
        return self._open

    def opened(self, token: str) -> None:
        """Refuse: it is no test call."""
        raise AssertionError(token)

    def accept(self, token: str, arrives_min: int | None = None) -> CalledView:
        """Accept it."""
        assert token == "x"
        assert arrives_min is None
        taken = "Accepted by Anna Amsler at 14:03:10."
        self._open = replace(
            self._open,
            alarms=[
                CalledAlarm(priority=each.priority, lines=each.lines, settled=taken)
                for each in self._open.alarms
            ],
            others=(("ben", "Ben Berger"),),
        )
        return self._open

    def decline(self, token: str) -> CalledView:
        """Decline it."""
        assert token == "x"
        self._open = replace(self._open, declined="14:03:10")
        return self._open

    def hand_on(self, token: str, to: str) -> CalledView:
        """Hand it on."""
        assert (token, to) == ("x", "ben")
        return self._open

    def hand_over(self, token: str, to: str) -> CalledView:
        """Hand over duty."""
        assert (token, to) == ("x", "ben")
        return self._open


@asynccontextmanager
async def sized(browser: Browser, size: tuple[int, int]) -> AsyncIterator[Page]:
    context = await open_context(
        browser, viewport={"width": size[0], "height": size[1]}, reduced_motion="reduce"
    )
    await context.add_init_script(AXE)
    yield await context.new_page()
    await close(context)


@pytest.mark.parametrize("size", rest_extended(reversed(SIZES)))
async def test_call_page_is_accessible(browser: Browser, size: str) -> None:
    async with (
        serve(FakeBackend(), port=0, accept_backend=Called("high", "medium", "low")) as url,
        sized(browser, SIZES[size]) as page,
    ):
        await page.goto(f"{url}accept/x")
        assert await page.evaluate(GRAVE, [["as it is"]]) == []
        await page.get_by_role("button", name="I cannot").click()
        await expect(page.get_by_text("You declined at 14:03:10")).to_be_visible()
        assert await page.evaluate(GRAVE, [["as it is"]]) == []
        await page.get_by_role("button", name="Accept").click()
        await expect(page.get_by_text("Accepted. Please check on the participant.")).to_be_visible()
        assert await page.evaluate(GRAVE, [["as it is"]]) == []


@pytest.mark.parametrize("size", rest_extended([(390, 844), (320, 568)]))
async def test_first_phone_screen_has_button_values_and_telephone(
    browser: Browser, size: tuple[int, int]
) -> None:
    """The button, the values and the phone number, for many alarms with long texts."""
    async with (
        serve(FakeBackend(), port=0, accept_backend=Called(*["high"] * 8)) as url,
        sized(browser, size) as page,
    ):
        await page.goto(f"{url}accept/x")
        for shown in (
            page.get_by_role("link", name="Phone the room: +41 44 123 45 67"),
            page.get_by_text("+12 in 10 min"),
            page.get_by_text("14:00, mean 118; 150/90 at 13:30"),
            page.get_by_text("*** HIGH: Core temperature 39.5").first,
            page.get_by_text("and 7 more alarms below"),
        ):
            box = await shown.bounding_box()
            assert box is not None
            assert box["y"] + box["height"] <= size[1]
        buttons = [await each.bounding_box() for each in await page.get_by_role("button").all()]
        assert [each is not None and each["height"] >= 56 for each in buttons] == [True] * 5
        box = buttons[0]  # accept
        assert box is not None
        assert box["y"] + box["height"] <= size[1]
        assert box["width"] >= 280
        assert await page.evaluate("document.documentElement.scrollWidth") <= size[0]
        await page.get_by_role("button", name="Accept").click()
        await expect(page.get_by_text("Accepted. Please check on the participant.")).to_be_visible()
        await page.go_back()
        await expect(page.get_by_text("Accepted by Anna Amsler at 14:03:10.").first).to_be_visible()
        assert await page.get_by_role("button", name="Accept").count() == 0


@pytest.mark.extended
@pytest.mark.parametrize("size", rest_extended(reversed(SIZES)))
async def test_login_page_is_accessible(browser: Browser, tmp_path: Path, size: str) -> None:
    async with house(tmp_path) as served, sized(browser, SIZES[size]) as page:
        await page.goto(served.url)
        await expect(page.get_by_label("Account")).to_be_focused()
        assert await page.evaluate(GRAVE, [["as it is"]]) == []


@pytest.mark.extended
@pytest.mark.parametrize("size", rest_extended(reversed(SIZES)))
async def test_replay_page_is_accessible(browser: Browser, tmp_path: Path, size: str) -> None:
    path = tmp_path / "s1.journal"
    record(path)
    with Journal.read(path) as journal:
        player = RecordingPlayer(read_recording(journal))
        async with (
            serve(ReplayBackend([player]), port=0) as url,
            sized(browser, SIZES[size]) as page,
        ):
            await page.goto(url)
            await expect(page.get_by_role("button", name="Pause")).to_be_visible()
            assert await page.evaluate(GRAVE, [looks_of(size)]) == []


@pytest.mark.extended
@pytest.mark.parametrize("size", rest_extended(reversed(SIZES)))
async def test_alarm_review_is_accessible(browser: Browser, size: str) -> None:
    backend = FakeBackend()
    backend.put(replace(SESSION, alarms=[TACHYCARDIA]))
    backend.past = [*(replace(FAST, raised_ns=FAST.raised_ns + n) for n in range(120)), LOST]
    async with serve(backend, port=0) as url, sized(browser, SIZES[size]) as page:
        await page.goto(f"{url}review/{SESSION.id}")
        await expect(page.locator(".review-table tbody tr")).to_have_count(100)
        await expect(page.get_by_text("21 earlier alarms are not shown")).to_be_visible()
        assert await page.evaluate(GRAVE, [looks_of(size)]) == []
