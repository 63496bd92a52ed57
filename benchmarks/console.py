"""50 viewers on 20 sessions at 1 Hz: the console, compared with a hand-written stream.

Three processes run the same 20 sessions (five sensors each, engine, journal): the console as it is
served, with NiceGUI, uvicorn and WebSockets; a hand-written stream, server-sent events over bare
asyncio, that makes the same pictures; and one that nobody looks at. All at the same time on the
same machine. A viewer is a page that was loaded and is connected as a browser is, without
the browser. Latency is from the look at the sessions to the viewer's end of the connection.
"""

import argparse
import ast
import asyncio
import re
import statistics
import sys
import tempfile
import time
import urllib.parse
from collections.abc import Callable
from pathlib import Path

import aiohttp

from benchmarks.results import Result
from benchmarks.watched import beat, child, cpu_s, memory_mb, opened
from dashboards.console.live.charts import ChartRequest
from dashboards.console.live.feed import Feed
from dashboards.console.server import serve
from monitor.sessions.console_backend import ConsoleBackend
from monitor.sessions.session import Session

VIEWERS = 50
SESSIONS = 20
MINUTES = 10.0
_WARM_S = 20.0
_QUERY = re.compile(r"query: (\{.*?\}),\n")


def run(minutes: float = MINUTES) -> list[Result]:
    """Return the ratios of processor time, memory and latency; print those of all three."""
    return asyncio.run(_measure(minutes))


async def _measure(minutes: float) -> list[Result]:
    me = "benchmarks.console"
    late: dict[str, list[float]] = {"console": [], "stream": []}
    taken = dict.fromkeys(late, 0)
    async with (
        child(me, "--serve", "console") as (console, url),
        child(me, "--serve", "stream") as (stream, stream_url),
        child(me, "--serve", "nobody") as (nobody, _),
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), read_bufsize=2**20) as http,
        asyncio.TaskGroup() as tasks,
    ):
        processes = {"console": console.pid, "stream": stream.pid, "nobody": nobody.pid}
        measuring = asyncio.Event()

        def take(which: str, text: str) -> None:
            if measuring.is_set():
                now_ms = int(text[text.index('"now":') + 6 :].partition(",")[0])
                late[which].append(time.time_ns() / 1e6 - now_ms)
                taken[which] += len(text)

        watching = []
        for number in range(VIEWERS):
            watching += [
                tasks.create_task(watch_console(http, url, number, take)),
                tasks.create_task(_watch_stream(stream_url, number, take)),
            ]
        await asyncio.sleep(_WARM_S)
        before = {name: (cpu_s(pid), memory_mb(pid)) for name, pid in processes.items()}
        began_s = time.monotonic()
        measuring.set()
        await asyncio.sleep(minutes * 60)
        passed_s = time.monotonic() - began_s
        after = {name: (cpu_s(pid), memory_mb(pid)) for name, pid in processes.items()}
        for task in watching:
            task.cancel()
    return _results(minutes, passed_s, before, after, late, taken)


def _results(
    minutes: float,
    passed_s: float,
    before: dict[str, tuple[float, float]],
    after: dict[str, tuple[float, float]],
    late: dict[str, list[float]],
    taken: dict[str, int],
) -> list[Result]:
    cpu = {name: (after[name][0] - before[name][0]) / passed_s for name in after}
    for name, (_, memory) in after.items():
        print(
            f"  {name}: {cpu[name]:.1%} of a core, {memory:.0f} MB "
            f"({memory - before[name][1]:+.0f} MB meanwhile)"
        )
    for name, all_ms in late.items():
        print(
            f"  {name}: {len(all_ms)} pictures, {taken[name] / 1e6:.0f} MB, "
            f"p50 {_percentile(all_ms, 0.50):.1f} ms, p99 {_percentile(all_ms, 0.99):.1f} ms"
        )
    viewers = (cpu["console"] - cpu["nobody"]) / (cpu["stream"] - cpu["nobody"])
    mb = [after[name][1] for name in late]
    p50, p99 = ([_percentile(late[name], share) for name in late] for share in (0.5, 0.99))
    return [
        Result(
            name=f"console {name}",
            measured=f"{VIEWERS} viewers on {SESSIONS} sessions of five sensors at 1 Hz, "
            f"{minutes:g} minutes",
            alternative="a hand-written stream (server-sent events over bare asyncio) of the same "
            "pictures, in the same minutes",
            value=ours / other,
            figures=figures,
        )
        for name, (ours, other), figures in (
            (
                "processor",
                [cpu[name] for name in late],
                f"{cpu['console']:.1%} of a core against {cpu['stream']:.1%}, {viewers:.2f} times",
            ),
            ("memory", mb, f"{mb[0]:.0f} MB against {mb[1]:.0f} MB"),
            ("p50", p50, f"{p50[0]:.0f} ms against {p50[1]:.0f} ms"),
            ("p99", p99, f"{p99[0]:.0f} ms against {p99[1]:.0f} ms"),
        )
    ]


