"""Limits on connections: their number, and those without a complete request."""

import asyncio
import resource
import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from dashboards.access.authenticator import AccessSettings, Tls
from dashboards.access.proxies import Proxies
from dashboards.access.roles import Role
from dashboards.console.web.connections import ConnectionLimits, Listener
from monitor.service.descriptors import raise_descriptor_limit
from tests.access.console_with_accounts import Clock, House, house
from tests.access.test_tls import certified
from tests.durations import PATIENCE_S

_PARTIAL = {
    "nothing": b"",
    "part of a header": b"GET /login HTTP/1.1\r\nHost: ",
    "part of a body": (
        b"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 50\r\n"
        b"Content-Type: application/x-www-form-urlencoded\r\n\r\nname=a"
    ),
    "a request and part of the next": (
        b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\nGET /login HTTP/1.1\r\nHost"
    ),
}


class Door:
    """A listener, and clients that connect to it from addresses of this machine."""

    def __init__(self, limits: ConnectionLimits, stack: ExitStack) -> None:
        opened = socket.create_server(("127.0.0.1", 0))
        self.listener = stack.enter_context(
            Listener(opened.family, opened.type, opened.proto, fileno=opened.detach())
        )
        self.listener.setblocking(False)
        self.clock = Clock()
        self.listener.limit(limits, self.clock)
        self._stack = stack

    def connect(self, origin: str = "127.0.0.1") -> socket.socket:
        client = socket.create_connection(self.listener.getsockname(), source_address=(origin, 0))
        return self._stack.enter_context(client)

    def accept(self) -> list[socket.socket]:
        """Accept all waiting connections that are within the limits."""
        accepted: list[socket.socket] = []
        while True:
            try:
                connection, _ = self.listener.accept()
            except BlockingIOError:
                return accepted
            accepted.append(self._stack.enter_context(connection))


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def is_open(client: socket.socket) -> bool:
    client.settimeout(0.05)
    try:
        return client.recv(1) != b""
    except TimeoutError:
        return True
    except ConnectionResetError:
        return False


def test_connections_per_address_and_in_total_are_limited(stack: ExitStack) -> None:
    door = Door(ConnectionLimits(total=5, per_address=3), stack)
    many = [door.connect() for _ in range(6)]
    other = door.connect("127.0.0.2")
    assert len(door.accept()) == 4
    assert [is_open(client) for client in many] == [True] * 3 + [False] * 3
    assert is_open(other)
    door.connect("127.0.0.3")
    last = door.connect("127.0.0.4")
    assert len(door.accept()) == 1  # the fifth in all
    assert not is_open(last)


def test_proxy_may_use_all_connections(stack: ExitStack) -> None:
    limits = ConnectionLimits(total=5, per_address=2, proxies=Proxies(["127.0.0.1"]))
    door = Door(limits, stack)
    many = [door.connect() for _ in range(3)] + [door.connect("127.0.0.2") for _ in range(3)]
    door.accept()
    assert [is_open(client) for client in many] == [True] * 5 + [False]


def test_closed_connection_is_no_longer_counted(stack: ExitStack) -> None:
    door = Door(ConnectionLimits(total=2, per_address=2), stack)
    for _ in range(20):
        client = door.connect()
        (connection,) = door.accept()
        connection.close()
        connection.close()  # counts once
        client.close()
    kept = [door.connect() for _ in range(3)]
    assert len(door.accept()) == 2
    assert [is_open(client) for client in kept] == [True, True, False]


def test_refused_connections_are_logged_in_summary(
    stack: ExitStack, caplog: pytest.LogCaptureFixture
) -> None:
    door = Door(ConnectionLimits(total=1, per_address=1), stack)
    for _ in range(51):
        door.connect()
    door.accept()
    door.clock.now_s += 61
    door.connect()
    door.accept()
    assert [record.getMessage().split(",")[0] for record in caplog.records] == [
        "console: connections refused: 1",
        "console: connections refused: 50",
    ]


def test_only_idle_connections_are_closed(stack: ExitStack) -> None:
    door = Door(ConnectionLimits(total=5, per_address=5), stack)
    idle, busy = door.connect(), door.connect()
    _, serving = door.accept()
    for _ in range(30):
        door.clock.now_s += 1
        door.listener.close_idle({serving.fileno()})
    assert [is_open(idle), is_open(busy)] == [False, True]
    for _ in range(9):
        door.clock.now_s += 1
        door.listener.close_idle(set())
    assert is_open(busy)
    door.clock.now_s += 1
    door.listener.close_idle(set())
    assert not is_open(busy)


async def closed(reader: asyncio.StreamReader) -> None:
    async with asyncio.timeout(PATIENCE_S):
        try:
            while await reader.read(4096):
                pass
        except ConnectionResetError:
            pass


@pytest.mark.parametrize("sent", _PARTIAL.values(), ids=_PARTIAL)
async def test_connection_with_an_incomplete_request_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sent: bytes
) -> None:
    monkeypatch.setattr("dashboards.console.web.connections.REQUEST_S", 1.5)
    async with house(tmp_path) as here, here.visitor(Role.RATER) as rater:
        reader, writer = await asyncio.open_connection(*_place(here))
        writer.write(sent)
        await closed(reader)
        writer.close()
        assert (await rater.get("healthz")).status_code == 200


async def test_connection_without_a_tls_handshake_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboards.console.web.connections.REQUEST_S", 1.5)
    certified(tmp_path)
    tls = Tls(tmp_path / "cert.pem", tmp_path / "key.pem")
    settings = AccessSettings(accounts=tmp_path / "accounts.toml", tls=tls)
    async with house(tmp_path, settings) as here:
        bare, writer = await asyncio.open_connection(*_place(here))
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        silent, other = await asyncio.open_connection(*_place(here), ssl=context)
        await closed(bare)
        await closed(silent)
        writer.close()
        other.close()


_GET = b"GET /login HTTP/1.1\r\nHost: 127.0.0.1\r\n"
_POST = b"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 2000000\r\n\r\n"


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        (_GET + b"X: " + b"x" * 70_000, "The headers are too long."),
        (_GET + b"X: x\r\n" * 150, "There are too many headers."),
        (_POST + b"x" * 1_000_001, "The body is too long."),
        ((_GET + b"\r\n") * 20, "Too many requests wait on this connection."),
    ],
)
async def test_requests_beyond_the_limits_are_refused_with_a_message(
    tmp_path: Path, sent: bytes, sentence: str
) -> None:
    async with house(tmp_path) as here:
        reader, writer = await asyncio.open_connection(*_place(here))
        writer.write(sent)
        assert sentence.encode() in await reader.read()
        writer.close()


def _place(here: House) -> tuple[str, int]:
    return "127.0.0.1", int(here.url.rpartition(":")[2].strip("/"))


def test_half_of_the_descriptors_are_reserved() -> None:
    raise_descriptor_limit()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert soft == min(hard, 65_536)
    resource.setrlimit(resource.RLIMIT_NOFILE, (200, hard))
    try:
        limits = ConnectionLimits.of_process(Proxies())
        assert (limits.total, limits.per_address) == (100, 25)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
