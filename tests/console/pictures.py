"""Generator of the pictures of docs/console.md: ``python -m tests.console.pictures FOLDER``."""

import asyncio
import signal
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from playwright.async_api import Browser, Page

from dashboards.access.roles import Role
from dashboards.console.server import serve
from dashboards.console.views.session import SessionEventView
from monitor.sessions.recording import read_recording
from monitor.sessions.recording_player import RecordingPlayer
from monitor.sessions.replay_backend import ReplayBackend
from monitor.storage.journal import Journal
from tests.access.console_with_accounts import house
from tests.access.test_pages import enter
from tests.console.eventful_session import BAD_AFTERNOON, FEVER
from tests.console.fake_backend import CORE, HEART_RATE, MINUTE_NS, NOW_NS, SESSION, FakeBackend
from tests.console.test_axe_other_pages import Called
from tests.console.test_server_lost import LOST, start
from tests.console.test_session_control import UNSTARTED
from tests.console.test_session_tile import measured
from tests.replay.recording import HIGH_UNTIL_S, record
from tests.servers.chromium import chromium

PRESSURE = replace(
    FEVER,
    key="bp-180-again@session/systolic",
    rule="bp-180-again",
    subject="session/systolic",
    message="Systolic pressure 180 mmHg or more again: call the physician",
    priority="high",
    state="active",
    since_ns=NOW_NS - 5 * MINUTE_NS,
    value=188.0,
    limit=180.0,
    unit="mm[Hg]",
    by=None,
)
VIEW = measured(
    replace(BAD_AFTERNOON, alarms=(PRESSURE, *BAD_AFTERNOON.alarms)), 5, priority="high"
)
BLIND = (replace(HEART_RATE, value=None, age_s=None, stale=True), CORE)
END = SessionEventView(at_ns=NOW_NS - 14 * MINUTE_NS, step="end", text="", by="MK", reason="")
WARD = (
    replace(
        measured(SESSION, 20),
        id="S-2",
        participant="P-015",
        room="Room 1",
        dose_ns=SESSION.started_ns,
    ),
    replace(SESSION, id="S-3", participant="P-016", room="Room 3", channels=BLIND),
    replace(SESSION, id="S-4", participant="P-017", room="Room 4", preflight=UNSTARTED.preflight),
    replace(
        SESSION, id="S-5", participant="P-018", room="Room 5", ended=True, session_events=[END]
    ),
    VIEW,
)
CALL = (
    "*** HIGH: Core temperature 39.5 °C or more: cool actively, go through the Hunter criteria",
    "39.6 °C, limit 39.5 °C",
    "since 14:02:11 UTC+1, 1 h 42 min after the dose",
)
DESKTOP, PHONE = (1440, 900), (390, 844)


async def _page(browser: Browser, url: str, look: str, size: tuple[int, int]) -> Page:
    page = await browser.new_page(viewport={"width": size[0], "height": size[1]})
    still = "yes" if look == "still" else "no"
    await page.add_init_script(
        f"localStorage.setItem('physiomon-look', '{look}');"
        f"localStorage.setItem('physiomon-still', '{still}');"
    )
    await page.goto(url)
    await page.locator("h1").click()
    return page


async def main(folder: Path) -> None:
    """Write a picture of each page and display mode."""
    backend = FakeBackend()
    async with serve(backend, port=0) as url, chromium() as browser:
        backend.put(VIEW)
        for look in ("dark", "night", "light", "still"):
            page = await _page(browser, f"{url}session/S-1", look, DESKTOP)
            await page.locator(".plot .trace").first.wait_for(state="attached")
            await page.screenshot(path=folder / f"session-{look}.png", full_page=True)
        await page.keyboard.press("?")
        await page.get_by_role("dialog").wait_for()
        await page.screenshot(path=folder / "keys.png")
        page = await _page(browser, f"{url}session/S-1", "dark", PHONE)
        await page.locator(".plot .trace").first.wait_for(state="attached")
        await page.screenshot(path=folder / "session-phone.png", full_page=True)
        backend.put(*WARD)
        page = await _page(browser, url, "dark", DESKTOP)
        await page.locator(".tile h2").first.wait_for()
        await page.screenshot(path=folder / "ward.png")
        backend.put(UNSTARTED)
        page = await _page(browser, f"{url}session/S-1", "dark", DESKTOP)
        await page.locator(".check").first.wait_for()
        await page.screenshot(path=folder / "checklist.png")
        await _lost(browser, folder / "lost.png")
    await _apart(folder)


async def _apart(folder: Path) -> None:
    """Take pictures of the pages that need a separate console; only one runs per process."""
    async with chromium() as browser:
        async with serve(FakeBackend(), port=0, accept_backend=Called("high", lines=CALL)) as url:
            page = await browser.new_page(viewport={"width": 390, "height": 844})
            await page.goto(f"{url}accept/x")
            await page.screenshot(path=folder / "call.png")
        with tempfile.TemporaryDirectory() as place:
            async with house(Path(place)) as served:
                served.backend.put(VIEW)
                page = await browser.new_page(viewport={"width": 900, "height": 500})
                await page.goto(served.url)
                await page.screenshot(path=folder / "login.png")
                await enter(page, Role.RATER)
                await page.get_by_text("connected").first.wait_for()
                await page.screenshot(path=folder / "rater.png")
            await _replay(browser, Path(place) / "s1.journal", folder / "replay.png")


async def _replay(browser: Browser, path: Path, picture: Path) -> None:
    record(path)
    with Journal.read(path) as journal:
        player = RecordingPlayer(read_recording(journal))
        player.playing = False
        player.seek(player.recording.began_ns + HIGH_UNTIL_S * 10**9)
        async with serve(ReplayBackend([player]), port=0) as url, asyncio.TaskGroup() as tasks:
            running = tasks.create_task(player.run())
            page = await _page(browser, url, "dark", DESKTOP)
            await page.locator(".plot .trace").first.wait_for(state="attached")
            await page.screenshot(path=picture)
            running.cancel()


async def _lost(browser: Browser, picture: Path) -> None:
    """Take a picture of a page whose server is frozen."""
    process, url = await start()
    try:
        page = await _page(browser, url, "dark", DESKTOP)
        await page.locator(".plot .trace").first.wait_for(state="attached")
        process.send_signal(signal.SIGSTOP)
        await page.get_by_text(LOST).wait_for()
        await page.screenshot(path=picture)
    finally:
        process.send_signal(signal.SIGCONT)
        process.close()


if __name__ == "__main__":
    Path(sys.argv[1]).mkdir(parents=True, exist_ok=True)
    asyncio.run(main(Path(sys.argv[1])))
