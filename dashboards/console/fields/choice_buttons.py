"""A row of buttons of which one is chosen."""

from collections.abc import Callable, Mapping
from functools import partial

from dashboards.console.html_elements import box, button


class ChoiceButtons:
    """Buttons for a few options: one touch chooses, and nothing is hidden in a list.

    Attributes:
        value: key of the chosen option, or None.
    """

    def __init__(
        self,
        label: str,
        options: Mapping[str, str],
        value: str | None,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self.value = value
        self._changed = changed
        with box("div", "choices", role="group", aria_label=label):
            self._buttons = {
                key: button(text).on_click(partial(self._choose, key))
                for key, text in options.items()
            }
        self._show()

    def _choose(self, key: str) -> None:
        self.set(key)
        self._changed()

    def set(self, key: str | None) -> None:
        """Choose an option without a callback."""
        self.value = key
        self._show()

    def _show(self) -> None:
        for key, each in self._buttons.items():
            chosen = key == self.value
            each.props["aria-pressed"] = "true" if chosen else "false"
            each.update()
