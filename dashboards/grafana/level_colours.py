"""Words and colours of alarm levels: charts colour numbers, not words."""

from alerts.alarm_levels import PRIORITIES, STATES, level

_WORDS = {
    "latched": "{}, over, not reset",
    "acknowledged": "{}, accepted",
    "active": "{}",
}
# Colours stand for priorities. Source: IEC 60601-1-8, as told in docs/decisions: red high, yellow
# medium, cyan low.
_COLOURS = {"info": "blue", "low": "#00bcd4", "medium": "yellow", "high": "red"}
_NOTHING = ("none open", "#5a6270")  # grey, not green: no alarm is not health


def looks() -> dict[int, tuple[str, str]]:
    """Return words and colour of each level."""
    return {0: _NOTHING} | {
        level(state, priority): (_WORDS[state].format(priority), _COLOURS[priority])
        for priority in PRIORITIES
        for state in STATES
    }
