"""Levels of alarms: priority and state as one number, for charts and databases.

The priority comes first, then the state, as in the console's list; so the highest level of several
alarms is that of the one to look at.
"""

PRIORITIES = ("info", "low", "medium", "high")
STATES = {"latched": 1, "acknowledged": 2, "active": 3}


def level(state: str, priority: str) -> int:
    """Return the level of an alarm; 0 if there is nothing to look at.

    >>> level("active", "high"), level("acknowledged", "low"), level("pending", "high")
    (43, 22, 0)
    """
    rank = STATES.get(state, 0)
    return 10 * (1 + PRIORITIES.index(priority)) + rank if rank else 0
