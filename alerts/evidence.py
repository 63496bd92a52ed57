"""Evidence: for how long a condition was seen violated or normal. Pure.

A condition has three zones: violated, normal (behind the clear limit), and the hysteresis between.
What raises an alarm is *evidence*: the time for which the condition was seen violated. A value is
evidence only while it is valid, so silence sustains nothing; a gap pauses the count and does not
reset it.
"""

import enum
from dataclasses import dataclass

_NEVER_NS = 2**63  # later than any time in 64 bits


class Zone(enum.Enum):
    """Zone of a value relative to the limit and the clear limit."""

    VIOLATED = "violated"
    HYSTERESIS = "hysteresis"
    NORMAL = "normal"


# Attributes of enumerations are slow before Python 3.12.
_VIOLATED, _NORMAL = Zone.VIOLATED, Zone.NORMAL


@dataclass(slots=True)
class Evidence:
    """Times for which a condition was seen violated, and seen normal since then.

    Attributes:
        violated_ns: time seen violated, up to `since_ns`.
        normal_ns: time seen normal since the last violation, up to `since_ns`.
        zone: of the last value; None before the first value.
        since_ns: start of the time that is not counted yet.
        until_ns: end of the validity of the last value.
        seen_ns: time of the last value.
    """

    violated_ns: int = 0
    normal_ns: int = 0
    zone: Zone | None = None
    since_ns: int = 0
    until_ns: int = 0
    seen_ns: int = 0

    def see(self, now_ns: int, zone: Zone, valid_ns: int | None, forget_ns: int) -> None:
        """Count the previous value, and start to count one that is valid for `valid_ns` from now.

        Args:
            now_ns: engine time.
            zone: of the value.
            valid_ns: time for which it is evidence; None: until the next value.
            forget_ns: time without a value after which earlier evidence expires.
        """
        self.count(now_ns)
        if self.zone is not None and now_ns - self.seen_ns >= forget_ns and now_ns > self.until_ns:
            self.violated_ns = self.normal_ns = 0
        if zone is _VIOLATED:
            self.normal_ns = 0
        self.zone = zone
        self.seen_ns = self.since_ns = now_ns
        self.until_ns = _NEVER_NS if valid_ns is None else now_ns + valid_ns

    def restart(self, now_ns: int, zone: Zone, valid_ns: int) -> None:
        """Discard what was counted, and start to count a value as `see` does."""
        self.violated_ns = self.normal_ns = 0
        self.zone = zone
        self.seen_ns = self.since_ns = now_ns
        self.until_ns = now_ns + valid_ns

    def count(self, now_ns: int) -> None:
        """Add the time that was seen up to now."""
        seen_ns = min(now_ns, self.until_ns) - self.since_ns
        if seen_ns <= 0:
            return
        if self.zone is _VIOLATED:
            self.violated_ns += seen_ns
        elif self.zone is _NORMAL:
            self.normal_ns += seen_ns
        self.since_ns += seen_ns

    def pause(self, now_ns: int) -> None:
        """End the validity of the last value."""
        self.count(now_ns)
        self.until_ns = min(self.until_ns, now_ns)

    def full_ns(self, zone: Zone, need_ns: int, earliest_ns: int = 0) -> int | None:
        """Return when `need_ns` of a zone are full, if the last value is valid until then.

        Args:
            zone: of the last value, or nothing is full.
            need_ns: time that must have been seen.
            earliest_ns: time before which nothing counts as full, such as that of a changed rule.
        """
        if self.zone is not zone:
            return None
        have_ns = self.violated_ns if zone is _VIOLATED else self.normal_ns
        full_ns = max(self.since_ns + max(0, need_ns - have_ns), earliest_ns)
        return full_ns if full_ns <= self.until_ns else None
