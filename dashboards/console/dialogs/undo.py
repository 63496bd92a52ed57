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
from dashboards.texts import gettext as _
from dashboards.texts import marked, shown
from devices.units import symbol

_MAX_ROWS = 12
_DOSE = marked(
    "The baseline and its limits are removed until a dose is marked again, and alarms that depend "
    "on them end. The dose clock stops. The journal keeps both entries."
)
_MARKER = marked(
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
            Text("h2", "", _("Undo or correct"))
            with box("ul", "rules"):
                for marker in markers[:_MAX_ROWS]:
                    text = f": {marker.text}" if marker.text else ""
                    when = clock(marker.at_ns, view.zone)
                    with box("li", "rule p-marker"):
                        given = f" {marker.amount}" if marker.amount else ""
                        Text("p", "", f"{when} {shown(marker.kind)}{given}{text} - {marker.by}")
                        button(_("Undo")).on_click(partial(self._ask_marker, marker))
                for each in taken[:_MAX_ROWS]:
                    value = quantity(each.value, each.unit)
                    when = clock(each.at_ns, view.zone)
                    with box("li", "rule p-info"):
                        who = each.by or each.source
                        Text("p", "", f"{when} {each.label} {value} - {who}")
                        button(_("Correct")).on_click(partial(self._ask_value, each))
                if not (markers or taken):
                    Text("li", "quiet", _("Nothing to undo or correct."))
            with box("div", "answers"):
                button(_("Close")).on_click(self._dialog.close)
        self._dialog.open()

    def _ask_marker(self, marker: MarkerView) -> None:
        self._dialog.clear()
        dose = marker.kind == "dose"
        with self._dialog, box("div", "ask"):
            Text(
                "h2",
                "",
                _("Undo: {kind} at {time}").format(
                    kind=shown(marker.kind), time=clock(marker.at_ns, self._zone)
                ),
            )
            Text("p", "", _(_DOSE) if dose else _(_MARKER))
            why = _("Reason (recorded with your name)") if dose else _("Reason (optional)")
            reason = ui.input(why).props("outlined dense maxlength=500")
            with box("div", "answers"):
                button(_("Cancel")).on_click(self.show)
                button(_("Undo {kind}").format(kind=shown(marker.kind)), "act primary").on_click(
                    lambda: self._undo(marker, reason.value or "")
                )

    def _ask_value(self, taken: SpotMeasurementView) -> None:
        self._dialog.clear()
        with self._dialog, box("div", "ask"):
            Text(
                "h2",
                "",
                _("Correct: {signal} {value}").format(
                    signal=taken.label, value=quantity(taken.value, taken.unit)
                ),
            )
            Text("p", "", _("Leave the field empty to void the value without replacing it."))
            value = NumberField(_("Correct value"), symbol(taken.unit)).props("autofocus")
            reason = ui.input(_("Reason (recorded with your name)"))
            reason.props("outlined dense maxlength=500")

            def correct() -> None:
                self._correct(taken, value, reason.value or "", confirmation)

            confirmation = Confirmation(correct)
            for field in (value, reason):
                field.on("keydown.enter", correct)
            with box("div", "answers"):
                button(_("Cancel")).on_click(self.show)
                button(_("Save correction"), "act primary").on_click(correct)

    def _undo(self, marker: MarkerView, reason: str) -> None:
        backend = self._feed.backend
        done = self._actions.do(
            lambda name: backend.undo(self._session, marker.at_ns, name, reason),
            _("Undone: {kind}").format(kind=shown(marker.kind)),
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
            _("Corrected: {signal}").format(signal=taken.label),
            unusual=lambda question: confirmation.ask(question, value),
        )
        if done:
            self._dialog.close()
