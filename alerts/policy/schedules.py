"""Schedules of measurements as written in a policy, read and written back.

    SCHEDULE = every DURATION [from MOMENT] [until MOMENT]
             | COUNT [within DURATION] before (dose | supplement)
    MOMENT   = dose [+ DURATION]

Pure.
"""

import re

from alerts.policy.conditions import Before, Every
from alerts.policy.expressions import TermError, duration_text, parse_duration, parse_window

_MOMENT = r"dose(?:\s*\+\s*(?P<{name}>\w+(?:\.\w+)?))?"
_EVERY = re.compile(
    r"every\s+(?P<every>[\w.]+)"
    rf"(?:\s+(?P<after>from)\s+{_MOMENT.format(name='start')})?"
    rf"(?:\s+(?P<to>until)\s+{_MOMENT.format(name='end')})?"
)
_BEFORE = re.compile(
    r"(?P<count>[1-9][0-9]?)(?:\s+within\s+(?P<within>[\w.]+))?\s+before\s+"
    r"(?P<marker>dose|supplement)"
)


def parse_schedule(text: str) -> Every | Before:
    """Read a schedule.

    Raises:
        TermError: it is not a valid schedule; the message shows the syntax.
    """
    if match := _BEFORE.fullmatch(text.strip()):
        within = match["within"]
        within_s = None if within is None else parse_window(within)
        return Before(match["marker"], int(match["count"]), within_s)
    match = _EVERY.fullmatch(text.strip())
    if match is None:
        raise TermError(
            f"'{text}' is not a valid schedule: write it like every 30min until dose + 3h, "
            "every 60min from dose + 3h, 2 before dose, or 1 within 15min before supplement"
        )
    every_s = parse_window(match["every"])
    from_s = parse_duration(match["start"] or "0s") if match["after"] else None
    until_s = parse_duration(match["end"] or "0s") if match["to"] else None
    if until_s is not None and until_s <= (from_s or 0.0):
        raise TermError(f"'{text}' ends before it begins: give a later moment after until")
    return Every(every_s, from_s, until_s)


def schedule_text(schedule: Every | Before) -> str:
    """Return a schedule as a policy writes it; `parse_schedule` reads it back.

    >>> schedule_text(parse_schedule("every 1800s from dose  until dose+3h"))
    'every 30min from dose until dose + 3h'
    """
    if isinstance(schedule, Before):
        within_s = schedule.within_s
        within = "" if within_s is None else f"within {duration_text(within_s)} "
        return f"{schedule.count} {within}before {schedule.marker}"
    text = f"every {duration_text(schedule.every_s)}"
    for word, moment_s in (("from", schedule.from_s), ("until", schedule.until_s)):
        if moment_s is not None:
            text += f" {word} dose" + (f" + {duration_text(moment_s)}" if moment_s else "")
    return text
