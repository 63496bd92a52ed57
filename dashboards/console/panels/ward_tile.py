"""A session's tile on the ward page, with its buttons."""

from nicegui import ui
from nicegui.events import GenericEventArguments

from dashboards.access.roles import Right
from dashboards.console import page_frame
from dashboards.console.actions import Actions
from dashboards.console.html_elements import box, button, region
from dashboards.console.live.feed import Feed
from dashboards.console.status import status_summary
from dashboards.console.views.session import SessionView
from dashboards.console.ward import session_tile
from dashboards.texts import gettext as _

# Sends the alarm that the person has seen: another one may have come since. A double click counts
# once, so that its second click does not answer the next alarm.
_SEND_SHOWN = (
    "(event) => event.detail > 1 || emit("
    "event.currentTarget.closest('.tile-place').querySelector('[data-alarm]')?.dataset.alarm ?? '')"
)


class WardTile:
    """The tile of one session: a link to its page, and buttons that answer the alarm it shows."""

    def __init__(self, feed: Feed, view: SessionView, actions: Actions) -> None:
        self._feed = feed
        self._session = view.id
        self._actions = actions
        self.box = box("article", "tile-place")
        with self.box:
            link = page_frame.session_url(view.id)
            region("a", f"tile {view.id}", "tile", href=link)
            with box("div", "tile-acts"):
                self._pause = self._button(_("Pause audio"), view, "act pause")
                self._pause.on_click(self._pause_audio)
                self._acknowledge = self._button(_("Acknowledge"), view)
                self._reset = self._button(_("Reset"), view)
                self._acknowledge.on("click", self._acknowledge_shown, js_handler=_SEND_SHOWN)
                self._reset.on("click", self._reset_shown, js_handler=_SEND_SHOWN)

    def show(self, view: SessionView) -> None:
        """Show the buttons that the alarm on the tile needs."""
        alarm = session_tile.shown_alarm(view)
        may = self._actions.may(Right.ATTEND) and not view.ended and view.replay is None
        state = "" if alarm is None or not may else alarm.state
        self._acknowledge.visible = state == "active"
        self._reset.visible = state == "latched"
        self._pause.visible = may and bool(status_summary.sounding([view]))

    def _button(self, text: str, view: SessionView, classes: str = "act") -> ui.button:
        made = button(text, classes)
        made.props["aria-label"] = f"{text}: {view.participant}"
        return made

    def _pause_audio(self) -> None:
        backend = self._feed.backend
        self._actions.do(
            lambda name: backend.pause_audio(self._session, name),
            _("Alarm audio paused for 120 s."),
        )

    def _acknowledge_shown(self, event: GenericEventArguments) -> None:
        key, backend = str(event.args), self._feed.backend
        self._actions.do(
            lambda name: backend.acknowledge(self._session, key, name), _("Acknowledged.")
        )

    def _reset_shown(self, event: GenericEventArguments) -> None:
        key, backend = str(event.args), self._feed.backend
        self._actions.do(lambda name: backend.reset(self._session, key, name), _("Reset."))
