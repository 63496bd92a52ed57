"""How long a condition was seen violated or normal: what raises and clears an alarm. Pure.

A condition has three zones: violated, normal (behind the clear limit), and the hysteresis between.
What raises an alarm is *evidence*: the time for which the condition was seen violated. A value is
evidence for as long as it stands for the present and no longer, so silence sustains nothing; a gap
pauses the count and does not erase it.
"""

import enum
from dataclasses import dataclass

_NEVER_NS = 2**63  # after any time that 64 bits can say


class Zone(enum.Enum):
    """Where a value lies."""

    VIOLATED = "violated"
    HYSTERESIS = "hysteresis"
    NORMAL = "normal"


@dataclass(slots=True)
class Evidence:
    """For how long a condition was seen violated, and seen normal since then.

    Attributes:
        violated_ns: seen violated, up to `since_ns`.
        normal_ns: seen normal since it was last violated, up to `since_ns`.
        zone: seen last, or None before the first value and after a pause.
        since_ns: from when on the last value still has to be counted.
        until_ns: until when the last value stands.
        seen_ns: when the last value was seen.
    """

    violated_ns: int = 0
    normal_ns: int = 0
    zone: Zone | None = None
    since_ns: int = 0
    until_ns: int = 0
    seen_ns: int = 0

    def see(self, now_ns: int, zone: Zone, stands_ns: int | None, forget_ns: int) -> None:
        """Count the value before, and begin to count one that stands for `stands_ns` from now.

        Args:
            now_ns: engine time.
            zone: of the value.
            stands_ns: for how long it is evidence; None: until another comes.
            forget_ns: after how long without a value nothing of the past counts.
        """
        self.count(now_ns)
        if self.zone is not None and now_ns - self.seen_ns >= forget_ns and now_ns > self.until_ns:
            self.violated_ns = self.normal_ns = 0
        if zone is Zone.VIOLATED:
            self.normal_ns = 0
        self.zone = zone
        self.seen_ns = self.since_ns = now_ns
        self.until_ns = _NEVER_NS if stands_ns is None else now_ns + stands_ns

    def count(self, now_ns: int) -> None:
        """Count what was seen up to now."""
        seen_ns = min(now_ns, self.until_ns) - self.since_ns
        if seen_ns <= 0:
            return
        if self.zone is Zone.VIOLATED:
            self.violated_ns += seen_ns
        elif self.zone is Zone.NORMAL:
            self.normal_ns += seen_ns
        self.since_ns += seen_ns

    def pause(self, now_ns: int) -> None:
        """Let the last value stand no longer."""
        self.count(now_ns)
        self.until_ns = min(self.until_ns, now_ns)

    def full_ns(self, zone: Zone, need_ns: int) -> int | None:
        """Return when `need_ns` of a zone will have been seen, or None while nothing adds to it."""
        if self.zone is not zone:
            return None
        have_ns = self.violated_ns if zone is Zone.VIOLATED else self.normal_ns
        full_ns = self.since_ns + max(0, need_ns - have_ns)
        return full_ns if full_ns <= self.until_ns else None
