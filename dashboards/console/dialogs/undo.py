"""Dialog that undoes markers and corrects measurements entered by mistake."""

from datetime import tzinfo
from functools import partial

from nicegui import ui

from alerts.time_format import clock
from dashboards.console.actions import Actions
from dashboards.console.fields.number_field import NumberField
from dashboards.console.fields.value_confirmation import Confirmation
from dashboards.console.formatting import quantity
from dashboards.console.html_elements import Text, box, button
from dashboards.console.live.feed import Feed
from dashboards.console.views.measurements import SpotMeasurementView
from dashboards.console.views.session import MarkerView
from devices.units import symbol

_MAX_ROWS = 12
_DOSE = (
    "The baseline and its limits are removed until a dose is marked again, and alarms that depend "
    "on them end. The dose clock stops. The journal keeps both entries."
)
_MARKER = (
    "It is struck through, and clocks that started with it stop. The journal keeps both entries."
)


class UndoDialog:
    """A list of markers and measurements that can be undone or corrected, newest first."""

    def __init__(self, feed: Feed, session: str, actions: Actions) -> None:
        self._feed = feed
        self._session = session
        self._actions = actions
        self._dialog = ui.dialog()
        self._zone: tzinfo | None = None

    def show(self) -> None:
        """Open the list."""
        view = self._feed.sessions.get(self._session)
        if view is None or not self._actions.named():
            return
        self._dialog.clear()
        self._zone = view.zone
        markers = [marker for marker in reversed(view.markers) if marker.undone is None]
        taken = [each for each in view.spot_measurements if each.corrected is None]
        with self._dialog, box("div", "ask wide"):
            Text("h2", "", "Undo or correct")
            with box("ul", "rules"):
                for marker in markers[:_MAX_ROWS]:
                    text = f": {marker.text}" if marker.text else ""
                    when = clock(marker.at_ns, view.zone)
                    with box("li", "rule p-marker"):
                        given = f" {marker.amount}" if marker.amount else ""
                        Text("p", "", f"{when} {marker.kind}{given}{text} - {marker.by}")
                        button("Undo").on_click(partial(self._ask_marker, marker))
                for each in taken[:_MAX_ROWS]:
                    value = quantity(each.value, each.unit)
                    when = clock(each.at_ns, view.zone)
                    with box("li", "rule p-info"):
                        who = each.by or each.source
                        Text("p", "", f"{when} {each.label} {value} - {who}")
                        button("Correct").on_click(partial(self._ask_value, each))
                if not (markers or taken):
                    Text("li", "quiet", "Nothing to undo or correct.")
            with box("div", "answers"):
                button("Close").on_click(self._dialog.close)
        self._dialog.open()

    def _ask_marker(self, marker: MarkerView) -> None:
        self._dialog.clear()
        dose = marker.kind == "dose"
        with self._dialog, box("div", "ask"):
            Text("h2", "", f"Undo: {marker.kind} at {clock(marker.at_ns, self._zone)}")
            Text("p", "", _DOSE if dose else _MARKER)
            why = "Reason (recorded with your name)" if dose else "Reason (optional)"
            reason = ui.input(why).props("outlined dense maxlength=500")
            with box("div", "answers"):
                button("Cancel").on_click(self.show)
                button(f"Undo {marker.kind}", "act primary").on_click(
                    lambda: self._undo(marker, reason.value or "")
                )

    def _ask_value(self, taken: SpotMeasurementView) -> None:
        self._dialog.clear()
        with self._dialog, box("div", "ask"):
            Text("h2", "", f"Correct: {taken.label} {quantity(taken.value, taken.unit)}")
            Text("p", "", "Leave the field empty to void the value without replacing it.")
            value = NumberField("Correct value", symbol(taken.unit)).props("autofocus")
            reason = ui.input("Reason (recorded with your name)")
            reason.props("outlined dense maxlength=500")

            def correct() -> None:
                self._correct(taken, value, reason.value or "", confirmation)

            confirmation = Confirmation(correct)
            for field in (value, reason):
                field.on("keydown.enter", correct)
            with box("div", "answers"):
                button("Cancel").on_click(self.show)
                button("Save correction", "act primary").on_click(correct)

    def _undo(self, marker: MarkerView, reason: str) -> None:
        backend = self._feed.backend
        done = self._actions.do(
            lambda name: backend.undo(self._session, marker.at_ns, name, reason),
            f"Undone: {marker.kind}",
        )
        if done:
            self._dialog.close()

    def _correct(
        self,
        taken: SpotMeasurementView,
        field: NumberField,
        reason: str,
        confirmation: Confirmation,
    ) -> None:
        if not field.validate():
            return
        value = field.number
        backend = self._feed.backend
        done = self._actions.do(
            lambda name: backend.correct(
                self._session,
                taken.entry,
                taken.signal,
                value,
                name,
                reason,
                confirmed=confirmation.covers(value),
            ),
            f"Corrected: {taken.label}",
            unusual=lambda question: confirmation.ask(question, value),
        )
        if done:
            self._dialog.close()
