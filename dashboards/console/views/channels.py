"""The current value of a channel as the console shows it."""

from collections.abc import Sequence
from dataclasses import dataclass

CHANGE_MIN = 10  # minutes over which a change is measured


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitView:
    """Rules of a channel that are not evaluated yet.

    Attributes:
        what: what they wait for: ``first value``, ``settling`` or ``baseline``.
        until_ns: end of the wait, or None if an action of people ends it.
        rules: ids of the waiting rules; empty if all wait.
    """

    what: str
    until_ns: int | None
    rules: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitView:
    """A limit in force.

    Attributes:
        rule: id of its rule.
        priority: of its rule.
        upper: values above it raise the alarm; False: values below it.
        value: in the signal's unit.
    """

    rule: str
    priority: str
    upper: bool
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelView:
    """The current value of one channel, and whether it is judged.

    Attributes:
        channel: ``strap/heart_rate``.
        label: ``Heart rate``.
        unit: UCUM code.
        decimals: number of significant decimals.
        value: last GOOD value in `unit`, or None before the first.
        age_s: seconds since that value was measured, or None before the first.
        stale: the value is too old to count as current; it is shown in grey with its age.
        quality: of the last reading: ``good``, ``no contact``, ``no value`` ...
        priority: highest priority of its active physiological alarms: ``high`` ... or None.
        change: its value minus the one measured `CHANGE_MIN` minutes ago, or None if either is
            missing.
        settling_s: seconds until its sensor has settled on the body. Until then rules on a rise and
            lower limits are not evaluated; upper limits are.
        state: ``judged``, ``not judged``, ``waiting`` (judged, except by some rules), ``unwatched``
            (no rule uses it), or ``stale`` (no rule uses it, and its value is too old).
        unjudged_since_ns: start of the time without judgement, or None while it is judged.
        reason: one sentence: why it is not judged, or why its values are doubtful; else empty.
        heard_share: received share of the last 5 minutes, 0 to 1; None unless its link is unstable.
        waits: rules that are not evaluated yet.
        limits: of the rules that are evaluated.
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
    change: float | None = None
    settling_s: float = 0.0
    state: str = "judged"
    unjudged_since_ns: int | None = None
    reason: str = ""
    heard_share: float | None = None
    waits: Sequence[WaitView] = ()
    limits: Sequence[LimitView] = ()
