"""The artefact check of RR intervals as it can be done live: nothing looks ahead.

Pure. Intervals are whole numbers of 1/1024 s, the unit of 0x2A37. A beat is dropped where its
interval is out of range, which its decoder says, or where it differs by more than 20 % from the
accepted one before.
Source: Malik's rule as in Aura-healthcare/hrv-analysis; range 300 to 2000 ms likewise.

The rule alone would never end once the heart has really changed its rate by more than 20 %, be it
in a gap or at a fright: each later beat would be held against an interval of long ago. So three
intervals in a row, none of them further than 20 % from the one before, are the rhythm from the
third on, whatever was accepted before, and whether or not some were missed in between. An ectopic
beat with its pause makes two, unlike each other, and an alternating heart (bigeminy) never three
alike. The first beats of all are proven in the same way.
"""

from typing import NamedTuple

_ALIKE = 5  # a fifth is 20 %
_RHYTHM = 3  # intervals in a row that prove a rhythm

# Straps notify each second, whether a beat has come or not; some notify at each beat. Half a
# second late is halfway to one notification lost.
_STEPS_PER_S = 1024
_NOTIFIED_NS = 10**9
_LATE_NS = 5 * 10**8


class Beat(NamedTuple):
    """What the check says of a beat.

    Attributes:
        at_ns: when it was measured.
        steps: its RR interval in 1/1024 s, or None if it was dropped.
        difference: to the interval before, or None where that was dropped or is missing.
    """

    at_ns: int
    steps: int | None
    difference: int | None


class BeatCheck:
    """Judges the beats of one sensor in their order.

    Between two beats of one notification nothing can be missing. Between notifications something
    is, if they are too far apart for any strap, or if none of them brought a beat for longer than
    the interval that ends the silence. That is judged by the notifications' own times: a beat is
    laid on the one that brings it, so up to a second after it was.

    >>> check = BeatCheck()
    >>> check.notified(10**9)
    >>> [check.judge(10**9 + n, 800 + n).difference for n in range(4)]
    [None, None, None, 1]
    """

    def __init__(self) -> None:
        self._reference: int | None = None  # the interval accepted last
        self._doubtful = 0  # the one dropped last
        self._alike = 0  # how many dropped ones in a row are alike
        self._joined = False  # nothing is missing since the reference
        self._notified_ns: int | None = None
        self._beat_ns = 0  # the notification that brought the last beat
        self._covered_ns: int | None = None
        self._hole_ns: int | None = 0  # longest since the last beat; None: it has been judged

    def notified(self, at_ns: int, *, worn: bool = True, covered_ns: int | None = None) -> None:
        """Take note of a notification, before its beats and also if it has none.

        Args:
            at_ns: when it was measured.
            worn: its heart rate is valid.
            covered_ns: how long its beats took, where it comes only when there are some, each with
                all since the one before; None where one comes each second.
        """
        self._covered_ns = covered_ns
        if self._notified_ns is not None:
            self._hole_ns = max(self._hole_ns or 0, at_ns - self._notified_ns)
        self._notified_ns = at_ns
        if not worn:
            self.lose()

    def lose(self) -> None:
        """Take note that beats may be missing here."""
        self._joined = False

    def drop(self, at_ns: int) -> Beat:
        """Drop a beat whose interval is out of range."""
        self._follows(0)
        self._joined = False
        self._alike = 0
        return Beat(at_ns, None, None)

    def judge(self, at_ns: int, steps: int) -> Beat:
        """Accept or drop a beat whose interval is in range."""
        if not self._follows(steps):
            self._joined = False
        if not self._accepts(steps):
            self._joined = False
            return Beat(at_ns, None, None)
        before = self._reference if self._joined else None
        self._reference, self._joined = steps, True
        return Beat(at_ns, steps, None if before is None else steps - before)

    def _follows(self, steps: int) -> bool:
        """Tell whether nothing can be missing since the beat before."""
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

    def _accepts(self, steps: int) -> bool:
        if self._reference is not None and _alike(self._reference, steps):
            self._alike = 0
            return True
        proven = self._alike and _alike(self._doubtful, steps)
        self._alike = self._alike + 1 if proven else 1
        self._doubtful = steps
        if self._alike < _RHYTHM:
            return False
        self._alike = 0
        return True


def _alike(before: int, steps: int) -> bool:
    return _ALIKE * abs(steps - before) <= before
