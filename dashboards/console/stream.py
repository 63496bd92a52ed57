"""The way of the picture to one browser: a WebSocket of its own.

Not NiceGUI's: its queue for a browser that takes nothing has no end, and it packs every message
anew for every browser. Here a browser gets a picture when it has taken the last one, and always
the latest: one that is slow misses some, one that is dead costs nothing.
"""

import asyncio

from fastapi import WebSocket, WebSocketDisconnect

from dashboards.console.feed import Feed, Viewer

_UNKNOWN_PAGE = 4404  # close code; the browser loads the page anew


async def stream(socket: WebSocket, client: str) -> None:
    """Send the page of a NiceGUI client its picture with every beat until it has gone."""
    feed: Feed = socket.app.state.feed
    viewer = feed.viewers.get(client)
    await socket.accept()
    if viewer is None:
        await socket.close(_UNKNOWN_PAGE)
        return
    async with asyncio.TaskGroup() as tasks:
        sending = tasks.create_task(_send(feed, viewer, socket), name=f"console/{client}")
        while (await socket.receive())["type"] != "websocket.disconnect":
            pass
        sending.cancel()


async def _send(feed: Feed, viewer: Viewer, socket: WebSocket) -> None:
    sent = ""
    while True:
        beaten = feed.beaten
        viewer.arrange()
        charts = viewer.charts()
        try:
            await socket.send_text(feed.picture(viewer, "{}" if charts == sent else charts))
        except WebSocketDisconnect:
            return
        sent = charts
        await beaten.wait()
