"""Dialog to enter manual measurements."""

from nicegui import ui

from dashboards.console.actions import Actions
from dashboards.console.fields.number_field import NumberField
from dashboards.console.fields.time_field import TimeField
from dashboards.console.fields.value_confirmation import Confirmation
from dashboards.console.formatting import age, quantity
from dashboards.console.html_elements import Text, box, button
from dashboards.console.live.feed import Feed
from dashboards.console.views.measurements import LatestMeasurementView
from dashboards.texts import gettext as _
from dashboards.texts import marked, shown

# (signal, label, unit), in the usual order of measuring.
_FIELDS = (
    ("systolic", marked("Systolic"), "mmHg"),
    ("diastolic", marked("Diastolic"), "mmHg"),
    ("pulse_rate", marked("Pulse"), "/min"),
    ("body_temperature", marked("Thermometer"), "°C"),
    ("spo2", marked("Oxygen saturation"), "%"),
    ("fluid_intake", marked("Fluid intake"), "mL"),
)
_ROLES = ["monitor", "nurse", "physician", "participant"]


class MeasurementDialog:
    """A dialog for manual measurements; empty fields were not measured."""

    def __init__(self, feed: Feed, session: str, actions: Actions) -> None:
        self._feed = feed
        self._session = session
        self._actions = actions
        self._role = actions.role or _ROLES[0]
        self._fields: dict[str, NumberField] = {}
        self._dialog = ui.dialog()

    def ask(self) -> None:
        """Open an empty dialog."""
        view = self._feed.sessions.get(self._session)
        if view is None or not self._actions.named():
            return
        last = {each.signal: each for each in view.latest_measurements}
        self._dialog.clear()
        with self._dialog, box("div", "ask"):
            Text("h2", "", _("Enter measurement"))
            Text("p", "", _("Enter what you have measured; leave the rest empty."))
            with box("div", "measurements"):
                self._fields = {
                    signal: NumberField(_(label), suffix, _last(last.get(signal)))
                    .props("clearable")
                    .classes("measurement")
                    for signal, label, suffix in _FIELDS
                }
                self._fields["systolic"].props("autofocus")
            taken = TimeField(_("Measured at"), lambda: self._feed.sessions.get(self._session))
            role = None
            if self._actions.role is None:
                role = ui.select(
                    {each: shown(each) for each in _ROLES},
                    value=self._role,
                    label=_("Measured by (role)"),
                )
                role.props("outlined dense").classes("field")

            def record() -> None:
                self._role = self._role if role is None else str(role.value)
                self._record(taken, confirmation)

            confirmation = Confirmation(record)
            for field in (*self._fields.values(), taken):
                field.on("keydown.enter", record)
            with box("div", "answers"):
                button(_("Cancel")).on_click(self._dialog.close)
                button(_("Record"), "act primary").on_click(record)
        self._dialog.open()

    def _record(self, taken: TimeField, confirmation: Confirmation) -> None:
        if not all(field.validate() for field in (*self._fields.values(), taken)):
            return
        numbers = {signal: field.number for signal, field in self._fields.items()}
        values = {signal: number for signal, number in numbers.items() if number is not None}
        backend = self._feed.backend
        done = self._actions.do(
            lambda name: backend.measure(
                self._session,
                values,
                name,
                self._role,
                at_ns=taken.at_ns,
                confirmed=confirmation.covers(values),
            ),
            _("Recorded."),
            unusual=lambda question: confirmation.ask(question, values),
        )
        if done:
            self._dialog.close()


def _last(value: LatestMeasurementView | None) -> str:
    """Return the last value of a signal with its age."""
    if value is None:
        return _("not measured yet")
    return _("last {value}, {age}").format(
        value=quantity(value.value, value.unit), age=age(value.age_s)
    )
