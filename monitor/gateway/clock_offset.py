"""Estimate of another machine's clock offset, from the times of messages and answers. Pure.

The estimate of the fastest of the last exchanges is used: its error is at most half of its delay.
Source: RFC 5905 (NTP), section 8 (offset and delay) and section 10 (clock filter, 8 stages).
"""

from collections import deque
from dataclasses import dataclass

_STAGES = 8


@dataclass(frozen=True, slots=True, order=True)
class Exchange:
    """Times of one message and its answer; ordered by delay.

    Attributes:
        delay_ns: round-trip time without processing.
        offset_ns: the other clock minus this one.
    """

    delay_ns: int
    offset_ns: int


class ClockOffset:
    """Estimate from the last eight exchanges.

    >>> clock = ClockOffset()
    >>> clock.add(sent_ns=100, received_ns=1110, answered_ns=1120, back_ns=130)
    >>> clock.best
    Exchange(delay_ns=20, offset_ns=1000)
    """

    def __init__(self) -> None:
        self._exchanges: deque[Exchange] = deque(maxlen=_STAGES)

    def add(self, *, sent_ns: int, received_ns: int, answered_ns: int, back_ns: int) -> None:
        """Add an exchange: sent and back by this clock, received and answered by the other."""
        delay_ns = (back_ns - sent_ns) - (answered_ns - received_ns)
        offset_ns = ((received_ns - sent_ns) + (answered_ns - back_ns)) // 2
        self._exchanges.append(Exchange(max(0, delay_ns), offset_ns))

    @property
    def best(self) -> Exchange | None:
        """Return the fastest exchange, or None before the first."""
        return min(self._exchanges, default=None)
