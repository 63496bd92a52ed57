"""How an alarm looks as one number: charts colour numbers, not words.

The priority comes first, then the state, as in the console's list; so the highest level of several
alarms is that of the one to look at.
"""

PRIORITIES = ("info", "low", "medium", "high")
_STATES = {"latched": 1, "acknowledged": 2, "active": 3}
_WORDS = {
    "latched": "{}, over, not reset",
    "acknowledged": "{}, accepted",
    "active": "{}",
}
# Colours stand for priorities. Source: IEC 60601-1-8, as told in docs/decisions: red high, yellow
# medium, cyan low.
_COLOURS = {"info": "blue", "low": "#00bcd4", "medium": "yellow", "high": "red"}
_NOTHING = ("none open", "#5a6270")  # grey, not green: no alarm is not health


def level(state: str, priority: str) -> int:
    """Return the level of an alarm; 0 where there is nothing to look at.

    >>> level("active", "high"), level("acknowledged", "low"), level("pending", "high")
    (43, 22, 0)
    """
    rank = _STATES.get(state, 0)
    return 10 * (1 + PRIORITIES.index(priority)) + rank if rank else 0


def looks() -> dict[int, tuple[str, str]]:
    """Return words and colour of each level."""
    return {0: _NOTHING} | {
        level(state, priority): (_WORDS[state].format(priority), _COLOURS[priority])
        for priority in PRIORITIES
        for state in _STATES
    }
