"""The API application, which the console mounts at /api/v1."""

import asyncio
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.routing import Match

from alerts.loopback import loopback
from dashboards.access.authenticator import Authenticator
from dashboards.access.rate_limit import RateLimit
from dashboards.api import (
    action_routes,
    event_stream,
    history_routes,
    metrics_routes,
    place_routes,
    state_routes,
)
from dashboards.api.models import Problem
from dashboards.console.backend import Backend

ROUTERS = (
    state_routes.router,
    history_routes.router,
    action_routes.router,
    place_routes.router,
    event_stream.router,
    metrics_routes.router,
)
_PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"model": Problem}
    for status in (400, 401, 403, 404, 409, 411, 413, 415, 422, 429, 500, 503)
}


def api() -> FastAPI:
    """Return the API; it responds with 503 until `attach` is called."""
    made = FastAPI(
        title="physiomon",
        version="1",
        docs_url=None,
        redoc_url=None,
        dependencies=[Depends(_kept_nowhere)],
    )
    detach(made)
    for router in ROUTERS:
        made.include_router(router, responses=_PROBLEMS)
    made.add_exception_handler(HTTPException, refused)
    made.add_exception_handler(RequestValidationError, _malformed)
    return made


def attach(
    made: FastAPI,
    backend: Backend,
    host: str,
    authenticator: Authenticator | None,
    speed: float = 1.0,
    metrics: Callable[[], Awaitable[bytes]] | None = None,
) -> None:
    """Attach a backend to the API.

    Args:
        made: the application that `api` returned.
        backend: source of data and target of actions.
        host: address of the server; without an authenticator only this machine is served.
        authenticator: checks logins and tokens; None without accounts.
        speed: seconds of the event loop per real second.
        metrics: returns the metrics of the service; None without.
    """
    made.state.backend, made.state.local, made.state.authenticator = (
        backend,
        loopback(host),
        authenticator,
    )
    made.state.responses, made.state.speed = action_routes.ResponseCache(), speed
    made.state.rate_limit = RateLimit(lambda: asyncio.get_running_loop().time() / speed)
    made.state.streams = event_stream.Streams()
    made.state.metrics = metrics


def detach(made: FastAPI) -> None:
    """Detach the backend from the API."""
    made.state.backend, made.state.local, made.state.authenticator = None, False, None
    made.state.responses, made.state.speed = action_routes.ResponseCache(), 1.0
    made.state.metrics = None


async def _kept_nowhere(response: Response) -> None:
    """Ask browsers and proxies to keep no values."""
    response.headers["Cache-Control"] = "no-store"


async def refused(request: Request, error: Exception) -> Response:
    """Return the reason of an error as JSON."""
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for it
    headers = dict(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED and (methods := _methods(request)):
        headers["Allow"] = ", ".join(sorted(methods))
    return JSONResponse({"error": str(error.detail)}, error.status_code, headers)


def _methods(request: Request) -> set[str]:
    """Return the methods of a path of the API; Starlette names only those of its first route."""
    found: set[str] = set()
    for route in (each for router in ROUTERS for each in router.routes):
        if isinstance(route, APIRoute) and route.matches(request.scope)[0] is Match.PARTIAL:
            found.update(route.methods or ())
    return found


async def _malformed(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for it
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    return JSONResponse({"error": f"{where}: {first['msg']}"}, 422)
