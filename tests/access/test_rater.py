"""No byte sent to a blinded rater reveals a value, in a browser or a raw client."""

import re
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from nicegui import Client
from playwright.async_api import Browser, Route, WebSocket, expect
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from dashboards.access.roles import Role
from dashboards.console.views.measurements import LatestMeasurementView, ScheduledMeasurementView
from dashboards.console.views.rules import OverrideView
from dashboards.console.views.session import MarkerView, RecipientView
from tests.access.console_with_accounts import HTML, PASSWORDS, House, house
from tests.access.page_socket import beat
from tests.access.test_routes import TABLE
from tests.console.fake_backend import (
    CORE,
    HEART_RATE,
    NOW_NS,
    SESSION,
    STRAP,
    TACHYCARDIA,
    raised,
)
from tests.servers.chromium import close, open_page

pytestmark = pytest.mark.asyncio(loop_scope="session")

_ALARM = replace(TACHYCARDIA, message="SECRETALARM", value=177.7, limit=171.1)
TELLING = replace(
    SESSION,
    participant="SECRETPERSON",
    room="SECRETROOM",
    policy="SECRETPOLICY",
    dose_ns=NOW_NS,
    channels=(replace(HEART_RATE, value=173.0, priority="medium"), replace(CORE, value=39.37)),
    alarms=(_ALARM,),
    sensors=(replace(STRAP, reason="SECRETREASON", packets=918_273, gaps=77_665, rssi=-59),),
    markers=(MarkerView(at_ns=NOW_NS, kind="note", text="SECRETNOTE", by="SECRETHAND"),),
    history=(raised(_ALARM),),
    notices=("SECRETNOTICE",),
    latest_measurements=(
        LatestMeasurementView(
            signal="systolic",
            label="SECRETLABEL",
            unit="mm[Hg]",
            value=187.5,
            age_s=1.0,
            stale=False,
            priority=None,
        ),
    ),
    fluid_ml=4321.0,
    scheduled=(
        ScheduledMeasurementView(rule="SECRETRULE", label="SECRETDUE", due_ns=NOW_NS, overdue=True),
    ),
    overrides=(
        OverrideView(rule="SECRETRULE", change="SECRETCHANGE", off=True, by="x", reason="y"),
    ),
    recipients=(RecipientView(id="r", name="SECRETNAME", role="", on_duty=True, reached=None),),
)
SECRET = re.compile(
    "SECRET|173|39[.]4|39[.]37|177[.]7|171[.]1|187|4321|918.?273|77.?665|-59"
    "|MEDIUM|alarm|dose|heart|temperature",
    re.IGNORECASE,
)
# Content that does not depend on the session; the picture shows a random secret.
STATIC = re.compile(
    r"<style>.*?</style>|<script>.*?</script>|<svg [^>]*class=.qr.*?</svg>", re.DOTALL
)


def telling(heard: list[str]) -> list[str]:
    return [text[:300] for text in heard if SECRET.search(STATIC.sub("", text))]


async def everything(served: House, client: httpx.AsyncClient) -> list[str]:
    """Return all responses to a raw client with the rater's cookie."""
    cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    heard = []
    pages = list(Client.instances)
    paths = {path for method, path, _ in TABLE.values() if path != "/logout"}
    paths |= {f"/updates/{page}" for page in pages}
    paths |= {
        f"/_nicegui_ws/socket.io/?EIO=4&transport=websocket&implicit_handshake=true"
        f"&client_id={page}&tab_id=t&document_id=d&next_message_id=0"
        for page in pages
    }
    paths |= {"/session/S-2", "/api", "/docs", "/redoc", "/openapi.json", "//session/S-1"}
    paths |= {"/state/../session/S-1", "/%73ession/S-1", "/session//S-1", "/accept/../session/S-1"}
    for path in sorted(paths):
        for method in ("GET", "POST", "HEAD", "PUT", "OPTIONS"):
            answer = await client.request(method, path, headers=HTML)
            headers = {k: v for k, v in answer.headers.items() if k != "content-length"}
            heard += [answer.text, str(headers)]
        url = served.url.replace("http", "ws").rstrip("/") + path
        with suppress(InvalidStatus, ConnectionClosed):
            async with connect(url, additional_headers={"Cookie": cookies}) as socket:
                heard.append(str(await socket.recv()))
                await socket.send("40" if "socket.io" in path else "shown")
                heard.append(str(await socket.recv()))
    return heard


async def test_raw_client_receives_no_value(tmp_path: Path) -> None:
    async with (
        house(tmp_path) as served,
        served.visitor(Role.MEDICAL) as medical,
        served.visitor(Role.RATER) as rater,
    ):
        served.backend.put(TELLING)
        # Pages of another user are open, so that their streams can be requested.
        assert len(telling([(await medical.get("session/S-1", headers=HTML)).text])) == 1
        heard = await everything(served, rater)
        assert any("strap" in text for text in heard)
        assert telling(heard) == []


async def test_browser_receives_no_value(browser: Browser, tmp_path: Path) -> None:
    heard: list[str] = []

    # Read before the page gets it: a page that is left takes the bodies of its responses along.
    async def keep(route: Route) -> None:
        response = await route.fetch(max_redirects=0)
        heard.append((await response.body()).decode(errors="replace"))
        await route.fulfill(response=response)

    def listen(socket: WebSocket) -> None:
        socket.on("framereceived", lambda frame: heard.append(str(frame)))

    async with house(tmp_path) as served:
        served.backend.put(TELLING)
        page = await open_page(browser)
        await page.route("**", keep)
        page.on("websocket", listen)
        await page.goto(f"{served.url}session/S-1")
        await page.get_by_label("Account").fill("rater")
        await page.get_by_label("Password").fill(PASSWORDS[Role.RATER])
        await page.get_by_role("button", name="Log in").click()
        await expect(page.get_by_text("The role rater does not permit this page.")).to_be_visible()
        await page.goto(served.url)
        await expect(page.get_by_role("heading", name="S-1")).to_be_visible()
        await expect(page.locator(".sensor").first).to_contain_text("connected")
        await expect(page.locator(".sensor").first).to_contain_text("receiving data")
        await expect(page.locator(".sensor").first).to_contain_text("battery 80 %")
        count = len(heard)
        served.backend.put(replace(TELLING, sensors=(replace(STRAP, state="lost", age_s=99.0),)))
        await expect(page.locator(".sensor").first).to_contain_text("lost")
        await expect(page.locator(".sensor").first).to_contain_text("no data")
        assert len(heard) > count
        await close(page.context)
    assert any("strap" in text for text in heard)
    assert telling(heard) == []


async def test_heartbeat_is_independent_of_the_session(tmp_path: Path) -> None:
    async with house(tmp_path) as served, served.visitor(Role.RATER) as rater:
        cookies = "; ".join(f"{name}={value}" for name, value in rater.cookies.items())
        url = served.url.replace("http", "ws") + "state/beats"
        async with connect(url, additional_headers={"Cookie": cookies}) as socket:
            before = [await beat(socket) for _ in range(2)]
            served.backend.put(TELLING)
            served.backend.put(replace(TELLING, sensors=SESSION.sensors))
            after = [await beat(socket) for _ in range(2)]
    assert set(before) == set(after)
