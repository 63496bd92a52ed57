"""ECG of chest sensors: samples in microvolts with their times, from packets in order. Pure.

A packet has the sensor's time of one sample, so the samples are placed by the sensor's clock, which
`ClockFit` relates to session time: radio delays do not move them. A series begins with an error of
at most the delay of its first packet, which is then corrected by half a percent, so that intervals
between samples stay even.

Sources: `devices.vendors.polar` and `movesense`. One lead between the electrodes of a chest strap
is not a standard lead, and neither sensor reports that an electrode is off the skin.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from devices.clock_fit import ClockFit
from devices.errors import DecodeError
from devices.sensor_kinds import SensorKind
from devices.vendors import movesense, polar

ECG_CHARACTERISTICS = frozenset({polar.DATA, movesense.DATA})
POLAR_HZ = 130.0
MOVESENSE_HZ = 125.0

_SECOND_NS = 10**9
_SLEW = 200  # corrects 1 ns in so many
_LOST_CLOCK_NS = _SECOND_NS  # a larger error is that of another clock
_FEWEST_MISSING = 4  # samples; stamps of milliseconds and drift stay far below


@dataclass(frozen=True, slots=True, kw_only=True)
class EcgBlock:
    """The samples of one packet.

    Attributes:
        first_ns: time of the first sample, in nanoseconds of the session's clock.
        interval_ns: between two samples.
        uv: array of shape (n_samples,): microvolts, oldest first.
        missing: approximate number of samples missing before this block; 0 if it continues the
            previous one or is the first, None if unknown, as after a restart of the sensor.
    """

    first_ns: int
    interval_ns: float
    uv: tuple[float, ...]
    missing: int | None = 0

    @property
    def last_ns(self) -> int:
        """Return the time of the last sample."""
        return self.first_ns + round((len(self.uv) - 1) * self.interval_ns)

    def samples(self) -> Iterator[tuple[int, float]]:
        """Yield the time in nanoseconds and the microvolts of each sample."""
        for index, uv in enumerate(self.uv):
            yield self.first_ns + round(index * self.interval_ns), uv


class _Frame(NamedTuple):
    rate_hz: float
    uv: tuple[float, ...]
    last_stamp_ns: int  # of the last sample, on the sensor's clock


class EcgStream:
    """The ECG of one sensor.

    >>> from devices.vendors import polar
    >>> stream = EcgStream()
    >>> payload = bytes.fromhex("00 0094357700000000 00 0280FF 028000")
    >>> block = stream.add(polar.DATA, payload, 5 * 10**9)
    >>> block.uv, block.last_ns, block.missing
    ((-32766, 32770), 5000000000, 0)
    """

    def __init__(self) -> None:
        self._clock = ClockFit()
        self._last: tuple[int, int] | None = None  # of the last sample: stamp, session time

    def add(self, characteristic: str, payload: bytes, received_ns: int) -> EcgBlock | None:
        """Return the samples of a packet; None if it has none, is unreadable or repeats the last.

        Args:
            characteristic: as in `devices.packets.Packet`.
            payload: its bytes.
            received_ns: time of its reception, not before that of the previous one.
        """
        frame = _frame(characteristic, payload)
        if frame is None or not frame.uv:
            return None
        # A stamp of 0 is missing, as older Polar sensors send it.
        stamp_ns = frame.last_stamp_ns or received_ns
        if self._last is not None and stamp_ns == self._last[0]:
            return None
        self._clock.add(stamp_ns, received_ns)
        wanted_ns = self._clock.session_ns(stamp_ns)
        assert wanted_ns is not None  # noqa: S101 - a stamp was added
        count = len(frame.uv)
        interval_ns = _SECOND_NS / frame.rate_hz
        last_ns, missing = wanted_ns, 0 if self._last is None else None
        if self._last is not None:
            passed_ns = stamp_ns - self._last[0]
            error_ns = wanted_ns - self._last[1] - passed_ns
            if passed_ns > 0 and abs(error_ns) <= _LOST_CLOCK_NS:
                most_ns = passed_ns // _SLEW
                passed_ns += max(-most_ns, min(most_ns, error_ns))
                last_ns = self._last[1] + passed_ns
                lost = round(passed_ns / interval_ns) - count
                missing = lost if lost >= max(_FEWEST_MISSING, count // 2) else 0
                interval_ns = interval_ns if missing else passed_ns / count
            else:
                last_ns = max(wanted_ns, self._last[1] + round(count * interval_ns))
        self._last = stamp_ns, last_ns
        first_ns = last_ns - round((count - 1) * interval_ns)
        return EcgBlock(first_ns=first_ns, interval_ns=interval_ns, uv=frame.uv, missing=missing)


def has_ecg(kind: SensorKind) -> bool:
    """Return whether sensors of a kind send an ECG.

    >>> from devices.decoders import KINDS
    >>> [name for name, kind in KINDS.items() if has_ecg(kind)]
    ['polar-h10-ecg', 'movesense-ecg']
    """
    return any(stream.name == "ECG" for stream in kind.streams)


def _frame(characteristic: str, payload: bytes) -> _Frame | None:
    try:
        if characteristic == polar.DATA:
            found = polar.frame(payload)
            return _Frame(POLAR_HZ, found.ecg_uv, found.device_ns)
        if characteristic == movesense.DATA and payload[:1] != b"\x01":  # the result of a command
            ecg = movesense.ecg_frame(payload)
            after_ns = round((len(ecg.counts) - 1) * _SECOND_NS / MOVESENSE_HZ)
            return _Frame(MOVESENSE_HZ, ecg.microvolts(), ecg.device_ms * 10**6 + after_ns)
    except DecodeError:
        return None  # the engine reports it
    return None
