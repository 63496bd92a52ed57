"""What people do at the page: each act has a name, and each refusal a sentence."""

from collections.abc import Callable

from nicegui import ui
from nicegui.events import GenericEventArguments

from dashboards.console.feed import Feed
from devices.errors import PhysiomonError

_NO_NAME = "Nothing was done: enter your name or initials first, each act is journaled with a name."

# The name stays in this browser tab: over a reload, but for nobody else.
_KEEP_NAME = "(name) => sessionStorage.setItem('physiomon-name', name ?? '')"
_TELL_NAME = "emitEvent('physiomon-name', sessionStorage.getItem('physiomon-name') ?? '')"


class Acts:
    """The field for the name, and the only way from a button to the desk."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._name = (
            ui.input("Your name or initials")
            .props("outlined dense maxlength=80 autocomplete=off spellcheck=false")
            .classes("name")
            .on("update:model-value", js_handler=_KEEP_NAME)
        )
        ui.on("physiomon-name", self._restore_name)
        client = ui.context.client
        client.on_connect(lambda: client.run_javascript(_TELL_NAME))

    def do(self, act: Callable[[str], None], done: str) -> bool:
        """Do something in the person's name; tell whether it was done.

        Args:
            act: is handed the name; raises `PhysiomonError` where it cannot be done.
            done: says so.
        """
        if not self.named():
            return False
        try:
            act(self.name)
        except PhysiomonError as error:
            _refuse(f"Nothing was done: {error}")
            return False
        ui.notify(done, type="positive", position="top", timeout=3000)
        self._feed.acted()
        return True

    def named(self) -> bool:
        """Tell whether there is a name to act in; refuse where there is none."""
        if not self.name:
            _refuse(_NO_NAME)
            self._name.run_method("focus")
        return bool(self.name)

    @property
    def name(self) -> str:
        """Return who acts, or nothing."""
        return (self._name.value or "").strip()

    def _restore_name(self, event: GenericEventArguments) -> None:
        if not self.name:
            self._name.value = str(event.args)


def _refuse(sentence: str) -> None:
    ui.notify(
        sentence,
        type="warning",
        position="top",
        multi_line=True,
        close_button="Close",
        timeout=10_000,
    )
