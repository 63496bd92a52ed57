"""The WebSocket that sends updates to one browser.

It is separate from NiceGUI's, whose queue for a browser that accepts nothing is unbounded, and
which encodes every message for every browser. Here a browser gets an update once it has shown the
last one, and always the latest: a slow browser or network skips some, a dead one costs nothing, and
none waits in a buffer until it is old.
"""

import asyncio
from contextlib import suppress

from fastapi import WebSocket, WebSocketDisconnect

from dashboards.console.live.charts import read_chart_request
from dashboards.console.live.feed import Feed
from dashboards.console.web.page_access import owns

_SHOWN = "shown"  # sent by show.js
_UNKNOWN_PAGE = 4404  # close code; the browser reloads the page


async def stream(socket: WebSocket, client: str) -> None:
    """Send updates to the page of a NiceGUI client with every heartbeat until it is closed."""
    await socket.accept()
    if not owns(socket.scope, client):
        await socket.close(_UNKNOWN_PAGE)
        return
    feed: Feed = socket.app.state.feed
    wake, shown = asyncio.Event(), asyncio.Event()
    feed.wakes.add(wake)
    try:
        async with asyncio.TaskGroup() as tasks:
            sending = tasks.create_task(
                _send(feed, client, socket, wake, shown), name=f"console/{client}"
            )
            while (message := await socket.receive())["type"] != "websocket.disconnect":
                if message.get("text") == _SHOWN:
                    shown.set()
                    continue
                # A page sends its next request after the answer; the wait enforces this.
                request = read_chart_request(message.get("text"))
                await feed.wait_for_charts()
                viewer = feed.viewers.get(client)
                if request is not None and viewer is not None:
                    viewer.request_charts(request)
                    wake.set()
            sending.cancel()
    finally:
        feed.wakes.discard(wake)


async def _send(
    feed: Feed, client: str, socket: WebSocket, wake: asyncio.Event, shown: asyncio.Event
) -> None:
    sent = ""
    with suppress(WebSocketDisconnect):
        while viewer := feed.viewers.get(client):
            wake.clear()
            viewer.arrange()
            asked, charts = viewer.charts()
            shown.clear()
            await socket.send_text(feed.update(viewer, asked, "null" if charts == sent else charts))
            sent = charts
            await shown.wait()
            await wake.wait()
        await socket.close(_UNKNOWN_PAGE)
