"""A period of the ECG of a sensor."""

from collections.abc import Sequence
from dataclasses import dataclass

from devices.ecg import EcgBlock

SHOWN_NS = 15 * 10**9  # of a strip


@dataclass(frozen=True, slots=True, kw_only=True)
class EcgView:
    """Samples of one sensor for a strip; for review only, not evaluated.

    Attributes:
        sensor: its label.
        since_ns: start of the period, in UTC nanoseconds.
        until_ns: its end.
        blocks: those with samples in the period, in order of time.
        last_ns: time of the newest sample so far, also before the period; None if there is none.
        now_ns: the time when it was read; samples of the period after it do not exist yet.
    """

    sensor: str
    since_ns: int
    until_ns: int
    blocks: Sequence[EcgBlock]
    last_ns: int | None
    now_ns: int
