"""Search in the alarms, markers and adverse events of a recording. Pure."""

from collections.abc import Callable, Sequence

from dashboards.console.views.session import MomentView
from dashboards.texts import marked

Find = Callable[[Sequence[MomentView], int], MomentView | None]
CHOICES = {
    "": marked("Everything"),
    "alarm": marked("All alarms"),
    "high": marked("High alarms"),
    "medium": marked("Medium alarms"),
    "low": marked("Low alarms"),
    "marker": marked("Markers"),
    "event": marked("Adverse events"),
}


def matches(moments: Sequence[MomentView], text: str, choice: str) -> list[MomentView]:
    """Return the moments of a choice whose text contains all words, whatever their case."""
    words = text.casefold().split()
    return [
        each
        for each in moments
        if choice in ("", each.kind, each.priority)
        and all(word in each.text.casefold() for word in words)
    ]


def next_after(moments: Sequence[MomentView], at_ns: int) -> MomentView | None:
    """Return the first moment after a time, or None."""
    return next((each for each in moments if each.at_ns > at_ns), None)


def last_before(moments: Sequence[MomentView], at_ns: int) -> MomentView | None:
    """Return the last moment before a time, or None."""
    return next((each for each in reversed(moments) if each.at_ns < at_ns), None)
