"""Numbers, durations and statistics as written in a policy, read and written back.

    DURATION  = NUMBER (ms|s|min|h)
    STATISTIC = last | NAME(DURATION)

Pure. An expression that is not valid raises a `TermError` that says what is allowed.
"""

import re
from collections.abc import Iterable
from decimal import Decimal
from difflib import get_close_matches
from fractions import Fraction

from alerts.policy.conditions import Statistic, StatisticName
from devices.errors import PhysiomonError

NUMBER = r"[0-9]+(?:\.[0-9]+)?"

_UNITS_NS = {"ms": 10**6, "s": 10**9, "min": 60 * 10**9, "h": 3600 * 10**9}
_LONGEST_S = 24 * 3600.0
_LARGEST = 1e6  # larger than any signal, and far below where floats overflow
_SIGNED = re.compile(rf"[+-]?\s*{NUMBER}")
_DURATION = re.compile(rf"({NUMBER})\s*(ms|s|min|h)")
_STATISTIC = re.compile(r"([a-z]+)\s*(?:\(([^()]*)\))?")


class TermError(PhysiomonError):
    """An expression of a policy that is not valid; the message says what is allowed."""


def allowed(word: str, known: Iterable[str]) -> str:
    """Return the allowed words as a hint, with the closest match first."""
    words = tuple(known)
    near = get_close_matches(word, words, n=1)
    meant = f"did you mean {near[0]}? " if near else ""
    return f"{meant}allowed: {', '.join(words)}"


def number(written: str | float) -> float:
    """Read a decimal number.

    Raises:
        TermError: it is not a number, not finite, or larger than any signal.
    """
    if isinstance(written, str):
        if _SIGNED.fullmatch(written.strip()) is None:
            raise TermError(f"'{written}' is not a valid number: write it like 38.5")
        written = float(re.sub(r"\s", "", written))
    if not abs(written) <= _LARGEST:  # NaN neither
        raise TermError("a number must be finite and at most 1000000")
    return float(written)


def parse_duration(text: str) -> float:
    """Read ``90s``, ``5min``, ``2h`` or ``500ms``; return seconds.

    Raises:
        TermError: it is not a valid duration, or longer than a day.
    """
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        raise TermError(
            f"'{text}' is not a valid duration: use ms, s, min or h, such as 90s or 5min"
        )
    seconds = float(Fraction(match[1]) * _UNITS_NS[match[2]] / 10**9)
    if seconds > _LONGEST_S:
        raise TermError(f"'{text}' is too long: the longest duration is 24h")
    return seconds


def parse_window(text: str) -> float:
    """Read the length of a window; return seconds.

    Raises:
        TermError: it is not a valid duration, or not within 1 s to 24 h.
    """
    seconds = parse_duration(text)
    if seconds < 1.0:
        raise TermError(f"'{text}' is too short: write 1s or more")
    return seconds


def parse_statistic(text: str) -> Statistic:
    """Read ``last`` or ``median(60s)``.

    Raises:
        TermError: the statistic is unknown, or its window is missing or not valid.
    """
    match = _STATISTIC.fullmatch(text.strip())
    if match is None or match[1] not in tuple(StatisticName):
        known = allowed(match[1] if match else text, StatisticName)
        raise TermError(f"'{text}' is not a known statistic: {known}")
    name = StatisticName(match[1])
    if name is StatisticName.LAST:
        if match[2] is not None:
            raise TermError(f"'{text}': last takes no window; write last alone")
        return Statistic(name)
    if match[2] is None:
        raise TermError(f"'{text}' needs its window, such as {name}(60s)")
    return Statistic(name, parse_window(match[2]))


def number_text(number: float) -> str:
    """Return the shortest decimal that equals the number.

    >>> number_text(110.0), number_text(37.7), number_text(1e-5)
    ('110', '37.7', '0.00001')
    """
    return format(Decimal(repr(float(number))).normalize(), "f")


def duration_text(seconds: float) -> str:
    """Return seconds as a policy writes them, in the longest unit that keeps them whole.

    >>> duration_text(300), duration_text(90), duration_text(60), duration_text(0.5)
    ('5min', '90s', '60s', '500ms')
    """
    exact_ns = Fraction(repr(float(seconds))) * 10**9
    for unit, fewest in (("h", 1), ("min", 2), ("s", 0), ("ms", 0)):
        count = exact_ns / _UNITS_NS[unit]
        if count.denominator == 1 and count >= fewest:
            return f"{count}{unit}"
    return f"{number_text(seconds)}s"


def statistic_text(statistic: Statistic) -> str:
    """Return a statistic as a policy writes it; `parse_statistic` reads it back."""
    window_s = statistic.window_s
    return f"{statistic.name}({duration_text(window_s)})" if window_s else str(statistic.name)
