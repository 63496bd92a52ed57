"""Login through an OpenID provider: the way there, and back."""

from html import escape
from http import HTTPStatus
from urllib.parse import quote

import structlog
from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse, Response

from dashboards.access.authenticator import Authenticator
from dashboards.access.form_page import form_page
from dashboards.access.login_answers import (
    address_of,
    cookie_of,
    open_login,
    safe_target,
    set_cookie,
)
from dashboards.access.login_page import TOO_MANY, login_page
from dashboards.access.middleware import OIDC_CALLBACK, OIDC_PAGE
from dashboards.access.oidc import LoginRefused, ProviderUnavailable
from dashboards.access.oidc_login import VALID_S, OidcLogin
from dashboards.texts import gettext as _
from devices.printable_text import printable

log = structlog.get_logger()


def add_oidc_pages(application: FastAPI) -> None:
    """Add the pages to an application; they read `state.authenticator` and `state.oidc`."""
    application.add_api_route(OIDC_PAGE, _begin, response_model=None)
    application.add_api_route(OIDC_CALLBACK, _finish, response_model=None)


async def _begin(request: Request) -> Response:
    authenticator: Authenticator | None = request.app.state.authenticator
    oidc: OidcLogin | None = request.app.state.oidc
    if authenticator is None or oidc is None:
        return RedirectResponse("/login", HTTPStatus.SEE_OTHER)
    target = safe_target(request.query_params.get("next", ""))
    if not oidc.may_ask(address_of(request)):
        return login_page(request, HTTPStatus.TOO_MANY_REQUESTS, target, TOO_MANY)
    try:
        url, cookie = await oidc.begin(_redirect_uri(request, authenticator), target)
    except ProviderUnavailable as error:
        return _unavailable(request, oidc, target, error)
    answer = RedirectResponse(url, HTTPStatus.SEE_OTHER, {"Cache-Control": "no-store"})
    # The provider's answer is a link of another site.
    set_cookie(answer, authenticator, "oidc", cookie, VALID_S, from_elsewhere=True)
    return answer


async def _finish(request: Request) -> Response:
    authenticator: Authenticator | None = request.app.state.authenticator
    oidc: OidcLogin | None = request.app.state.oidc
    if authenticator is None or oidc is None:
        return RedirectResponse("/login", HTTPStatus.SEE_OTHER)
    if not oidc.may_ask(address_of(request)):
        return login_page(request, HTTPStatus.TOO_MANY_REQUESTS, "/", TOO_MANY)
    cookie = cookie_of(request, authenticator, "oidc")
    name = oidc.provider.settings.name
    try:
        person, subject, target = await oidc.finish(
            cookie, request.query_params, _redirect_uri(request, authenticator)
        )
        authenticator.check_name(person.user, name)
    except ProviderUnavailable as error:
        return _unavailable(request, oidc, "/", error)
    except LoginRefused as refused:
        authenticator.record_refused_login(refused.user, f"{name}: {refused}")
        return login_page(request, HTTPStatus.FORBIDDEN, "/", str(refused))
    # Cookies of a redirect that another site began are not sent: this page begins a new one.
    onward = (
        f"<p>{escape(_('You are logged in.'))} "
        f'<a href="{escape(target)}">{escape(_("Continue"))}</a></p>'
    )
    answer = form_page(HTTPStatus.OK, _("log in"), "", onward)
    answer.headers["Refresh"] = f"0; url={quote(target, safe='/')}"
    set_cookie(answer, authenticator, "oidc", "", 0, from_elsewhere=True)
    return open_login(
        request, authenticator, person, answer, f"{name}, subject {printable(subject)}"
    )


def _unavailable(
    request: Request, oidc: OidcLogin, target: str, error: ProviderUnavailable
) -> Response:
    name = oidc.provider.settings.name
    log.warning("oidc.unavailable", provider=name, reason=str(error))
    sentence = _(
        "{name} cannot be reached. Use an account of this console, or try again later."
    ).format(name=name)
    return login_page(request, HTTPStatus.SERVICE_UNAVAILABLE, target, sentence)


def _redirect_uri(request: Request, authenticator: Authenticator) -> str:
    """Return the address of the callback; the middleware has checked the host name."""
    scheme = "https" if authenticator.secure else "http"
    return f"{scheme}://{request.headers['host']}{OIDC_CALLBACK}"
