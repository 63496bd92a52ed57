"""The socket of a page, as a program uses it that is not the page."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from websockets.asyncio.client import ClientConnection, connect

from tests.access.console_with_accounts import HTML

_LONGEST = 2_000_000


def page_id(page: httpx.Response) -> str:
    """Return the id of a page that was loaded."""
    found = re.search(r"'client_id': '([0-9a-f-]{36})'", page.text)
    assert found, page.text[:500]
    return found[1]


async def loaded_page(client: httpx.AsyncClient, session: str) -> str:
    """Load the page of a session; return its id."""
    return page_id(await client.get(f"session/{session}", headers=HTML))


def page_socket(client: httpx.AsyncClient, page: str) -> connect:
    """Return the WebSocket of a page, with the cookies of a client."""
    url = str(client.base_url).rstrip("/")
    cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    return connect(
        f"{url.replace('http', 'ws', 1)}/_nicegui_ws/socket.io/"
        f"?EIO=4&transport=websocket&client_id={page}",
        additional_headers={"Origin": url, **({"Cookie": cookie} if cookie else {})},
        max_size=_LONGEST,
    )


async def beat(stream: ClientConnection) -> str | bytes:
    """Receive a heartbeat of a page's stream, and ask for the next one as the page does."""
    received = await stream.recv()
    await stream.send("shown")
    return received


@asynccontextmanager
async def connected_page(
    client: httpx.AsyncClient, page: str, accepted: str = "40"
) -> AsyncIterator[ClientConnection]:
    """Yield the socket of a page after the first packets of Socket.IO."""
    async with page_socket(client, page) as socket:
        await socket.recv()
        await socket.send("40")
        answer = str(await socket.recv())
        assert answer.startswith(accepted), answer
        yield socket


def packet(name: str, body: object, number: str = "") -> str:
    """Return an event of Socket.IO; one with a number is answered."""
    return f"42{number}{json.dumps([name, body])}"


async def answered(socket: ClientConnection, name: str, body: object) -> str:
    """Send an event; return the answer, after all that was sent before has been handled."""
    await socket.send(packet(name, body, number="7"))
    while not (found := str(await socket.recv())).startswith("437"):
        pass
    return found.removeprefix("437")


def handshake(page: str) -> dict[str, object]:
    """Return the message that connects a page."""
    return {"client_id": page, "tab_id": "t", "document_id": "d", "next_message_id": 0}
