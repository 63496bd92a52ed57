"""Texts and colours of alarm levels, which are numbers because charts colour numbers."""

from alerts.alarm_levels import PRIORITIES, STATES, level

_TEXTS = {
    "latched": "{}, over, not reset",
    "acknowledged": "{}, acknowledged",
    "active": "{}",
}
# Colours show priorities. Source: IEC 60601-1-8, as cited in docs/decisions: red high, yellow
# medium, cyan low.
_COLOURS = {"info": "blue", "low": "#00bcd4", "medium": "yellow", "high": "red"}
_NOTHING = (
    "none open",
    "#5a6270",
)  # grey, not green: no alarm is not proof of health


def styles() -> dict[int, tuple[str, str]]:
    """Return text and colour of each level."""
    return {0: _NOTHING} | {
        level(state, priority): (_TEXTS[state].format(priority), _COLOURS[priority])
        for priority in PRIORITIES
        for state in STATES
    }
