"""Confirmation of unusual values."""

from collections.abc import Callable

from dashboards.console.html_elements import Text, box, button
from dashboards.texts import gettext as _
from dashboards.texts import marked

_RECORD = marked("Value is correct: record it")


class Confirmation:
    """A question with a button to confirm unusual values; other values need a new confirmation."""

    def __init__(self, confirm: Callable[[], None], answer: str = _RECORD) -> None:
        """Create the question, hidden.

        Args:
            confirm: called to record the values.
            answer: text of the button.
        """
        self._asked: object = None
        self._box = box("div", "confirmation", role="alert")
        with self._box:
            self._text = Text("p", "")
            button(_(answer)).on_click(confirm)
        self._box.visible = False

    def ask(self, sentence: str, values: object) -> None:
        """Ask to confirm these values."""
        self._asked = values
        self._text.text = sentence
        self._box.visible = True

    def covers(self, values: object) -> bool:
        """Return whether these values were the last to be asked about."""
        return self._box.visible and self._asked == values
