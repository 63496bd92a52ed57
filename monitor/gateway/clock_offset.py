"""How far another machine's clock is from ours, from the times of messages and answers. Pure.

Of the last exchanges the quickest is believed: whatever delays a message on one way only makes
the estimate wrong, by half of that delay at most.
Source: RFC 5905 (NTP), section 8 (offset and delay) and section 10 (clock filter, 8 stages).
"""

from collections import deque
from dataclasses import dataclass

_STAGES = 8


@dataclass(frozen=True, slots=True, order=True)
class Exchange:
    """One message and its answer; sorted by delay.

    Attributes:
        delay_ns: time on the way, there and back.
        offset_ns: what is to be added to our time to have theirs.
    """

    delay_ns: int
    offset_ns: int


class ClockOffset:
    """The estimate of the last eight exchanges.

    >>> clock = ClockOffset()
    >>> clock.take(sent_ns=100, received_ns=1110, answered_ns=1120, back_ns=130)
    >>> clock.best
    Exchange(delay_ns=20, offset_ns=1000)
    """

    def __init__(self) -> None:
        self._exchanges: deque[Exchange] = deque(maxlen=_STAGES)

    def take(self, *, sent_ns: int, received_ns: int, answered_ns: int, back_ns: int) -> None:
        """Take an exchange: sent and back by our clock, received and answered by theirs."""
        delay_ns = (back_ns - sent_ns) - (answered_ns - received_ns)
        offset_ns = ((received_ns - sent_ns) + (answered_ns - back_ns)) // 2
        self._exchanges.append(Exchange(max(0, delay_ns), offset_ns))

    @property
    def best(self) -> Exchange | None:
        """Return the quickest exchange, or None before the first."""
        return min(self._exchanges, default=None)
