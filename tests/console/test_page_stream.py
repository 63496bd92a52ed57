"""Updates to browsers that are fast, slow or dead."""

import asyncio
import json
from collections.abc import Coroutine
from dataclasses import replace

from fastapi import FastAPI, WebSocket
from starlette.types import Message

from dashboards.console.live.charts import ChartRequest
from dashboards.console.live.feed import Feed
from dashboards.console.live.stream import stream
from devices.virtual.virtual_time import VirtualTimeLoop
from tests.console.fake_backend import HEART_RATE, SESSION, TACHYCARDIA, FakeBackend


class Ward:
    """A ward page."""

    session = None

    def arrange(self) -> None:
        """Do nothing."""

    def request_charts(self, request: ChartRequest) -> None:
        """Ignore the request."""

    def charts(self) -> tuple[int, str]:
        """Return no charts."""
        return 0, "null"


class Asking(Ward):
    """A page that counts its chart requests."""

    asked = 0

    def request_charts(self, request: ChartRequest) -> None:
        """Count the request."""
        assert request.number >= 0
        self.asked += 1


class Browser:
    """The client of a WebSocket, which records messages, and shows each if it is quick."""

    def __init__(self, *, quick: bool = True, asks: int = 0) -> None:
        self.sent: list[Message] = []
        self.quick = quick
        self._replies: asyncio.Queue[Message] = asyncio.Queue()
        self._replies.put_nowait({"type": "websocket.connect"})
        for number in range(asks):
            self._reply(f'{{"number": {number}}}')

    async def receive(self) -> Message:
        """Return the next message of the page."""
        return await self._replies.get()

    async def send(self, message: Message) -> None:
        """Take a message."""
        self.sent.append(message)
        if message["type"] == "websocket.send" and self.quick:
            self.show()

    def show(self) -> None:
        """Report that the last update is on the page."""
        self._reply("shown")

    def leave(self) -> None:
        """Close the page."""
        self._replies.put_nowait({"type": "websocket.disconnect", "code": 1001})

    def _reply(self, text: str) -> None:
        self._replies.put_nowait({"type": "websocket.receive", "text": text})

    def rates(self) -> list[str]:
        """Return the received heart rates."""
        frames = [json.loads(message["text"]) for message in self.sent[1:]]
        return [frame["frame"]["regions"]["tile S-1"][1] for frame in frames]


def socket(browser: Browser, feed: Feed) -> WebSocket:
    app = FastAPI()
    app.state.feed = feed
    return WebSocket({"type": "websocket", "app": app}, browser.receive, browser.send)


def in_virtual_time(test: Coroutine[None, None, None]) -> None:
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.run(test)


def test_slow_browser_delays_nobody_and_gets_the_latest_update() -> None:
    async def run() -> None:
        backend = FakeBackend()
        backend.put(SESSION)
        feed = Feed(backend, speed=1.0)
        feed.viewers = {"quick": Ward(), "slow": Ward()}
        quick, slow = Browser(), Browser(quick=False)
        async with asyncio.TaskGroup() as tasks:
            beating = tasks.create_task(feed.run())
            tasks.create_task(stream(socket(quick, feed), "quick"))
            tasks.create_task(stream(socket(slow, feed), "slow"))
            for rate in range(60, 70):
                backend.put(replace(SESSION, channels=(replace(HEART_RATE, value=float(rate)),)))
                await asyncio.sleep(1.0)
            assert len(quick.sent) >= 10
            # Nothing waits in buffers until it is old: not even ten minutes of it.
            (first,) = slow.rates()
            assert ">72<" in first
            slow.show()
            await asyncio.sleep(0.1)
            assert ">69<" in slow.rates()[-1]
            assert len(slow.rates()) == 2
            quick.leave()
            slow.leave()
            await asyncio.sleep(0.1)
            beating.cancel()

    in_virtual_time(run())


def test_alarm_is_sent_before_the_next_heartbeat() -> None:
    async def run() -> None:
        backend = FakeBackend()
        backend.put(SESSION)
        feed = Feed(backend, speed=1.0)
        async with asyncio.TaskGroup() as tasks:
            beating = tasks.create_task(feed.run())
            await feed.next_beat.wait()
            began_s = asyncio.get_running_loop().time()
            backend.put(replace(SESSION, alarms=(TACHYCARDIA,)))
            await feed.next_beat.wait()
            assert asyncio.get_running_loop().time() - began_s <= 0.25
            await feed.next_beat.wait()
            assert asyncio.get_running_loop().time() - began_s <= 1.25
            beating.cancel()

    in_virtual_time(run())


def test_endless_chart_requests_delay_nobody() -> None:
    async def run() -> None:
        backend = FakeBackend()
        backend.put(SESSION)
        feed = Feed(backend, speed=1.0)
        asking = Asking()
        feed.viewers = {"asking": asking, "quick": Ward()}
        greedy, quick = Browser(asks=1000), Browser()
        async with asyncio.TaskGroup() as tasks:
            beating = tasks.create_task(feed.run())
            sending = tasks.create_task(stream(socket(greedy, feed), "asking"))
            tasks.create_task(stream(socket(quick, feed), "quick"))
            await asyncio.sleep(10.5)
            assert 10 <= len(quick.sent) <= 13
            assert 100 <= asking.asked <= 270  # at most 25 are drawn per second
            quick.leave()
            sending.cancel()
            await asyncio.sleep(0.1)
            beating.cancel()
        assert feed.wakes == set()

    in_virtual_time(run())


def test_unknown_page_is_closed() -> None:
    async def run() -> None:
        browser = Browser()
        feed = Feed(FakeBackend(), speed=1.0)
        feed.viewers = {"page": Ward()}
        async with asyncio.TaskGroup() as tasks:
            beating = tasks.create_task(feed.run())
            tasks.create_task(stream(socket(browser, feed), "page"))
            await asyncio.sleep(0.5)
            assert browser.sent[-1]["type"] == "websocket.send"
            del feed.viewers["page"]
            await asyncio.sleep(1.0)
            assert browser.sent[-1] == {"type": "websocket.close", "code": 4404, "reason": ""}
            browser.leave()
            beating.cancel()

    in_virtual_time(run())
