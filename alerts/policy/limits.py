"""Limits: fixed, or relative to the baseline or a rolling window, and their present values.

    LIMIT  = NUMBER | ANCHOR [(+|-) NUMBER] [(+|-) NUMBER spread]
    ANCHOR = baseline | rolling(DURATION) | ewma(DURATION)

Pure. Decimals are exact: 36.9 + 0.8 is 37.7, whatever the sum of the two floats is.
"""

import re
from fractions import Fraction
from functools import lru_cache

from alerts.policy.conditions import Anchor, AnchorName, Limit
from alerts.policy.expressions import (
    NUMBER,
    TermError,
    allowed,
    duration_text,
    number,
    number_text,
    parse_window,
)
from devices.signals import Signal

_FIXED = re.compile(r"[+-]?\s*[0-9]")
_ANCHOR = re.compile(r"([a-z]+)\s*(?:\(([^()]*)\))?")
_TERMS = re.compile(rf"(?:\s*([+-]\s*{NUMBER}))?(?:\s*([+-]\s*{NUMBER})\s*spread)?\s*")


def parse_limit(written: str | float) -> Limit:
    """Read a limit.

    Raises:
        TermError: it is not a valid limit; the message shows the syntax.
    """
    if not isinstance(written, str):
        return Limit(None, number(written))
    text = written.strip()
    if _FIXED.match(text):
        if text.endswith("spread"):
            raise TermError(f"'{written}' has no anchor: add spreads to baseline or rolling(5min)")
        return Limit(None, number(text))
    match = _ANCHOR.match(text)
    terms = match and _TERMS.fullmatch(text, match.end())
    if match is None or terms is None:
        raise TermError(
            f"'{written}' is not a valid limit: write a number, or baseline, rolling(5min) or "
            "ewma(5min), optionally with + or - a number, then + or - a number of spreads, as in "
            "baseline + 1.0 + 3 spread"
        )
    anchor = _anchor(match[1], match[2], written)
    offset, spreads = (number(term) if term else 0.0 for term in terms.groups())
    if spreads and anchor.name is AnchorName.EWMA:
        raise TermError(f"'{written}': ewma has no spread; count spreads from rolling or baseline")
    return Limit(anchor, offset, spreads)


def _anchor(word: str, window: str | None, written: str) -> Anchor:
    if word not in {name.value for name in AnchorName}:
        known = allowed(word, [name.value for name in AnchorName])
        raise TermError(f"'{written}' is neither a number nor a known anchor: {known}")
    name = AnchorName(word)
    if name is AnchorName.BASELINE:
        if window is not None:
            raise TermError(f"'{written}': baseline takes no window; write baseline alone")
        return Anchor(name)
    if window is None:
        raise TermError(f"'{written}': {word} needs its window, such as {word}(5min)")
    return Anchor(name, parse_window(window))


def limit_text(limit: Limit) -> str:
    """Return a limit as a policy writes it; `parse_limit` reads it back.

    >>> limit_text(parse_limit("rolling( 300s )+0.50 - 3.0 spread"))
    'rolling(5min) + 0.5 - 3 spread'
    """
    anchor = limit.anchor
    if anchor is None:
        return number_text(limit.offset)
    text = anchor.name.value + (f"({duration_text(anchor.window_s)})" if anchor.window_s else "")
    for term, unit in ((limit.offset, ""), (limit.spreads, " spread")):
        if term:
            text += f" {'+' if term > 0 else '-'} {number_text(abs(term))}{unit}"
    return text


def resolve(limit: Limit, anchor: float | None, spread: float | None) -> float | None:
    """Return the limit's present value in the signal's unit, or None while it is unknown.

    Args:
        limit: to resolve.
        anchor: value of its anchor in the signal's unit; None if unknown.
        spread: of the anchor, likewise.
    """
    if limit.anchor is None:
        return limit.offset
    if anchor is None or (limit.spreads and spread is None):
        return None
    spreads = Fraction(repr(limit.spreads)) * Fraction(repr(spread or 0.0))
    return float(Fraction(repr(anchor)) + Fraction(repr(limit.offset)) + spreads)


def resolve_steps(
    limit: Limit, signal: Signal, anchor: float | None, spread: float | None
) -> float | None:
    """Return the limit's present value in steps of the signal's resolution, or None if unknown.

    Values are whole steps and medians half ones, so a limit with as many decimals as the signal
    is met exactly: with a baseline of 36.90, 37.90 is at ``baseline + 1.0``.

    Args:
        limit: to resolve.
        signal: that is compared with it.
        anchor: value of its anchor in steps; None if unknown.
        spread: of the anchor, likewise.
    """
    resolution = signal.resolution
    offset = _in_steps(limit.offset, resolution.numerator, resolution.denominator)
    if limit.anchor is None:
        return offset
    if anchor is None or (limit.spreads and spread is None):
        return None
    return anchor + offset + limit.spreads * (spread or 0.0)


@lru_cache(maxsize=4096)  # a moving limit is resolved at each sample
def _in_steps(offset: float, numerator: int, denominator: int) -> float:
    return float(Fraction(repr(offset)) * denominator / numerator)
