"""What people do at the page: each act has a name, and each refusal a sentence."""

from collections.abc import Callable

from nicegui import ui
from nicegui.events import GenericEventArguments

from dashboards.access.login_sessions import Login
from dashboards.access.middleware import login_of
from dashboards.access.roles import Right
from dashboards.console.html_elements import Text, box
from dashboards.console.page_feed import Feed
from devices.errors import PhysiomonError, UnusualError

_NO_NAME = "Not saved: enter your name or initials first; every action is recorded with a name."

# The name stays in this browser tab: over a reload, but for nobody else.
_KEEP_NAME = "(name) => sessionStorage.setItem('physiomon-name', name ?? '')"
_TELL_NAME = "emitEvent('physiomon-name', sessionStorage.getItem('physiomon-name') ?? '')"


class Actions:
    """Who acts, and the only way from a button to the backend.

    That is the account that has opened the page, or where nobody logs in a name that is typed.

    Args:
        feed: shows everybody what was done.
        idle: nothing can be done here by anybody: it is a replay.
    """

    def __init__(self, feed: Feed, *, idle: bool = False) -> None:
        self._feed = feed
        self._idle = idle
        self._login = page_login()
        self._field: ui.input | None = None
        if self._login is not None:
            login_box(self._login)
            return
        if idle:
            return
        self._field = (
            ui.input("Your name or initials")
            .props("outlined dense maxlength=80 autocomplete=off spellcheck=false")
            .classes("name")
            .on("update:model-value", js_handler=_KEEP_NAME)
        )
        ui.on("physiomon-name", self._restore_name)
        client = ui.context.client
        client.on_connect(lambda: client.run_javascript(_TELL_NAME))

    def may(self, right: Right) -> bool:
        """Tell whether the person has a right; what needs another one is not even shown."""
        return not self._idle and (self._login is None or self._login.may(right))

    def do(
        self,
        act: Callable[[str], None],
        done: str,
        right: Right = Right.ATTEND,
        unusual: Callable[[str], None] | None = None,
    ) -> bool:
        """Do something in the person's name; tell whether it was done.

        Args:
            act: is handed the name; raises `PhysiomonError` where it cannot be done.
            done: says so.
            right: that it needs.
            unusual: asks whether an unusual value is right.
        """
        if not self.allowed(right) or not self.named():
            return False
        try:
            act(self.name)
        except PhysiomonError as error:
            if isinstance(error, UnusualError) and unusual is not None:
                unusual(str(error))
            else:
                _refuse(f"Not saved: {error}")
            return False
        ui.notify(done, type="positive", position="top", timeout=3000)
        self._feed.acted()
        return True

    def allowed(self, right: Right) -> bool:
        """Tell whether the person has a right; refuse, and write it down, where not."""
        if self.may(right):
            return True
        if self._idle:
            _refuse("Not saved: this is a replay of a recording.")
            return False
        assert self._login is not None  # noqa: S101 - without logins everything is allowed
        self._login.record("refused-act", f"it needs the right '{right}'")
        _refuse(f"Not saved: the role {self._login.person.role} does not permit this.")
        return False

    def named(self) -> bool:
        """Tell whether there is a name to act in; refuse where there is none."""
        if not self.name and self._field is not None:
            _refuse(_NO_NAME)
            self._field.run_method("focus")
        return bool(self.name)

    @property
    def name(self) -> str:
        """Return who acts, or nothing."""
        if self._login is not None:
            return self._login.person.signature
        return ((self._field and self._field.value) or "").strip()

    @property
    def role(self) -> str | None:
        """Return what the person is; None where nobody logs in."""
        return None if self._login is None else self._login.person.role.value

    def _restore_name(self, event: GenericEventArguments) -> None:
        if self._field is not None and not self.name:
            self._field.value = str(event.args)


def page_login() -> Login | None:
    """Return the login that opens the page that is being made; None where nobody logs in."""
    return login_of(ui.context.client.request.scope)


def login_box(login: Login) -> None:
    """Say who is logged in, and let them leave."""
    with box("form", "login", method="post", action="/logout"):
        Text("span", "who", login.person.signature)
        Text("button", "leave", "Log out").props["type"] = "submit"


def _refuse(sentence: str) -> None:
    ui.notify(
        sentence,
        type="warning",
        position="top",
        multi_line=True,
        close_button="Close",
        timeout=10_000,
    )
