"""Decision when people are called about another physiomon. Pure.

A short silence, such as that of a restart, calls nobody. A problem that comes and goes is one
problem: it is over after two good answers in a row. Calls are repeated ever more rarely, and end
with a message that the monitor is well again.
"""

from dataclasses import dataclass

_PAUSES_S = (180.0, 600.0, 1800.0, 3600.0)  # after the first call, the second, ...; then the last
_EARLY_S = 0.1  # by which a timer may fire before its time
_GOOD = 2  # answers in a row that end a problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Answer of the other physiomon.

    Attributes:
        reason: why it does not protect anybody, or None.
        running: number of its running sessions.
        advanced_ns: time up to which it has evaluated them.
    """

    reason: str | None
    running: int
    advanced_ns: int


@dataclass(frozen=True, slots=True)
class WatchCall:
    """Call that is due.

    Attributes:
        problem: what is wrong, as the end of a sentence; None: it is well again.
        lasted_s: time since the problem began.
    """

    problem: str | None
    lasted_s: float


class WatchState:
    """Problem of the other physiomon, and the calls about it.

    >>> state = WatchState(after_s=30.0)
    >>> [state.silent(now_s, "does not answer") for now_s in (0.0, 10.0, 20.0)]
    [None, None, None]
    >>> state.silent(30.0, "does not answer")
    WatchCall(problem='does not answer', lasted_s=30.0)
    >>> state.answer(40.0, Answer(reason=None, running=1, advanced_ns=1))
    >>> state.answer(50.0, Answer(reason=None, running=1, advanced_ns=2))
    WatchCall(problem=None, lasted_s=50.0)
    """

    def __init__(self, after_s: float) -> None:
        self._after_s = after_s
        self._began_s: float | None = None
        self._good = 0
        self._calls = 0
        self._next_s = 0.0
        self._last: Answer | None = None

    def answer(self, now_s: float, answer: Answer) -> WatchCall | None:
        """Register an answer; return the call that is due, or None."""
        last, self._last = self._last, answer
        if answer.reason is not None:
            return self._problem(now_s, f"reports that {answer.reason}")
        if last is not None and answer.advanced_ns <= last.advanced_ns:
            return self._problem(now_s, "answers, but does not advance")
        return self._well(now_s)

    def silent(self, now_s: float, problem: str) -> WatchCall | None:
        """Register a request without a usable answer; return the call that is due, or None.

        The silence of a monitor that has reported no running session is no problem: it has been
        switched off.
        """
        if self._last is not None and self._last.running == 0 and self._last.reason is None:
            return None
        return self._problem(now_s, problem)

    def _problem(self, now_s: float, problem: str) -> WatchCall | None:
        self._good = 0
        if self._began_s is None:
            self._began_s = self._next_s = now_s
            self._next_s += self._after_s
        if now_s < self._next_s - _EARLY_S:
            return None
        self._next_s = now_s + _PAUSES_S[min(self._calls, len(_PAUSES_S) - 1)]
        self._calls += 1
        return WatchCall(problem, now_s - self._began_s)

    def _well(self, now_s: float) -> WatchCall | None:
        self._good += 1
        if self._began_s is None or self._good < _GOOD:
            return None
        lasted_s, called = now_s - self._began_s, self._calls
        self._began_s, self._calls = None, 0
        return WatchCall(None, lasted_s) if called else None
