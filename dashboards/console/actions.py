"""User actions: each is recorded with a name, and each refusal is explained."""

from collections.abc import Callable

from nicegui import ui
from nicegui.events import GenericEventArguments

from dashboards.access.login_sessions import Login
from dashboards.access.middleware import PASSWORD_PAGE, login_of
from dashboards.access.roles import Right
from dashboards.console.html_elements import Text, box, message
from dashboards.console.live.feed import Feed
from dashboards.texts import gettext as _
from dashboards.texts import marked, shown
from devices.errors import FieldError, PhysiomonError, UnusualError

_FAILED = marked("a fault of physiomon, which its log describes; note it on paper.")
_NO_NAME = marked("enter your name or initials first; every action is recorded with a name.")

# The name is kept in this browser tab only; it survives a reload.
_KEEP_NAME = "(name) => sessionStorage.setItem('physiomon-name', name ?? '')"
_SEND_NAME = "emitEvent('physiomon-name', sessionStorage.getItem('physiomon-name') ?? '')"


class Actions:
    """The user's name and rights, and the only way from a button to the backend.

    The name is that of the account that opened the page or, without accounts, the one typed in.

    Args:
        feed: shows the result on all pages.
        idle: no actions are possible, because it is a replay.
        login: show the account that is logged in.
    """

    def __init__(self, feed: Feed, *, idle: bool = False, login: bool = True) -> None:
        self._feed = feed
        self._idle = idle
        self._login = page_login()
        self._field: ui.input | None = None
        if self._login is not None:
            if login:
                login_box(self._login)
            return
        if idle:
            return
        self._field = (
            ui.input(_("Your name or initials"))
            .props("outlined dense maxlength=80 autocomplete=off spellcheck=false")
            .classes("name")
            .on("update:model-value", js_handler=_KEEP_NAME)
        )
        ui.on("physiomon-name", self._restore_name)
        client = ui.context.client
        client.on_connect(lambda: client.run_javascript(_SEND_NAME))

    def may(self, right: Right) -> bool:
        """Return whether the user has a right; controls that need another right are not shown."""
        return not self._idle and (self._login is None or self._login.may(right))

    def do(
        self,
        act: Callable[[str], None],
        done: str,
        right: Right = Right.ATTEND,
        unusual: Callable[[str], None] | None = None,
        *,
        at_field: bool = False,
    ) -> bool:
        """Perform an action for the user; return whether it was performed.

        Args:
            act: receives the name; raises `PhysiomonError` if the action is not possible.
            done: message on success.
            right: the right that the action requires.
            unusual: asks to confirm an unusual value.
            at_field: the caller shows errors of a field, which are raised.

        Raises:
            FieldError: a field is not possible, and `at_field`.
        """
        if not self.allowed(right) or not self.named():
            return False
        try:
            act(self.name)
        except PhysiomonError as error:
            if at_field and isinstance(error, FieldError):
                raise
            if isinstance(error, UnusualError) and unusual is not None:
                unusual(shown(str(error)))
            else:
                self.refuse(shown(str(error)))
            return False
        except Exception:  # a fault of physiomon, which is logged
            self.refuse(_(_FAILED))
            raise
        message(done, "positive")
        self._feed.acted()
        return True

    def refuse(self, why: str) -> None:
        """Show why nothing was saved."""
        message(_("Not saved: {why}").format(why=why), "warning")

    def allowed(self, right: Right) -> bool:
        """Return whether the user has a right; if not, show and record the refusal."""
        if self.may(right):
            return True
        if self._idle:
            self.refuse(_("this is a replay of a recording."))
            return False
        assert self._login is not None  # noqa: S101 - without logins every action is allowed
        self._login.record("refused-act", f"it needs the right '{right}'")
        self.refuse(
            _("the role {role} does not permit this.").format(
                role=shown(str(self._login.person.role))
            )
        )
        return False

    def named(self) -> bool:
        """Return whether the user's name is known; if not, ask for it."""
        if not self.name and self._field is not None:
            self.refuse(_(_NO_NAME))
            self._field.run_method("focus")
        return bool(self.name)

    @property
    def name(self) -> str:
        """Return the user's name, or an empty string."""
        if self._login is not None:
            return self._login.person.signature
        return ((self._field and self._field.value) or "").strip()

    @property
    def role(self) -> str | None:
        """Return the user's role; None without logins."""
        return None if self._login is None else self._login.person.role.value

    def _restore_name(self, event: GenericEventArguments) -> None:
        if self._field is not None and not self.name:
            self._field.value = str(event.args)


def page_login() -> Login | None:
    """Return the login of the page that is being built; None without logins."""
    return login_of(ui.context.client.request.scope)


def login_box(login: Login) -> None:
    """Show the logged-in user and a button to log out."""
    with box("form", "login", method="post", action="/logout"):
        with Text("a", "who", login.person.signature) as who:
            who.props["href"], who.props["title"] = PASSWORD_PAGE, _("Change your password")
            who.props["target"] = "_blank"  # the session stays in view
        Text("button", "leave", _("Log out")).props["type"] = "submit"
