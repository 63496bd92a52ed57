"""Dialog that starts a session in a room without a configuration file."""

from collections.abc import Sequence
from dataclasses import dataclass

from nicegui import ui

from dashboards.access.roles import Right
from dashboards.console.actions import Actions
from dashboards.console.html_elements import Text, box, button
from dashboards.console.live.feed import Feed
from dashboards.console.page_frame import session_url
from dashboards.console.views.places import NewRoomSession
from dashboards.console.views.sensors import ChosenDevice, FoundDeviceView
from dashboards.texts import gettext as _
from dashboards.texts import marked, shown
from devices.errors import FieldError, PhysiomonError

_WHAT_IT_DOES = marked(
    "Recording and alarms begin at once, with the calls and databases of this service; the "
    "checklist follows. The room stays on this page, also after a restart."
)


@dataclass(frozen=True, slots=True)
class _Row:
    """A found device with what a person has chosen for it."""

    device: FoundDeviceView
    used: ui.checkbox
    kind: ui.select
    label: ui.input


class NewSession:
    """A button and a dialog for room, participant, policy and sensors."""

    def __init__(self, feed: Feed, actions: Actions) -> None:
        self._feed = feed
        self._actions = actions
        self._rows: list[_Row] = []
        self._dialog = ui.dialog()
        if feed.backend.rooms_can_be_added() and actions.may(Right.RUN):
            button(_("Start a session")).on_click(self.ask)

    def ask(self) -> None:
        """Open an empty dialog."""
        if not self._actions.named():
            return
        backend = self._feed.backend
        policies = list(backend.policies())
        self._rows = []
        self._dialog.clear()
        with self._dialog, box("div", "ask wide"):
            Text("h2", "", _("Start a session in another room"))
            Text("p", "", _(_WHAT_IT_DOES))
            with box("div", "fields"):
                room = _field(_("Room"), "autofocus")
                participant = _field(_("Participant code (never a name)"))
                policy = ui.select(policies, value=_usual(policies), label=_("Policy"))
                policy.props("outlined dense")
            self._search_button = button(_("Search for sensors")).on_click(self._search)
            self._found = box("ul", "found-sensors", aria_label=_("Sensors found"))
            self._no_sensors = Text("p", "field-error")
            self._no_sensors.props["role"] = "alert"
            fields: dict[str, ui.input | ui.select] = {
                "room": room,
                "participant": participant,
                "policy": policy,
            }
            with box("div", "answers"):
                button(_("Cancel")).on_click(self._dialog.close)
                button(_("Start"), "act primary").on_click(lambda: self._begin(fields))
        self._dialog.open()

    async def _search(self) -> None:
        self._search_button.props("loading")
        try:
            found = await self._feed.backend.find_devices("")
        except PhysiomonError as error:
            self._no_sensors.text = _("Search failed: {error}").format(error=shown(str(error)))
            return
        finally:
            self._search_button.props(remove="loading")
        free = [each for each in found if not each.used]
        self._no_sensors.text = (
            "" if free else _("No free sensor was found: check that they are on.")
        )
        self._show(free)

    def _show(self, devices: Sequence[FoundDeviceView]) -> None:
        kinds = {key: shown(label) for key, label in self._feed.backend.kinds().items()}
        self._found.clear()
        self._rows = []
        labels: set[str] = set()
        with self._found:
            for device in devices:
                with box("li", "found-sensor"):
                    used = ui.checkbox(f"{device.name}, {device.rssi} dBm")
                    kind = ui.select(kinds, value=device.kind or next(iter(kinds)), label=_("Kind"))
                    kind.props("outlined dense")
                    label = _field(
                        _("Label of {name}").format(name=device.name),
                        value=_label(device.kind, labels),
                    )
                self._rows.append(_Row(device, used, kind, label))

    def _begin(self, fields: dict[str, ui.input | ui.select]) -> None:
        chosen = [row for row in self._rows if row.used.value]
        texts = {name: str(field.value or "").strip() for name, field in fields.items()}
        sensors = [
            (
                (row.label.value or "").strip(),
                ChosenDevice(kind=str(row.kind.value), key=row.device.key),
            )
            for row in chosen
        ]
        begun: list[str] = []

        def begin(name: str) -> None:
            request = NewRoomSession(**texts, sensors=sensors)
            begun.append(self._feed.backend.begin_in_room(request, name))

        for field in fields.values():
            field.props(remove="error error-message")
        self._no_sensors.text = ""
        try:
            done = self._actions.do(
                begin, _("Session started; complete its checklist."), Right.RUN, at_field=True
            )
        except FieldError as error:
            sentence = shown(str(error))
            sentence = f"{sentence[:1].upper()}{sentence[1:]}."
            if error.field in fields:
                fields[error.field].props["error"] = True
                fields[error.field].props["error-message"] = sentence
                fields[error.field].update()
            else:
                self._no_sensors.text = sentence
            return
        if done:
            self._dialog.close()
            ui.navigate.to(session_url(begun[0]))


def _field(label: str, more: str = "", value: str = "") -> ui.input:
    field = ui.input(label, value=value)
    return field.props(f"outlined dense maxlength=64 autocomplete=off spellcheck=false {more}")


def _usual(policies: Sequence[str]) -> str | None:
    """Return the policy of MDMA sessions, or else the first one."""
    if "mdma-session" in policies:
        return "mdma-session"
    return policies[0] if policies else None


def _label(kind: str, taken: set[str]) -> str:
    """Return a label for a sensor that is not taken yet, such as ``strap``; add it to `taken`."""
    word = kind.rpartition("-")[2] or "sensor"
    label, number = word, 2
    while label in taken:
        label, number = f"{word}{number}", number + 1
    taken.add(label)
    return label
