"""The session that a request names, and its backend."""

from typing import Annotated

from fastapi import HTTPException, Path, Request

from dashboards.api.backend import ApiBackend
from dashboards.console.views.session import SessionView
from devices.signals import SIGNALS, Signal

SessionId = Annotated[str, Path(description="Id of a session, as /sessions lists them.")]


def backend(request: Request) -> ApiBackend:
    """Return what the API asks.

    Raises:
        HTTPException: 503, the console is on its way up or down.
    """
    found = request.app.state.backend
    if not isinstance(found, ApiBackend):
        raise HTTPException(503, "no session can be asked here")
    return found


def session_view(request: Request, session: str) -> SessionView:
    """Return a session.

    Raises:
        HTTPException: 404.
    """
    for view in backend(request).sessions():
        if view.id == session:
            return view
    raise HTTPException(404, "no such session runs here; GET /api/v1/sessions lists them")


def signal_of(channel: str) -> Signal:
    """Return the signal of a channel."""
    return SIGNALS[channel.partition("/")[2]]
