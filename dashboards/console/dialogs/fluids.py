"""Dialog for fluid intake, with one touch for common amounts."""

from functools import partial

from nicegui import ui

from dashboards.console.actions import Actions
from dashboards.console.fields.number_field import NumberField
from dashboards.console.fields.time_field import TimeField
from dashboards.console.fields.value_confirmation import Confirmation
from dashboards.console.formatting import quantity
from dashboards.console.html_elements import Text, box, button
from dashboards.console.live.feed import Feed
from dashboards.texts import gettext as _

_AMOUNTS_ML = (50, 100, 150, 200, 250, 330, 500)
_ROLE = "monitor"


class FluidsDialog:
    """A dialog with common amounts and the total so far."""

    def __init__(self, feed: Feed, session: str, actions: Actions) -> None:
        self._feed = feed
        self._session = session
        self._actions = actions
        self._dialog = ui.dialog()

    def ask(self) -> None:
        """Open the dialog with the current total."""
        view = self._feed.sessions.get(self._session)
        if view is None or not self._actions.named():
            return
        self._dialog.clear()
        with self._dialog, box("div", "ask"):
            Text("h2", "", _("Fluid intake"))
            Text(
                "p",
                "",
                _("Total so far: {amount}. Add:").format(amount=quantity(view.fluid_ml, "mL")),
            )
            with box("div", "amounts"):
                for amount in _AMOUNTS_ML:
                    button(f"{amount} mL").on_click(partial(self._record, float(amount)))
            other = NumberField(_("Other amount"), "mL").props("autofocus")
            self._taken = TimeField(_("Drunk at"), lambda: self._feed.sessions.get(self._session))
            for field in (other, self._taken):
                field.on("keydown.enter", lambda: self._record_other(other))
            self._confirmation = Confirmation(lambda: self._record_other(other))
            with box("div", "answers"):
                button(_("Cancel")).on_click(self._dialog.close)
                button(_("Record"), "act primary").on_click(lambda: self._record_other(other))
        self._dialog.open()

    def _record_other(self, field: NumberField) -> None:
        if not field.validate():
            return
        if field.number is None:
            self._actions.refuse(_("enter an amount"))
            return
        self._record(field.number)

    def _record(self, amount_ml: float) -> None:
        taken = self._taken
        if not taken.validate():
            return
        backend, confirmation = self._feed.backend, self._confirmation
        done = self._actions.do(
            lambda name: backend.measure(
                self._session,
                {"fluid_intake": amount_ml},
                name,
                self._actions.role or _ROLE,
                at_ns=taken.at_ns,
                confirmed=confirmation.covers(amount_ml),
            ),
            _("Recorded: {amount} mL").format(amount=f"{amount_ml:.0f}"),
            unusual=lambda question: confirmation.ask(question, amount_ml),
        )
        if done:
            self._dialog.close()
