"""The page on which people change their own password, so that nobody else knows it."""

from html import escape
from http import HTTPStatus
from typing import Final

from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse, Response

from dashboards.access.accounts import AccountsError
from dashboards.access.authenticator import Authenticator, TooManyAttempts
from dashboards.access.form_page import form_page, read_fields
from dashboards.access.login_page import NO_LOGIN, TOO_MANY
from dashboards.access.middleware import PASSWORD_PAGE, SECOND_FACTOR_PAGE, login_of
from dashboards.texts import gettext as _
from dashboards.texts import marked

WRONG: Final = marked("Your present password is different.")
UNEQUAL: Final = marked("The new passwords are not equal.")
ELSEWHERE: Final = marked("You have no password here: change it where you log in.")
NOT_WRITTEN: Final = marked(
    "The service cannot write the accounts file; ask an administrator to change your password."
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
    return form_page(status, _("change password"), message, _form())


def _form() -> str:
    labels = {
        "present": _("Present password"),
        "new": _("New password"),
        "again": _("New password again"),
    }
    hint = _("At least 12 characters; a sentence is fine.")
    more = {
        "present": 'autofocus autocomplete="current-password"',
        "new": 'autocomplete="new-password" aria-describedby="hint"',
        "again": 'autocomplete="new-password"',
    }
    fields = (
        f'<label for="{name}">{escape(label)}</label><input id="{name}" name="{name}" required '
        f'type="password" maxlength="256" {more[name]}>'
        + (f'<p id="hint">{escape(hint)}</p>' if name == "new" else "")
        for name, label in labels.items()
    )
    return (
        f'<form method="post" action="{PASSWORD_PAGE}">{"".join(fields)}'
        f"<button>{escape(_('Change password'))}</button></form>"
        f'<p><a href="{SECOND_FACTOR_PAGE}">{escape(_("Second factor"))}</a></p>'
        f'<p><a href="/">{escape(_("Back"))}</a></p>'
    )