async def watch_console(
    http: aiohttp.ClientSession, url: str, number: int, take: Callable[[str, str], None]
) -> None:
    """Load a page as a browser does, keep NiceGUI's socket, and take pictures."""
    async with http.get(url + _page(number)) as response:
        query = ast.literal_eval(_QUERY.search(await response.text())[1])  # type: ignore[index]
    query |= {"tab_id": f"tab{number}", "document_id": f"document{number}", "old_tab_id": ""}
    query |= {"implicit_handshake": "true", "EIO": 4, "transport": "websocket"}
    async with (
        http.ws_connect(f"{url}_nicegui_ws/socket.io/?{urllib.parse.urlencode(query)}") as page,
        http.ws_connect(f"{url}updates/{query['client_id']}", max_msg_size=0) as updates,
        asyncio.TaskGroup() as tasks,
    ):
        await page.send_str("40")
        while not (await page.receive_str()).startswith("40"):
            pass
        tasks.create_task(_stay(page))
        async for message in updates:
            take("console", message.data)
            await updates.send_str("shown")  # the next update comes after this


async def _stay(page: aiohttp.ClientWebSocketResponse) -> None:
    """Answer the questions whether the page is still open."""
    async for message in page:
        if message.data == "2":
            await page.send_str("3")


async def _watch_stream(url: str, number: int, take: Callable[[str, str], None]) -> None:
    port = int(url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**22)
    writer.write(f"GET /{_page(number)} HTTP/1.1\r\n\r\n".encode())
    try:
        while line := await reader.readline():
            if line.startswith(b"data: "):
                take("stream", line.decode())
    finally:
        writer.close()


def _page(number: int) -> str:
    """Return the page of a viewer: two or three to each session, some at the ward."""
    place = number % (SESSIONS + 1)
    return f"session/S{place}" if place < SESSIONS else ""


def _percentile(values: list[float], share: float) -> float:
    return statistics.quantiles(values, n=1000)[round(share * 1000) - 1]


# The three services.


async def _serve(which: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        sessions = [opened(Path(folder), f"S{n}", time.time_ns) for n in range(SESSIONS)]
        backend = ConsoleBackend(sessions)
        async with asyncio.TaskGroup() as tasks:
            for session in sessions:
                tasks.create_task(session.run())
            tasks.create_task(_feed(sessions))
            match which:
                case "console":
                    async with serve(backend, port=0) as url:
                        await _forever(url)
                case "stream":
                    await _stream(backend)
                case _:
                    await _forever("http://nobody")


async def _feed(sessions: list[Session]) -> None:
    at_s = 0
    while True:
        at_s += 1
        for session in sessions:
            beat(session, at_s)
            await asyncio.sleep(1.0 / SESSIONS)


async def _forever(url: str) -> None:
    print(url, flush=True)
    await asyncio.Event().wait()


class _Page:
    """A page for the feed, with the default content of a new page."""

    def __init__(self, feed: Feed, session: str | None) -> None:
        self._feed = feed
        self.session = session

    def arrange(self) -> None:
        """Ignore the placement."""

    def request_charts(self, request: ChartRequest) -> None:
        """Request nothing else."""

    def charts(self) -> tuple[int, str]:
        """Return the charts of a new page."""
        return 0, "null" if self.session is None else self._feed.charts(
            self.session, ChartRequest()
        )


async def _stream(backend: ConsoleBackend) -> None:
    feed = Feed(backend, speed=1.0)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        path = (await reader.readline()).split()[1].decode()
        page = _Page(feed, path.removeprefix("/session/") if path != "/" else None)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
        sent = ""
        while not writer.is_closing():
            next_beat = feed.next_beat
            asked, charts = page.charts()
            picture = feed.update(page, asked, "null" if charts == sent else charts)
            writer.write(b"data: " + picture.encode() + b"\n\n")
            sent = charts
            await writer.drain()
            await next_beat.wait()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server, asyncio.TaskGroup() as tasks:
        tasks.create_task(feed.run())
        await _forever(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=MINUTES)
    parser.add_argument("--serve", choices=("console", "stream", "nobody"), help="one of the parts")
    given = parser.parse_args()
    if given.serve:
        asyncio.run(_serve(given.serve))
    else:
        run(given.minutes)
    sys.exit()
