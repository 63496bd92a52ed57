"""The way of the picture to one browser: a WebSocket of its own.

Not NiceGUI's: its queue for a browser that takes nothing has no end, and it packs every message
anew for every browser. Here a browser gets a picture when it has taken the last one, and always
the latest: one that is slow misses some, one that is dead costs nothing.
"""

import asyncio
from contextlib import suppress

from fastapi import WebSocket, WebSocketDisconnect

from dashboards.console.charts import read_chart_request
from dashboards.console.page_feed import Feed
from dashboards.console.page_ownership import owns

_UNKNOWN_PAGE = 4404  # close code; the browser loads the page anew


async def stream(socket: WebSocket, client: str) -> None:
    """Send the page of a NiceGUI client its picture with every beat until it has gone."""
    await socket.accept()
    if not owns(socket.scope, client):
        await socket.close(_UNKNOWN_PAGE)
        return
    feed: Feed = socket.app.state.feed
    wake = asyncio.Event()
    feed.wakes.add(wake)
    try:
        async with asyncio.TaskGroup() as tasks:
            sending = tasks.create_task(_send(feed, client, socket, wake), name=f"console/{client}")
            while (message := await socket.receive())["type"] != "websocket.disconnect":
                # A page asks again when it has its answer; whoever does not wait is made to.
                ask = read_chart_request(message.get("text"))
                await feed.turn()
                viewer = feed.viewers.get(client)
                if ask is not None and viewer is not None:
                    viewer.ask(ask)
                    wake.set()
            sending.cancel()
    finally:
        feed.wakes.discard(wake)


async def _send(feed: Feed, client: str, socket: WebSocket, wake: asyncio.Event) -> None:
    sent = ""
    with suppress(WebSocketDisconnect):
        while viewer := feed.viewers.get(client):
            wake.clear()
            viewer.arrange()
            asked, charts = viewer.charts()
            await socket.send_text(
                feed.picture(viewer, asked, "null" if charts == sent else charts)
            )
            sent = charts
            await wake.wait()
        await socket.close(_UNKNOWN_PAGE)
