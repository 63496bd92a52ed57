"""The way of the picture to one browser: a WebSocket of its own.

Not NiceGUI's: its queue for a browser that takes nothing has no end, and it packs every message
anew for every browser. Here a browser gets a picture when it has taken the last one, and always
the latest: one that is slow misses some, one that is dead costs nothing.
"""

import asyncio
from contextlib import suppress

from fastapi import WebSocket, WebSocketDisconnect

from dashboards.console.feed import Feed
from dashboards.console.ownership import owns

_UNKNOWN_PAGE = 4404  # close code; the browser loads the page anew


async def stream(socket: WebSocket, client: str) -> None:
    """Send the page of a NiceGUI client its picture with every beat until it has gone."""
    await socket.accept()
    if not owns(socket.scope, client):
        await socket.close(_UNKNOWN_PAGE)
        return
    async with asyncio.TaskGroup() as tasks:
        feed: Feed = socket.app.state.feed
        sending = tasks.create_task(_send(feed, client, socket), name=f"console/{client}")
        while (await socket.receive())["type"] != "websocket.disconnect":
            pass
        sending.cancel()


async def _send(feed: Feed, client: str, socket: WebSocket) -> None:
    sent = ""
    with suppress(WebSocketDisconnect):
        while viewer := feed.viewers.get(client):
            beaten = feed.beaten
            viewer.arrange()
            charts = viewer.charts()
            await socket.send_text(feed.picture(viewer, "{}" if charts == sent else charts))
            sent = charts
            await beaten.wait()
        await socket.close(_UNKNOWN_PAGE)
