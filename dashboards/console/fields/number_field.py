"""Input field for a number with a decimal point or a decimal comma."""

import re

from nicegui import ui

from devices.errors import PhysiomonError

_NUMBER = re.compile(r"[+-]?([0-9]+[.,]?[0-9]*|[.,][0-9]+)")
_THOUSANDS = re.compile(r"[+-]?[1-9][0-9]{0,2},[0-9]{3}")


class NumberError(PhysiomonError):
    """A text that cannot be read as a number."""


def read_number(text: str | None) -> float | None:
    """Parse a number; return None for an empty text.

    Raises:
        NumberError: the text is not a number, or its comma may separate thousands.

    >>> read_number("37,4"), read_number(" 37.4 "), read_number("")
    (37.4, 37.4, None)
    """
    text = (text or "").strip()
    if not text:
        return None
    if _NUMBER.fullmatch(text) is None:
        raise NumberError(f"'{text}' is not a number: enter it like 37.4")
    if _THOUSANDS.fullmatch(text):
        either = f"{text.replace(',', '')} or {text.replace(',', '.')}"
        raise NumberError(f"'{text}' can mean {either}: enter it without a comma")
    return float(text.replace(",", "."))


class NumberField(ui.input):
    """A text field that shows why its text is not a number.

    Unlike a browser's number field it keeps invalid text, in any language of the page, and does
    not treat it as empty.
    """

    def __init__(self, label: str, suffix: str | None = None, last: str = "") -> None:
        """Create the field.

        Args:
            label: of the value.
            suffix: unit, always shown.
            last: the last value with its age, shown below the field.
        """
        super().__init__(label, suffix=suffix, validation=_problem)
        self.props("outlined dense stack-label inputmode=decimal autocomplete=off")
        self.props("hide-bottom-space")
        if last:
            self.props["hint"] = last

    @property
    def number(self) -> float | None:
        """Return the number, or None if the field is empty; `validate` first.

        Raises:
            NumberError: the text cannot be read.
        """
        return read_number(self.value)


def _problem(text: str | None) -> str | None:
    try:
        read_number(text)
    except NumberError as error:
        return str(error)
    return None
