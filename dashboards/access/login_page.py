"""The login page."""

from html import escape
from http import HTTPStatus
from typing import Final
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse, Response

from dashboards.access.authenticator import Authenticator, TooManyAttempts
from dashboards.access.form_page import form_page, read_fields
from dashboards.access.login_answers import (
    address_of,
    cookie_of,
    open_login,
    safe_target,
    set_cookie,
)
from dashboards.access.middleware import OIDC_PAGE, SECOND_FACTOR_PAGE, cookie_name, login_of
from dashboards.access.oidc_login import OidcLogin
from dashboards.texts import gettext as _
from dashboards.texts import marked

_REASONS = {
    "left": marked("You are logged out."),
    "changed": marked("Your password is changed. Log in with the new one."),
    "late": marked("Log in again: the time for the code is over."),
}

WRONG: Final = marked("Incorrect account or password.")
TOO_MANY: Final = marked("Too many attempts. Wait a minute, then try again.")
NO_LOGIN: Final = marked("This console has no login.")


def add_login_page(application: FastAPI) -> None:
    """Add the page to an application; it reads `state.authenticator`."""
    application.add_api_route("/login", _ask, methods=["GET", "HEAD"], response_model=None)
    application.add_api_route("/login", _enter, methods=["POST"], response_model=None)
    application.add_api_route("/logout", _leave, methods=["POST"], response_model=None)


async def _ask(request: Request) -> Response:
    if request.app.state.authenticator is None:
        return RedirectResponse("/", HTTPStatus.SEE_OTHER)
    target = safe_target(request.query_params.get("next", ""))
    if login_of(request.scope) is not None:
        return RedirectResponse(target, HTTPStatus.SEE_OTHER)
    return login_page(
        request,
        HTTPStatus.OK,
        target,
        next((words for why, words in _REASONS.items() if why in request.query_params), ""),
    )


async def _enter(request: Request) -> Response:
    authenticator: Authenticator | None = request.app.state.authenticator
    if authenticator is None:
        return login_page(request, HTTPStatus.NOT_FOUND, "/", NO_LOGIN)
    fields = await read_fields(request.stream())
    target = safe_target(fields.get("next", ""))
    name, password = fields.get("name", "").strip(), fields.get("password", "")
    device = cookie_of(request, authenticator, "device")
    try:
        account = await authenticator.check_password(name, password, address_of(request), device)
    except TooManyAttempts:
        return login_page(request, HTTPStatus.TOO_MANY_REQUESTS, target, TOO_MANY)
    if account is None:
        return login_page(request, HTTPStatus.FORBIDDEN, target, WRONG)
    headers = {"Cache-Control": "no-store"}
    if authenticator.second_factor.applies_to(account):
        where = f"{SECOND_FACTOR_PAGE}?next={quote(target, safe='/')}"
        answer = RedirectResponse(where, HTTPStatus.SEE_OTHER, headers)
        pending = authenticator.second_factor.pending_cookie(account)
        set_cookie(answer, authenticator, "pending", pending)
        return answer
    answer = RedirectResponse(target, HTTPStatus.SEE_OTHER, headers)
    return open_login(request, authenticator, account, answer)


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


def login_page(request: Request, status: HTTPStatus, target: str, message: str) -> Response:
    """Return the login page.

    Args:
        request: of the browser.
        status: of the response.
        target: where the browser goes after the login.
        message: shown above the form; may be empty.
    """
    oidc: OidcLogin | None = request.app.state.oidc
    elsewhere = ""
    if oidc is not None:
        elsewhere = (
            f'<p class="other"><a href="{OIDC_PAGE}?next={quote(target, safe="/")}">'
            f"{escape(_('Log in with {name}').format(name=oidc.provider.settings.name))}</a></p>"
        )
    return form_page(
        status,
        _("log in"),
        message,
        '<form method="post" action="/login">'
        f'<input type="hidden" name="next" value="{escape(target)}">'
        f'<label for="name">{escape(_("Account"))}</label>'
        '<input id="name" name="name" required autofocus '
        'maxlength="32" autocomplete="username" autocapitalize="none" spellcheck="false">'
        f'<label for="password">{escape(_("Password"))}</label>'
        '<input id="password" name="password" required '
        'type="password" maxlength="256" autocomplete="current-password">'
        f"<button>{escape(_('Log in'))}</button></form>{elsewhere}",
    )
