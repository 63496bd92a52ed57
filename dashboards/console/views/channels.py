"""The current value of a channel as the console shows it."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitView:
    """Rules of a channel that do not judge yet.

    Attributes:
        what: they wait for: ``first value``, ``settling`` or ``baseline``.
        until_ns: when that is over, or None where people end it.
        rules: ids of those that wait; empty where all do.
    """

    what: str
    until_ns: int | None
    rules: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelView:
    """The present value of one channel, and whether it is judged.

    Attributes:
        channel: ``strap/heart_rate``.
        label: ``Heart rate``.
        unit: UCUM code.
        decimals: how many decimals are worth showing.
        value: the last GOOD value in `unit`, or None if there was none yet.
        age_s: seconds since that value was measured, or None if there was none yet.
        stale: it is too old to stand for the present; show it greyed, with its age.
        quality: of the last reading, in words: ``good``, ``no contact``, ``no value`` ...
        priority: of the highest active physiological alarm on it: ``high`` ... or None.
        slope_per_min: change per minute over the last minutes, or None where unknown.
        settling_s: seconds until its sensor has settled on the body; until then rules on a rise and
            lower limits wait. Upper limits are judged.
        state: ``judged``, ``not judged``, ``waiting`` (judged, but some rules wait), ``unwatched``
            (no rule looks at it), or ``stale`` (nor would there be anything to look at).
        unjudged_since_ns: since when it is not judged, or None while it is.
        reason: one sentence: why it is not judged, or why its values are in doubt; else empty.
        heard_share: of the last 5 minutes, from 0 to 1; None unless its link is unstable.
        waits: what its rules wait for.
    """

    channel: str
    label: str
    unit: str
    decimals: int
    value: float | None
    age_s: float | None
    stale: bool
    quality: str
    priority: str | None
    slope_per_min: float | None
    settling_s: float = 0.0
    state: str = "judged"
    unjudged_since_ns: int | None = None
    reason: str = ""
    heard_share: float | None = None
    waits: Sequence[WaitView] = ()
