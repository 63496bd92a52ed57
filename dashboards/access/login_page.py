"""The login page; it needs no script and loads nothing else, so it works if other parts fail."""

import base64
import hashlib
import re
from collections.abc import AsyncIterable
from html import escape
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qs

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from dashboards.access.authenticator import Authenticator, TooManyAttempts
from dashboards.access.middleware import cookie_name, cookies, login_of

_MAX_BYTES = 4096
_DEVICE_S = 365 * 24 * 3600
_NEXT = re.compile(r"/(session/[^?#\\]*|state)?")
_STYLE = """
:root{color-scheme:dark}
body{background:#0b0f12;color:#c9d3da;font:1rem/1.45 system-ui,sans-serif;margin:0;min-height:100vh;
display:flex;flex-direction:column;align-items:center;justify-content:center}
main{background:#141a1f;border-radius:.5rem;box-sizing:border-box;padding:1.5rem;width:min(24rem,100%)}
h1{color:#eef3f6;font-size:1.6rem;font-weight:600;margin:0 0 1rem}
label{display:block;margin:.9rem 0 .25rem}
input{background:#0b0f12;border:1px solid #8a98a3;border-radius:.4rem;box-sizing:border-box;
color:#eef3f6;font:inherit;min-height:2.8rem;padding:.3rem .7rem;width:100%}
button{background:#7fd6a0;border:0;border-radius:.4rem;color:#000;font:inherit;font-weight:700;
margin-top:1.4rem;min-height:3rem;width:100%}
:focus-visible{outline:3px solid #4fd4e6;outline-offset:2px}
p{margin:.5rem 0}[role=alert]{border-left:.4rem solid #ffd23e;color:#ffd23e;padding-left:.7rem}
footer{color:#8a98a3;font-size:.85rem;margin-top:1.5rem}
""".strip()
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_HEADERS = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
}
_FOOTER = "Not a medical device. Never the sole monitor."

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
        HTTPStatus.OK, target, "You are logged out." if "left" in request.query_params else ""
    )


async def _enter(request: Request) -> Response:
    authenticator: Authenticator | None = request.app.state.authenticator
    if authenticator is None:
        return _page(HTTPStatus.NOT_FOUND, "/", NO_LOGIN)
    fields = await _fields(request.stream())
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


async def _fields(chunks: AsyncIterable[bytes]) -> dict[str, str]:
    """Return the fields of a form; empty if the form is too long."""
    body = b""
    async for chunk in chunks:
        body += chunk
        if len(body) > _MAX_BYTES:
            return {}
    try:
        fields = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=10)
    except ValueError:  # not UTF-8, or more fields than the page has
        return {}
    return {name: values[-1] for name, values in fields.items()}


def _safe(target: str) -> str:
    """Return the requested path if it is a page of this console, else the start page.

    >>> _safe("/session/S-1"), _safe("//elsewhere.example"), _safe("/session/x?y")
    ('/session/S-1', '/', '/')
    """
    return target if _NEXT.fullmatch(target) and target.isprintable() else "/"


def _page(status: HTTPStatus, target: str, message: str) -> Response:
    alert = f'<p role="alert">{escape(message)}</p>' if message else ""
    return HTMLResponse(
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>physiomon: log in</title><style>{_STYLE}</style></head><body><main>"
        f'<h1>physiomon</h1>{alert}<form method="post" action="/login">'
        f'<input type="hidden" name="next" value="{escape(target)}">'
        '<label for="name">Account</label><input id="name" name="name" required autofocus '
        'maxlength="32" autocomplete="username" autocapitalize="none" spellcheck="false">'
        '<label for="password">Password</label><input id="password" name="password" required '
        'type="password" maxlength="256" autocomplete="current-password">'
        f"<button>Log in</button></form></main><footer>{_FOOTER}</footer></body></html>",
        status_code=status,
        headers=_HEADERS,
    )
