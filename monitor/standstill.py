"""Notice that the process stood still: hung, stopped by a signal, or asleep with the machine. Pure.

What waited in sockets meanwhile is read within a moment afterwards; it tells of the past.
"""

_BEATS = 3  # so many regular signs of life in a row, and the event loop runs normally again


class StandstillDetector:
    """Watches the signs of life of an event loop, by the clock of its session."""

    def __init__(self) -> None:
        self._limit_ns = 0
        self._alive_ns: int | None = None  # None: nobody is watching
        self._standing = False
        self._beats = 0

    def watch(self, alive_ns: int, limit_ns: int) -> None:
        """Begin to watch.

        Args:
            alive_ns: when the last sign of life was.
            limit_ns: longest time without one that is no standstill.
        """
        self._alive_ns, self._limit_ns = alive_ns, limit_ns

    def stop(self) -> None:
        """Watch no more."""
        self._alive_ns = None

    def alive(self, now_ns: int) -> None:
        """Note a sign of life."""
        if self._alive_ns is not None:
            self._alive_ns = now_ns

    def since_ns(self, now_ns: int) -> int | None:
        """Return when the last sign of life was, if that was too long ago; once each time."""
        alive_ns = self._alive_ns
        if alive_ns is None or now_ns - alive_ns <= self._limit_ns:
            return None
        self._alive_ns = now_ns
        self._standing, self._beats = True, 0
        return alive_ns

    def beat(self, now_ns: int) -> bool:
        """Note a regular sign of life; return whether a standstill is over with it."""
        self.alive(now_ns)
        self._beats += 1
        if not self._standing or self._beats < _BEATS:
            return False
        self._standing = False
        return True
