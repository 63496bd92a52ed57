"""Authorization: each route declares a right that the login or the token must have.

Without accounts only programs on this computer have access, and each action names a person.
"""

from collections.abc import Callable
from functools import partial

from fastapi import HTTPException, Request
from fastapi.params import Depends as Dependency

from dashboards.access.authenticator import Authenticator
from dashboards.access.middleware import login_of
from dashboards.access.rate_limit import Rate
from dashboards.access.roles import Person, Right

REQUESTS = Rate(600, 0.02)  # of a login or token: 600 at once, and then 50 a second

_WHO = {"WWW-Authenticate": 'Bearer realm="physiomon"'}


def needs(right: Right) -> Dependency:
    """Return the dependency that checks a right."""
    return Dependency(Needs(right))


class Needs:
    """A check for a right.

    It stores the person in `request.state.person`, and in `request.state.permitted` a function that
    returns whether the right still holds: a stream calls it again and again. A request for values
    is recorded; a stream calls `request.state.read_ended` at its end.
    """

    def __init__(self, right: Right) -> None:
        self.right = right

    async def __call__(self, request: Request) -> None:
        """Check a request.

        Raises:
            HTTPException: 401 without a login or valid token; 403 without the right; 429 for too
                many requests.
        """
        authenticator: Authenticator | None = request.app.state.authenticator
        if authenticator is None:
            _local(request)
            request.state.person, request.state.read_ended = None, lambda: None
            request.state.permitted = lambda: True
            return
        person, request.state.permitted = self._find(request, authenticator)
        request.state.person = person
        if not request.app.state.rate_limit.acquire({person.user: REQUESTS}):
            raise HTTPException(429, "too many requests; wait a second", {"Retry-After": "1"})
        if not person.may(self.right):
            authenticator.record_refusal(person, f"the API: it needs the right '{self.right}'")
            raise HTTPException(403, f"the role {person.role} does not permit this")
        if self.right is Right.METRICS or (
            self.right is Right.VALUES and "session" in request.path_params
        ):
            read = partial(
                authenticator.record_read,
                person,
                request.path_params.get("session", ""),
                request.url.path.rpartition("/")[2],
            )
            request.state.read_ended = partial(read, ended=True)
            read()

    def _find(
        self, request: Request, authenticator: Authenticator
    ) -> tuple[Person, Callable[[], bool]]:
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            secret = value.strip()
            person = authenticator.authenticate_token(secret)
            if person is None:
                raise HTTPException(401, "invalid, expired or revoked token", _WHO)
            return person, lambda: authenticator.token_permits(secret, self.right)
        login = login_of(request.scope)
        if login is None or login.ended.is_set():
            raise HTTPException(401, "log in, or send a token: Authorization: Bearer TOKEN", _WHO)
        return login.person, lambda: login.may(self.right)


def sees_values(request: Request) -> bool:
    """Return whether the person of a checked request may see values; without accounts all may."""
    person: Person | None = request.state.person
    return person is None or person.may(Right.VALUES)


def _local(request: Request) -> None:
    if not request.app.state.local:
        raise HTTPException(403, "without accounts the API serves only this computer")
    # A proxy forwards requests of others.
    if "x-forwarded-for" in request.headers or "forwarded" in request.headers:
        raise HTTPException(403, "without accounts the API cannot be used through a proxy")


async def json_only(request: Request) -> None:
    """Refuse requests that a form on another site could send, and bodies that are too long.

    Raises:
        HTTPException: 411, 413 or 415.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise HTTPException(415, "send JSON, with Content-Type: application/json")
    length = request.headers.get("content-length", "")
    if not length.isdecimal():
        raise HTTPException(411, "send Content-Length")
    if int(length) > MAX_BODY_BYTES:
        raise HTTPException(413, f"the body must not exceed {MAX_BODY_BYTES} bytes")


MAX_BODY_BYTES = 16_384
