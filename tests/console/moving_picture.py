"""Generator of the moving picture of the README: ``python -m tests.console.moving_picture FILE``.

A session of the shipped policy runs in the real engine behind the real page: the heart rate rises
after the dose, an alarm is raised, acknowledged with a name, and clears.
"""

import asyncio
import io
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from PIL import Image
from playwright.async_api import Page, expect

from alerts.policy.parser import load_shipped
from dashboards.console.server import serve
from devices.radio import LinkState
from monitor.sessions.console_backend import ConsoleBackend
from tests.engine.scripted_session import spec
from tests.grafana.recorded_sessions import SENSORS, Hand
from tests.servers.chromium import chromium

_SIZE, _SHOWN = (1280, 720), (960, 540)
_FRAME_MS, _LAST_MS = 600, 2500
_COLOURS = 96
# Seconds and heart rate of each frame. 131 /min for a minute raises the alarm of medium priority.
_RISE = [(40, 90), (40, 104), (30, 118), (20, 127), (15, 134), (25, 136), (25, 137), (15, 138)]
_FALL = [(20, 136), (20, 131), (20, 124), (20, 118), (30, 110), (40, 101), (60, 90), (60, 84)]
_AT_REST = {"systolic": 122.0, "diastolic": 78.0, "body_temperature": 36.8}


class _Recorder:
    """A session player that takes a frame of the page after each step."""

    def __init__(self, hand: Hand, page: Page) -> None:
        self._hand = hand
        self._page = page
        self.frames: list[Image.Image] = []

    async def step(self, seconds: int, bpm: int) -> None:
        """Play a heart rate for some seconds, and take a frame when the page shows it."""
        _play(self._hand, seconds, bpm)
        last = self._hand.session.engine.channels["strap/heart_rate"].steps
        await expect(self._page.locator(".value").first).to_have_text(str(last))
        await self.frame()

    async def frame(self) -> None:
        """Take a frame."""
        picture = Image.open(io.BytesIO(await self._page.screenshot()))
        self.frames.append(picture.convert("RGB").resize(_SHOWN, Image.Resampling.LANCZOS))

    def save(self, path: Path) -> None:
        """Write the frames as a looping GIF with one common palette."""
        palette = self.frames[len(self.frames) // 2].quantize(_COLOURS)
        frames = [each.quantize(palette=palette, dither=Image.Dither.NONE) for each in self.frames]
        times = [_FRAME_MS] * (len(frames) - 1) + [_LAST_MS]
        frames[0].save(
            path, save_all=True, append_images=frames[1:], duration=times, loop=0, optimize=True
        )


def _play(hand: Hand, seconds: int, bpm: int) -> None:
    """Play strap and patch; the patch sends a temperature every 5 s."""
    for number in range(seconds // 5):
        hand.go_on(5, bpm, patch=False)
        hundredths = (3705 + number % 3).to_bytes(3, "little")
        hand.session.packet("patch", "2A1C", b"\x04" + hundredths + b"\xfe\x02")
    hand.settle()


def _started(folder: Path) -> Hand:
    """Return a session just after the dose, with half an hour at rest and all measurements."""
    described = replace(spec(), policy=load_shipped("mdma-session"), sensors=SENSORS[:2])
    hand = Hand(folder / "session.journal", described)
    for sensor, rssi in (("strap", -60), ("patch", -71)):
        hand.session.link(sensor, LinkState.CONNECTED, "", rssi)
    hand.session.actions.start("MK", "demonstration")
    for minutes in (15, 15):
        _play(hand, minutes * 60, 71)
        hand.session.actions.measure(_AT_REST, "MK", "monitor")
    hand.session.actions.mark("dose", "100 mg", "MK")
    return hand


async def main(path: Path) -> None:
    """Record the session and write the picture."""
    with tempfile.TemporaryDirectory() as folder:
        hand = _started(Path(folder))
        async with serve(ConsoleBackend([hand.session]), port=0) as url, chromium() as browser:
            page = await browser.new_page(viewport={"width": _SIZE[0], "height": _SIZE[1]})
            await page.goto(f"{url}session/{hand.session.spec.id}")
            await page.get_by_label("Your name or initials").fill("MK")
            await page.locator("h1").click()
            recorder = _Recorder(hand, page)
            for seconds, bpm in _RISE:
                await recorder.step(seconds, bpm)
            await page.get_by_role("button", name="Acknowledge").first.click()
            await recorder.step(5, 137)
            for seconds, bpm in _FALL:
                await recorder.step(seconds, bpm)
            recorder.save(path)
        hand.session.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
