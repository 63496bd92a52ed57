"""The page that asks for the code of a phone app, and sets the app up."""

from html import escape
from http import HTTPStatus
from typing import Final

import segno
from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse, Response

from dashboards.access.accounts import Account, AccountsError
from dashboards.access.authenticator import Authenticator, TooManyAttempts
from dashboards.access.form_page import form_page, read_fields
from dashboards.access.login_answers import (
    address_of,
    cookie_of,
    open_login,
    safe_target,
    set_cookie,
)
from dashboards.access.login_page import NO_LOGIN, TOO_MANY
from dashboards.access.middleware import SECOND_FACTOR_PAGE, login_of
from dashboards.access.second_factor import Pending, Refusal
from dashboards.access.totp import enrolment_uri
from dashboards.texts import gettext as _
from dashboards.texts import marked

MESSAGES: Final = {
    Refusal.WRONG: marked("Incorrect code. Check that the clock of the phone is right."),
    Refusal.USED: marked("This code was already used. Wait for the next one."),
    Refusal.TOO_MANY: TOO_MANY,
}
DIFFERENT: Final = marked("Your password is different.")
NOT_WRITTEN: Final = marked(
    "The service cannot write the accounts file, or your account was changed; ask an administrator."
)
_STATUS = {Refusal.TOO_MANY: HTTPStatus.TOO_MANY_REQUESTS}
ELSEWHERE: Final = marked("You have no password here: set up a second factor where you log in.")
_IS_SET_UP = marked(
    "Your account has a second factor. If you lose the phone, log in with a recovery code, and ask "
    "an administrator to remove it."
)


def add_second_factor_page(application: FastAPI) -> None:
    """Add the page to an application; it reads `state.authenticator`."""
    application.add_api_route(SECOND_FACTOR_PAGE, _ask, response_model=None)
    application.add_api_route(SECOND_FACTOR_PAGE, _check, methods=["POST"], response_model=None)


async def _ask(request: Request) -> Response:
    authenticator: Authenticator | None = request.app.state.authenticator
    if authenticator is None:
        return RedirectResponse("/", HTTPStatus.SEE_OTHER)
    target = safe_target(request.query_params.get("next", ""))
    pending = _pending(request, authenticator)
    if pending is not None:
        return _page(HTTPStatus.OK, pending, target, "")
    login = login_of(request.scope)
    if login is None:
        return _late()
    if login.account is None:
        return form_page(HTTPStatus.CONFLICT, _("second factor"), ELSEWHERE, _back())
    account = authenticator.current(login.account)
    if account is None:
        return _late()
    if account.totp is not None:
        return form_page(
            HTTPStatus.OK, _("second factor"), "", f"<p>{escape(_(_IS_SET_UP))}</p>{_back()}"
        )
    return _password_page(HTTPStatus.OK, target, "")


async def _check(request: Request) -> Response:
    authenticator: Authenticator | None = request.app.state.authenticator
    if authenticator is None:
        return form_page(HTTPStatus.NOT_FOUND, _("second factor"), NO_LOGIN, "")
    fields = await read_fields(request.stream())
    target = safe_target(fields.get("next", ""))
    pending = _pending(request, authenticator)
    if pending is None:
        login = login_of(request.scope)
        if login is None or login.account is None or "password" not in fields:
            return _late()
        return await _confirm(authenticator, login.account, fields["password"], target)
    device = cookie_of(request, authenticator, "device")
    try:
        outcome = await authenticator.second_factor.check(
            pending, fields.get("code", ""), address_of(request), device
        )
    except AccountsError:
        return _page(HTTPStatus.CONFLICT, pending, target, NOT_WRITTEN)
    if isinstance(outcome, Refusal):
        status = _STATUS.get(outcome, HTTPStatus.FORBIDDEN)
        return _page(status, pending, target, MESSAGES[outcome])
    account = authenticator.current(pending.account)
    if account is None:
        return _late()
    headers = {"Cache-Control": "no-store"}
    answer: Response = RedirectResponse(target, HTTPStatus.SEE_OTHER, headers)
    if outcome:
        answer = _recovery_page(outcome, target)
    set_cookie(answer, authenticator, "pending", "", 0)
    before = login_of(request.scope)
    if before is not None and before.person.user == account.name:
        return answer  # set up by somebody who is logged in, whose pages stay open
    return open_login(request, authenticator, account, answer, "with a second factor")


