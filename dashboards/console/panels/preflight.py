"""The pre-flight panel of a session's page, shown until the session has started."""

from nicegui import ui

from dashboards.access.roles import Right
from dashboards.console.actions import Actions
from dashboards.console.html_elements import Text, box, button, region
from dashboards.console.live.feed import Feed
from dashboards.console.status.preflight_checklist import TONES, unresolved
from dashboards.console.views.session import SessionView
from dashboards.texts import gettext as _
from dashboards.texts import marked

_ALREADY_ACTIVE = marked(
    "Recording and alarms are already active; starting confirms that you are ready."
)


class PreflightPanel:
    """The checklist with its actions and the start button."""

    def __init__(self, feed: Feed, view: SessionView, actions: Actions) -> None:
        self._feed = feed
        self._session = view.id
        self._actions = actions
        self._dialog = ui.dialog()
        self._box = box("section", "panel preflight", aria_label=_("Pre-flight checklist"))
        with self._box:
            Text("h2", "", _("Before the session starts"))
            Text("p", "quiet", _(_ALREADY_ACTIVE))
            region("ul", "preflight", "checks")
            with box("div", "answers"):
                play = button(_("Play test sound"))
                play.on("click", js_handler="() => physiomonSound.test()")
                if actions.may(Right.ATTEND):
                    button(_("I heard it")).on_click(self._heard)
                if view.recipients and actions.may(Right.CALLS):
                    button(_("Send test call")).on_click(self._call)
                if actions.may(Right.RUN):
                    button(_("Start session"), "act primary").on_click(self.ask)
        self.show(view)

    def show(self, view: SessionView) -> None:
        """Show the panel until the session has started."""
        self._box.set_visibility(bool(view.preflight))

    def ask(self) -> None:
        """Ask whether to start; unresolved items need a reason."""
        view = self._feed.sessions.get(self._session)
        if view is None or not self._actions.named():
            return
        left = unresolved(view)
        self._dialog.clear()
        with self._dialog, box("div", "ask"):
            Text("h2", "", _("Start the session"))
            Text("p", "", _("The checklist is recorded as it stands. ") + _(_ALREADY_ACTIVE))
            reason = None
            if left:
                Text("p", "", _("Unresolved:"))
                with box("ul", "checks"):
                    for check in left:
                        tone, sign = TONES[check.state]
                        Text(
                            "li",
                            f"check p-{tone}",
                            f"{sign} {check.item}: {check.found}",
                        )
                reason = ui.input(_("Reason for starting anyway (recorded with your name)"))
                reason.props("outlined dense maxlength=500")
            with box("div", "answers"):
                button(_("Cancel")).on_click(self._dialog.close)
                button(_("Start"), "act primary").on_click(
                    lambda: self._start("" if reason is None else reason.value or "")
                )
        self._dialog.open()

    def _start(self, reason: str) -> None:
        backend = self._feed.backend
        started = self._actions.do(
            lambda name: backend.start(self._session, name, reason),
            _("Session started."),
            Right.RUN,
        )
        if started:
            self._dialog.close()

    def _heard(self) -> None:
        backend = self._feed.backend
        self._actions.do(
            lambda name: backend.confirm_sound(self._session, name), _("Sound confirmed.")
        )

    def _call(self) -> None:
        backend = self._feed.backend
        self._actions.do(
            lambda name: backend.test_call(self._session, name), _("Test call sent."), Right.CALLS
        )
