"""Who may use a route. Each route declares its right; the login or the token must have it.

Without accounts only programs on this computer may ask; then each act says in whose name it is.
"""

import ipaddress

from fastapi import HTTPException, Request
from fastapi.params import Depends as Dependency

from dashboards.access.authenticator import Authenticator
from dashboards.access.middleware import login_of
from dashboards.access.roles import Person, Right

_WHO = {"WWW-Authenticate": 'Bearer realm="physiomon"'}


def needs(right: Right) -> Dependency:
    """Declare the right that a route needs."""
    return Dependency(Needs(right))


class Needs:
    """Lets in who has a right, and notes who it is in `request.state.person`."""

    def __init__(self, right: Right) -> None:
        self.right = right

    async def __call__(self, request: Request) -> None:
        """Refuse who may not.

        Raises:
            HTTPException: 401 nobody, or a token that is not good; 403 without the right.
        """
        authenticator: Authenticator | None = request.app.state.authenticator
        if authenticator is None:
            _local(request)
            request.state.person = None
            return
        person = request.state.person = _person(request, authenticator)
        if not person.may(self.right):
            authenticator.record_refusal(person, f"the API: it needs the right '{self.right}'")
            raise HTTPException(403, f"the role {person.role} may not do this")


def _person(request: Request, authenticator: Authenticator) -> Person:
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        person = authenticator.authenticate_token(secret.strip())
        if person is None:
            raise HTTPException(401, "this token is not, or no longer, good", _WHO)
        return person
    login = login_of(request.scope)
    if login is None or login.ended.is_set():
        raise HTTPException(401, "log in, or send a token: Authorization: Bearer TOKEN", _WHO)
    return login.person


def _local(request: Request) -> None:
    if not request.app.state.local:
        raise HTTPException(403, "without accounts the API serves this computer alone")
    # A proxy lets others in.
    if "x-forwarded-for" in request.headers or "forwarded" in request.headers:
        raise HTTPException(403, "without accounts the API is not for use through a proxy")


async def json_only(request: Request) -> None:
    """Refuse what a form on another site could send, and what is longer than any act.

    Raises:
        HTTPException: 411, 413 or 415.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise HTTPException(415, "send JSON, with Content-Type: application/json")
    length = request.headers.get("content-length", "")
    if not length.isdecimal():
        raise HTTPException(411, "send Content-Length")
    if int(length) > LARGEST:
        raise HTTPException(413, f"an act has at most {LARGEST} bytes")


LARGEST = 16_384


def loopback(host: str) -> bool:
    """Tell whether a name or address stands for this computer alone."""
    try:
        return host == "localhost" or ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
