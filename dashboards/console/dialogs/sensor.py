"""Dialog that replaces the device of a sensor, or adds a sensor."""

from collections.abc import Sequence

from nicegui import ui

from dashboards.access.roles import Right
from dashboards.console.actions import Actions
from dashboards.console.html_elements import Text, box, button, message
from dashboards.console.live.feed import Feed
from dashboards.console.views.sensors import ChosenDevice, FoundDeviceView
from dashboards.texts import gettext as _
from dashboards.texts import marked, ngettext, shown
from devices.errors import PhysiomonError

_NEW = marked("Add a sensor")
_ANY = marked("The only one nearby")
_WHAT_IT_DOES = marked(
    "Statistics, baseline and limits continue with the new device. The gap stays visible; settling "
    "and the battery history start again."
)


class SensorDialog:
    """A dialog for the sensor, its new device, and the reason."""

    def __init__(self, feed: Feed, session: str, actions: Actions) -> None:
        self._feed = feed
        self._session = session
        self._actions = actions
        self._dialog = ui.dialog()

    def ask(self) -> None:
        """Open an empty dialog."""
        view = self._feed.sessions.get(self._session)
        if view is None or not self._actions.allowed(Right.RUN) or not self._actions.named():
            return
        kinds = {key: shown(label) for key, label in self._feed.backend.kinds().items()}
        labels = [sensor.label for sensor in view.sensors]
        now = {sensor.label: sensor.kind for sensor in view.sensors}
        self._dialog.clear()
        with self._dialog, box("div", "ask"):
            Text("h2", "", _("Replace or add a sensor"))
            Text("p", "", _(_WHAT_IT_DOES))
            place = ui.select(
                {**{label: label for label in labels}, _NEW: _(_NEW)},
                value=labels[0] if labels else _NEW,
                label=_("Sensor"),
            )
            place.props("outlined dense")
            self._label = ui.input(_("Label of the new sensor")).props(
                "outlined dense maxlength=64"
            )
            self._label.bind_visibility_from(place, "value", value=_NEW)
            kind = ui.select(kinds, value=next(iter(kinds)), label=_("Kind")).props(
                "outlined dense"
            )
            self._kind = kind

            def known() -> None:
                for key, words in kinds.items():
                    if words == now.get(str(place.value)):
                        kind.set_value(key)

            known()
            place.on_value_change(known)
            self._found = ui.select({"": _(_ANY)}, value="", label=_("Device")).props(
                "outlined dense"
            )
            self._search_button = button(_("Search for sensors")).on_click(self._search)
            self._address = ui.input(_("Or its address")).props("outlined dense maxlength=40")
            self._name = ui.input(_("Or its advertised name")).props("outlined dense maxlength=80")
            reason = ui.input(_("Reason (recorded with your name)"))
            reason.props("outlined dense maxlength=500")
            with box("div", "answers"):
                button(_("Cancel")).on_click(self._dialog.close)
                button(_("Use this sensor"), "act primary").on_click(
                    lambda: self._replace(str(place.value), reason.value or "")
                )
        self._dialog.open()

    async def _search(self) -> None:
        if not self._actions.allowed(Right.RUN):
            return
        self._search_button.props("loading")
        try:
            found: Sequence[FoundDeviceView] = await self._feed.backend.find_devices(self._session)
        except PhysiomonError as error:
            failed = _("Search failed: {error}").format(error=shown(str(error)))
            message(failed, "warning")
            return
        finally:
            self._search_button.props(remove="loading")
        devices = {each.key: _words(each) for each in found if not each.used}
        self._found.set_options({"": _(_ANY), **devices}, value="")
        message(ngettext("{n} free sensor found.", "{n} free sensors found.", len(devices)))
        kinds = {each.key: each.kind for each in found if each.kind}
        self._found.on_value_change(
            lambda event: self._kind.set_value(kinds.get(event.value, self._kind.value))
        )

    def _replace(self, place: str, reason: str) -> None:
        label = (self._label.value or "").strip() if place == _NEW else place
        device = ChosenDevice(
            kind=str(self._kind.value),
            key=str(self._found.value or ""),
            address=self._address.value or "",
            name=self._name.value or "",
        )
        backend = self._feed.backend
        done = self._actions.do(
            lambda name: backend.replace_sensor(self._session, label, device, name, reason),
            _("Searching for {label} ...").format(label=label),
            Right.RUN,
        )
        if done:
            self._dialog.close()


def _words(device: FoundDeviceView) -> str:
    kind = f", {device.kind}" if device.kind else ""
    return f"{device.name}{kind}, {device.rssi} dBm"
