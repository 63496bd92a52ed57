"""The login page."""

import re
from html import escape
from http import HTTPStatus
from typing import Final

from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse, Response

from dashboards.access.authenticator import Authenticator, TooManyAttempts
from dashboards.access.form_page import form_page, read_fields
from dashboards.access.middleware import cookie_name, cookies, login_of

_DEVICE_S = 365 * 24 * 3600
_NEXT = re.compile(r"/(session/[^?#\\]*|state)?")
_REASONS = {
    "left": "You are logged out.",
    "changed": "Your password is changed. Log in with the new one.",
}

WRONG: Final = "Incorrect account or password."
TOO_MANY: Final = "Too many attempts. Wait a minute, then try again."
NO_LOGIN: Final = "This console has no login."


def add_login_page(application: FastAPI) -> None:
    """Add the page to an application; it reads `state.authenticator`."""
    application.add_api_route("/login", _ask, methods=["GET", "HEAD"], response_model=None)
    application.add_api_route("/login", _enter, methods=["POST"], response_model=None)
    application.add_api_route("/logout", _leave, methods=["POST"], response_model=None)


async def _ask(request: Request) -> Response:
    if request.app.state.authenticator is None:
        return RedirectResponse("/", HTTPStatus.SEE_OTHER)
    target = _safe(request.query_params.get("next", ""))
    if login_of(request.scope) is not None:
        return RedirectResponse(target, HTTPStatus.SEE_OTHER)
    return _page(
        HTTPStatus.OK,
        target,
        next((words for why, words in _REASONS.items() if why in request.query_params), ""),
    )


async def _enter(request: Request) -> Response:
    authenticator: Authenticator | None = request.app.state.authenticator
    if authenticator is None:
        return _page(HTTPStatus.NOT_FOUND, "/", NO_LOGIN)
    fields = await read_fields(request.stream())
    target = _safe(fields.get("next", ""))
    name, password = fields.get("name", "").strip(), fields.get("password", "")
    device = cookies(request.headers).get(
        cookie_name(secure=authenticator.secure, what="device"), ""
    )
    address = request.client.host if request.client is not None else ""
    try:
        token = await authenticator.log_in(name, password, address, device)
    except TooManyAttempts:
        return _page(HTTPStatus.TOO_MANY_REQUESTS, target, TOO_MANY)
    if token is None:
        return _page(HTTPStatus.FORBIDDEN, target, WRONG)
    before = login_of(request.scope)
    if before is not None:
        authenticator.logins.end(before, "logout", "another login from the same browser")
    answer = RedirectResponse(target, HTTPStatus.SEE_OTHER, {"Cache-Control": "no-store"})
    _set_cookie(answer, authenticator, "login", token)
    _set_cookie(answer, authenticator, "device", authenticator.issue_device_cookie(name), _DEVICE_S)
    return answer


async def _leave(request: Request) -> Response:
    authenticator: Authenticator | None = request.app.state.authenticator
    login = login_of(request.scope)
    if authenticator is not None and login is not None:
        authenticator.logins.end(login, "logout")
    answer = RedirectResponse("/login?left", HTTPStatus.SEE_OTHER)
    if authenticator is not None:
        name = cookie_name(secure=authenticator.secure)
        answer.delete_cookie(name, secure=authenticator.secure, httponly=True, samesite="strict")
    return answer


def _set_cookie(
    answer: Response,
    authenticator: Authenticator,
    what: str,
    value: str,
    lasts_s: int | None = None,
) -> None:
    answer.set_cookie(
        cookie_name(secure=authenticator.secure, what=what),
        value,
        max_age=lasts_s,
        secure=authenticator.secure,
        httponly=True,
        samesite="strict",
    )


def _safe(target: str) -> str:
    """Return the requested path if it is a page of this console, else the start page.

    >>> _safe("/session/S-1"), _safe("//elsewhere.example"), _safe("/session/x?y")
    ('/session/S-1', '/', '/')
    """
    return target if _NEXT.fullmatch(target) and target.isprintable() else "/"


def _page(status: HTTPStatus, target: str, message: str) -> Response:
    return form_page(
        status,
        "log in",
        message,
        '<form method="post" action="/login">'
        f'<input type="hidden" name="next" value="{escape(target)}">'
        '<label for="name">Account</label><input id="name" name="name" required autofocus '
        'maxlength="32" autocomplete="username" autocapitalize="none" spellcheck="false">'
        '<label for="password">Password</label><input id="password" name="password" required '
        'type="password" maxlength="256" autocomplete="current-password">'
        "<button>Log in</button></form>",
    )
