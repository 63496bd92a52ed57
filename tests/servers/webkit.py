"""WebKitGTK, the engine of Safari, driven by Debian's WebDriver on a virtual display.

Without a display MiniBrowser ends at once, and the driver waits for it without an answer. So Xvfb
itself reports when its display exists, and a session that does not start in time is tried again.
The driver turns touches into events of a mouse: WebKitGTK has none of a touch screen.
"""

import asyncio
import base64
import os
import subprocess
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import pytest

from tests.durations import PATIENCE_S
from tests.servers.firefox import KEYS, BrowserError
from tests.servers.process import free_port, program

_START_S = 20.0  # an idle machine starts the browser within a second
_TRIES = 3
_BROWSERS = "*/webkit2gtk-4.1/MiniBrowser"
_RUN = """
const done = arguments[arguments.length - 1];
(async () => (await (EXPRESSION)) ?? null)().then(
  (value) => done({ value }), (error) => done({ error: String(error) }));
"""


class WebKit:
    """One page in WebKitGTK."""

    def __init__(self, client: httpx.AsyncClient, session: str) -> None:
        self._client = client
        self._session = session

    async def call(self, command: str, **parameters: Any) -> Any:
        answer = await self._client.post(f"session/{self._session}/{command}", json=parameters)
        value = answer.json()["value"]
        if answer.is_error:
            raise BrowserError(f"{command}: {value['message']}")
        return value

    async def resize(self, width: int, height: int) -> None:
        await self.call("window/rect", width=width, height=height)

    async def goto(self, url: str) -> None:
        await self.call("url", url=url)

    async def evaluate(self, expression: str) -> Any:
        """Return the value of an expression as JSON has it; a promise is awaited."""
        script = _RUN.replace("EXPRESSION", expression)
        answer = await self.call("execute/async", script=script, args=[])
        if "error" in answer:
            raise BrowserError(answer["error"])
        return answer.get("value")

    async def tap(self, x: float, y: float) -> None:
        """Touch the page with one finger; the page sees a mouse."""
        point = {"x": round(x), "y": round(y)}
        await self._act("pointer", [
            {"type": "pointerMove", **point},
            {"type": "pointerDown", "button": 0},
            {"type": "pointerUp", "button": 0},
        ], parameters={"pointerType": "touch"})  # fmt: skip

    async def press(self, *keys: str) -> None:
        await self._act("key", [
            {"type": kind, "value": KEYS.get(key, key)}
            for key in keys
            for kind in ("keyDown", "keyUp")
        ])  # fmt: skip

    async def _act(self, kind: str, actions: list[Any], **more: Any) -> None:
        await self.call("actions", actions=[{"type": kind, "id": kind, "actions": actions, **more}])

    async def screenshot(self) -> bytes:
        """Return a picture of the page as PNG."""
        answer = await self._client.get(f"session/{self._session}/screenshot")
        return base64.b64decode(answer.json()["value"])


@asynccontextmanager
async def webkit(environment: Mapping[str, str]) -> AsyncIterator[WebKit]:
    """Run WebKit with one page until the context ends; without it the test is skipped."""
    driver = program("WebKitWebDriver", "webkit2gtk-driver")
    browsers = [*Path("/usr/lib").glob(_BROWSERS)]  # noqa: ASYNC240 - once, before anything runs
    if not browsers:
        pytest.skip("needs MiniBrowser: apt-get install libwebkit2gtk-4.1-0 (make browsers does)")
    with TemporaryDirectory(prefix="webkit-", ignore_cleanup_errors=True) as folder:
        async with _display(folder) as display, httpx.AsyncClient(timeout=PATIENCE_S) as client:
            for _ in range(_TRIES):
                port = free_port()
                client.base_url = f"http://127.0.0.1:{port}/"
                process = await asyncio.create_subprocess_exec(
                    driver, "--host=127.0.0.1", f"--port={port}",
                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
                    env={
                        "PATH": "/usr/bin:/bin", "HOME": folder, "XDG_RUNTIME_DIR": folder,
                        "DISPLAY": display, "NO_AT_BRIDGE": "1", "GSETTINGS_BACKEND": "memory",
                        "LIBGL_ALWAYS_SOFTWARE": "1", **environment,
                    },
                )  # fmt: skip
                try:
                    session = await _session(client, str(browsers[0]))
                    if session is None:
                        continue
                    yield WebKit(client, session)
                    return
                finally:
                    os.killpg(process.pid, 9)  # with the browser
                    await process.wait()
            pytest.fail(f"WebKit did not start within {_START_S:.0f} s, {_TRIES} times")


@asynccontextmanager
async def _display(folder: str) -> AsyncIterator[str]:
    """Run an X server; return the name of its display once it can be used.

    Without a window manager the window under the pointer has the focus, and the pointer begins in
    the middle of the screen: a small screen has it in every window.
    """
    read, write = os.pipe()
    process = await asyncio.create_subprocess_exec(
        program("Xvfb", "xvfb"), "-displayfd", str(write), "-screen", "0", "800x800x24",
        "-nolisten", "tcp", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        pass_fds=[write], cwd=folder,
    )  # fmt: skip
    os.close(write)
    try:
        number = await asyncio.wait_for(asyncio.to_thread(os.read, read, 16), PATIENCE_S)
        assert number, "Xvfb ended before it had a display"
        yield f":{number.decode().strip()}"
    finally:
        os.close(read)
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _session(client: httpx.AsyncClient, browser: str) -> str | None:
    """Open the browser; return None if it does not start in time."""
    options = {"binary": browser, "args": ["--automation"]}
    body = {"capabilities": {"alwaysMatch": {"webkitgtk:browserOptions": options}}}
    try:
        async with asyncio.timeout(_START_S):
            while True:
                try:
                    answer = await client.post("session", json=body)
                    break
                except httpx.ConnectError:  # the driver does not listen yet
                    await asyncio.sleep(0.05)
    except TimeoutError:
        return None
    session: str = answer.json()["value"]["sessionId"]
    timeouts = {"script": round(PATIENCE_S * 1000), "pageLoad": round(PATIENCE_S * 1000)}
    await client.post(f"session/{session}/timeouts", json=timeouts)
    return session
