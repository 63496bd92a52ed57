"""Limits of rules as numbers that people change: the limit, and the clear limit with it. Pure."""

import re
from dataclasses import dataclass

from dashboards.texts import gettext as _
from dashboards.texts import marked

_NUMBER = r"[0-9]+(?:\.[0-9]+)?"
_ANCHORED = re.compile(rf"(?P<anchor>[a-z]+(?:\(\w+\))?)(?: (?P<sign>[+-]) (?P<number>{_NUMBER}))?")
BOUNDS = {
    "above": marked("Upper limit: alarm above"),
    "at_least": marked("Upper limit: alarm at or above"),
    "below": marked("Lower limit: alarm below"),
    "at_most": marked("Lower limit: alarm at or below"),
}


@dataclass(frozen=True, slots=True)
class LimitNumber:
    """A limit of a rule: a number, and what it is added to.

    Attributes:
        number: to change; negative if it is subtracted from the anchor.
        anchor: ``baseline``, ``rolling(5min)`` or ``ewma(5min)``; empty for a fixed limit.
    """

    number: float
    anchor: str = ""

    @property
    def value(self) -> str | float:
        """Return it as an override has it."""
        if not self.anchor:
            return self.number
        if not self.number:
            return self.anchor
        return f"{self.anchor} {'-' if self.number < 0 else '+'} {abs(self.number):g}"

    @property
    def relative(self) -> str:
        """Return what the number is relative to, for a label."""
        return _(", relative to {anchor}").format(anchor=self.anchor) if self.anchor else ""


def limit_number(text: str) -> LimitNumber | None:
    """Read a limit in policy syntax; return None if it is more than a number and an anchor.

    >>> limit_number("110"), limit_number("baseline + 30").value
    (LimitNumber(number=110.0, anchor=''), 'baseline + 30')
    >>> limit_number("rolling(1min) + 3 spread")
    """
    if re.fullmatch(_NUMBER, text):
        return LimitNumber(float(text))
    match = _ANCHORED.fullmatch(text)
    if match is None:
        return None
    number = float(match["number"] or 0)
    return LimitNumber(-number if match["sign"] == "-" else number, match["anchor"])


def moved(clear: LimitNumber, before: LimitNumber, after: float) -> float:
    """Return the clear limit that keeps its distance to a limit that was changed.

    >>> moved(LimitNumber(105), LimitNumber(110), 100)
    95.0
    """
    return round(clear.number + after - before.number, 6)
