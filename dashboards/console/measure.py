"""The dialog into which measurements by hand are entered."""

from nicegui import ui

from dashboards.console.acts import Acts
from dashboards.console.feed import Feed
from dashboards.console.tags import Text, box, button

# (signal, label, suffix, step), in the order in which they are taken.
_FIELDS = (
    ("systolic", "Systolic", "mmHg", 1),
    ("diastolic", "Diastolic", "mmHg", 1),
    ("pulse_rate", "Pulse", "/min", 1),
    ("body_temperature", "Thermometer", "°C", 0.1),
    ("spo2", "Oxygen saturation", "%", 1),
    ("fluid_intake", "Fluid drunk now", "mL", 10),
)
_ROLES = ["monitor", "nurse", "physician", "participant"]


class MeasureDialog:
    """Asks for what was measured; what is left empty was not measured."""

    def __init__(self, feed: Feed, session: str, acts: Acts) -> None:
        self._feed = feed
        self._session = session
        self._acts = acts
        self._role = acts.role or _ROLES[0]
        self._fields: dict[str, ui.number] = {}
        self._dialog = ui.dialog()

    def ask(self) -> None:
        """Open the dialog, made anew: nothing is left of the last measurement."""
        if not self._acts.named():
            return
        self._dialog.clear()
        with self._dialog, box("div", "ask"):
            Text("h2", "", "Measured by hand")
            Text("p", "", "Enter what you have measured just now; leave the rest empty.")
            with box("div", "measurements"):
                self._fields = {
                    signal: ui.number(label, step=step, suffix=suffix)
                    .props("outlined dense clearable inputmode=decimal")
                    .classes("measurement")
                    for signal, label, suffix, step in _FIELDS
                }
            role = None
            if self._acts.role is None:
                role = ui.select(_ROLES, value=self._role, label="Measured by (role)")
                role.props("outlined dense").classes("field")
            with box("div", "answers"):
                button("Cancel").on_click(self._dialog.close)
                button("Record", "act primary").on_click(
                    lambda: self._record(self._role if role is None else str(role.value))
                )
        self._dialog.open()

    def _record(self, role: str) -> None:
        self._role = role
        values = {
            signal: float(field.value)
            for signal, field in self._fields.items()
            if field.value is not None
        }
        desk = self._feed.desk
        done = self._acts.do(
            lambda name: desk.measure(self._session, values, name, role), "Recorded."
        )
        if done:
            self._dialog.close()
