"""An event loop whose clock runs at any speed and stops while code runs.

A simulated session must not raise "no heart rate for 10 s" because the machine was busy for 17 ms
at 600 times real speed. Here time passes only while nothing is ready to run, so a simulation has
the same result at every speed. At infinite speed waiting is free: tests sleep for hours.
"""

import asyncio
import math
import selectors
import time
from collections.abc import Callable


class _PacedSelector(selectors.DefaultSelector):
    """A selector that advances `now_s` instead of waiting for the whole timeout."""

    def __init__(self, speed: float, monotonic_s: Callable[[], float]) -> None:
        super().__init__()
        self._speed = speed
        self._monotonic_s = monotonic_s
        self._started_s = monotonic_s()
        self.now_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is not None and timeout <= 0:
            return super().select(0)
        target_s = math.inf if timeout is None else self.now_s + timeout
        # Relative to the start, not the last call: epoll rounds every wait up to a millisecond.
        wait_s = self._started_s + target_s / self._speed - self._monotonic_s()
        if math.isinf(target_s):
            events = super().select(None)
        else:
            events = super().select(wait_s if math.isfinite(wait_s) and wait_s > 0 else 0)
        if not events and math.isfinite(target_s):
            self.now_s = target_s
        else:
            elapsed_s = (self._monotonic_s() - self._started_s) * self._speed
            if math.isfinite(elapsed_s):
                self.now_s = min(max(self.now_s, elapsed_s), target_s)
        return events


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """An event loop that runs `speed` times as fast as real time, by default as fast as possible.

    For simulations and tests only: work in threads takes no time on this clock.
    """

    def __init__(
        self, speed: float = math.inf, monotonic_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._paced = _PacedSelector(speed, monotonic_s)
        super().__init__(self._paced)

    def time(self) -> float:
        """Return the virtual seconds since the loop was created."""
        return self._paced.now_s
