"""Places whose session has ended, each with a dialog that starts the next session."""

from nicegui import ui

from dashboards.access.roles import Right
from dashboards.console.actions import Actions
from dashboards.console.html_elements import Text, box, button
from dashboards.console.live.feed import Feed
from dashboards.console.page_frame import session_url
from dashboards.console.views.places import WaitingPlaceView
from dashboards.console.ward.session_tile import room_name
from dashboards.texts import gettext as _
from dashboards.texts import marked, shown

_WHAT_IT_DOES = marked(
    "Recording and alarms begin at once, with the sensors, the policy and the calls of this place. "
    "Limits that were changed for the last participant do not apply."
)


class NextSession:
    """Cards of the waiting places among the tiles of the ward page."""

    def __init__(self, feed: Feed, actions: Actions) -> None:
        self._feed = feed
        self._actions = actions
        self._cards: dict[WaitingPlaceView, ui.element] = {}
        self._dialog = ui.dialog()

    def show(self, tiles: ui.element) -> None:
        """Show the places that wait now as the last of the tiles."""
        places = self._feed.places
        for gone in self._cards.keys() - set(places):
            self._cards.pop(gone).delete()
        with tiles:
            for place in places:
                if place not in self._cards:
                    self._cards[place] = self._card(place)

    def _card(self, place: WaitingPlaceView) -> ui.element:
        failed = "failed" if place.failure else ""
        with box("article", "tile-place") as card, box("div", f"tile waiting-place {failed}"):
            with box("div", "tile-head"):
                Text("span", "tile-room", room_name(place.room))
                Text("h2", "", _("NOT MONITORED") if failed else _("No session"))
            if failed:
                Text("p", "", place.participant)
                Text("p", "sentence", shown(place.failure))
            else:
                Text("p", "", _("Nothing is recorded. {last}").format(last=shown(place.last)))
            if place.refusal:
                Text("p", "", shown(place.refusal))
            elif self._actions.may(Right.RUN):
                button(_("Start the next session"), "act primary").on_click(
                    lambda: self._ask(place)
                )
        return card

    def _ask(self, place: WaitingPlaceView) -> None:
        if not self._actions.named():
            return
        self._dialog.clear()
        with self._dialog, box("div", "ask"):
            Text("h2", "", _("Start the next session in room {room}").format(room=place.room))
            Text("p", "", _(_WHAT_IT_DOES))
            field = ui.input(_("Participant code (never a name)")).props(
                "outlined dense maxlength=64 autocomplete=off spellcheck=false autofocus"
            )
            with box("div", "answers"):
                button(_("Cancel")).on_click(self._dialog.close)
                start = button(_("Start"), "act primary")
                start.on_click(lambda: self._begin(place, (field.value or "").strip()))
                field.on("keydown.enter", lambda: self._begin(place, (field.value or "").strip()))
        self._dialog.open()

    def _begin(self, place: WaitingPlaceView, participant: str) -> None:
        begun: list[str] = []
        done = self._actions.do(
            lambda name: begun.append(self._feed.backend.begin(place.place, participant, name)),
            _("Session started; complete its checklist."),
            Right.RUN,
        )
        if done:
            self._dialog.close()
            ui.navigate.to(session_url(begun[0]))
