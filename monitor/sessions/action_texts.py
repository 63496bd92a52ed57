"""Names, reasons and notes that people give with an action."""

from monitor.errors import ActError

_LONGEST_TEXT = 500
_LONGEST_NAME = 80


def action_reason(text: str) -> str:
    """Return the reason of an action that must have one, without surrounding whitespace.

    Raises:
        ActError: it is missing or too long.
    """
    if not text.strip():
        raise ActError("give a reason; it is journaled with the change")
    return limited_text(text, "reason")


def limited_text(text: str, what: str) -> str:
    """Return a text without surrounding whitespace; `what` names it in the error.

    Raises:
        ActError: it is too long.
    """
    text = text.strip()
    if len(text) > _LONGEST_TEXT:
        raise ActError(f"the {what} is longer than {_LONGEST_TEXT} characters; shorten it")
    return text


def action_name(by: str) -> str:
    """Return the name of the person who acts, without surrounding whitespace.

    Raises:
        ActError: it is missing or too long.
    """
    by = by.strip()
    if not by:
        raise ActError("give your name or initials first; every action is journaled with a name")
    if len(by) > _LONGEST_NAME:
        raise ActError(f"give a name of at most {_LONGEST_NAME} characters")
    return by
