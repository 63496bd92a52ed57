"""Responses that open a login: cookies, and where the browser goes next."""

import re

from fastapi import Request
from fastapi.responses import Response

from dashboards.access.accounts import Account
from dashboards.access.authenticator import Authenticator
from dashboards.access.middleware import cookie_name, cookies, login_of
from dashboards.access.roles import Person

_DEVICE_S = 365 * 24 * 3600
_NEXT = re.compile(r"/(session/[^?#\\]*|state|ward)?")


def open_login(
    request: Request,
    authenticator: Authenticator,
    who: Account | Person,
    answer: Response,
    how: str = "",
) -> Response:
    """Open a login, end the last one of the browser, and return the response with its cookies.

    Args:
        request: of the browser.
        authenticator: of the console.
        who: whose password, and code if it needs one, was right; or whom a provider knows.
        answer: to the request.
        how: the login is recorded with it; may be empty.
    """
    before = login_of(request.scope)
    if before is not None:
        authenticator.logins.end(before, "logout", "another login from the same browser")
    if isinstance(who, Person):
        token = authenticator.logins.open(who, None, how)
    else:
        token = authenticator.logins.open(who.person, who, how)
        device = authenticator.issue_device_cookie(who.name)
        set_cookie(answer, authenticator, "device", device, _DEVICE_S)
    set_cookie(answer, authenticator, "login", token)
    return answer


def set_cookie(
    answer: Response,
    authenticator: Authenticator,
    what: str,
    value: str,
    lasts_s: int | None = None,
    *,
    from_elsewhere: bool = False,
) -> None:
    """Set a cookie that no script can read; 0 s deletes it.

    Args:
        answer: gets the cookie.
        authenticator: of the console.
        what: purpose of the cookie.
        value: of it.
        lasts_s: None: until the browser is closed.
        from_elsewhere: also send it when a link of another site opens a page.
    """
    answer.set_cookie(
        cookie_name(secure=authenticator.secure, what=what),
        value,
        max_age=lasts_s,
        secure=authenticator.secure,
        httponly=True,
        samesite="lax" if from_elsewhere else "strict",
    )


def cookie_of(request: Request, authenticator: Authenticator, what: str) -> str:
    """Return a cookie of a request, or an empty string."""
    name = cookie_name(secure=authenticator.secure, what=what)
    return cookies(request.headers).get(name, "")


def address_of(request: Request) -> str:
    """Return the address of the client."""
    return request.client.host if request.client is not None else ""


def safe_target(target: str) -> str:
    """Return the requested path if it is a page of this console, else the start page.

    >>> safe_target("/session/S-1"), safe_target("//elsewhere.example"), safe_target("/session/x?y")
    ('/session/S-1', '/', '/')
    """
    return target if _NEXT.fullmatch(target) and target.isprintable() else "/"
