"""The page on which people change their own password, so that nobody else knows it."""

from http import HTTPStatus
from typing import Final

from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse, Response

from dashboards.access.accounts import AccountsError
from dashboards.access.authenticator import Authenticator, TooManyAttempts
from dashboards.access.form_page import form_page, read_fields
from dashboards.access.login_page import NO_LOGIN, TOO_MANY
from dashboards.access.middleware import PASSWORD_PAGE, SECOND_FACTOR_PAGE, login_of

WRONG: Final = "Your present password is different."
UNEQUAL: Final = "The new passwords are not equal."
ELSEWHERE: Final = "You have no password here: change it where you log in."
NOT_WRITTEN: Final = (
    "The service cannot write the accounts file; ask an administrator to change your password."
)

_FORM = (
    f'<form method="post" action="{PASSWORD_PAGE}">'
    '<label for="present">Present password</label><input id="present" name="present" required '
    'autofocus type="password" maxlength="256" autocomplete="current-password">'
    '<label for="new">New password</label><input id="new" name="new" required type="password" '
    'maxlength="256" autocomplete="new-password" aria-describedby="hint">'
    '<p id="hint">At least 12 characters; a sentence is fine.</p>'
    '<label for="again">New password again</label><input id="again" name="again" required '
    'type="password" maxlength="256" autocomplete="new-password">'
    "<button>Change password</button></form>"
    f'<p><a href="{SECOND_FACTOR_PAGE}">Second factor</a></p><p><a href="/">Back</a></p>'
)


def add_password_page(application: FastAPI) -> None:
    """Add the page to an application; it reads `state.authenticator`."""
    application.add_api_route(PASSWORD_PAGE, _ask, response_model=None)
    application.add_api_route(PASSWORD_PAGE, _change, methods=["POST"], response_model=None)


async def _ask(request: Request) -> Response:
    if request.app.state.authenticator is None:
        return RedirectResponse("/", HTTPStatus.SEE_OTHER)
    return _page(HTTPStatus.OK, "")


async def _change(request: Request) -> Response:
    authenticator: Authenticator | None = request.app.state.authenticator
    login = login_of(request.scope)
    if authenticator is None or login is None:
        return _page(HTTPStatus.NOT_FOUND, NO_LOGIN)
    if login.account is None:
        return _page(HTTPStatus.CONFLICT, ELSEWHERE)
    fields = await read_fields(request.stream())
    if fields.get("new") != fields.get("again"):
        return _page(HTTPStatus.UNPROCESSABLE_ENTITY, UNEQUAL)
    try:
        why = await authenticator.change_password(
            login.account, fields.get("present", ""), fields.get("new", "")
        )
    except TooManyAttempts:
        return _page(HTTPStatus.TOO_MANY_REQUESTS, TOO_MANY)
    except AccountsError:
        return _page(HTTPStatus.CONFLICT, NOT_WRITTEN)
    if why is not None:
        return _page(HTTPStatus.UNPROCESSABLE_ENTITY, why or WRONG)
    return RedirectResponse("/login?changed", HTTPStatus.SEE_OTHER, {"Cache-Control": "no-store"})


def _page(status: HTTPStatus, message: str) -> Response:
    return form_page(status, "change password", message, _FORM)
