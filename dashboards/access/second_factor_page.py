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

MESSAGES: Final = {
    Refusal.WRONG: "Incorrect code. Check that the clock of the phone is right.",
    Refusal.USED: "This code was already used. Wait for the next one.",
    Refusal.TOO_MANY: TOO_MANY,
}
DIFFERENT: Final = "Your password is different."
NOT_WRITTEN: Final = (
    "The service cannot write the accounts file, or your account was changed; ask an administrator."
)
_STATUS = {Refusal.TOO_MANY: HTTPStatus.TOO_MANY_REQUESTS}
ELSEWHERE: Final = "You have no password here: set up a second factor where you log in."
_BACK = '<p><a href="/">Back</a></p>'
_IS_SET_UP = (
    "<p>Your account has a second factor. If you lose the phone, log in with a recovery code, and "
    f"ask an administrator to remove it.</p>{_BACK}"
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
        return form_page(HTTPStatus.CONFLICT, "second factor", ELSEWHERE, _BACK)
    account = authenticator.current(login.account)
    if account is None:
        return _late()
    if account.totp is not None:
        return form_page(HTTPStatus.OK, "second factor", "", _IS_SET_UP)
    return _password_page(HTTPStatus.OK, target, "")


async def _check(request: Request) -> Response:
    authenticator: Authenticator | None = request.app.state.authenticator
    if authenticator is None:
        return form_page(HTTPStatus.NOT_FOUND, "second factor", NO_LOGIN, "")
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
        return form_page(HTTPStatus.OK, "second factor", "", _IS_SET_UP)
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
        "second factor",
        message,
        "<p>Enter your password to set up a second factor.</p>"
        f'<form method="post" action="{SECOND_FACTOR_PAGE}">'
        f'<input type="hidden" name="next" value="{escape(target)}">'
        '<label for="password">Password</label><input id="password" name="password" required '
        'autofocus type="password" maxlength="256" autocomplete="current-password">'
        f"<button>Continue</button></form>{_BACK}",
    )


def _pending(request: Request, authenticator: Authenticator) -> Pending | None:
    return authenticator.second_factor.pending(cookie_of(request, authenticator, "pending"))


def _late() -> Response:
    return RedirectResponse("/login?late", HTTPStatus.SEE_OTHER, {"Cache-Control": "no-store"})


def _page(status: HTTPStatus, pending: Pending, target: str, message: str) -> Response:
    introduction = "<p>Enter the code of your phone app, or a recovery code.</p>"
    if pending.secret:
        introduction = _set_up(pending)
    return form_page(
        status,
        "second factor",
        message,
        f'{introduction}<form method="post" action="{SECOND_FACTOR_PAGE}">'
        f'<input type="hidden" name="next" value="{escape(target)}">'
        '<label for="code">Code</label><input id="code" name="code" required autofocus '
        'maxlength="32" autocomplete="one-time-code" autocapitalize="none" spellcheck="false">'
        f"<button>Continue</button></form>{_BACK}",
    )


def _set_up(pending: Pending) -> str:
    """Return the QR code of a new secret, and its text for those who cannot scan it."""
    qr = segno.make_qr(enrolment_uri(pending.account.name, pending.secret), error="m")
    picture = qr.svg_inline(scale=5, light="#fff", title="QR code of the setup key", svgclass="qr")
    groups = " ".join(pending.secret[at : at + 4] for at in range(0, len(pending.secret), 4))
    return (
        "<p>Set up a second factor: scan this code with an authenticator app on your phone, then "
        f"enter the six digits that it shows.</p>{picture}"
        f"<p>Or enter this setup key in the app:<br><code>{groups}</code></p>"
    )


def _recovery_page(codes: tuple[str, ...], target: str) -> Response:
    listed = "".join(f"<li><code>{code}</code></li>" for code in codes)
    return form_page(
        HTTPStatus.OK,
        "recovery codes",
        "Your second factor is set up. These codes are shown only now.",
        "<p>Print or write them down, and keep them apart from your phone: each replaces the phone "
        f'once.</p><ol>{listed}</ol><p><a href="{escape(target)}">Continue</a></p>',
    )
