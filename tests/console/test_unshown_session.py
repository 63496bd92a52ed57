"""A fault in the view of one session, in a browser and for programs: the other room goes on."""

from dataclasses import replace
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from dashboards.console.server import serve
from monitor.sessions.console_backend import ConsoleBackend
from tests.engine.scripted_session import spec
from tests.servers.chromium import close, live, open_page
from tests.servers.http_client import http_client
from tests.sessions.test_session import Live
from tests.sessions.view_faults import ViewFaults

pytestmark = pytest.mark.asyncio(loop_scope="session")

UNSHOWN = "This session cannot be shown: watch the participant."


async def test_room_whose_view_fails_is_named_and_the_other_one_is_shown(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults = ViewFaults(monkeypatch)
    rooms = [
        Live(tmp_path / f"{name}.journal", replace(spec(), id=name, room=name[1], participant=name))
        for name in ("P1", "P2")
    ]
    for room in rooms:
        room.beat(20, 70)
    ward = await open_page(browser)
    page, other = await ward.context.new_page(), await ward.context.new_page()
    try:
        async with serve(ConsoleBackend([room.session for room in rooms]), port=0) as url:
            await ward.goto(f"{url}ward")
            await page.goto(f"{url}session/P1")
            await other.goto(f"{url}session/P2")
            for each in (ward, page, other):
                await live(each)
            first, second = (ward.locator(f'[data-region="tile P{n}"]') for n in (1, 2))
            await expect(first.locator(".value").first).to_have_text("71")
            await expect(page.locator(".value").first).to_have_text("71")

            faults.broken = ["P1"]
            await expect(first).to_contain_text("NOT SHOWN")
            await expect(first.locator(".tile-message")).to_contain_text(UNSHOWN)
            await expect(first.locator(".value")).to_have_count(0)
            await expect(ward.locator(".ward-headline")).to_contain_text(UNSHOWN)
            await expect(page.locator(".alarm.p-high.unacknowledged")).to_contain_text(UNSHOWN)
            await expect(page.locator(".answer").first).to_contain_text(UNSHOWN)
            await expect(page.locator(".value")).to_have_count(0)
            for each in (ward, page, other):
                await expect(each.locator("#lifeline")).to_have_count(0)
            rooms[1].beat(5, 80)
            await expect(second.locator(".value").first).to_have_text("80")
            await expect(other.locator(".value").first).to_have_text("80")

            # Pages that are opened now.
            await page.reload()
            await live(page)
            await expect(page.locator(".alarm.p-high.unacknowledged")).to_contain_text(UNSHOWN)
            await page.get_by_label("Your name or initials").fill("MK")
            await page.locator(".alarm").get_by_role("button", name="Acknowledge").click()
            await expect(page.locator(".alarm.p-high.acknowledged")).to_contain_text(UNSHOWN)
            await expect(first.locator(".tile-alarm")).to_contain_text("acknowledged by MK")

            async with http_client(url) as client:
                health = (await client.get("/healthz")).json()
                assert (health["well"], health["reason"]) == (False, "a session cannot be shown")
                listed = (await client.get("/api/v1/sessions")).json()
                assert [each["failure"][: len(UNSHOWN)] for each in listed] == [UNSHOWN, ""]
                for kind, status in (("", 200), ("/alarms", 200), ("/channels", 503)):
                    assert (await client.get(f"/api/v1/sessions/P1{kind}")).status_code == status
                    assert (await client.get(f"/api/v1/sessions/P2{kind}")).status_code == 200
                (alarm,) = (await client.get("/api/v1/sessions/P1/alarms")).json()
                assert (alarm["rule"], alarm["by"]) == ("view-failure", "MK")

            faults.broken = []
            await expect(first.locator(".value").first).to_have_text("71")
            await expect(page.locator(".value").first).to_have_text("71")
            await expect(page.locator(".alarm.p-high")).to_have_count(0)
    finally:
        await close(ward.context)
        for room in rooms:
            room.close()
