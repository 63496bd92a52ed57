"""Messages of alarms for a physician, who need not be asked to call one. Pure.

A rule has its own; `for_physician` makes that of a rule without one, as in older policies.
"""

_CALL = "call the physician"


def is_physician(role: str) -> bool:
    """Return whether a recipient's role is that of a physician.

    >>> is_physician("study physician"), is_physician("session monitor")
    (True, False)
    """
    return any(word in role.lower() for word in ("physician", "doctor"))


def for_physician(message: str) -> str:
    """Return an alarm's message without the advice to call the physician.

    >>> for_physician("Core temperature 39.0 °C or more: call the physician, start cooling")
    'Core temperature 39.0 °C or more: start cooling'
    >>> for_physician("Heart rate above 150 /min: call the physician")
    'Heart rate above 150 /min'
    """
    finding, _, advice = message.partition(": ")
    left = ", ".join(part for part in advice.split(", ") if part.lower() != _CALL)
    return f"{finding}: {left}" if left else finding
