"""How the console starts and ends inside somebody else's event loop. It needs no browser."""

import asyncio
import re
import signal
import socket

import pytest

from dashboards.console.server import ConsoleError, serve
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


async def test_it_starts_and_ends_as_often_as_is_asked() -> None:
    backend = FakeBackend()
    backend.put(SESSION)
    for _ in range(2):
        async with serve(backend, port=0) as url:
            assert '"sessions":["S-1"]' in await get(f"{url}healthz")
            assert "P-014" in await get(f"{url}session/S-1")
        with pytest.raises(OSError, match="onnect"):
            await get(url)


async def test_it_ends_when_its_task_is_cancelled() -> None:
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


async def test_a_connection_that_says_nothing_does_not_keep_it() -> None:
    async with serve(FakeBackend(), port=0) as url:
        port = int(url.rstrip("/").rpartition(":")[2])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\n")
        await writer.drain()
    assert await reader.read() == b""
    writer.close()


async def test_it_leaves_signals_alone() -> None:
    def handlers() -> list[object]:
        return [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]

    before = handlers()
    async with serve(FakeBackend(), port=0):
        assert handlers() == before


async def test_it_prints_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    backend = FakeBackend()
    backend.put(SESSION)
    async with serve(backend, port=0) as url:
        await get(f"{url}session/S-1")
    assert capfd.readouterr() == ("", "")


async def test_a_port_that_is_taken_is_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConsoleError, match=f"cannot listen on 127.0.0.1 port {port}"):
            async with serve(FakeBackend(), port=port):
                pytest.fail("it must not start")


async def test_a_second_one_at_the_same_time_is_refused() -> None:
    async with serve(FakeBackend(), port=0):
        with pytest.raises(ConsoleError, match="already"):
            async with serve(FakeBackend(), port=0):
                pytest.fail("it must not start")


async def test_only_this_computer_is_let_in_unless_told_otherwise() -> None:
    async with serve(FakeBackend(), port=0) as url:
        assert url.startswith("http://127.0.0.1:")
    async with serve(FakeBackend(), "::1", 0) as url:
        assert url.startswith("http://[::1]:")
        assert await get(f"{url}healthz")
