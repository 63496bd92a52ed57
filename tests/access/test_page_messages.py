"""Messages on the socket of a page that no page sends; with a real service and its log."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import httpx
import pytest
from starlette.types import Message, Receive, Scope, Send
from websockets.exceptions import ConnectionClosedError, InvalidStatus

from dashboards.access.roles import Role
from dashboards.console.web.page_messages import MESSAGES, PageMessages
from devices.virtual.virtual_time import VirtualTimeLoop
from tests.access.page_socket import (
    answered,
    connected_page,
    handshake,
    loaded_page,
    packet,
    page_socket,
)
from tests.attack.service import SESSION, Service, service

_FORGED = "forged-by-a-browser"
_LINE = json.dumps({"user": _FORGED, "what": "login", "event": "access", "level": "info"})
_PAGE, _LISTENER = "<page>", "<listener>"

# Bodies of events; the page and one of its listeners are filled in.
_SHAPES: dict[str, object] = {
    "log: a forged line": ["log", {"client_id": _PAGE, "level": "error", "message": f"x\n{_LINE}"}],
    "log: long": ["log", {"client_id": _PAGE, "level": "error", "message": _FORGED * 40_000}],
    "log: other level": ["log", {"client_id": _PAGE, "level": [_FORGED], "message": {}}],
    "log: without a page": ["log", {"level": "error", "message": _FORGED}],
    "event: no listener": ["event", {"client_id": _PAGE, "id": 1, "args": []}],
    "event: unknown listener": [
        "event",
        {"client_id": _PAGE, "id": 0, "listener_id": _FORGED * 40_000, "args": []},
    ],
    "event: arguments are not JSON": [
        "event",
        {"client_id": _PAGE, "id": 0, "listener_id": _LISTENER, "args": [f"{{{_FORGED}"]},
    ],
    "event: a number too large": [
        "event",
        {"client_id": _PAGE, "id": 0, "listener_id": _LISTENER, "args": ["1e999"]},
    ],
    "event: deep": [
        "event",
        {"client_id": _PAGE, "id": 0, "listener_id": _LISTENER, "args": ["[" * 100_000]},
    ],
    "event: id is a list": ["event", {"client_id": _PAGE, "id": [], "args": []}],
    "event: page is a list": ["event", {"client_id": [_PAGE], "id": 1, "args": []}],
    "event: a list": ["event", []],
    "event: nothing": ["event"],
    "event: more": ["event", 1, 2, 3],
    "event: no name": [],
    "event: a list as name": [["event"], {"client_id": _PAGE}],
    "handshake: empty": ["handshake", {}],
    "handshake: no tab": ["handshake", {"client_id": _PAGE}],
    "handshake: lists": ["handshake", {"client_id": _PAGE, "tab_id": [], "document_id": {}}],
    "handshake: number": ["handshake", {**handshake(_PAGE), "next_message_id": _FORGED}],
    "javascript_response: empty": ["javascript_response", {"client_id": _PAGE}],
    "javascript_response: list": ["javascript_response", {"client_id": _PAGE, "request_id": []}],
    "ack: empty": ["ack", {"client_id": _PAGE}],
    "ack: text": ["ack", {"client_id": _PAGE, "next_message_id": _FORGED}],
    "connect": ["connect", {"client_id": _PAGE}],
    "disconnect": ["disconnect", {"client_id": _PAGE}],
}
# Packets that are not events, or not packets.
_PACKETS = (
    *("", "1", "6", "9", "2probe", "42", "42{", "43x", "430[]", "44{}", "49", "40/x,", "451-[]"),
    *(f"42{'[' * 200_000}", '42["ack",{"client_id":"x","next_message_id":NaN}]', f"4{_FORGED}"),
    *(_FORGED.encode(), b"", b"\x04\xff"),
)


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Run a service; all tests use its log."""
    with service(tmp_path_factory.mktemp("messages") / "service", sustain="1h") as running:
        yield running


@asynccontextmanager
async def visitor(there: Service, role: Role | None) -> AsyncIterator[httpx.AsyncClient]:
    async with there.client() as client:
        if role is not None:
            await there.login(client, role)
        yield client


async def test_log_has_nothing_that_a_browser_sent(there: Service) -> None:
    async with visitor(there, Role.RESEARCHER) as client:
        text = (await client.get(f"session/{SESSION}", headers={"Accept": "text/html"})).text
        listener = text.split('"listener_id":"', 1)[1].split('"', 1)[0]
        page = await loaded_page(client, SESSION)
        async with connected_page(client, page) as socket:
            before = there.log()
            assert await answered(socket, "handshake", handshake(page)) == "[true]"
            for shape in _SHAPES.values():
                filled = json.dumps(shape).replace(_PAGE, page).replace(_LISTENER, listener)
                await socket.send(f"42{filled}")
            for each in _PACKETS:
                await socket.send(each)
            await answered(socket, "ack", {"client_id": page, "next_message_id": 0})
        for query in ("", "&tab_id=t", f"&tab_id=t&document_id=d&next_message_id={_FORGED}"):
            asked = f"{page}&implicit_handshake=true{query}"
            async with connected_page(client, asked, accepted="44") as socket:
                pass
        written = there.log().removeprefix(before)
    assert _FORGED not in written
    assert "Traceback" not in written
    assert [line for line in written.splitlines() if '"level": "info"' not in line] == []


@pytest.mark.parametrize("role", [Role.RATER, None])
async def test_socket_is_closed_to_those_who_see_no_page(there: Service, role: Role | None) -> None:
    async with visitor(there, Role.RESEARCHER) as client:
        page = await loaded_page(client, SESSION)
    async with visitor(there, role) as client:
        with pytest.raises(InvalidStatus):
            async with page_socket(client, f"{page}&message={_FORGED}") as socket:
                await socket.send(packet("log", {"client_id": page, "message": _FORGED}))
    assert _FORGED not in there.log()


async def test_socket_closes_at_a_message_that_is_too_long(there: Service) -> None:
    async with visitor(there, Role.RESEARCHER) as client:
        page = await loaded_page(client, SESSION)
        body = {"client_id": page, "level": "error", "message": _FORGED * 100_000}
        with pytest.raises(ConnectionClosedError):
            async with connected_page(client, page) as socket:
                await socket.send(packet("log", body))
                await answered(socket, "handshake", handshake(page))
    assert _FORGED not in there.log()


def test_messages_beyond_the_rate_are_delayed_and_not_lost() -> None:
    sent = [packet("ack", {"client_id": "x", "next_message_id": n}) for n in range(300)]
    passed: list[tuple[float, str]] = []
    began_s = 0.0

    async def page(_scope: Scope, receive: Receive, _send: Send) -> None:
        while (message := await receive())["type"] == "websocket.receive":
            passed.append((asyncio.get_running_loop().time() - began_s, message["text"]))

    async def run() -> None:
        nonlocal began_s
        began_s = asyncio.get_running_loop().time()
        waiting = iter([*({"type": "websocket.receive", "text": each} for each in sent)])

        async def receive() -> Message:
            return next(waiting, {"type": "websocket.disconnect"})

        async def send(_: Message) -> None:
            raise AssertionError

        messages = PageMessages(page, asyncio.get_running_loop().time, speed=1.0)
        await messages({"type": "websocket", "path": "/_nicegui_ws/socket.io/"}, receive, send)

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.run(run())
    assert [text for _, text in passed] == sent
    assert passed[MESSAGES.burst - 1][0] == 0.0
    beyond = len(sent) - MESSAGES.burst
    assert passed[-1][0] == pytest.approx(beyond * MESSAGES.refill_s, rel=0.1)
