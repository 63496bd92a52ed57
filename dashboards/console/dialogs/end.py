"""Dialog that ends a session: open items, and the reason for ending anyway."""

from nicegui import ui

from dashboards.access.roles import Right
from dashboards.console.actions import Actions
from dashboards.console.html_elements import Text, box, button
from dashboards.console.live.feed import Feed
from dashboards.console.views.session import SessionView
from dashboards.texts import gettext as _
from dashboards.texts import marked

_WHAT_IT_DOES = marked(
    "Monitoring stops, alarms and calls stop, and sensors are disconnected. Recorded data is still "
    "delivered. Other sessions continue. This cannot be undone."
)


class EndDialog:
    """The buttons that end a session, and later start the next one or dismiss the ended one."""

    def __init__(self, feed: Feed, view: SessionView, actions: Actions) -> None:
        self._feed = feed
        self._session = view.id
        self._actions = actions
        self._dialog = ui.dialog()
        self._end = button(_("End session")).on_click(self.ask)
        self._next = button(_("Next session")).on_click(lambda: ui.navigate.to("/"))
        self._dismiss = button(_("Dismiss")).on_click(self._dismiss_session)
        self.show(view)

    def show(self, view: SessionView) -> None:
        """Show the button that applies."""
        self._end.set_visibility(not view.ended)
        self._dismiss.set_visibility(view.ended)
        places = (place.session for place in self._feed.places)
        self._next.set_visibility(view.ended and view.id in places)

    def ask(self) -> None:
        """Show open items, and ask whether to end the session."""
        view = self._feed.sessions.get(self._session)
        if view is None or not self._actions.named():
            return
        self._dialog.clear()
        with self._dialog, box("div", "ask"):
            Text("h2", "", _("End session: {participant}").format(participant=view.participant))
            Text("p", "", _(_WHAT_IT_DOES))
            reason = None
            if view.open_items:
                with box("ul", "checks"):
                    for item in view.open_items:
                        Text("li", "check p-medium", item)
                reason = ui.input(_("Reason for ending anyway (recorded with your name)"))
                reason.props("outlined dense maxlength=500")
            else:
                Text("p", "", _("No open items."))
            with box("div", "answers"):
                button(_("Cancel")).on_click(self._dialog.close)
                sure = button(_("Monitoring and alarms stop now: end it"), "act primary")
                sure.on_click(lambda: self._finish("" if reason is None else reason.value or ""))
                sure.set_visibility(False)
                first = button(_("End session"))

                def ask_again() -> None:
                    first.set_visibility(False)
                    sure.set_visibility(True)

                first.on_click(ask_again)
        self._dialog.open()

    def _finish(self, reason: str) -> None:
        backend = self._feed.backend
        done = self._actions.do(
            lambda name: backend.finish(self._session, name, reason),
            _("Session ended; monitoring and calls have stopped."),
            Right.RUN,
        )
        if done:
            self._dialog.close()

    def _dismiss_session(self) -> None:
        backend = self._feed.backend
        done = self._actions.do(
            lambda name: backend.dismiss(self._session, name),
            _("Session removed from the page."),
            Right.RUN,
        )
        if done:
            ui.navigate.to("/")
