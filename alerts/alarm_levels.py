"""Levels of alarms: priority and state as one number, for charts and databases.

Levels sort by priority, then by state, as the console's list does: the highest level of several
alarms is that of the most urgent one.
"""

PRIORITIES = ("info", "low", "medium", "high")
STATES = {"latched": 1, "acknowledged": 2, "active": 3}


def level(state: str, priority: str) -> int:
    """Return the level of an alarm; 0 if it is not open.

    >>> level("active", "high"), level("acknowledged", "low"), level("pending", "high")
    (43, 22, 0)
    """
    rank = STATES.get(state, 0)
    return 10 * (1 + PRIORITIES.index(priority)) + rank if rank else 0
