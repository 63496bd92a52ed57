"""Input field for a number with a decimal point or a decimal comma."""

import re

from nicegui import ui

from dashboards.texts import decimal
from dashboards.texts import gettext as _
from devices.errors import PhysiomonError

_NUMBER = re.compile(r"[+-]?([0-9]+[.,]?[0-9]*|[.,][0-9]+)")
# What may separate thousands: a comma in English, a point in German.
_THOUSANDS = {
    ".": re.compile(r"[+-]?[1-9][0-9]{0,2},[0-9]{3}"),
    ",": re.compile(r"[+-]?[1-9][0-9]{0,2}\.[0-9]{3}"),
}


class NumberError(PhysiomonError):
    """A text that cannot be read as a number."""


def read_number(text: str | None) -> float | None:
    """Parse a number; return None for an empty text.

    Raises:
        NumberError: the text is not a number, or has a comma (in German, a point) that may separate
            thousands.

    >>> read_number("37,4"), read_number(" 37.4 "), read_number("")
    (37.4, 37.4, None)
    """
    text = (text or "").strip()
    if not text:
        return None
    if _NUMBER.fullmatch(text) is None:
        example = decimal("37.4")
        raise NumberError(
            _("'{text}' is not a number: enter it like {example}").format(
                text=text, example=example
            )
        )
    separator = decimal(".")
    if _THOUSANDS[separator].fullmatch(text):
        raise NumberError(
            _("'{text}' can mean {whole} or {fraction}: enter it without a separator").format(
                text=text,
                whole=re.sub("[.,]", "", text),
                fraction=re.sub("[.,]", separator, text),
            )
        )
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
