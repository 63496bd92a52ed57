"""Start and shutdown of the console inside the caller's event loop, without a browser."""

import asyncio
import gc
import re
import signal
import socket
from collections.abc import Coroutine
from typing import cast

import pytest

from dashboards.console.server import ConsoleError, serve
from monitor.service.console_service import console_part
from tests.console.fake_backend import SESSION, FakeBackend


async def get(url: str) -> str:
    address = re.fullmatch(r"http://\[?(.+?)]?:(\d+)(/.*)", url)
    assert address is not None
    host, port, path = address.groups()
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(f"GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    return answer.decode()


async def test_console_can_be_started_repeatedly() -> None:
    backend = FakeBackend()
    backend.put(SESSION)
    for _ in range(2):
        async with serve(backend, port=0) as url:
            assert '"sessions":["S-1"]' in await get(f"{url}healthz")
            assert "P-014" in await get(f"{url}session/S-1")
        with pytest.raises(OSError, match="onnect"):
            await get(url)


async def test_requests_of_a_page_show_no_progress_bar() -> None:
    """Quasar's progress bar has no accessible name."""
    backend = FakeBackend()
    backend.put(SESSION)
    async with serve(backend, port=0) as url:
        assert re.search(r'"skipHijack": ?true', await get(f"{url}session/S-1"))


async def test_console_stops_when_cancelled() -> None:
    serving = asyncio.Event()

    async def run() -> None:
        async with serve(FakeBackend(), port=0):
            serving.set()
            await asyncio.Event().wait()

    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(run())
        await serving.wait()
        task.cancel()
    assert task.cancelled()


async def test_silent_connection_does_not_delay_shutdown() -> None:
    async with serve(FakeBackend(), port=0) as url:
        port = int(url.rstrip("/").rpartition(":")[2])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\n")
        await writer.drain()
    assert await reader.read() == b""
    writer.close()


async def test_signal_handlers_are_kept() -> None:
    def handlers() -> list[object]:
        return [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]

    before = handlers()
    async with serve(FakeBackend(), port=0):
        assert handlers() == before


async def test_console_prints_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    backend = FakeBackend()
    backend.put(SESSION)
    async with serve(backend, port=0) as url:
        await get(f"{url}session/S-1")
    assert capfd.readouterr() == ("", "")


async def test_port_in_use_is_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConsoleError, match=f"cannot listen on 127.0.0.1 port {port}"):
            async with serve(FakeBackend(), port=port):
                pytest.fail("it must not start")


async def test_second_console_is_refused() -> None:
    async with serve(FakeBackend(), port=0):
        with pytest.raises(ConsoleError, match="already"):
            async with serve(FakeBackend(), port=0):
                pytest.fail("it must not start")


async def test_console_listens_locally_by_default() -> None:
    async with serve(FakeBackend(), port=0) as url:
        assert url.startswith("http://127.0.0.1:")
    async with serve(FakeBackend(), "::1", 0) as url:
        assert url.startswith("http://[::1]:")
        assert await get(f"{url}healthz")


async def test_objects_loaded_at_the_start_are_excluded_from_garbage_collection() -> None:
    """A full collection blocks the event loop for 0.1 s, every few dozen pages."""
    ready = asyncio.Event()
    part = console_part(FakeBackend(), "127.0.0.1", 0, lambda _url: ready.set())
    try:
        async with asyncio.TaskGroup() as tasks:
            task = tasks.create_task(cast("Coroutine[None, None, None]", part()))
            await ready.wait()
            frozen, left = gc.get_freeze_count(), len(gc.get_objects())
            task.cancel()
    finally:
        gc.unfreeze()
    assert frozen > 10 * left
