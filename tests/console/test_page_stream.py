"""Updates to browsers that are fast, slow or dead."""

import asyncio
import json
from collections.abc import Coroutine
from dataclasses import dataclass, field, replace

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


@dataclass
class Browser:
    """The client of a WebSocket, which records messages while it accepts any."""

    takes: asyncio.Event = field(default_factory=asyncio.Event)
    sent: list[Message] = field(default_factory=list)
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    connected: bool = False
    asks: int = 0

    async def receive(self) -> Message:
        """Connect; disconnect on request."""
        if not self.connected:
            self.connected = True
            return {"type": "websocket.connect"}
        if self.asks:
            self.asks -= 1
            return {"type": "websocket.receive", "text": f'{{"number": {self.asks}}}'}
        await self.gone.wait()
        return {"type": "websocket.disconnect", "code": 1001}

    async def send(self, message: Message) -> None:
        """Accept a message once it accepts any."""
        if message["type"] == "websocket.send":
            await self.takes.wait()
        self.sent.append(message)

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


def test_blocked_browser_delays_nobody_and_gets_the_latest_update() -> None:
    async def run() -> None:
        backend = FakeBackend()
        backend.put(SESSION)
        feed = Feed(backend, speed=1.0)
        feed.viewers = {"quick": Ward(), "stuck": Ward()}
        quick, stuck = Browser(), Browser()
        quick.takes.set()
        async with asyncio.TaskGroup() as tasks:
            beating = tasks.create_task(feed.run())
            tasks.create_task(stream(socket(quick, feed), "quick"))
            tasks.create_task(stream(socket(stuck, feed), "stuck"))
            for rate in range(60, 70):
                backend.put(replace(SESSION, channels=(replace(HEART_RATE, value=float(rate)),)))
                await asyncio.sleep(1.0)
            assert len(quick.sent) >= 10
            assert len(stuck.sent) == 1
            stuck.takes.set()
            await asyncio.sleep(1.5)
            assert len(stuck.sent) <= 4
            assert ">69<" in stuck.rates()[-1]
            quick.gone.set()
            stuck.gone.set()
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
        greedy, quick = Browser(asks=10**6), Browser()
        greedy.takes.set()
        quick.takes.set()
        async with asyncio.TaskGroup() as tasks:
            beating = tasks.create_task(feed.run())
            sending = tasks.create_task(stream(socket(greedy, feed), "asking"))
            tasks.create_task(stream(socket(quick, feed), "quick"))
            await asyncio.sleep(10.5)
            assert 10 <= len(quick.sent) <= 13
            assert 100 <= asking.asked <= 270  # at most 25 are drawn per second
            quick.gone.set()
            sending.cancel()
            await asyncio.sleep(0.1)
            beating.cancel()
        assert feed.wakes == set()

    in_virtual_time(run())


def test_unknown_page_is_closed() -> None:
    async def run() -> None:
        browser = Browser()
        browser.takes.set()
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
            browser.gone.set()
            beating.cancel()

    in_virtual_time(run())
