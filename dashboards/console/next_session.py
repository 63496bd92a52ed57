"""Places whose session has ended, each with a dialog that starts the next session."""

from collections.abc import Sequence

from nicegui import ui

from dashboards.access.roles import Right
from dashboards.console.actions import Actions
from dashboards.console.html_elements import Text, box, button
from dashboards.console.page_feed import Feed
from dashboards.console.page_frame import session_url
from dashboards.console.views.places import WaitingPlaceView

_WHAT_IT_DOES = (
    "Recording and alarms begin at once, with the sensors, the policy and the calls of this place. "
    "Limits that were changed for the last participant do not apply."
)


class NextSession:
    """The part of the ward page that shows the waiting places; hidden without any."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._shown: Sequence[WaitingPlaceView] = ()
        self._box = box("section", "waiting-places", aria_label="Places without a session")
        with self._box:
            self._actions = Actions(feed, login=False)
            self._list = box("div", "waiting-list")
        self._dialog = ui.dialog()
        self.show()

    def show(self) -> None:
        """Show the places that wait now."""
        places = self._feed.places
        self._box.visible = bool(places)
        if places == self._shown:
            return
        self._shown = places
        self._list.clear()
        with self._list:
            for place in places:
                self._card(place)

    def _card(self, place: WaitingPlaceView) -> None:
        with box("article", "waiting-place"):
            Text("h2", "", f"Room {place.room}: no session, nothing is recorded")
            Text("p", "", place.last)
            if place.refusal:
                Text("p", "", place.refusal)
            elif self._actions.may(Right.RUN):
                button("Start the next session", "act primary").on_click(lambda: self._ask(place))

    def _ask(self, place: WaitingPlaceView) -> None:
        if not self._actions.named():
            return
        self._dialog.clear()
        with self._dialog, box("div", "ask"):
            Text("h2", "", f"Start the next session in room {place.room}")
            Text("p", "", _WHAT_IT_DOES)
            field = ui.input("Participant code (never a name)").props(
                "outlined dense maxlength=64 autocomplete=off spellcheck=false autofocus"
            )
            with box("div", "answers"):
                button("Cancel").on_click(self._dialog.close)
                start = button("Start", "act primary")
                start.on_click(lambda: self._begin(place, (field.value or "").strip()))
                field.on("keydown.enter", lambda: self._begin(place, (field.value or "").strip()))
        self._dialog.open()

    def _begin(self, place: WaitingPlaceView, participant: str) -> None:
        begun: list[str] = []
        done = self._actions.do(
            lambda name: begun.append(self._feed.backend.begin(place.place, participant, name)),
            "Session started; complete its checklist.",
            Right.RUN,
        )
        if done:
            self._dialog.close()
            ui.navigate.to(session_url(begun[0]))
