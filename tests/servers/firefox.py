"""Firefox, driven by the WebDriver BiDi that it speaks itself: no driver has to be installed."""

import asyncio
import base64
import json
import subprocess
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from tests.durations import PATIENCE_S
from tests.servers.process import free_port, program

KEYS = {
    "Enter": "\ue007",
    "Tab": "\ue004",
    "Escape": "\ue00c",
    "End": "\ue010",
    "Backspace": "\ue003",
}
_PREFERENCES = {
    "dom.w3c_touch_events.enabled": 1,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.page": 0,
    "datareporting.policy.dataSubmissionEnabled": False,
    "app.update.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "toolkit.telemetry.enabled": False,
}


class BrowserError(AssertionError):
    """The browser refused a command, or a script failed in the page."""


class Firefox:
    """One page in Firefox."""

    def __init__(self, socket: ClientConnection) -> None:
        self.errors: list[str] = []
        self._socket = socket
        self._ids = count(1)
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._page = ""

    async def begin(self) -> None:
        """Open a page, and listen to its console."""
        await self.call("session.new", capabilities={})
        await self.call("session.subscribe", events=["log.entryAdded"])
        # In the first tab the address bar has the focus.
        created = await self.call("browsingContext.create", type="tab")
        self._page = created["context"]
        await self.call("browsingContext.activate", context=self._page)

    async def read(self) -> None:
        """Read answers and events until cancelled."""
        async for text in self._socket:
            message = json.loads(text)
            if message["type"] == "event":
                entry = message["params"]
                if entry.get("level") == "error":
                    self.errors.append(str(entry.get("text")))
                continue
            answer = self._answers.pop(message["id"])
            if message["type"] == "error":
                answer.set_exception(BrowserError(message["message"]))
            else:
                answer.set_result(message["result"])

    async def call(self, method: str, **parameters: Any) -> Any:
        number = next(self._ids)
        self._answers[number] = answer = asyncio.get_running_loop().create_future()
        await self._socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        return await asyncio.wait_for(answer, PATIENCE_S)

    async def resize(self, width: int, height: int) -> None:
        viewport = {"width": width, "height": height}
        await self.call("browsingContext.setViewport", context=self._page, viewport=viewport)

    async def goto(self, url: str) -> None:
        await self.call("browsingContext.navigate", context=self._page, url=url, wait="complete")

    async def evaluate(self, expression: str) -> Any:
        """Return the value of an expression as JSON has it; a promise is awaited."""
        answer = await self.call(
            "script.evaluate",
            expression=f"(async () => JSON.stringify((await ({expression})) ?? null))()",
            target={"context": self._page},
            awaitPromise=True,
        )
        if answer["type"] == "exception":
            raise BrowserError(answer["exceptionDetails"]["text"])
        return json.loads(answer["result"]["value"])

    async def tap(self, x: float, y: float) -> None:
        """Touch the page with one finger."""
        point = {"x": round(x), "y": round(y)}
        await self._act("touch", "pointer", [
            {"type": "pointerMove", **point},
            {"type": "pointerDown", "button": 0},
            {"type": "pointerUp", "button": 0},
        ], parameters={"pointerType": "touch"})  # fmt: skip

    async def press(self, *keys: str) -> None:
        actions = [
            {"type": kind, "value": KEYS.get(key, key)}
            for key in keys
            for kind in ("keyDown", "keyUp")
        ]
        await self._act("keys", "key", actions)

    async def _act(self, name: str, kind: str, actions: list[Any], **more: Any) -> None:
        source = {"type": kind, "id": name, "actions": actions, **more}
        await self.call("input.performActions", context=self._page, actions=[source])
        await self.call("input.releaseActions", context=self._page)

    async def screenshot(self) -> bytes:
        """Return a picture of the page as PNG."""
        answer = await self.call("browsingContext.captureScreenshot", context=self._page)
        return base64.b64decode(answer["data"])


@asynccontextmanager
async def firefox(environment: Mapping[str, str]) -> AsyncIterator[Firefox]:
    """Run Firefox with one page until the context ends; without Firefox the test is skipped."""
    command = program("firefox-esr", "firefox-esr")
    port = free_port()
    with TemporaryDirectory(prefix="firefox-", ignore_cleanup_errors=True) as folder:
        _write_preferences(Path(folder))
        process = await asyncio.create_subprocess_exec(
            command, "--headless", "--new-instance", "--profile", folder,
            "--remote-debugging-port", str(port), "about:blank",
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            env={"PATH": "/usr/bin:/bin", "HOME": folder, **environment},
        )  # fmt: skip
        assert process.stderr is not None
        try:
            # Its log reports when it listens; later output must not fill the pipe.
            async with asyncio.timeout(PATIENCE_S):
                while b"WebDriver BiDi listening" not in (line := await process.stderr.readline()):
                    assert line, "Firefox ended before it listened"
            async with (
                connect(f"ws://127.0.0.1:{port}/session", max_size=None, proxy=None) as socket,
                asyncio.TaskGroup() as tasks,
            ):
                browser = Firefox(socket)
                owned = [
                    tasks.create_task(_drain(process.stderr), name="firefox/log"),
                    tasks.create_task(browser.read(), name="firefox/messages"),
                ]
                await browser.begin()
                yield browser
                for task in owned:
                    task.cancel()
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()


def _write_preferences(folder: Path) -> None:
    lines = (
        f"user_pref({json.dumps(name)}, {json.dumps(value)});"
        for name, value in _PREFERENCES.items()
    )
    (folder / "user.js").write_text("\n".join(lines))


async def _drain(stream: asyncio.StreamReader) -> None:
    while await stream.readline():
        pass
