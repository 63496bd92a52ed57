"""Heart beats of a recorded session as NumPy columns, with the gaps between them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from devices.packets import Quality
from monitor.analysis.recorded_tables import ReadingSeries, Times, Values
from monitor.facts import GapFact
from monitor.sessions.recording import Recording

RR_INTERVAL = "rr_interval"


@dataclass(frozen=True, slots=True, kw_only=True)
class BeatSeries:
    """The beats of one sensor; all columns have shape (n,).

    An interval ends at its beat. Two beats are adjacent unless `follows` of the second is False;
    then beats are missing between them. Times of adjacent beats differ by the interval, but for
    rare steps of up to some 20 ms that align a sensor's clock with the session's.

    Attributes:
        channel: such as ``strap/rr_interval``.
        at_ns: time of each beat, UTC of the session's clock, accurate to about 0.3 s
            (`docs/researchers.md`); strictly increasing.
        rr_ms: interval before each beat in ms, as the sensor sent it, artefacts included.
        quality: a number of `devices.packets.Quality` each.
        follows: False for the first beat and for each one before which beats are missing.
    """

    channel: str
    at_ns: Times
    rr_ms: Values
    quality: NDArray[np.uint8]
    follows: NDArray[np.bool_]

    def good(self) -> "BeatSeries":
        """Return the beats with an interval of good quality; the next one follows no other."""
        good = (self.quality == Quality.GOOD) & ~np.isnan(self.rr_ms)
        removed_before = np.zeros(len(good), dtype=np.bool_)
        removed_before[1:] = ~good[:-1]
        follows = self.follows & ~removed_before
        return BeatSeries(
            channel=self.channel,
            at_ns=self.at_ns[good],
            rr_ms=self.rr_ms[good],
            quality=self.quality[good],
            follows=follows[good],
        )


def read_beats(recording: Recording, readings: dict[str, ReadingSeries]) -> dict[str, BeatSeries]:
    """Return the beats of each channel of RR intervals.

    Args:
        recording: with the gaps.
        readings: of the same recording, as `read_readings` returns them.

    Raises:
        JournalError: a gap cannot be read.
    """
    gaps: dict[str, list[int]] = {}
    for gap in recording.facts(GapFact):
        gaps.setdefault(gap.subject, []).append(gap.at_ns)
    found = {}
    for channel, series in readings.items():
        if series.signal.name != RR_INTERVAL:
            continue
        follows = np.ones(len(series.at_ns), dtype=np.bool_)
        follows[:1] = False
        # A gap is recorded at the beat after it.
        after = np.searchsorted(series.at_ns, np.array(gaps.get(channel, ()), dtype=np.int64))
        follows[after[after < len(follows)]] = False
        found[channel] = BeatSeries(
            channel=channel,
            at_ns=series.at_ns,
            rr_ms=series.values,
            quality=series.quality,
            follows=follows,
        )
    return found
