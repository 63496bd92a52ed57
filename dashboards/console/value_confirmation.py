"""The question whether an unusual value is right, and the button that stands by it."""

from collections.abc import Callable

from dashboards.console.html_elements import Text, box, button


class Confirmation:
    """Asks once for each set of values; other values are asked about again."""

    def __init__(self, confirm: Callable[[], None]) -> None:
        """Make the question, hidden.

        Args:
            confirm: records what was asked about.
        """
        self._asked: object = None
        self._box = box("div", "confirmation", role="alert")
        with self._box:
            self._text = Text("p", "")
            button("Value is correct: record it").on_click(confirm)
        self._box.visible = False

    def ask(self, sentence: str, values: object) -> None:
        """Show a question about these values."""
        self._asked = values
        self._text.text = sentence
        self._box.visible = True

    def covers(self, values: object) -> bool:
        """Return whether these are the values that were asked about last."""
        return self._box.visible and self._asked == values
