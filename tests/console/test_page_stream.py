"""The way of the picture to browsers that are quick, slow or dead."""

import asyncio
import json
from collections.abc import Coroutine
from dataclasses import dataclass, field, replace

from fastapi import FastAPI, WebSocket
from starlette.types import Message

from dashboards.console.charts import ChartRequest
from dashboards.console.page_feed import Feed
from dashboards.console.page_stream import stream
from devices.virtual.virtual_time import PacedLoop
from tests.console.fake_backend import HEART_RATE, SESSION, TACHYCARDIA, FakeBackend


class Ward:
    """A page of all sessions."""

    session = None

    def arrange(self) -> None:
        """Need no place."""

    def request_charts(self, request: ChartRequest) -> None:
        """Have no charts to ask for."""

    def charts(self) -> tuple[int, str]:
        """Have no charts."""
        return 0, "null"


class Asking(Ward):
    """A page that notes how often its charts were asked for."""

    asked = 0

    def request_charts(self, request: ChartRequest) -> None:
        """Note it."""
        assert request.number >= 0
        self.asked += 1


@dataclass
class Browser:
    """The far end of a WebSocket: notes what it takes, when it takes anything."""

    takes: asyncio.Event = field(default_factory=asyncio.Event)
    sent: list[Message] = field(default_factory=list)
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    connected: bool = False
    asks: int = 0

    async def receive(self) -> Message:
        """Connect; leave when it is told to."""
        if not self.connected:
            self.connected = True
            return {"type": "websocket.connect"}
        if self.asks:
            self.asks -= 1
            return {"type": "websocket.receive", "text": f'{{"number": {self.asks}}}'}
        await self.gone.wait()
        return {"type": "websocket.disconnect", "code": 1001}

    async def send(self, message: Message) -> None:
        """Take a message, as soon as it takes messages."""
        if message["type"] == "websocket.send":
            await self.takes.wait()
        self.sent.append(message)

    def rates(self) -> list[str]:
        """Return the heart rates it has got."""
        frames = [json.loads(message["text"]) for message in self.sent[1:]]
        return [frame["frame"]["regions"]["tile S-1"][1] for frame in frames]


def socket(browser: Browser, feed: Feed) -> WebSocket:
    app = FastAPI()
    app.state.feed = feed
    return WebSocket({"type": "websocket", "app": app}, browser.receive, browser.send)


def in_virtual_time(test: Coroutine[None, None, None]) -> None:
    with asyncio.Runner(loop_factory=PacedLoop) as runner:
        runner.run(test)


def test_a_browser_that_takes_nothing_delays_nobody_and_then_gets_the_latest() -> None:
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


def test_an_alarm_does_not_wait_for_the_next_second() -> None:
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


def test_a_page_that_asks_without_end_delays_nobody() -> None:
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
            assert 100 <= asking.asked <= 270  # no more than 25 a second are drawn for
            quick.gone.set()
            sending.cancel()
            await asyncio.sleep(0.1)
            beating.cancel()
        assert feed.wakes == set()

    in_virtual_time(run())


def test_a_page_that_nobody_knows_any_more_is_sent_away() -> None:
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
