"""A session on the page, in any browser: touch, alarm, measurement, focus, and a new server."""

import asyncio
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, Protocol
from urllib.parse import urlsplit

from dashboards.console.server import serve
from tests.console.fake_backend import SESSION, FakeBackend
from tests.console.test_sound import EAR, PULSES, alarmed


class Browser(Protocol):
    """One page in a browser."""

    async def goto(self, url: str) -> None:
        """Load a page."""
        ...

    async def evaluate(self, expression: str) -> Any:
        """Return the value of an expression; a promise is awaited."""
        ...

    async def tap(self, x: float, y: float) -> None:
        """Touch the page, or click without a touch screen."""
        ...

    async def press(self, *keys: str) -> None:
        """Press keys one after the other."""
        ...


async def until(browser: Browser, condition: str) -> None:
    """Wait in the page for a condition; a reload of the page fails."""
    await browser.evaluate(
        "new Promise((done) => { const look = () => "
        f"({condition}) ? done(true) : setTimeout(look, 50); look(); }})"
    )


async def touch(browser: Browser, selector: str, text: str = "") -> None:
    """Touch the first visible element with a text."""
    found = (
        f"[...document.querySelectorAll({selector!r})].find((part) => "
        f"part.innerText.includes({text!r}) && part.getClientRects().length)"
    )
    await until(browser, f"!document.querySelector('[class*=-enter-]') && {found}")
    box = await browser.evaluate(
        f"(({found}).scrollIntoView({{ block: 'center' }}), ({found}).getBoundingClientRect())"
    )
    await browser.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


LIVE = (
    "document.querySelector('.value')?.textContent === '72' && !document.querySelector('#lifeline')"
)
FAILURES = """
window.failures = [];
addEventListener("error", ({ message }) => message && failures.push(message));
addEventListener("unhandledrejection", ({ reason }) => failures.push(String(reason)));
"""
SOUND_ON = "!document.documentElement.classList.contains('sound-blocked')"
FOCUS = (
    "getComputedStyle(document.activeElement).outlineStyle + ' ' +"
    " getComputedStyle(document.activeElement).outlineWidth"
)


async def walk(browser: Browser) -> None:
    """Use the page as a person with a session does."""
    backend = FakeBackend()
    backend.put(SESSION)
    async with serve(backend, port=0) as url:
        await browser.goto(f"{url}session/S-1")
        await until(browser, LIVE)
        assert not await browser.evaluate(SOUND_ON)
        await browser.evaluate(f"(() => {{ {EAR} {FAILURES} window.untouched = true; }})()")
        await browser.tap(3, 3)  # the first touch, beside every element
        await until(browser, SOUND_ON)
        await until(browser, "!document.documentElement.classList.contains('may-sleep')")

        await _measure(browser, backend)
        await _acknowledge(browser, backend)
    await until(browser, "document.documentElement.classList.contains('lost')")
    await browser.evaluate("window.tones = 0")
    async with _server_with_alarm(urlsplit(url).port or 0):
        await until(browser, LIVE)
        # Not loaded again: the sound needs no second touch.
        assert await browser.evaluate("window.untouched")
        await until(browser, f"window.tones >= {PULSES['high']}")
        assert await browser.evaluate(SOUND_ON)
        assert await browser.evaluate("window.failures") == []


async def _measure(browser: Browser, backend: FakeBackend) -> None:
    """Enter a measurement that cannot be read, then one with a decimal comma."""
    await touch(browser, "input[aria-label^='Your name']")
    await browser.press("M", "K", "Tab")
    await touch(browser, "button", "Enter measurement")
    await touch(browser, "input[aria-label=Thermometer]")
    await browser.press(*"37,4x")
    await touch(browser, ".q-dialog button", "Record")
    await until(browser, "document.querySelector('.q-dialog')?.innerText.includes('not a number')")
    assert not [act for act in backend.acts if act[0] == "measure"]
    await touch(browser, "input[aria-label=Thermometer]")
    await browser.press("End", "Backspace")
    await touch(browser, ".q-dialog button", "Record")
    await until(browser, "!document.querySelector('.q-dialog .ask')")
    assert "37.4" in str(next(act for act in backend.acts if act[0] == "measure"))


async def _acknowledge(browser: Browser, backend: FakeBackend) -> None:
    """Hear an alarm, and acknowledge it with the keys A and Enter."""
    backend.put(alarmed("high"))
    await until(browser, f"window.tones >= {PULSES['high']}")
    await browser.press("a")
    await until(browser, "document.activeElement.innerText.includes('Acknowledge')")
    focused = await browser.evaluate(FOCUS)
    assert focused == "solid 3px", focused
    await browser.press("Enter")
    await until(browser, "document.querySelector('.alarm')?.innerText.includes('Acknowledged by')")
    assert ("acknowledge", "S-1", "high", "MK") in backend.acts
    backend.put(replace(SESSION, alarms=()))


@asynccontextmanager
async def _server_with_alarm(port: int) -> AsyncIterator[None]:
    """Run another console on a port, in a process that knows no page of the first."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.console.console_process", str(port), "high", stdout=PIPE
    )
    try:
        assert process.stdout is not None
        await process.stdout.readline()
        yield
    finally:
        process.kill()
        await process.wait()
