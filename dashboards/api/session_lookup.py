"""The session that a request names, and its backend."""

from typing import Annotated

from fastapi import HTTPException, Path, Request

from dashboards.api.backend import ApiBackend
from dashboards.console.views.session import SessionView
from devices.signals import SIGNALS, Signal

SessionId = Annotated[str, Path(description="Id of a session, as /sessions lists them.")]


def backend(request: Request) -> ApiBackend:
    """Return the backend of the API.

    Raises:
        HTTPException: 503 while the console starts or stops.
    """
    found = request.app.state.backend
    if not isinstance(found, ApiBackend):
        raise HTTPException(503, "the console is starting or stopping, or serves no live sessions")
    return found


def session_view(request: Request, session: str) -> SessionView:
    """Return a session by its id, with everything that is shown of it.

    Raises:
        HTTPException: 404 if there is none, 503 if it cannot be shown.
    """
    view = found_session(request, session)
    if view.failure:
        raise HTTPException(503, view.failure)
    return view


def found_session(request: Request, session: str) -> SessionView:
    """Return a session by its id, also if it cannot be shown.

    Raises:
        HTTPException: 404 if there is none.
    """
    for view in backend(request).sessions():
        if view.id == session:
            return view
    raise HTTPException(404, "no session with this id; GET /api/v1/sessions lists the sessions")


def signal_of(channel: str) -> Signal:
    """Return the signal of a channel."""
    return SIGNALS[channel.partition("/")[2]]
