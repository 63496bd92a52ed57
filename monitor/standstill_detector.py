"""Detector of standstills: the process hung, was stopped by a signal, or slept. Pure.

After a standstill, data that waited in sockets is read within a moment, but describes the past.
"""

_BEATS = 3  # regular signs of life in a row after which the event loop runs normally


class StandstillDetector:
    """Detector of standstills of an event loop, by the clock of its session."""

    def __init__(self) -> None:
        self._limit_ns = 0
        self._alive_ns: int | None = None  # None: stopped
        self._standing = False
        self._beats = 0

    def watch(self, alive_ns: int, limit_ns: int) -> None:
        """Start watching.

        Args:
            alive_ns: time of the last sign of life.
            limit_ns: longest time without one that is not a standstill.
        """
        self._alive_ns, self._limit_ns = alive_ns, limit_ns

    def stop(self) -> None:
        """Stop watching."""
        self._alive_ns = None

    def alive(self, now_ns: int) -> None:
        """Register a sign of life."""
        if self._alive_ns is not None:
            self._alive_ns = now_ns

    def since_ns(self, now_ns: int) -> int | None:
        """Return the time of the last sign of life once per standstill; else None."""
        alive_ns = self._alive_ns
        if alive_ns is None or now_ns - alive_ns <= self._limit_ns:
            return None
        self._alive_ns = now_ns
        self._standing, self._beats = True, 0
        return alive_ns

    def beat(self, now_ns: int) -> bool:
        """Register a regular sign of life; return whether it ends a standstill."""
        self.alive(now_ns)
        self._beats += 1
        if not self._standing or self._beats < _BEATS:
            return False
        self._standing = False
        return True
