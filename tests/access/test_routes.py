"""Every route of the application and the roles with access. A route missing in the table fails."""

from collections.abc import Iterable
from pathlib import Path

import httpx
import nicegui
import pytest
from nicegui import core
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from dashboards.access.middleware import right_for
from dashboards.access.roles import Right, Role
from dashboards.console.server import shared_application
from tests.access.console_with_accounts import House, house

NOBODY = frozenset[str]()
RATED = frozenset(Role) - {Role.METRICS}
SEEING = RATED - {Role.RATER}
ANYBODY = frozenset({"", *Role})
STATIC = f"/_nicegui/{nicegui.__version__}"

# Route: (method, example path, roles with access). "WS" is a WebSocket.
TABLE: dict[str, tuple[str, str, frozenset[str]]] = {
    "GET /healthz": ("GET", "/healthz", ANYBODY),
    "GET /metrics": ("GET", "/metrics", ANYBODY),  # checks rights itself: tests/api
    "GET /accept/{token}": ("GET", "/accept/forged", ANYBODY),
    "POST /accept/{token}": ("POST", "/accept/forged", ANYBODY),
    "GET /login": ("GET", "/login", ANYBODY),
    "POST /login": ("POST", "/login", ANYBODY),
    "GET /login/oidc": ("GET", "/login/oidc", ANYBODY),
    "GET /login/oidc/callback": ("GET", "/login/oidc/callback", ANYBODY),
    "POST /logout": ("POST", "/logout", RATED),
    "GET /password": ("GET", "/password", RATED),
    "POST /password": ("POST", "/password", RATED),
    "GET /second-factor": ("GET", "/second-factor", ANYBODY),  # checks login or password itself
    "POST /second-factor": ("POST", "/second-factor", ANYBODY),
    "GET /state": ("GET", "/state", RATED),
    "WS /state/beats": ("WS", "/state/beats", RATED),
    "WS /updates/{client}": ("WS", "/updates/unknown", SEEING),
    "GET /": ("GET", "/", RATED),
    "GET /checklist/{key}": ("GET", "/checklist/hunter", SEEING),
    "GET /ward": ("GET", "/ward", SEEING),
    "GET /review/{session:path}": ("GET", "/review/S-1", SEEING),
    "GET /session/{session:path}": ("GET", "/session/S-1", SEEING),
    "GET /favicon.ico": ("GET", "/favicon.ico", ANYBODY),
    "MOUNT /_nicegui_ws": ("WS", "/_nicegui_ws/socket.io/?EIO=4&transport=websocket", SEEING),
    "GET static/{name:path}": ("GET", f"{STATIC}/static/nicegui.css", SEEING),
    "MOUNT static": ("GET", f"{STATIC}/static/nicegui.js", SEEING),
    "GET libraries/{key:path}": ("GET", f"{STATIC}/libraries/x", SEEING),
    "GET components/{key:path}": ("GET", f"{STATIC}/components/x", SEEING),
    "GET resources/{key}/{path:path}": ("GET", f"{STATIC}/resources/x/y", SEEING),
    "GET dynamic_resources/{name}": ("GET", f"{STATIC}/dynamic_resources/x", SEEING),
    "GET esm/{key}/{path:path}": ("GET", f"{STATIC}/esm/x/y", SEEING),
    "MOUNT /api/v1": ("GET", "/api/v1/nowhere", ANYBODY),  # checks rights itself: tests/api
    "nowhere": ("GET", "/nowhere", SEEING),
    "nowhere WS": ("WS", "/nowhere", SEEING),
}
FREE = {"/docs", "/docs/oauth2-redirect", "/redoc", "/openapi.json"}  # switched off; see below


def routes() -> set[str]:
    """Return all routes of the application and of NiceGUI as the table names them."""
    return set(_named([*shared_application().routes, *core.app.routes]))


def _named(found: Iterable[BaseRoute]) -> Iterable[str]:
    for route in found:
        if isinstance(route, Mount):
            if route.app is not core.app:
                yield f"MOUNT {route.path.replace(STATIC + '/', '')}"
        elif isinstance(route, WebSocketRoute):
            yield f"WS {route.path}"
        else:
            assert isinstance(route, Route)
            assert route.path not in FREE
            for method in (route.methods or {"GET"}) - {"HEAD", "OPTIONS"}:
                yield f"{method} {route.path.replace(STATIC + '/', '')}"


async def answered(client: httpx.AsyncClient, method: str, path: str) -> str:
    """Return ``let in`` or ``refused``."""
    if method != "WS":
        answer = await client.request(method, path)
        text = answer.text
        refused = text.startswith("Log in first") or "does not permit this page" in text
        return "refused" if refused else "let in"
    cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    url = str(client.base_url).replace("http", "ws").rstrip("/") + path
    headers = {"Cookie": cookies} if cookies else {}
    try:
        async with connect(url, additional_headers=headers) as socket:
            await socket.recv()
    except InvalidStatus as error:
        # The middleware responds with 403; so does Starlette for an unknown path.
        return "refused" if error.response.status_code == 403 and "nowhere" not in path else "-"
    except ConnectionClosed as closed:
        return "refused" if closed.rcvd is not None and closed.rcvd.code == 4401 else "let in"
    return "let in"


@pytest.mark.parametrize(
    "path",
    ["/accept/", "/accept/a/b", "/accept/../session/S-1", "/login/", "/Login", "//login", "/api"],
)
def test_paths_similar_to_public_ones_are_protected(path: str) -> None:
    for method in ("GET", "POST", "PUT", "WS"):
        assert right_for(method, path) is Right.VALUES


async def test_table_contains_every_route(tmp_path: Path) -> None:
    async with house(tmp_path):
        extra = {"nowhere", "nowhere WS"}
        assert routes() == TABLE.keys() - extra


@pytest.mark.parametrize("role", ["", *Role])
async def test_access_to_each_route(tmp_path: Path, role: str) -> None:
    async with house(tmp_path) as served:
        found = {}
        async with served.visitor(Role(role) if role else None) as client:
            # The logout comes last.
            for name in sorted(TABLE, key=lambda name: name == "POST /logout"):
                method, path, allowed = TABLE[name]
                outcome = await answered(client, method, path)
                if outcome != "-":
                    found[name] = (outcome, "let in" if role in allowed else "refused")
        assert {name: was for name, (was, want) in found.items() if was != want} == {}
        _check_audit_log(served, role)


def _check_audit_log(served: House, role: str) -> None:
    refused = served.book.of_kind("refused-page")
    assert bool(refused) == (role in (Role.RATER, Role.METRICS))
    assert {who for who, _ in refused} <= {role}