async def _confirm(
    authenticator: Authenticator, known: Account, password: str, target: str
) -> Response:
    """Offer a new secret to a person who is logged in and gives the password."""
    try:
        right = await authenticator.confirm_password(known, password)
    except TooManyAttempts:
        return _password_page(HTTPStatus.TOO_MANY_REQUESTS, target, TOO_MANY)
    if not right:
        return _password_page(HTTPStatus.FORBIDDEN, target, DIFFERENT)
    account = authenticator.current(known)
    if account is None:
        return _late()
    if account.totp is not None:
        return form_page(
            HTTPStatus.OK, _("second factor"), "", f"<p>{escape(_(_IS_SET_UP))}</p>{_back()}"
        )
    cookie = authenticator.second_factor.pending_cookie(account)
    found = authenticator.second_factor.pending(cookie)
    if found is None:
        return _late()
    answer = _page(HTTPStatus.OK, found, target, "")
    set_cookie(answer, authenticator, "pending", cookie)
    return answer


def _password_page(status: HTTPStatus, target: str, message: str) -> Response:
    """Ask a person who is logged in for the password: the page may have been left unattended."""
    return form_page(
        status,
        _("second factor"),
        message,
        f"<p>{escape(_('Enter your password to set up a second factor.'))}</p>"
        f'<form method="post" action="{SECOND_FACTOR_PAGE}">'
        f'<input type="hidden" name="next" value="{escape(target)}">'
        f'<label for="password">{escape(_("Password"))}</label>'
        '<input id="password" name="password" required '
        'autofocus type="password" maxlength="256" autocomplete="current-password">'
        f"<button>{escape(_('Continue'))}</button></form>{_back()}",
    )


def _pending(request: Request, authenticator: Authenticator) -> Pending | None:
    return authenticator.second_factor.pending(cookie_of(request, authenticator, "pending"))


def _back() -> str:
    return f'<p><a href="/">{escape(_("Back"))}</a></p>'


def _late() -> Response:
    return RedirectResponse("/login?late", HTTPStatus.SEE_OTHER, {"Cache-Control": "no-store"})


def _page(status: HTTPStatus, pending: Pending, target: str, message: str) -> Response:
    introduction = f"<p>{escape(_('Enter the code of your phone app, or a recovery code.'))}</p>"
    if pending.secret:
        introduction = _set_up(pending)
    return form_page(
        status,
        _("second factor"),
        message,
        f'{introduction}<form method="post" action="{SECOND_FACTOR_PAGE}">'
        f'<input type="hidden" name="next" value="{escape(target)}">'
        f'<label for="code">{escape(_("Code"))}</label>'
        '<input id="code" name="code" required autofocus '
        'maxlength="32" autocomplete="one-time-code" autocapitalize="none" spellcheck="false">'
        f"<button>{escape(_('Continue'))}</button></form>{_back()}",
    )


def _set_up(pending: Pending) -> str:
    """Return the QR code of a new secret, and its text for those who cannot scan it."""
    qr = segno.make_qr(enrolment_uri(pending.account.name, pending.secret), error="m")
    picture = qr.svg_inline(
        scale=5, light="#fff", title=_("QR code of the setup key"), svgclass="qr"
    )
    groups = " ".join(pending.secret[at : at + 4] for at in range(0, len(pending.secret), 4))
    scan = _(
        "Set up a second factor: scan this code with an authenticator app on your phone, then "
        "enter the six digits that it shows."
    )
    key = _("Or enter this setup key in the app:")
    return f"<p>{escape(scan)}</p>{picture}<p>{escape(key)}<br><code>{groups}</code></p>"


def _recovery_page(codes: tuple[str, ...], target: str) -> Response:
    keep = _(
        "Print or write them down, and keep them apart from your phone: each replaces the phone "
        "once."
    )
    listed = "".join(f"<li><code>{code}</code></li>" for code in codes)
    return form_page(
        HTTPStatus.OK,
        _("recovery codes"),
        _("Your second factor is set up. These codes are shown only now."),
        f"<p>{escape(keep)}</p><ol>{listed}</ol>"
        f'<p><a href="{escape(target)}">{escape(_("Continue"))}</a></p>',
    )
