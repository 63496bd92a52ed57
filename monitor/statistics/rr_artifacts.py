"""Artefact check of RR intervals in real time, without look-ahead.

Pure. Intervals are whole numbers of 1/1024 s, the unit of 0x2A37. A beat is dropped if its
interval is out of range, as reported by the decoder, or differs by more than 20 % from the last
accepted one.
Source: Malik's rule as in Aura-healthcare/hrv-analysis; range 300 to 2000 ms likewise.

With this rule alone a true change of the rate by more than 20 %, in a gap or suddenly, would drop
all later beats. So three successive intervals, each within 20 % of the previous one, are accepted
from the third on, whatever was accepted before, with or without gaps between them. An ectopic
beat with its pause makes two different intervals, and bigeminy never three similar ones. The first
beats are checked in the same way.
"""

from functools import partial
from typing import NamedTuple

_ALIKE = 5  # a fifth is 20 %
_RHYTHM = 3  # successive similar intervals that are accepted

# Straps notify each second, with or without a beat; some notify at each beat. Half a second late is
# halfway to one lost notification.
_STEPS_PER_S = 1024
_NOTIFIED_NS = 10**9
_LATE_NS = 5 * 10**8


class Beat(NamedTuple):
    """Result of the check for one beat.

    Attributes:
        at_ns: time of the beat.
        steps: its RR interval in 1/1024 s, or None if it was dropped.
        difference: to the previous interval; None if that was dropped or is missing.
    """

    at_ns: int
    steps: int | None
    difference: int | None


_beat = partial(tuple.__new__, Beat)  # `Beat` in half the time


class BeatCheck:
    """Check of one sensor's beats in their order.

    Between two beats of one notification none can be missing. Between notifications one is, if they
    are too far apart for any strap, or if they had no beat for longer than the interval that ends
    the silence. This uses the times of notifications: a beat has the time of its notification, up
    to a second after the beat.

    >>> check = BeatCheck()
    >>> check.notified(10**9)
    >>> [check.check(10**9 + n, 800 + n).difference for n in range(4)]
    [None, None, None, 1]
    """

    def __init__(self) -> None:
        self._reference: int | None = None  # last accepted interval
        self._doubtful = 0  # last dropped interval
        self._alike = 0  # number of similar dropped ones in succession
        self._joined = False  # nothing is missing since the reference
        self._notified_ns: int | None = None
        self._beat_ns = 0  # notification of the last beat
        self._covered_ns: int | None = None
        self._hole_ns: int | None = 0  # longest gap since the last beat; None: evaluated

    def notified(self, at_ns: int, *, worn: bool = True, covered_ns: int | None = None) -> None:
        """Record a notification, before its beats and also without any.

        Args:
            at_ns: time of the notification.
            worn: its heart rate is valid.
            covered_ns: duration of its beats, if the sensor notifies only with beats; None if it
                notifies each second.
        """
        self._covered_ns = covered_ns
        if self._notified_ns is not None:
            self._hole_ns = max(self._hole_ns or 0, at_ns - self._notified_ns)
        self._notified_ns = at_ns
        if not worn:
            self.lose()

    def lose(self) -> None:
        """Record that beats may be missing here."""
        self._joined = False

    def drop(self, at_ns: int) -> Beat:
        """Drop a beat whose interval is out of range."""
        self._follows(0)
        self._joined = False
        self._alike = 0
        return Beat(at_ns, None, None)

    def check(self, at_ns: int, steps: int) -> Beat:
        """Accept or drop a beat whose interval is in range."""
        if not self._follows(steps):
            self._joined = False
        reference = self._reference
        if reference is not None and _alike(reference, steps):
            self._alike = 0
        elif not self._begins(steps):
            self._joined = False
            return Beat(at_ns, None, None)
        difference = steps - reference if self._joined and reference is not None else None
        self._reference, self._joined = steps, True
        return _beat((at_ns, steps, difference))

    def _follows(self, steps: int) -> bool:
        """Return whether no beat can be missing since the previous one."""
        hole_ns, self._hole_ns = self._hole_ns, None
        notified_ns = self._notified_ns
        if hole_ns is None or notified_ns is None:
            return True
        silent_ns, self._beat_ns = notified_ns - self._beat_ns, notified_ns
        interval_ns = steps * 10**9 // _STEPS_PER_S
        if self._covered_ns is not None:
            return silent_ns <= self._covered_ns + interval_ns + _LATE_NS
        return (
            hole_ns <= max(_NOTIFIED_NS, interval_ns) + _LATE_NS
            and silent_ns <= interval_ns + _NOTIFIED_NS + _LATE_NS
        )

    def _begins(self, steps: int) -> bool:
        """Return whether an interval unlike the reference is the third of its kind."""
        proven = self._alike and _alike(self._doubtful, steps)
        self._alike = self._alike + 1 if proven else 1
        self._doubtful = steps
        if self._alike < _RHYTHM:
            return False
        self._alike = 0
        return True


def _alike(before: int, steps: int) -> bool:
    return _ALIKE * abs(steps - before) <= before
