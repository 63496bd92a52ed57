"""The page of a blinded rater: whether the sensors work, and nothing that reveals a value.

Page and stream are separate, so that no code that shows values has to hide them. The stream has
its own clock, because the other pages are updated at once when an alarm changes, which would
reveal the alarm.
"""

import asyncio
import json
from contextlib import suppress
from html import escape

from fastapi import FastAPI, Request, WebSocket, WebSocketDisconnect
from fastapi.responses import HTMLResponse, Response

from dashboards.access.middleware import PASSWORD_PAGE, STATE_PAGE, login_of
from dashboards.console import page_frame
from dashboards.console.live.feed import Feed
from dashboards.console.markup import Html, join, tag
from dashboards.console.script_texts import script_texts
from dashboards.console.views.sensors import BlindedSensorView, blinded_sensor
from dashboards.console.views.session import SessionView
from dashboards.texts import gettext as _
from dashboards.texts import language, shown

_BEAT_S = 1.0


def add_rater_page(application: FastAPI) -> None:
    """Add the page to an application; it reads `state.feed`."""
    application.add_api_route(STATE_PAGE, _page, response_model=None)
    application.add_api_websocket_route(f"{STATE_PAGE}/beats", _beats)


def state(feed: Feed) -> Html:
    """Return what a rater may see of the sessions."""
    sections: list[str] = [
        feed.drawings.draw(each, "rater", _section) for each in sorted(feed.sessions)
    ]
    return join(sections or [tag("p", "quiet", _("No session is running."))])


def _section(view: SessionView) -> Html:
    sensors = [_sensor(blinded_sensor(sensor)) for sensor in view.sensors]
    return tag("section", "panel", tag("h2", "", view.id), *sensors)


def _sensor(sensor: BlindedSensorView) -> Html:
    battery = "--" if sensor.battery is None else f"{sensor.battery:.0f} %"
    return tag(
        "article",
        f"sensor s-{sensor.state}",
        tag("strong", "", sensor.label),
        tag("span", "sensor-state", shown(sensor.state)),
        tag("span", "", _("receiving data") if sensor.receiving else _("no data")),
        tag("span", "", _("battery {battery}").format(battery=battery)),
    )


async def _page(request: Request) -> Response:
    login = login_of(request.scope)
    who = (
        ""
        if login is None
        else (
            f'<a class="who" href="{PASSWORD_PAGE}" target="_blank" '
            f'title="{escape(_("Change your password"))}">'
            f"{escape(login.person.signature)}</a>"
        )
    )
    leave = "" if login is None else f'<button class="leave">{escape(_("Log out"))}</button>'
    return HTMLResponse(
        f'<!doctype html><html lang="{language()}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>physiomon</title><style>{page_frame.read('console.css')}</style></head><body>"
        '<div id="lifeline" role="alert" hidden></div>'
        '<main class="rater"><header class="head"><h1>physiomon</h1>'
        f'<form class="login" method="post" action="/logout">{who}{leave}</form></header>'
        f'<p class="quiet">{escape(_("Blinded view: sensor status only."))}</p>'
        '<div id="state" aria-live="polite"></div></main>'
        f'<footer class="foot">{escape(_(page_frame.FOOTER))}</footer>'
        f"<script>{script_texts()}{page_frame.read('rater.js')}</script></body></html>",
        headers={"Cache-Control": "no-store"},
    )


async def _beats(socket: WebSocket) -> None:
    await socket.accept()
    async with asyncio.TaskGroup() as tasks:
        seen = asyncio.Event()
        sending = tasks.create_task(_send(socket, seen), name="console/rater")
        while (await socket.receive())["type"] != "websocket.disconnect":
            seen.set()
        sending.cancel()


async def _send(socket: WebSocket, seen: asyncio.Event) -> None:
    feed: Feed = socket.app.state.feed
    with suppress(WebSocketDisconnect):
        while True:
            seen.clear()
            await socket.send_text(json.dumps(state(feed)))
            await seen.wait()  # nothing old waits in buffers
            await asyncio.sleep(_BEAT_S * feed.speed)
